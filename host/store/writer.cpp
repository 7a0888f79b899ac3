#include "store/writer.hpp"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
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
    Impl(Database db, Options options) : db_(std::move(db)), options_(std::move(options)), thread_([this] { run(); }) {}

    ~Impl() {
        {
            const std::lock_guard lock(mutex_);
            stopping_ = true;
        }
        work_arrived_.notify_all();
        thread_.join();
    }

    std::future<Result<void>> submit(Work work) {
        Unit unit{std::move(work), {}};
        auto answer = unit.answer.get_future();
        std::unique_lock lock(mutex_);
        room_arrived_.wait(lock, [this] { return queue_.size() < options_.queue_max || !failure_; });
        if (!failure_) {
            unit.answer.set_value(failure_);
            return answer;
        }
        queue_.push_back(std::move(unit));
        const bool first = queue_.size() == 1; // the thread sleeps only on an empty queue
        lock.unlock();
        if (first)
            work_arrived_.notify_one();
        return answer;
    }

    Result<void> failure() const {
        const std::lock_guard lock(mutex_);
        return failure_;
    }

  private:
    struct Unit {
        Work work;
        std::promise<Result<void>> answer;
    };

    void run() {
        for (;;) {
            auto group = next_group();
            if (group.empty() && stopping())
                return;
            if (!group.empty() || (options_.hooks.wants_commit && options_.hooks.wants_commit()))
                run_group(group);
        }
    }

    // What waits now, up to group_max units: a group grows by itself while the commit before it is on its way.
    std::vector<Unit> next_group() {
        std::unique_lock lock(mutex_);
        work_arrived_.wait_for(lock, options_.idle_interval, [this] { return !queue_.empty() || stopping_; });
        const auto count = std::min(queue_.size(), options_.group_max);
        std::vector<Unit> group;
        group.reserve(count);
        for (std::size_t i = 0; i < count; ++i) {
            group.push_back(std::move(queue_.front()));
            queue_.pop_front();
        }
        lock.unlock();
        room_arrived_.notify_all();
        return group;
    }

    bool stopping() const {
        const std::lock_guard lock(mutex_);
        return stopping_ && queue_.empty();
    }

    void run_group(std::vector<Unit>& group) {
        if (auto dead = failure(); !dead)
            return answer_all(group, dead);
        if (auto begun = db_.execute("BEGIN IMMEDIATE"); !begun) // nothing ran: the caller may try again
            return answer_all(group, begun);

        std::vector<Result<void>> results(group.size());
        bool any = group.empty(); // an empty group runs for its hook alone
        for (std::size_t i = 0; i < group.size(); ++i) {
            auto fatal = run_unit(group[i].work, group.size() > 1, results[i]);
            if (!fatal)
                return end(group, fatal.error());
            any = any || results[i].has_value();
        }
        if (!any) {
            if (auto undone = db_.execute("ROLLBACK"); !undone)
                return end(group, undone.error());
        } else {
            auto committed = options_.hooks.before_commit ? options_.hooks.before_commit(db_) : Result<void>{};
            if (committed)
                committed = db_.execute("COMMIT");
            if (!committed)
                return end(group, committed.error());
            if (options_.hooks.after_commit)
                options_.hooks.after_commit();
        }
        for (std::size_t i = 0; i < group.size(); ++i)
            group[i].answer.set_value(std::move(results[i]));
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
            unit.answer.set_value(answer);
    }

    void end(std::vector<Unit>& group, const Error& reason) {
        if (db_.in_transaction())
            (void)db_.execute("ROLLBACK"); // already ending: the reason to report is the first one
        std::vector<Unit> waiting;
        const Result<void> answer = fail(ErrorCode::unavailable, "nothing can be stored any more: " + reason.message +
                                                                     "; mend the cause and restart");
        {
            const std::lock_guard lock(mutex_);
            failure_ = answer;
            std::move(queue_.begin(), queue_.end(), std::back_inserter(waiting));
            queue_.clear();
        }
        room_arrived_.notify_all();
        answer_all(group, answer);
        answer_all(waiting, answer);
    }

    Database db_;
    const Options options_;
    mutable std::mutex mutex_;
    std::condition_variable work_arrived_;
    std::condition_variable room_arrived_;
    std::deque<Unit> queue_;
    Result<void> failure_;
    bool stopping_ = false;
    std::thread thread_; // last: it uses all of the above
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
    return impl_->submit(std::move(work)).get();
}
Result<void> Writer::failure() const {
    return impl_->failure();
}

} // namespace ombud::store
