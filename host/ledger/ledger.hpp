#pragma once
// The tamper-evident record of everything that Ombud decides and does.

#include "events/clock.hpp"
#include "events/result.hpp"
#include "ledger/entry.hpp"
#include "ledger/reader.hpp"
#include "ledger/signer.hpp"
#include "store/database.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <variant>

namespace ombud::ledger {

/// Proof that an entry is durable. Only a Ledger makes one; what must not happen unrecorded asks for it.
class Recorded {
  public:
    [[nodiscard]] std::uint64_t index() const { return index_; }

  private:
    friend class Ledger;
    explicit Recorded(std::uint64_t index) : index_(index) {}
    std::uint64_t index_;
};

/// Which personal values to erase.
struct EntryIndex {
    std::uint64_t index;
};
struct PersonalValue {
    std::string value;
};
struct OlderThan {
    std::int64_t at_ns; ///< values of entries recorded before this time, UTC
};
using ErasureTarget = std::variant<EntryIndex, PersonalValue, OlderThan>;

struct LedgerOptions {
    std::uint64_t checkpoint_entries = 1'024;            ///< a checkpoint is signed after that many entries,
    std::int64_t checkpoint_interval_ns = 1'000'000'000; ///< or that long after the last one
    std::size_t queue_max = 4'096;                       ///< units of work waiting; submit blocks beyond
    std::size_t group_max = 1'024;                       ///< units of work that share one fsync
    std::chrono::milliseconds removed_for{2'000};        ///< how long write-ahead logs may hold what was removed, unless somebody reads
    /// Called with each new checkpoint, a signed note, once it is durable: the place to send it where nobody on this
    /// machine can change it (a witness, syslog, mail). On the thread that commits, so it hands over and returns.
    std::function<void(const std::string& note)> on_checkpoint{};
};

/// How the ledger stands.
struct LedgerStatus {
    std::uint64_t size = 0;        ///< durable entries
    std::uint64_t signed_size = 0; ///< of which the newest checkpoint covers so many
    std::string checkpoint;        ///< that checkpoint, a signed note; empty before the first
    Result<void> writing;          ///< why nothing can be recorded any more
    Result<void> signing;          ///< why the last checkpoint could not be signed; tried again
    Result<void> publishing;       ///< why the file `checkpoint` is behind; tried again
    bool log_holds_removed = false; ///< values that were removed may still be in a write-ahead log; it is emptied within seconds
    std::string log_failure;       ///< why that did not work yet: somebody reads; tried again
};

/// The ledger of one folder: `ledger.db`, `openings.db`, `verifier`, `checkpoint`, `lock`.
/// `verifier` has the ledger's key on its first line, and the key of its first epoch on the second once there is one.
///
/// One process at a time holds it open for writing; readers and verifiers work beside it.
/// Entries, the tree's right edge and checkpoints change in one transaction, together with whatever else a unit of
/// work changes in the same file. Nothing is acknowledged before that transaction is durable.
/// Thread  any; not from inside a unit of work or on_checkpoint
/// Source  c2sp.org/tlog-checkpoint, RFC 6962
class Ledger {
  public:
    /// What a unit of work may do; valid inside that unit only.
    class Transaction {
      public:
        /// Appends when the unit succeeds and its group is committed.
        ///
        /// @return the entry's index; it is the entry's only if the unit is then answered with success
        /// Errors  those of Entry::render
        Result<std::uint64_t> append(const Entry& entry);
        /// The connection to the ledger's file, for tables that other folders own there; see apply_schema.
        /// Entries of units that are not committed yet are not visible in it. Leave the ledger's own tables alone.
        store::Database& db();

      private:
        friend class Ledger;
        class State;
        explicit Transaction(State& state) : state_(state) {}
        State& state_;
    };
    using Work = std::function<Result<void>(Transaction&)>;

    /// Opens the ledger in `folder`, or creates it, verifies all of it, and finishes what a crash left undone.
    ///
    /// @param signer, clock  borrowed until the ledger is closed
    /// Errors  corrupt      it does not verify: the message names the first entry that is wrong, and what is
    ///         refused      its checkpoints carry another name or key than the signer's
    ///         too_new      written by a newer version
    ///         unavailable  another process has it open, or the disk failed
    static Result<std::unique_ptr<Ledger>> open(const std::filesystem::path& folder, Signer& signer, const Clock& clock,
                                                LedgerOptions options = {});
    /// Signs and publishes a last checkpoint.
    ~Ledger();

    /// Queues a unit of work; waits while the queue is full. It goes with the next commit, or after some milliseconds without
    /// one. The future is answered when it is durable or has failed.
    /// Errors (in the future)  the unit's own, then nothing of it is stored
    ///                         unavailable  nothing can be stored any more, see status().writing
    std::future<Result<void>> submit(Work work);
    /// The same at once, waiting for the answer. Units run on any thread that commits, one at a time; see store::Writer.
    Result<void> commit(Work work);
    /// Appends one entry and waits until it is durable.
    Result<Recorded> append(const Entry& entry);

    /// Proof that an entry which a unit appended is durable.
    /// Errors  not_found  there is no durable entry of that index
    [[nodiscard]] Result<Recorded> recorded(std::uint64_t index) const;

    /// Signs and publishes a checkpoint now.
    /// @return the newest checkpoint, a signed note, covering all entries durable before the call
    /// Errors  unavailable  nothing can be stored any more;  the signer's own
    Result<std::string> checkpoint();

    /// Erases personal values for good: overwritten when it returns, and out of the write-ahead logs, too, as soon as
    /// status().log_holds_removed is false. That it was done is an entry `ledger.erasure`; the chain stays whole.
    ///
    /// @param reason  kept in the entry: no personal data
    /// @return how many values were erased; 0 records nothing
    /// Errors  unavailable  nothing can be stored: if the erasure is recorded then, it is finished by the next erasure or opening
    Result<std::uint64_t> erase(const ErasureTarget& target, const std::string& reason);

    /// Begins an epoch: an entry `ledger.epoch` names the next key, the checkpoint that covers it is the last under the old one.
    /// @return the entry's index
    /// Errors  unavailable  nothing can be stored;  refused  the signer has no epochs;  its own
    Result<std::uint64_t> begin_epoch();

    [[nodiscard]] LedgerStatus status() const;
    [[nodiscard]] const std::filesystem::path& folder() const;
    /// The file whose tables change together with the entries.
    [[nodiscard]] std::filesystem::path database_path() const;
    /// A connection of the caller's own to that file, read-only.
    [[nodiscard]] Result<store::Database> open_for_reading() const;
    /// Queries over the durable entries.
    [[nodiscard]] Result<Reader> reader() const;

  private:
    class Impl;
    explicit Ledger(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

} // namespace ombud::ledger
