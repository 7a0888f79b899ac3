#include "ledger/entry_batch.hpp"

#include "ledger/line.hpp"
#include "ledger/timestamp.hpp"

#include <algorithm>

namespace ombud::ledger {
namespace {

constexpr std::size_t rows_max = 4'096;
constexpr std::size_t text_max = std::size_t{1} << 20; // long lines: fewer of them at a time

} // namespace

std::string entry_name(std::uint64_t index) {
    return "entry " + std::to_string(index);
}

EntryBatch::EntryBatch() {
    rows_.reserve(rows_max);
    text_.reserve(text_max + line_bytes_max);
}

Result<void> EntryBatch::read(store::Statement& entries, std::uint64_t before, KindSums& kinds) {
    rows_.clear();
    text_.clear();
    is_last_ = false;
    while (rows_.size() < rows_max && text_.size() < text_max) {
        auto more = entries.step();
        if (!more)
            return fail(std::move(more.error()).within(entry_name(before + rows_.size()) + " or later"));
        if (!*more) {
            is_last_ = true;
            break;
        }
        Row& row = rows_.emplace_back();
        row.number = entries.integer(0);
        row.at_ns = entries.integer(2);
        if (const auto stored = entries.blob(4); stored.size() == row.leaf.size())
            std::copy(stored.begin(), stored.end(), row.leaf.begin());
        const std::string_view kind = entries.text(1);
        kinds.add(kind, row.number);
        row.kind_size = kind.size();
        row.text_at = text_.size();
        text_ += kind;
        const std::string_view line = entries.text(3);
        row.line_size = line.size();
        text_ += line;
    }
    return {};
}

void EntryBatch::check() {
    for (Row& row : rows_) {
        if (row.line_size == 0) { // pruned, if an entry says so
            row.has_its_hash = true;
            continue;
        }
        row.problem = problem_of(row);
        row.has_its_hash = leaf_hash(line(row)) == row.leaf;
    }
}

std::unique_ptr<Problem> EntryBatch::problem_of(const Row& row) const {
    const auto problem = [&row](ProblemKind kind, const std::string& what) {
        const auto index = static_cast<std::uint64_t>(row.number);
        return std::make_unique<Problem>(Problem{kind, index, entry_name(index) + ": " + what});
    };
    const auto head = read_head(line(row));
    if (!head)
        return problem(ProblemKind::changed, "changed; it is not in the form of an entry: " + head.error().message);
    if (head->index != row.number)
        return problem(ProblemKind::reordered, "reordered, or inserted; what stands there was recorded as entry " +
                                                   std::to_string(head->index));
    if (head->kind != kind(row))
        return problem(ProblemKind::changed, "changed; it is listed as kind '" + std::string(kind(row)) +
                                                 "', its line says '" + std::string(head->kind) + "'");
    if (head->at != UtcText(row.at_ns).view())
        return problem(ProblemKind::changed, "changed; it is listed under the time " + format_utc(row.at_ns) +
                                                 ", its line says " + std::string(head->at));
    return nullptr;
}

} // namespace ombud::ledger
