#include "gates/web/releases.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "signing/digest.hpp"
#include "signing/encoding.hpp"
#include "store/schema.hpp"

namespace ombud::web {
namespace {

constexpr std::array<std::string_view, 2> schema{R"sql(
CREATE TABLE web_grant(digest TEXT NOT NULL, proposal INTEGER NOT NULL UNIQUE, until INTEGER NOT NULL, used INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE INDEX web_grant_open ON web_grant(digest) WHERE used = 0;
CREATE TABLE web_export(attachment TEXT NOT NULL, id TEXT NOT NULL, user TEXT NOT NULL, recordings TEXT NOT NULL, devices TEXT NOT NULL,
  approved INTEGER NOT NULL, at INTEGER NOT NULL, PRIMARY KEY(attachment, id)) STRICT;
)sql",
                                                 R"sql(
ALTER TABLE web_grant ADD COLUMN approver TEXT NOT NULL DEFAULT '';
)sql"};

std::string digest_of(const std::string& text) { return signing::hex(signing::sha256(text)); }
std::string user_digest(const Export& one) { return digest_of(one.attachment + '\n' + one.user); }

std::string sorted_lines(const std::string& text) {
    std::vector<std::string> lines;
    for (std::size_t begin = 0; begin < text.size();) {
        const auto end = std::min(text.find('\n', begin), text.size());
        lines.push_back(text.substr(begin, end - begin));
        begin = end + 1;
    }
    std::sort(lines.begin(), lines.end());
    std::string joined;
    for (const std::string& line : lines)
        joined += line + '\n';
    return joined;
}

} // namespace

std::string Export::digest() const { return digest_of(attachment + '\n' + user + '\n' + act + '\n' + (recordings.empty() ? "id " + id : sorted_lines(recordings))); }

Result<Releases> Releases::open(ledger::Ledger& ledger, const Clock& clock) {
    auto prepared = ledger.commit(
        [](ledger::Ledger::Transaction& transaction) { return store::apply_schema(transaction.db(), "web", schema); });
    if (!prepared)
        return fail(Error(prepared.error()).within("web gate"));
    return Releases(ledger, clock);
}

Result<void> Releases::grant(ledger::Ledger::Transaction& transaction, const std::string& digest, const Grant& grant,
                             std::int64_t now_utc_ns, std::int64_t until_utc_ns) {
    auto& db = transaction.db();
    auto over = db.cached("UPDATE web_grant SET approver = '' WHERE approver <> '' AND until <= ?");
    if (!over)
        return fail(over.error());
    (*over)->bind(1, now_utc_ns);
    if (auto done = db.run_overwriting(**over); !done)
        return done;
    auto insert = db.cached("INSERT INTO web_grant(digest, proposal, until, approver) VALUES(?, ?, ?, ?)");
    if (!insert)
        return fail(insert.error());
    (*insert)->bind(1, digest);
    (*insert)->bind(2, grant.proposal);
    (*insert)->bind(3, until_utc_ns);
    (*insert)->bind(4, grant.approver);
    return (*insert)->run();
}

Result<std::optional<Grant>> Releases::find_grant(const Export& wanted) const {
    auto db = ledger_->open_for_reading();
    if (!db)
        return fail(db.error());
    auto select = db->prepare("SELECT proposal, approver FROM web_grant WHERE digest = ? AND used = 0 AND until > ? ORDER BY until LIMIT 1");
    if (!select)
        return fail(select.error());
    select->bind(1, wanted.digest());
    select->bind(2, clock_->utc_ns());
    const auto row = select->step();
    if (!row)
        return fail(row.error());
    return *row ? std::optional(Grant{select->integer(0), std::string(select->text(1))}) : std::nullopt;
}

Result<void> Releases::use_up(ledger::Ledger::Transaction& transaction, const Export& wanted, const Grant& grant, std::int64_t now) {
    auto& db = transaction.db();
    auto select = db.cached("SELECT 1 FROM web_grant WHERE proposal = ? AND digest = ? AND used = 0 AND until > ?");
    if (!select)
        return fail(select.error());
    (*select)->bind(1, grant.proposal);
    (*select)->bind(2, wanted.digest());
    (*select)->bind(3, now);
    const auto row = (*select)->step();
    if (!row)
        return fail(row.error());
    if (!*row)
        return fail(ErrorCode::refused, "the approval was used already, or its time is over");
    auto update = db.cached("UPDATE web_grant SET used = ?2, approver = '' WHERE proposal = ?1");
    if (!update)
        return fail(update.error());
    (*update)->bind(1, grant.proposal);
    (*update)->bind(2, now);
    if (auto used = db.run_overwriting(**update); !used)
        return used;
    ledger::Entry entry("approval.used");
    entry.set("proposal", grant.proposal).set("attachment", wanted.attachment);
    if (!wanted.id.empty())
        entry.set("export", wanted.id);
    if (auto noted = transaction.append(entry); !noted)
        return fail(noted.error());
    return {};
}

Result<void> Releases::use(const Export& wanted, const std::optional<Grant>& grant, bool remembers, const Enter& enter) const {
    const std::int64_t now = clock_->utc_ns();
    std::function<void()> then;
    auto done = ledger_->commit([&](ledger::Ledger::Transaction& transaction) -> Result<void> {
        auto& db = transaction.db();
        if (grant)
            if (auto used = use_up(transaction, wanted, *grant, now); !used)
                return used;
        if (enter) {
            auto entered = enter(transaction);
            if (!entered)
                return fail(entered.error());
            then = std::move(*entered);
        }
        if (wanted.id.empty() || !remembers)
            return {};
        auto insert = db.cached("INSERT INTO web_export VALUES(?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING 1");
        if (!insert)
            return fail(insert.error());
        (*insert)->bind(1, wanted.attachment);
        (*insert)->bind(2, wanted.id);
        (*insert)->bind(3, user_digest(wanted));
        (*insert)->bind(4, wanted.recordings);
        (*insert)->bind(5, wanted.devices);
        (*insert)->bind(6, std::int64_t{grant ? 1 : 0});
        (*insert)->bind(7, now);
        const auto fresh = (*insert)->step();
        if (!fresh)
            return fail(fresh.error());
        if (!*fresh)
            return fail(ErrorCode::refused, "an export of this key was let through before");
        return (*insert)->run();
    });
    if (done && then)
        then();
    return done;
}

Result<std::optional<Release>> Releases::find(const Export& fetched) const {
    auto db = ledger_->open_for_reading();
    if (!db)
        return fail(db.error());
    auto select = db->prepare("SELECT user, recordings, devices, approved FROM web_export WHERE attachment = ? AND id = ? AND user = ? AND at > ?");
    if (!select)
        return fail(select.error());
    select->bind(1, fetched.attachment);
    select->bind(2, fetched.id);
    select->bind(3, user_digest(fetched));
    select->bind(4, clock_->utc_ns() - fetch_within_ns);
    const auto row = select->step();
    if (!row)
        return fail(row.error());
    if (!*row)
        return std::optional<Release>();
    return std::optional(Release{std::string(select->text(0)), std::string(select->text(1)), std::string(select->text(2)), select->integer(3) != 0});
}

Result<bool> Releases::is_known(const std::string& attachment, const std::string& id) const {
    auto db = ledger_->open_for_reading();
    if (!db)
        return fail(db.error());
    auto select = db->prepare("SELECT 1 FROM web_export WHERE attachment = ? AND id = ?");
    if (!select)
        return fail(select.error());
    select->bind(1, attachment);
    select->bind(2, id);
    return select->step();
}

} // namespace ombud::web
