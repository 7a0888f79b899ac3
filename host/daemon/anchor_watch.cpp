#include "daemon/anchor_watch.hpp"

#include <ombud/finding.h>

#include "findings/findings.hpp"

namespace ombud::daemon {
namespace {

constexpr const char* module_name = "ombud.ledger"; // the host's own: no module has a dot in its name

std::string key_of(const anchors::AnchorStatus& one) { return "anchor:" + one.name; }

std::string text_of(const anchors::AnchorStatus& one) {
    if (one.contradicts)
        return "anchor " + one.name + ": " + one.failure;
    return "anchor " + one.name + " is behind: " +
           (one.kept_size > 0 ? "its newest checkpoint has " + std::to_string(one.kept_size) + " entries" : "it has kept none since the start") +
           (one.failure.empty() ? "; it does not answer" : "; " + one.failure) + ". What was recorded since could be rolled back unseen";
}

} // namespace

Result<AnchorWatch> AnchorWatch::open(ledger::Ledger& ledger, const Clock& clock) {
    auto db = ledger.open_for_reading();
    if (!db)
        return fail(db.error());
    FindingQuery of_ours;
    of_ours.module = module_name;
    const auto rows = findings::query(*db, of_ours);
    if (!rows)
        return fail(rows.error());
    AnchorWatch watch(ledger, clock);
    for (const FindingRow& row : *rows)
        watch.open_.emplace(row.key, row.severity);
    return watch;
}

Result<void> AnchorWatch::check(const std::vector<anchors::AnchorStatus>& all) {
    std::map<std::string, std::uint32_t> now;
    std::vector<Finding> raised;
    for (const auto& one : all) {
        if (!one.contradicts && !one.is_behind)
            continue;
        Finding finding;
        finding.key = key_of(one);
        finding.severity = one.contradicts ? OMBUD_SEVERITY_VIOLATION : OMBUD_SEVERITY_WARNING;
        finding.text = text_of(one);
        now.emplace(finding.key, finding.severity);
        raised.push_back(std::move(finding));
    }
    if (now == open_)
        return {};
    const std::int64_t at = clock_->utc_ns();
    auto done = ledger_->commit([&](ledger::Ledger::Transaction& transaction) -> Result<void> {
        for (const Finding& finding : raised)
            if (const auto was = open_.find(finding.key); was == open_.end() || was->second != finding.severity)
                if (auto told = findings::raise(transaction, module_name, finding, 0, at); !told)
                    return told;
        for (const auto& [key, severity] : open_)
            if (!now.contains(key))
                if (auto told = findings::clear(transaction, module_name, key, "no longer so", at); !told)
                    return told;
        return {};
    });
    if (done)
        open_ = std::move(now);
    return done;
}

std::vector<std::string> anchor_warnings(const std::vector<anchors::AnchorStatus>& all) {
    if (all.empty())
        return {"the ledger is not anchored outside this machine: a rollback to an older state shows only against a checkpoint that you keep "
                "(<ledger><anchor …/> in the site, or ombud ledger verify --checkpoint FILE)"};
    std::vector<std::string> warnings;
    for (const auto& one : all)
        if (one.contradicts || one.is_behind)
            warnings.push_back(text_of(one));
        else if (!one.failure.empty())
            warnings.push_back("anchor " + one.name + ": " + one.failure + "; it is tried again");
    return warnings;
}

} // namespace ombud::daemon
