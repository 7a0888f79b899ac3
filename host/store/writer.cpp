#include "store/writer.hpp"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace ombud::store {

Database& Transaction::db() {
    if (!std::exchange(asked_, true) && shared_)
        opened_ = db_.execute("SAVEPOINT unit");
    return db_;
}

class Writer::Impl {
  public:
    Impl(Database db, Options options) : db_(std::move(db)), options_(std::move(options)) {
        see_log();
        thread_ = std::thread([this] { run(); });
        emptier_ = std::thread([this] { empty_logs(); });
    }

    ~Impl() {
        {
            const std::lock_guard lock(mutex_);
            stopping_ = true;
        }
        turn_.notify_all();
        log_turn_.notify_all();
        thread_.join();
        emptier_.join();
    }

    std::future<Result<void>> submit(Work work) {
        std::unique_lock lock(mutex_);
        auto answer = enqueue(lock, std::move(work));
        if (queue_.size() == 1) {
            due_ = std::chrono::steady_clock::now() + options_.patience;
            if (due_ < wakes_at_) // the thread sleeps longer than that on an empty queue
                turn_.notify_one();
        }
        return answer;
    }

    Result<void> commit(Work work) {
        std::unique_lock lock(mutex_);
        auto answer = enqueue(lock, std::move(work));
        hurry_ = !queue_.empty();
        if (!busy_ && !emptying_)
            commit_group(lock);
        lock.unlock();
        return answer.get();
    }

    Result<void> failure() const {
        const std::lock_guard lock(mutex_);
        return failure_;
    }

    Log log() const {
        const std::lock_guard lock(mutex_);
        return log_;
    }

  private:
    struct Unit {
        Work work;
        std::promise<Result<void>> answer;
        Result<void> result{};
    };
    using Lock = std::unique_lock<std::mutex>;

    std::future<Result<void>> enqueue(Lock& lock, Work work) {
        Unit unit{std::move(work), {}};
        auto answer = unit.answer.get_future();
        room_arrived_.wait(lock, [this] { return queue_.size() < options_.queue_max || !failure_; });
        if (failure_)
            queue_.push_back(std::move(unit));
        else
            unit.answer.set_value(failure_);
        return answer;
    }

    // Commits what nobody else does: what was submitted and not taken along, what came while a group was under way, and
    // what the hook wants while all is quiet.
    void run() {
        const auto next_idle = [this] { return std::chrono::steady_clock::now() + options_.idle_interval; };
        auto idle = next_idle();
        Lock lock(mutex_);
        for (;;) {
            const auto now = std::chrono::steady_clock::now();
            if (busy_ || emptying_) {
                waiting_ = true;
                turn_.wait(lock);
                waiting_ = false;
            } else if (!queue_.empty() && (hurry_ || stopping_ || now >= due_)) {
                commit_group(lock);
            } else if (stopping_) {
                return;
            } else if (now >= idle) {
                if (options_.hooks.wants_commit && options_.hooks.wants_commit())
                    commit_group(lock);
                idle = next_idle();
            } else {
                wakes_at_ = queue_.empty() ? idle : std::min(due_, idle);
                turn_.wait_until(lock, wakes_at_);
                wakes_at_ = {}; // it looks at the queue anyway
            }
        }
    }

    // [lock held]
    void see_log() {
        if (!db_.log_holds_removed() || log_.holds_removed)
            return;
        log_.holds_removed = true;
        log_due_ = std::chrono::steady_clock::now() + options_.removed_for;
        log_turn_.notify_one();
    }

    // On a thread of its own. Most of the log goes into the file beside whoever commits; what is left goes in a turn like that of a
    // group. A reader in the way is not waited for, as commits would wait, too.
    void empty_logs() {
        std::optional<Database> beside;
        Lock lock(mutex_);
        for (;;) {
            if (stopping_)
                return;
            if (!log_.holds_removed || !failure_) {
                log_turn_.wait(lock);
                continue;
            }
            if (std::chrono::steady_clock::now() < log_due_) {
                log_turn_.wait_until(lock, log_due_);
                continue;
            }
            lock.unlock();
            if (!beside)
                if (auto opened = Database::open(db_.file()))
                    beside = std::move(*opened);
            auto done = beside ? beside->drain_wal() : Result<void>{};
            lock.lock();
            emptying_ = true; // the next turn is ours, whoever comes
            log_turn_.wait(lock, [this] { return !busy_; });
            busy_ = true;
            emptying_ = false;
            lock.unlock();
            if (done)
                done = db_.checkpoint_wal(false);
            if (done && options_.hooks.empty_logs)
                done = options_.hooks.empty_logs();
            if (!done)
                db_.say_log_holds_removed();
            lock.lock();
            busy_ = false;
            log_ = {!done, done ? std::string() : done.error().message};
            log_due_ = std::chrono::steady_clock::now() + options_.removed_for;
            turn_.notify_one(); // for what was queued meanwhile
        }
    }

    // Takes what waits now, up to group_max units, and commits it: on the thread that found nobody else at it, which is
    // mostly the one that waits for it. A group grows by itself while the commit before it is on its way. An exception that no
    // unit threw, such as no memory for a group, ends the process: nobody could say what is stored. [lock held]
    void commit_group(Lock& lock) noexcept {
        busy_ = true;
        const auto count = std::min(queue_.size(), options_.group_max);
        std::vector<Unit> group;
        group.reserve(count);
        for (std::size_t i = 0; i < count; ++i) {
            group.push_back(std::move(queue_.front()));
            queue_.pop_front();
        }
        hurry_ = !queue_.empty();
        lock.unlock();
        if (count > 0)
            room_arrived_.notify_all();
        run_group(group);
        lock.lock();
        see_log();
        busy_ = false;
        if (emptying_)
            log_turn_.notify_one();
        else if (waiting_ || hurry_ || stopping_)
            turn_.notify_one();
        lock.unlock();
        for (Unit& unit : group) // when nobody needs to wait for us any more
            unit.answer.set_value(std::move(unit.result));
        lock.lock();
    }

    void run_group(std::vector<Unit>& group) {
        if (auto dead = failure(); !dead)
            return answer_all(group, dead);
        if (auto begun = db_.execute("BEGIN IMMEDIATE"); !begun) // nothing ran: the caller may try again
            return answer_all(group, begun);

        bool any = group.empty(); // an empty group runs for its hook alone
        for (Unit& unit : group) {
            auto fatal = run_unit(unit.work, group.size() > 1, unit.result);
            if (!fatal)
                return end(group, fatal.error());
            any = any || unit.result.has_value();
        }
        if (!any) {
            if (auto undone = db_.execute("ROLLBACK"); !undone)
                return end(group, undone.error());
            return;
        }
        auto committed = options_.hooks.before_commit ? options_.hooks.before_commit(db_) : Result<void>{};
        if (committed)
            committed = db_.execute("COMMIT");
        if (!committed)
            return end(group, committed.error());
        if (options_.hooks.after_commit)
            options_.hooks.after_commit();
    }

    // The unit's own outcome goes to `result`; what is returned says whether the transaction is still whole.
    Result<void> run_unit(const Work& work, bool shared, Result<void>& result) {
        Transaction transaction(db_, shared);
        try {
            result = work(transaction);
        } catch (const std::exception& thrown) {
            result = fail(ErrorCode::internal, std::string("a unit of work threw: ") + thrown.what());
        } catch (...) {
            result = fail(ErrorCode::internal, "a unit of work threw what is no std::exception");
        }
        if (!transaction.opened_)
            return transaction.opened_;
        if (!db_.in_transaction())
            return fail(result ? Error{ErrorCode::internal, "a unit of work ended the shared transaction"}
                               : result.error());
        if (!transaction.asked_ || !shared)
            return {}; // unshared: the group's ROLLBACK undoes it
        return db_.execute(result ? "RELEASE unit" : "ROLLBACK TO unit; RELEASE unit");
    }

    static void answer_all(std::vector<Unit>& units, const Result<void>& answer) {
        for (Unit& unit : units)
            unit.result = answer;
    }

    void end(std::vector<Unit>& group, const Error& reason) {
        if (db_.in_transaction())
            (void)db_.execute("ROLLBACK"); // already ending: the reason to report is the first one
        const Result<void> answer = fail(ErrorCode::unavailable, "nothing can be stored any more: " + reason.message +
                                                                     "; mend the cause and restart");
        {
            const std::lock_guard lock(mutex_);
            failure_ = answer;
            std::move(queue_.begin(), queue_.end(), std::back_inserter(group));
            queue_.clear();
            hurry_ = false;
        }
        room_arrived_.notify_all();
        answer_all(group, answer);
    }

    Database db_;
    const Options options_;
    mutable std::mutex mutex_;
    std::condition_variable turn_; // the thread's
    std::condition_variable room_arrived_;
    std::deque<Unit> queue_;
    std::chrono::steady_clock::time_point due_{}; // of what was submitted first
    std::chrono::steady_clock::time_point wakes_at_{}; // the thread, which sleeps till then
    bool hurry_ = false;                          // somebody waits for what is queued
    bool busy_ = false;                           // somebody uses the connection
    bool waiting_ = false;                        // the thread wants to know when nobody does
    bool emptying_ = false;                       // the emptier's turn is next
    std::condition_variable log_turn_;            // the emptier's
    Log log_;
    std::chrono::steady_clock::time_point log_due_{};
    Result<void> failure_;
    bool stopping_ = false;
    std::thread thread_, emptier_; // last: they use all of the above
};

Writer::Writer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Writer::~Writer() = default;

std::unique_ptr<Writer> Writer::start(Database db, Options options) {
    return std::unique_ptr<Writer>(new Writer(std::make_unique<Impl>(std::move(db), std::move(options))));
}

std::future<Result<void>> Writer::submit(Work work) {
    return impl_->submit(std::move(work));
}
Result<void> Writer::commit(Work work) {
    return impl_->commit(std::move(work));
}
Result<void> Writer::failure() const {
    return impl_->failure();
}
Writer::Log Writer::log() const {
    return impl_->log();
}

} // namespace ombud::store
