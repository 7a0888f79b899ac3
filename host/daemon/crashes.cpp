#include "daemon/crashes.hpp"

#include <array>

#include <ombud/finding.h>

#include "daemon/place.hpp"
#include "findings/findings.hpp"
#include "ledger/entry.hpp"
#include "plugin_runtime/crash_notes.hpp"
#include "store/schema.hpp"

namespace ombud::daemon {
namespace {

constexpr std::array<std::string_view, 1> schema{R"sql(
CREATE TABLE module_crash(module TEXT NOT NULL, library TEXT NOT NULL, times INTEGER NOT NULL, PRIMARY KEY(module, library)) STRICT, WITHOUT ROWID;
)sql"};

// No plugin can have this id, so none can close what is found about it.
const std::string finder = "ombud.crashes";

Result<void> store(ledger::Ledger::Transaction& transaction, const crash_notes::Note& note) {
    ledger::Entry entry("module.crashed");
    entry.set("module", note.plugin).set("library", note.library).set("signal", note.signal);
    if (auto appended = transaction.append(entry); !appended)
        return fail(appended.error());
    auto stored = transaction.db().cached("INSERT INTO module_crash VALUES(?1, ?2, 1) ON CONFLICT(module, library) DO UPDATE SET times = times + 1");
    return stored ? (*stored)->bind(1, note.plugin).bind(2, note.library).run() : fail(stored.error());
}

} // namespace

Result<void> Crashes::prepare(ledger::Ledger& ledger) {
    const auto noted = crash_notes::read(notes_);
    if (!noted)
        return fail(noted.error());
    auto stored = ledger.commit([&](ledger::Ledger::Transaction& transaction) -> Result<void> {
        if (auto ready = store::apply_schema(transaction.db(), "crashes", schema); !ready)
            return ready;
        for (const crash_notes::Note& note : *noted)
            if (auto kept = store(transaction, note); !kept)
                return kept;
        auto rows = transaction.db().prepare("SELECT module, library, times FROM module_crash");
        if (!rows)
            return fail(rows.error());
        const std::lock_guard lock(mutex_);
        times_.clear();
        for (auto more = rows->step();; more = rows->step()) {
            if (!more)
                return fail(more.error());
            if (!*more)
                return {};
            times_[{std::string(rows->text(0)), std::string(rows->text(1))}] = static_cast<int>(rows->integer(2));
        }
    });
    return stored ? crash_notes::begin(notes_) : stored;
}

int Crashes::count(const std::string& plugin, const std::string& library) const {
    const std::lock_guard lock(mutex_);
    const auto found = times_.find({plugin, library});
    return found == times_.end() ? 0 : found->second;
}

Result<void> Crashes::tell(ledger::Ledger::Transaction& transaction, const config::Manifest& manifest, const std::string& library, std::int64_t now_utc_ns) const {
    Finding finding;
    finding.key = "crashed:" + manifest.id;
    const int times = count(manifest.id, library);
    if (times == 0)
        return findings::clear(transaction, finder, finding.key, library.empty() ? "it does not run" : "it is another version", now_utc_ns);
    const bool is_connector = manifest.kind == config::PluginKind::connector, is_borne = times <= crashes_borne;
    finding.severity = is_borne ? OMBUD_SEVERITY_WARNING : OMBUD_SEVERITY_VIOLATION;
    finding.text = manifest.id + " took the host down " + (times == 1 ? "once" : std::to_string(times) + " times") + "; ";
    finding.text += is_connector ? "a connector cannot be confined: install another version of it"
                    : is_borne   ? "should it do so once more, it runs in a process of its own from then on"
                                 : "it runs in a process of its own until another version is installed, or somebody has looked and says: "
                                   "ombud module mode " + manifest.id + " MODE, and starts the host again";
    return findings::raise(transaction, finder, finding, 0, now_utc_ns);
}

Result<void> Crashes::forgive(ledger::Ledger::Transaction& transaction, const std::string& plugin, std::int64_t now_utc_ns) {
    {
        const std::lock_guard lock(mutex_);
        if (std::erase_if(times_, [&](const auto& one) { return one.first.first == plugin; }) == 0)
            return {};
    }
    auto forgotten = transaction.db().cached("DELETE FROM module_crash WHERE module = ?1");
    if (!forgotten)
        return fail(forgotten.error());
    if (auto done = (*forgotten)->bind(1, plugin).run(); !done)
        return done;
    return findings::clear(transaction, finder, "crashed:" + plugin, "somebody has looked", now_utc_ns);
}

} // namespace ombud::daemon
