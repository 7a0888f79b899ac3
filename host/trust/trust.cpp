#include "trust/trust.hpp"

#include <algorithm>
#include <array>
#include <system_error>

#include "signing/digest.hpp"
#include "signing/encoding.hpp"
#include "store/schema.hpp"
#include "trust/version.hpp"

namespace ombud::trust {
namespace {

constexpr std::array<std::string_view, 1> schema{R"sql(
CREATE TABLE trust_key(name TEXT PRIMARY KEY, key TEXT NOT NULL, level TEXT NOT NULL, until TEXT NOT NULL,
  ledger_index INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE trust_index(key TEXT PRIMARY KEY, serial INTEGER NOT NULL, document TEXT NOT NULL, signature BLOB NOT NULL,
  ledger_index INTEGER NOT NULL) STRICT;
CREATE TABLE plugin_version(id TEXT PRIMARY KEY, version TEXT NOT NULL) STRICT, WITHOUT ROWID;
)sql"};
constexpr std::int64_t ends_soon_ns = 30LL * 86'400 * 1'000'000'000;
constexpr std::string_view index_suffix = ".index.xml";

/// A key as it was last recorded.
struct KnownKey {
    std::string key, level, until;
    friend bool operator==(const KnownKey&, const KnownKey&) = default;
};

KnownKey known_as(const Signer& signer) {
    return {fingerprint(signer.key), signer.is_withdrawn ? "withdrawn" : std::string(to_string(signer.level)), signer.until};
}

Result<std::map<std::string, KnownKey>> known_keys(store::Database& db) {
    auto rows = db.prepare("SELECT name, key, level, until FROM trust_key");
    if (!rows)
        return fail(rows.error());
    std::map<std::string, KnownKey> known;
    for (auto more = rows->step();; more = rows->step()) {
        if (!more)
            return fail(more.error());
        if (!*more)
            return known;
        known[std::string(rows->text(0))] = {std::string(rows->text(1)), std::string(rows->text(2)), std::string(rows->text(3))};
    }
}

std::vector<std::filesystem::path> index_files(const std::vector<std::filesystem::path>& folders) {
    std::vector<std::filesystem::path> files;
    for (const auto& folder : folders) {
        std::error_code error;
        for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error))
            if (entry->path().filename().string().ends_with(index_suffix))
                files.push_back(entry->path());
    }
    std::ranges::sort(files);
    return files;
}

std::size_t count_withdrawn(const config::PluginIndex& index) {
    return static_cast<std::size_t>(std::ranges::count_if(index.releases, [](const auto& one) { return !one.withdrawn.empty(); }));
}

/// One change of trust as an entry, with the table that remembers it.
class Recorder {
  public:
    Recorder(ledger::Ledger::Transaction& transaction, const std::string& reason, const std::string& who)
        : transaction_(transaction), reason_(reason), who_(who) {}

    Result<Trust::Change> key(const std::string& name, const KnownKey& was, const KnownKey& now, const std::string& own_reason) {
        const std::string before = was.level.empty() ? "none" : was.level, after = now.level.empty() ? "none" : now.level;
        ledger::Entry entry("trust.key");
        entry.set("signer", name).set("key", now.key.empty() ? was.key : now.key).set("level", after).set("was", before);
        if (!now.until.empty())
            entry.set("until", now.until);
        const auto index = append(entry, own_reason);
        if (!index)
            return fail(index.error());
        auto statement = now.level.empty() ? transaction_.db().cached("DELETE FROM trust_key WHERE name = ?1")
                                           : transaction_.db().cached("INSERT INTO trust_key VALUES(?1, ?2, ?3, ?4, ?5) ON CONFLICT(name) "
                                                                      "DO UPDATE SET key = ?2, level = ?3, until = ?4, ledger_index = ?5");
        if (!statement)
            return fail(statement.error());
        (*statement)->bind(1, name);
        if (!now.level.empty())
            (*statement)->bind(2, now.key).bind(3, now.level).bind(4, now.until).bind(5, static_cast<std::int64_t>(*index));
        if (auto stored = (*statement)->run(); !stored)
            return fail(stored.error());
        return Trust::Change{"key " + name + ": " + after + ", was " + before, *index};
    }

    Result<Trust::Change> index(const std::string& key, const SignedIndex& applied, std::int64_t was) {
        ledger::Entry entry("trust.index");
        entry.set("signer", applied.signer).set("key", key).set("serial", applied.index.serial).set("was", was);
        entry.set("sha256", signing::hex(signing::sha256(applied.document)));
        entry.set("releases", static_cast<std::int64_t>(applied.index.releases.size()));
        std::string withdrawn;
        for (const config::Release& one : applied.index.releases)
            if (!one.withdrawn.empty())
                withdrawn += (withdrawn.empty() ? "" : "; ") + one.plugin + " " + one.version + " " + one.sha256 + ": " + one.withdrawn;
        entry.set("withdrawn", withdrawn);
        const auto at = append(entry, {});
        if (!at)
            return fail(at.error());
        auto statement = transaction_.db().cached("INSERT INTO trust_index VALUES(?1, ?2, ?3, ?4, ?5) ON CONFLICT(key) "
                                                  "DO UPDATE SET serial = ?2, document = ?3, signature = ?4, ledger_index = ?5");
        if (!statement)
            return fail(statement.error());
        if (auto stored = (*statement)->bind(1, key).bind(2, applied.index.serial).bind(3, applied.document)
                              .bind(4, std::span<const std::uint8_t>(applied.signature)).bind(5, static_cast<std::int64_t>(*at)).run();
            !stored)
            return fail(stored.error());
        return Trust::Change{"index of " + applied.signer + ": serial " + std::to_string(applied.index.serial) + ", was " +
                                 std::to_string(was) + "; " + std::to_string(count_withdrawn(applied.index)) + " withdrawn", *at};
    }

  private:
    Result<std::uint64_t> append(ledger::Entry& entry, const std::string& own_reason) {
        entry.set("reason", !reason_.empty() ? reason_ : !own_reason.empty() ? own_reason : "found so in its folder");
        if (!who_.empty())
            entry.set("user", ledger::Personal{who_});
        return transaction_.append(entry);
    }

    ledger::Ledger::Transaction& transaction_;
    const std::string& reason_;
    const std::string& who_;
};

} // namespace

Result<std::unique_ptr<Trust>> Trust::open(Options options, ledger::Ledger& ledger, const Clock& clock) {
    if (auto ok = ledger.commit([](auto& transaction) { return store::apply_schema(transaction.db(), "trust", schema); }); !ok)
        return fail(ok.error());
    auto trust = std::unique_ptr<Trust>(new Trust(std::move(options), ledger, clock));
    if (auto ok = trust->load_stored(); !ok)
        return fail(ok.error());
    if (auto changed = trust->reload({}, {}); !changed)
        return fail(changed.error());
    return trust;
}

// The index that was applied last holds, whatever lies in the folders now: they may have been set back.
Result<void> Trust::load_stored() {
    auto db = ledger_.open_for_reading();
    if (!db)
        return fail(db.error());
    auto rows = db->prepare("SELECT key, document, signature FROM trust_index");
    if (!rows)
        return fail(rows.error());
    for (auto more = rows->step();; more = rows->step()) {
        if (!more)
            return fail(more.error());
        if (!*more)
            return {};
        SignedIndex stored;
        stored.document = rows->text(1);
        stored.signature.assign(rows->blob(2).begin(), rows->blob(2).end());
        auto index = config::parse_plugin_index(stored.document, "stored index");
        if (!index)
            return fail(Error(index.error().error()).within("trust"));
        stored.index = std::move(*index);
        indexes_[std::string(rows->text(0))] = std::move(stored);
    }
}

Result<std::vector<Trust::Change>> Trust::reload(const std::string& reason, const std::string& who) {
    const std::lock_guard lock(mutex_);
    auto signers = Signers::read(options_.folders);
    if (!signers)
        return fail(signers.error());
    auto indexes = indexes_;
    std::vector<std::string> problems;
    std::map<std::string, std::int64_t> fresh; // key and the serial that held until now
    for (const auto& file : index_files(options_.folders)) {
        const std::string name = file.filename().string();
        const Signer* of = signers->find(name.substr(0, name.size() - index_suffix.size()));
        if (of != nullptr && of->is_withdrawn) // with the key what it signed is gone, which is no problem
            continue;
        auto read = read_index(file, *signers, options_.is_dev, clock_.utc_ns());
        if (!read) {
            problems.push_back(read.error().message);
            continue;
        }
        const std::string key = fingerprint(signers->find(read->signer)->key);
        const auto held = indexes.find(key);
        const std::int64_t serial = held == indexes.end() ? 0 : held->second.index.serial;
        if (held != indexes.end() && held->second.document == read->document)
            continue;
        if (read->index.serial <= serial) {
            problems.push_back(file.string() + ": has serial " + std::to_string(read->index.serial) + ", and " + std::to_string(serial) +
                               " of '" + read->signer + "' was applied; an index is never set back, which holds on");
            continue;
        }
        fresh.emplace(key, serial);
        indexes[key] = std::move(*read);
    }

    std::vector<Change> changes;
    auto recorded = ledger_.commit([&](ledger::Ledger::Transaction& transaction) -> Result<void> {
        changes.clear();
        Recorder recorder(transaction, reason, who);
        const auto known = known_keys(transaction.db());
        if (!known)
            return fail(known.error());
        const auto note = [&](Result<Change> change) -> Result<void> {
            if (!change)
                return fail(change.error());
            changes.push_back(std::move(*change));
            return {};
        };
        for (const Signer& signer : signers->all()) {
            const auto was = known->find(signer.name);
            const KnownKey now = known_as(signer), before = was == known->end() ? KnownKey{} : was->second;
            if (now == before)
                continue;
            if (auto ok = note(recorder.key(signer.name, before, now, signer.reason)); !ok)
                return ok;
        }
        for (const auto& [name, was] : *known)
            if (signers->find(name) == nullptr)
                if (auto ok = note(recorder.key(name, was, {}, {})); !ok)
                    return ok;
        for (const auto& [key, was] : fresh)
            if (auto ok = note(recorder.index(key, indexes[key], was)); !ok)
                return ok;
        return {};
    });
    if (!recorded)
        return fail(recorded.error());
    signers_ = std::move(*signers);
    indexes_ = std::move(indexes);
    problems_ = std::move(problems);
    return changes;
}

Result<Provenance> Trust::judge(const config::Manifest& manifest, const SignatureBytes& signature, const Exceptions& exceptions) const {
    const Signers now = signers();
    return judge_manifest(manifest, signature, now, exceptions.unsigned_reason, options_.is_dev, clock_.utc_ns());
}

std::string Trust::withdrawn(const std::string& library_sha256, const std::string& manifest_sha256) const {
    const std::lock_guard lock(mutex_);
    for (const Signer& signer : signers_.all()) {
        const auto held = signer.is_withdrawn ? indexes_.end() : indexes_.find(fingerprint(signer.key));
        if (held == indexes_.end())
            continue;
        for (const config::Release& one : held->second.index.releases)
            if (!one.withdrawn.empty() && (one.sha256 == library_sha256 || one.manifest_sha256 == manifest_sha256))
                return one.plugin + " " + one.version + " is withdrawn by '" + signer.name + "' (index " +
                       std::to_string(held->second.index.serial) + "): " + one.withdrawn;
    }
    return {};
}

Result<void> Trust::check_release(const config::Manifest& manifest, const std::string& library_sha256, const Exceptions& exceptions) const {
    if (const auto why = withdrawn(library_sha256, signing::hex(signing::sha256(manifest.document))); !why.empty())
        return fail(ErrorCode::refused, manifest.file + ": " + why + "; install another version");
    if (options_.is_dev || !exceptions.older_reason.empty())
        return {};
    auto db = ledger_.open_for_reading();
    if (!db)
        return fail(db.error());
    auto row = db->prepare("SELECT version FROM plugin_version WHERE id = ?1");
    if (!row)
        return fail(row.error());
    const auto found = row->bind(1, manifest.id).step();
    if (!found)
        return fail(found.error());
    if (*found && compare_versions(manifest.version, row->text(0)) < 0)
        return fail(ErrorCode::refused, manifest.file + ": is version " + manifest.version + ", and " + std::string(row->text(0)) +
                                            " ran here; to go back, say why in site.xml: older=\"REASON\" at its <" +
                                            (manifest.kind == config::PluginKind::module ? "module" : "attachment") + ">");
    return {};
}

Result<void> Trust::remember(ledger::Ledger::Transaction& transaction, const std::string& plugin, const std::string& version) const {
    if (options_.is_dev)
        return {};
    auto statement = transaction.db().cached("INSERT INTO plugin_version VALUES(?1, ?2) ON CONFLICT(id) DO UPDATE SET version = ?2");
    if (!statement)
        return fail(statement.error());
    return (*statement)->bind(1, plugin).bind(2, version).run();
}

Signers Trust::signers() const {
    const std::lock_guard lock(mutex_);
    return signers_;
}

std::vector<Trust::AppliedIndex> Trust::indexes() const {
    const std::lock_guard lock(mutex_);
    std::vector<AppliedIndex> all;
    for (const Signer& signer : signers_.all())
        if (const auto held = indexes_.find(fingerprint(signer.key)); held != indexes_.end() && !signer.is_withdrawn)
            all.push_back({signer.name, held->second.index.serial, held->second.index.made,
                           signing::hex(signing::sha256(held->second.document)), held->second.index.releases.size(),
                           count_withdrawn(held->second.index)});
    return all;
}

std::vector<std::string> Trust::problems() const {
    const std::lock_guard lock(mutex_);
    return problems_;
}

std::vector<std::string> Trust::warnings() const {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> all = problems_;
    if (options_.is_dev)
        all.push_back("the host runs with --dev: plugins that nobody signed are accepted");
    const std::int64_t now = clock_.utc_ns();
    for (const Signer& signer : signers_.all())
        if (!signer.is_withdrawn && signer.ends_utc_ns != 0 && now >= signer.ends_utc_ns - ends_soon_ns)
            all.push_back("the key '" + signer.name + "' is trusted until " + signer.until +
                          "; what it signed is refused at the next load after that day");
    return all;
}

} // namespace ombud::trust
