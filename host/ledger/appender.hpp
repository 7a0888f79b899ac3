#pragma once
// What happens within the ledger's units and commits. Private to this folder of the source.

#include "events/clock.hpp"
#include "ledger/entry.hpp"
#include "ledger/layout.hpp"
#include "ledger/ledger.hpp"
#include "ledger/openings.hpp"
#include "ledger/tree.hpp"

#include <atomic>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace ombud::ledger {

/// Collects a group's entries, writes them with the edge just before COMMIT; with them, when it is due, a checkpoint over all entries that were
/// durable before, which it publishes after COMMIT.
///
/// Entries wait in memory until then, so that a unit that fails is undone by shortening a vector, without a savepoint.
/// Thread  all but status, size: one at a time, the one that commits
class Appender {
  public:
    Appender(Layout layout, Signer& signer, const Clock& clock, const LedgerOptions& options, Openings openings,
             Tree tree, std::string checkpoint_note, std::uint64_t signed_size);

    Result<std::uint64_t> append(const Entry& entry);
    [[nodiscard]] std::size_t mark() const { return pending_.size(); }
    void undo_to(std::size_t mark);
    /// A checkpoint over what is durable is signed with this group and published at once.
    void want_checkpoint() { checkpoint_wanted_ = true; }
    Openings& openings() { return openings_; }
    /// Appends the entry that names the next epoch's key, which is entered with the first checkpoint over it.
    /// @param key  set to that key's text
    Result<std::uint64_t> begin_epoch(std::string& key);
    /// The entry of that index names a key that is entered once a checkpoint covers it.
    void await_epoch(std::uint64_t index) { epoch_at_ = index; }

    Result<void> before_commit(store::Database& db);
    void after_commit();
    [[nodiscard]] bool wants_commit() const;

    [[nodiscard]] std::uint64_t size() const { return durable_size_.load(std::memory_order_acquire); }
    [[nodiscard]] LedgerStatus status() const;
    /// Writes the newest checkpoint to the folder.
    void publish();

  private:
    struct Pending {
        std::size_t at, line_size, kind_size; // in text_
        std::int64_t at_ns;
        std::vector<Opening> openings;
    };

    [[nodiscard]] std::string_view line_of(const Pending& entry) const {
        return std::string_view(text_).substr(entry.at, entry.line_size);
    }
    [[nodiscard]] std::string_view kind_of(const Pending& entry) const {
        return std::string_view(text_).substr(entry.at + entry.line_size, entry.kind_size);
    }

    Result<void> keep_openings();
    Result<void> write_entries(store::Database& db);
    Result<void> write_rows(store::Statement& insert, std::size_t begin, std::size_t count);
    Result<void> sign(store::Database& db);
    void enter_epoch();
    [[nodiscard]] bool sign_due() const;

    const Layout layout_;
    Signer& signer_;
    const Clock& clock_;
    const LedgerOptions options_;
    Openings openings_;
    Tree tree_;
    std::vector<Pending> pending_;
    std::string text_; // line and kind of each that is pending, one after the other
    bool checkpoint_wanted_ = false;
    std::optional<std::uint64_t> checkpoint_made_; // in the transaction under way: how many entries it covers
    std::int64_t signed_at_mono_ns_;
    std::int64_t published_at_mono_ns_;
    std::string new_note_;
    std::optional<std::uint64_t> epoch_at_; // of the entry that names the key of the epoch that is about to begin

    std::atomic<std::uint64_t> durable_size_;
    mutable std::mutex mutex_; // guards status_
    LedgerStatus status_;
};

} // namespace ombud::ledger
