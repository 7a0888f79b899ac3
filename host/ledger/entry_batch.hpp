#pragma once
// Some entries as stored, read together so that another thread can check them. Private to this folder of the source.

#include "events/result.hpp"
#include "ledger/kind_index.hpp"
#include "ledger/tree.hpp"
#include "ledger/verify.hpp"
#include "store/statement.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace ombud::ledger {

/// `entry 17`, as problems name it.
[[nodiscard]] std::string entry_name(std::uint64_t index);

/// Up to 4,096 entries, and what each says about itself. One batch is read into again and again: a million entries of
/// fresh memory cost more than their reading.
/// Thread  one at a time
class EntryBatch {
  public:
    static constexpr const char* columns = "idx, kind, at_ns, line, leaf";

    EntryBatch();

    struct Row {
        std::int64_t number = 0; ///< its place in the table; negative only when somebody put it there
        std::int64_t at_ns = 0;
        Digest leaf{};           ///< the hash stored beside it; zeros when it is not one
        std::size_t kind_size = 0, line_size = 0, text_at = 0;
        // Set by check:
        std::unique_ptr<Problem> problem{}; ///< its line does not fit its place, kind or time; mostly null
        bool has_its_hash = false; ///< or has no body
    };

    /// Forgets what it holds and reads on from a statement that selects `columns`. Not again after a batch that
    /// is_last: SQLite starts anew then.
    /// Errors  those of Statement::step, within the entry after the last one that could be read
    /// @param before  entries that were read before
    /// @param kinds   adds what it reads, while it lies in the processor's cache
    Result<void> read(store::Statement& entries, std::uint64_t before, KindSums& kinds);

    /// Compares each line with its place, kind, time and hash: most of the work of a verification.
    void check();

    /// Whether the statement came to its end.
    [[nodiscard]] bool is_last() const { return is_last_; }
    [[nodiscard]] const std::vector<Row>& rows() const { return rows_; }
    [[nodiscard]] std::string_view kind(const Row& row) const {
        return std::string_view(text_).substr(row.text_at, row.kind_size);
    }
    [[nodiscard]] std::string_view line(const Row& row) const {
        return std::string_view(text_).substr(row.text_at + row.kind_size, row.line_size);
    }

  private:
    [[nodiscard]] std::unique_ptr<Problem> problem_of(const Row& row) const;

    std::vector<Row> rows_;
    bool is_last_ = false;
    std::string text_; // kind and line of one row after the other
};

} // namespace ombud::ledger
