#include "gates/web/releases.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "signing/digest.hpp"
#include "signing/encoding.hpp"
#include "store/schema.hpp"

namespace ombud::web {
namespace {

constexpr std::array<std::string_view, 1> schema{R"sql(
CREATE TABLE web_grant(digest TEXT NOT NULL, proposal INTEGER NOT NULL UNIQUE, until INTEGER NOT NULL, used INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE INDEX web_grant_open ON web_grant(digest) WHERE used = 0;
CREATE TABLE web_export(attachment TEXT NOT NULL, id TEXT NOT NULL, user TEXT NOT NULL, recordings TEXT NOT NULL, devices TEXT NOT NULL,
  approved INTEGER NOT NULL, at INTEGER NOT NULL, PRIMARY KEY(attachment, id)) STRICT;
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

std::string Export::digest() const { return digest_of(attachment + '\n' + user + '\n' + act + '\n' + sorted_lines(recordings)); }

Result<Releases> Releases::open(ledger::Ledger& ledger, const Clock& clock) {
    auto prepared = ledger.commit(
        [](ledger::Ledger::Transaction& transaction) { return store::apply_schema(transaction.db(), "web", schema); });
    if (!prepared)
        return fail(Error(prepared.error()).within("web gate"));
    return Releases(ledger, clock);
}

Result<void> Releases::grant(ledger::Ledger::Transaction& transaction, const std::string& digest, std::int64_t proposal,
                             std::int64_t until_utc_ns) {
    auto insert = transaction.db().cached("INSERT INTO web_grant(digest, proposal, until) VALUES(?, ?, ?)");
    if (!insert)
        return fail(insert.error());
    (*insert)->bind(1, digest);
    (*insert)->bind(2, proposal);
    (*insert)->bind(3, until_utc_ns);
    return (*insert)->run();
}

Result<bool> Releases::is_granted(const Export& wanted) const {
    auto db = ledger_->open_for_reading();
    if (!db)
        return fail(db.error());
    auto select = db->prepare("SELECT 1 FROM web_grant WHERE digest = ? AND used = 0 AND until > ?");
    if (!select)
        return fail(select.error());
    select->bind(1, wanted.digest());
    select->bind(2, clock_->utc_ns());
    return select->step();
}

Result<void> Releases::use(const Export& wanted, bool approved) const {
    const std::int64_t now = clock_->utc_ns();
    return ledger_->commit([&](ledger::Ledger::Transaction& transaction) -> Result<void> {
        auto& db = transaction.db();
        if (approved) {
            auto update = db.cached("UPDATE web_grant SET used = ?1 WHERE rowid = (SELECT rowid FROM web_grant WHERE digest = ?2"
                                    " AND used = 0 AND until > ?1 ORDER BY until LIMIT 1) RETURNING proposal");
            if (!update)
                return fail(update.error());
            (*update)->bind(1, now);
            (*update)->bind(2, wanted.digest());
            const auto row = (*update)->step();
            if (!row)
                return fail(row.error());
            if (!*row)
                return fail(ErrorCode::refused, "the approval was used already, or its time is over");
            const std::int64_t proposal = (*update)->integer(0);
            if (auto ended = (*update)->run(); !ended)
                return ended;
            ledger::Entry entry("approval.used");
            entry.set("proposal", proposal).set("attachment", wanted.attachment);
            if (!wanted.id.empty())
                entry.set("export", wanted.id);
            if (auto noted = transaction.append(entry); !noted)
                return fail(noted.error());
        }
        if (wanted.id.empty())
            return {};
        auto insert = db.cached("INSERT INTO web_export VALUES(?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING 1");
        if (!insert)
            return fail(insert.error());
        (*insert)->bind(1, wanted.attachment);
        (*insert)->bind(2, wanted.id);
        (*insert)->bind(3, user_digest(wanted));
        (*insert)->bind(4, wanted.recordings);
        (*insert)->bind(5, wanted.devices);
        (*insert)->bind(6, std::int64_t{approved ? 1 : 0});
        (*insert)->bind(7, now);
        const auto fresh = (*insert)->step();
        if (!fresh)
            return fail(fresh.error());
        if (!*fresh)
            return fail(ErrorCode::refused, "an export of this key was let through before");
        return (*insert)->run();
    });
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
