#include "ledger/pruning.hpp"

#include "ledger/layout.hpp"
#include "ledger/timestamp.hpp"

#include <algorithm>

namespace ombud::ledger {
namespace {

constexpr std::int64_t tile_width = 256;
constexpr std::int64_t bodies_at_once = 16 * tile_width; // a unit of work: others wait for no more than that

// Those that tell of the ledger itself are exempt.
const std::string has_body = " line <> '' AND kind NOT IN ('" + std::string(epoch_kind) + "', '" + std::string(pruned_kind) + "', '" + std::string(erasure_kind) + "')";

Result<std::int64_t> number(store::Database& db, const std::string& sql, std::int64_t first, std::int64_t second, std::int64_t otherwise) {
    auto row = db.prepare(sql);
    if (!row)
        return fail(row.error());
    auto found = row->bind(1, first).bind(2, second).step();
    if (!found)
        return fail(found.error());
    return *found ? row->integer(0) : otherwise;
}

Result<std::int64_t> blank(Ledger& ledger, std::int64_t begin, std::int64_t end) {
    std::int64_t gone = 0;
    auto done = ledger.commit([&](Ledger::Transaction& transaction) -> Result<void> {
        auto update = transaction.db().prepare("UPDATE entry SET kind = '', at_ns = 0, line = '' WHERE idx >= ?1 AND idx < ?2 AND" + has_body);
        if (!update)
            return fail(update.error());
        update->bind(1, begin).bind(2, end);
        if (auto run = transaction.db().run_overwriting(*update); !run)
            return run;
        auto changed = number(transaction.db(), "SELECT changes() WHERE ?1 = ?1 AND ?2 = ?2", 0, 0, 0);
        if (!changed)
            return fail(changed.error());
        gone = *changed;
        return {};
    });
    if (!done)
        return fail(done.error());
    return gone;
}

} // namespace

Result<std::uint64_t> prune(Ledger& ledger, std::int64_t before_utc_ns, const std::string& policy) {
    auto db = ledger.open_for_reading();
    auto reader = ledger.reader();
    if (!db || !reader)
        return fail(db ? reader.error() : db.error());
    const auto was = reader->bodies_from();
    if (!was)
        return fail(was.error());
    auto below = static_cast<std::int64_t>(*was);
    const auto signed_size = static_cast<std::int64_t>(ledger.status().signed_size);
    const auto younger = number(*db, "SELECT idx FROM entry WHERE idx >= ?1 AND at_ns >= ?2 ORDER BY idx LIMIT 1", below, before_utc_ns, signed_size);
    if (!younger)
        return fail(younger.error());
    if (const std::int64_t wanted = std::min(*younger, signed_size) / tile_width * tile_width; wanted > below) {
        below = wanted;
        // First, while their commitments can still be compared with them.
        if (auto erased = ledger.erase(OlderThan{before_utc_ns}, "bodies are pruned: " + policy); !erased)
            return fail(erased.error());
        Entry entry(pruned_kind);
        entry.set("below", below).set("before", format_utc(before_utc_ns)).set("policy", policy);
        if (auto told = ledger.append(entry); !told)
            return fail(told.error());
    }
    if (auto covered = ledger.checkpoint(); !covered)
        return fail(covered.error());
    auto at = number(*db, "SELECT idx FROM entry WHERE idx >= ?1 AND idx < ?2 AND" + has_body + " ORDER BY idx LIMIT 1", 0, below, below);
    if (!at)
        return fail(at.error());
    std::int64_t gone = 0;
    for (; *at < below; *at += bodies_at_once) {
        const auto some = blank(ledger, *at, std::min(*at + bodies_at_once, below));
        if (!some)
            return fail(some.error());
        gone += *some;
    }
    return static_cast<std::uint64_t>(gone);
}

} // namespace ombud::ledger
