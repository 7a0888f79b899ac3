#include "ledger/entry_batch.hpp"

#include "ledger/line.hpp"
#include "ledger/timestamp.hpp"

#include <algorithm>

namespace ombud::ledger {
namespace {

constexpr std::size_t rows_max = 1'024;
constexpr std::size_t text_max = std::size_t{1} << 20; // long lines: fewer of them at a time

} // namespace

std::string entry_name(std::uint64_t index) {
    return "entry " + std::to_string(index);
}

Result<EntryBatch> EntryBatch::read(store::Statement& entries, std::uint64_t before) {
    EntryBatch batch;
    batch.rows_.reserve(rows_max);
    while (batch.rows_.size() < rows_max && batch.text_.size() < text_max) {
        auto more = entries.step();
        if (!more)
            return fail(std::move(more.error()).within(entry_name(before + batch.rows_.size()) + " or later"));
        if (!*more) {
            batch.is_last_ = true;
            break;
        }
        Row row;
        row.number = entries.integer(0);
        row.at_ns = entries.integer(2);
        if (const auto stored = entries.blob(4); stored.size() == row.leaf.size())
            std::copy(stored.begin(), stored.end(), row.leaf.begin());
        const std::string_view kind = entries.text(1);
        row.kind_size = kind.size();
        row.text_at = batch.text_.size();
        batch.text_ += kind;
        const std::string_view line = entries.text(3);
        row.line_size = line.size();
        batch.text_ += line;
        batch.rows_.push_back(std::move(row));
    }
    return batch;
}

void EntryBatch::check() {
    for (Row& row : rows_) {
        row.problem = problem_of(row);
        row.has_its_hash = leaf_hash(line(row)) == row.leaf;
    }
}

std::optional<Problem> EntryBatch::problem_of(const Row& row) const {
    const auto index = static_cast<std::uint64_t>(row.number);
    const auto head = read_head(line(row));
    if (!head)
        return Problem{ProblemKind::changed, index,
                       entry_name(index) + ": changed; it is not in the form of an entry: " + head.error().message};
    if (head->index != row.number)
        return Problem{ProblemKind::reordered, index,
                       entry_name(index) + ": reordered, or inserted; what stands there was recorded as entry " +
                           std::to_string(head->index)};
    if (head->kind != kind(row))
        return Problem{ProblemKind::changed, index,
                       entry_name(index) + ": changed; it is listed as kind '" + std::string(kind(row)) +
                           "', its line says '" + std::string(head->kind) + "'"};
    if (head->at != format_utc(row.at_ns))
        return Problem{ProblemKind::changed, index,
                       entry_name(index) + ": changed; it is listed under the time " + format_utc(row.at_ns) +
                           ", its line says " + std::string(head->at)};
    return std::nullopt;
}

} // namespace ombud::ledger
