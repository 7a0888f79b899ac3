#include "gates/export/work.hpp"

#include <chrono>
#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <ombud/host.h>
#include <ombud/vocabulary.h>

#include "events/printable.hpp"
#include "gates/export/table.hpp"

namespace ombud::exports {
namespace {

Result<void> check_drop(const Options& options) {
    if (options.drop.empty())
        return {};
    const media::Fd drop(::open(options.drop.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    return drop.is_open() ? Result<void>() : media::fail_errno("drop " + options.drop.string());
}

} // namespace

Work::~Work() {
    {
        const std::lock_guard lock(mutex_); // whoever waits has looked, or looks again
        stopping_ = true;
    }
    wake();
    handed_over_.notify_all();
    for (std::thread* one : {&thread_, &covering_thread_})
        if (one->joinable())
            one->join();
    for (const int fd : {wake_fd_, inotify_fd_})
        if (fd >= 0)
            ::close(fd);
}

Result<void> Work::begin() {
    const auto now = options();
    if (auto made = make_private_folder(now->hold); !made)
        return made;
    wake_fd_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    inotify_fd_ = ::inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (wake_fd_ < 0 || inotify_fd_ < 0)
        return media::fail_errno("export desk");
    if (auto opened = check_drop(*now); !opened)
        return opened;
    thread_ = std::thread([this] { run(); });
    covering_thread_ = std::thread([this] { run_covering(); });
    return {};
}

Result<void> Work::apply(Options fresh) {
    const auto was = options();
    if (was->hold != fresh.hold) {
        const auto held = ExportDesk::count_open(parts_.ledger);
        if (!held)
            return fail(held.error());
        if (*held > 0)
            return fail(ErrorCode::refused, "hold " + was->hold.string() + " has " + std::to_string(*held) +
                                                " exports in it; change it when they are gone\nhint: ombud export list");
        if (auto made = make_private_folder(fresh.hold); !made)
            return made;
    }
    if (auto opened = check_drop(fresh); !opened)
        return opened;
    {
        const std::lock_guard lock(mutex_);
        if (was->drop != fresh.drop)
            left_.clear();
        options_ = std::make_shared<const Options>(std::move(fresh));
    }
    reconsider();
    return {};
}

void Work::wake() {
    const std::uint64_t one = 1;
    if (wake_fd_ >= 0 && ::write(wake_fd_, &one, sizeof one) < 0)
        return; // it is awake already: the counter is full
}

std::shared_ptr<const Options> Work::options() const {
    const std::lock_guard lock(mutex_);
    return options_;
}

std::vector<Left> Work::left() const {
    const std::lock_guard lock(mutex_);
    std::vector<Left> all;
    for (const auto& [name, one] : left_)
        all.push_back({printable(name), one.second});
    return all;
}

Result<Export> Work::find(std::int64_t id) const {
    auto db = parts_.ledger.open_for_reading();
    if (!db)
        return fail(db.error());
    auto found = table::find(*db, id);
    if (!found)
        return fail(found.error());
    if (!*found)
        return fail(ErrorCode::not_found, "there is no export " + std::to_string(id) + "\nhint: ombud export list --all");
    return std::move(**found);
}

ledger::Entry Work::entry(std::string_view kind, const Export& one) {
    ledger::Entry entry(kind);
    entry.set("export", one.id);
    if (one.requester.uid)
        entry.set("user", ledger::Personal{one.requester.account});
    return entry;
}

Result<Export> Work::open(Export fresh) {
    const auto now = options();
    if (fresh.size_bytes() > now->size_bytes_max)
        return fail(ErrorCode::refused, "it has " + std::to_string(fresh.size_bytes()) + " bytes, and size-max is " + std::to_string(now->size_bytes_max));
    fresh.taken_utc_ns = fresh.changed_utc_ns = parts_.clock.utc_ns();
    auto done = parts_.ledger.commit([&](ledger::Ledger::Transaction& transaction) -> Result<void> {
        const auto waiting = table::count_open(transaction.db());
        if (!waiting)
            return fail(waiting.error());
        if (*waiting >= now->waiting_max)
            return fail(ErrorCode::refused, std::to_string(*waiting) + " exports are held already, as many as waiting-max lets\nhint: ombud export list");
        const auto id = table::insert(transaction.db(), fresh);
        if (!id)
            return fail(id.error());
        fresh.id = *id;
        ledger::Entry noted = entry("export.taken", fresh);
        std::string names;
        for (const HeldFile& one : fresh.files)
            names += (names.empty() ? "" : "\n") + one.name;
        noted.set("by", fresh.dropped ? "drop folder" : "submission").set("files", static_cast<std::int64_t>(fresh.files.size()));
        noted.set("names", ledger::Personal{names}).set("size_bytes", fresh.size_bytes());
        const auto index = transaction.append(noted);
        return index ? Result<void>() : fail(index.error());
    });
    if (!done)
        return fail(done.error());
    return fresh;
}

Result<Export> Work::change(const Export& was, Export next, const std::optional<ledger::Entry>& entry, const Also& also) {
    next.changed_utc_ns = parts_.clock.utc_ns();
    auto done = parts_.ledger.commit([&](ledger::Ledger::Transaction& transaction) -> Result<void> {
        const auto stored = table::find(transaction.db(), was.id);
        if (!stored)
            return fail(stored.error());
        if (!*stored || to_stored(**stored) != to_stored(was))
            return fail(ErrorCode::refused, "export " + std::to_string(was.id) + " has just changed; look again");
        if (entry)
            if (const auto index = transaction.append(*entry); !index)
                return fail(index.error());
        if (was.undescribed_told && next.state != State::incomplete) {
            next.undescribed_told = false;
            if (auto ended = parts_.tell_undescribed(transaction, next, false); !ended)
                return ended;
        }
        if (also)
            if (auto added = also(transaction, next); !added)
                return added;
        return table::put(transaction.db(), next);
    });
    if (!done)
        return fail(done.error());
    {
        const std::lock_guard lock(mutex_); // whoever waits has looked, or looks again
    }
    changed_.notify_all();
    return next;
}

Result<Export> Work::settled(std::int64_t id, std::int64_t time_max_ns) const {
    const auto end = std::chrono::steady_clock::now() + std::chrono::nanoseconds(time_max_ns);
    std::unique_lock lock(mutex_);
    for (;;) {
        lock.unlock();
        auto now = find(id);
        lock.lock();
        if (!now)
            return now;
        const bool moves = now->state == State::taking || now->state == State::judging || now->state == State::approved ||
                           now->state == State::releasing || now->state == State::recorded || now->state == State::clearing;
        if (!moves || !now->why.empty())
            return now;
        // A change between the look and the wait is not missed for long.
        if (changed_.wait_for(lock, std::chrono::milliseconds(50)) == std::cv_status::timeout && std::chrono::steady_clock::now() >= end)
            return now;
    }
}

void Work::reconsider() {
    auto db = parts_.ledger.open_for_reading();
    const auto open = db ? table::open_ones(*db) : Result<std::vector<Export>>(fail(db.error()));
    if (!open)
        return parts_.log(OMBUD_LOG_ERROR, "what is held cannot be read: " + open.error().message);
    for (const Export& one : *open) {
        if (one.state != State::refused && one.state != State::blocked)
            continue;
        Export next = one;
        next.state = State::judging;
        next.retry_utc_ns = 0;
        (void)change(one, std::move(next)); // somebody else's change is a later one
    }
    wake();
}

void Work::run() {
    while (may_go_on()) {
        round();
        wait(1'000'000'000);
    }
}

void Work::wait(std::int64_t time_max_ns) {
    pollfd fds[] = {{wake_fd_, POLLIN, 0}, {inotify_fd_, POLLIN, 0}};
    (void)::poll(fds, 2, static_cast<int>(time_max_ns / 1'000'000));
    std::uint64_t count = 0;
    (void)!::read(wake_fd_, &count, sizeof count);
    alignas(inotify_event) char events[4096];
    while (::read(inotify_fd_, events, sizeof events) > 0) {} // the folder itself is looked at, whatever they say
}

void Work::round() {
    look_into_drop();
    auto db = parts_.ledger.open_for_reading();
    const auto open = db ? table::open_ones(*db) : Result<std::vector<Export>>(fail(db.error()));
    if (!open)
        return parts_.log(OMBUD_LOG_ERROR, "what is held cannot be read: " + open.error().message);
    for (const Export& listed : *open) {
        if (!is_handed_over(listed))
            go_on(listed);
        if (!may_go_on())
            return;
    }
}

void Work::go_on(const Export& listed) {
    for (Export one = listed; may_go_on();) {
        const bool is_judged = one.state == State::judging || one.state == State::approved ||
                               (one.state == State::blocked && one.retry_utc_ns <= parts_.clock.utc_ns());
        if (is_judged && has_to_cover(one))
            return hand_over(one);
        if (!take_step(one))
            return;
        auto now = find(one.id);
        if (!now)
            return;
        one = std::move(*now);
    }
}

bool Work::take_step(const Export& one) {
    const auto moved = step(one);
    if (!moved && moved.error().code != ErrorCode::cancelled && moved.error().code != ErrorCode::refused)
        parts_.log(OMBUD_LOG_ERROR, "export " + std::to_string(one.id) + ": " + moved.error().message);
    return moved && *moved == Moved::yes;
}

Work::Stepped Work::step(const Export& one) {
    const std::int64_t now = parts_.clock.utc_ns();
    switch (one.state) {
    case State::taking: return one.retry_utc_ns > now ? let_expire(one) : take(one);
    case State::judging:
    case State::approved: return judge(one);
    case State::blocked: return one.retry_utc_ns > now ? Stepped(Moved::no) : judge(one);
    case State::asked: return follow_proposal(one);
    case State::incomplete: return remind(one);
    case State::unreviewed:
    case State::refused: return let_expire(one);
    case State::releasing: return release(one);
    case State::recorded: return one.retry_utc_ns > now ? Stepped(Moved::no) : deliver(one);
    case State::clearing: return one.retry_utc_ns > now ? Stepped(Moved::no) : clear(one);
    case State::closed: break;
    }
    return Moved::no;
}

} // namespace ombud::exports
