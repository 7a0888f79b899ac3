#include "ledger/openings_check.hpp"

#include "ledger/entry_batch.hpp"
#include "ledger/openings.hpp"

#include <optional>

namespace ombud::ledger {

Result<void> check_openings(const Layout& layout, store::Database& db, std::uint64_t size, std::uint64_t& good,
                            const std::function<void(ProblemKind, std::uint64_t index, std::string message)>& tell) {
    auto openings = Openings::open(layout.openings(), store::Access::read_only);
    if (!openings && openings.error().code == ErrorCode::not_found)
        return {};
    if (!openings)
        return fail(openings.error());
    auto line_of = db.prepare("SELECT line FROM entry WHERE idx = ?1");
    if (!line_of)
        return fail(line_of.error());
    std::optional<PlacedOpening> last;
    for (;;) {
        auto some = openings->next(last ? &*last : nullptr, 1'024);
        if (!some)
            return fail(some.error());
        if (some->empty())
            return {};
        for (const PlacedOpening& placed : *some) {
            if (placed.index >= size)
                continue;
            line_of->reset();
            auto row = line_of->bind(1, static_cast<std::int64_t>(placed.index)).step();
            if (!row)
                return fail(row.error());
            const std::string expected = "\"" + placed.opening.key + "\":\"" + placed.opening.commitment() + "\"";
            if (*row && line_of->text(0).find(expected) != std::string_view::npos)
                ++good;
            else
                tell(ProblemKind::broken_opening, placed.index,
                     entry_name(placed.index) + ": broken opening; the value kept for '" + placed.opening.key + "' is not the one that was recorded");
        }
        line_of->reset();
        last = std::move(some->back());
    }
}

} // namespace ombud::ledger
