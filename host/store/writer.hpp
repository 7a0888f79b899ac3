#pragma once
// The one who writes to a database, and commits many callers' work with one fsync.

#include "events/result.hpp"
#include "store/database.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <future>
#include <memory>
#include <string>

namespace ombud::store {

/// What a unit of work may do; valid inside that unit only.
class Transaction {
  public:
    /// The connection, inside the open transaction. The first call starts what makes the unit fail alone
    /// (a savepoint, when other units share the transaction), so a unit that does not ask pays nothing.
    /// Do not BEGIN, COMMIT or ROLLBACK on it: the Writer would stop.
    Database& db();

  private:
    friend class Writer;
    Transaction(Database& db, bool shared) : db_(db), shared_(shared) {}

    Database& db_;
    bool shared_;
    bool asked_ = false;
    Result<void> opened_;
};

/// Runs units of work in groups: one transaction, one COMMIT, one answer each once all of it is durable.
///
/// Whoever waits for a commit and finds nobody at it commits itself, with whatever else waits: two changes of thread less
/// than if one thread did it for all. So a unit runs on any thread that commits, one unit at a time, in the order in which they
/// came; do not hold a lock in `commit` that any unit takes. What comes while a group is under way is the next group, on a
/// thread of the Writer's own.
/// A unit that fails is rolled back alone, the others of its group are not touched.
/// A failed COMMIT, a full disk or a failed fsync ends the Writer: what is pending and whatever comes later is
/// answered `unavailable` with the reason. Work so answered is absent or, after a failed COMMIT, possibly present
/// when the file is opened again; work answered with success is present.
/// Thread  submit, commit, failure and log: any. Do not call them from inside a unit or a hook: it would wait for itself.
class Writer {
  public:
    using Work = std::function<Result<void>(Transaction&)>;

    /// Called on the thread that commits, one at a time. Whatever is left empty is not called.
    struct Hooks {
        /// Just before COMMIT, in the same transaction, after the group's units; a failure ends the Writer.
        std::function<Result<void>(Database&)> before_commit{};
        /// Just after a COMMIT, before anybody is answered.
        std::function<void()> after_commit{};
        /// When the log is emptied of what was removed, on another thread, while nobody commits: for logs of other files that belong to this one. Must
        /// not wait for readers; a failure is tried again.
        std::function<Result<void>()> empty_logs{};
        /// At times, at least once every `idle_interval` when nothing is committed: whether a commit without units is wanted.
        std::function<bool()> wants_commit{};
    };

    struct Options {
        std::size_t queue_max = 4'096; ///< units waiting; `submit` blocks when that many wait
        std::size_t group_max = 1'024; ///< units in one transaction
        std::chrono::milliseconds patience{5}; ///< how long a submitted unit waits for somebody else's commit
        std::chrono::milliseconds idle_interval{1'000};
        std::chrono::milliseconds removed_for{2'000}; ///< how long the log may hold what was removed, before and between attempts to empty it
        Hooks hooks{};
    };

    /// Takes the connection and starts the thread.
    static std::unique_ptr<Writer> start(Database db, Options options);
    /// Finishes what was submitted, then stops.
    ~Writer();

    /// Queues one unit; waits while the queue is full. It goes with the next commit, or after `patience` without one. The
    /// future is answered when the unit is durable or failed.
    std::future<Result<void>> submit(Work work);
    /// Queues one unit behind what is there and waits until it is durable.
    Result<void> commit(Work work);

    /// Success while the Writer works; the reason once it has ended.
    [[nodiscard]] Result<void> failure() const;

    /// Whether the write-ahead log may still hold what Database::run_overwriting removed. It is emptied within `removed_for`, once for
    /// all that was removed until then, on a thread of its own: commits wait for no more than its last pages.
    struct Log {
        bool holds_removed = false;
        std::string failure; ///< why the last attempt could not empty it: mostly a reader; empty: none was made yet
    };
    [[nodiscard]] Log log() const;

  private:
    class Impl;
    explicit Writer(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

} // namespace ombud::store
