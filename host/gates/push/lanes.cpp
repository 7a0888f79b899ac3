#include "gates/push/lanes.hpp"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <csignal>
#include <mutex>
#include <random>
#include <set>
#include <thread>

namespace ombud::push {
namespace {

/// What a delivery became, as its entry says.
ledger::Entry entry_of(const Delivery& delivery, std::string_view outcome, const std::string& detail) {
    ledger::Entry entry("push.delivery");
    entry.set("device", delivery.device).set("forwarder", delivery.forwarder).set("provider", delivery.provider);
    entry.set("country", delivery.country).set("outcome", outcome).set("attempts", delivery.attempts);
    if (!delivery.reference_sha256.empty())
        entry.set("reference_sha256", delivery.reference_sha256);
    if (!detail.empty())
        entry.set("detail", detail);
    return entry;
}

} // namespace

class Lanes::Impl {
  public:
    Impl(Options options, Parts parts) : options_(std::move(options)), parts_(std::move(parts)) {}
    ~Impl() {
        stopping_ = true;
        for (auto& [id, lane] : lanes_)
            for (auto& forwarder : lane->forwarders)
                forwarder->cancel();
        poke();
        for (auto& [id, lane] : lanes_)
            for (std::thread& thread : lane->threads)
                thread.join();
    }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    Result<void> start() {
        for (const ForwarderOptions& one : options_.forwarders) {
            auto lane = std::make_unique<Lane>(one);
            const std::size_t threads = one.kind == ForwarderKind::mqtt ? 1 : options_.threads;
            for (std::size_t i = 0; i < threads; ++i) {
                auto forwarder = parts_.make(one);
                if (!forwarder)
                    return fail(std::move(forwarder.error()));
                lane->forwarders.push_back(std::move(*forwarder));
            }
            lanes_.emplace(one.id, std::move(lane));
        }
        auto left = parts_.state.deliveries();
        if (!left)
            return fail(std::move(left.error()));
        for (Delivery& delivery : *left)
            send(std::move(delivery));
        // Signals belong to the program's own threads; threads inherit the mask of the one that starts them.
        sigset_t all, before;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before);
        for (auto& [id, lane] : lanes_)
            for (auto& forwarder : lane->forwarders)
                lane->threads.emplace_back([this, &lane = *lane, &forwarder = *forwarder] { run(lane, forwarder); });
        pthread_sigmask(SIG_SETMASK, &before, nullptr);
        return {};
    }

    const ForwarderOptions* forwarder(std::string_view id) const {
        const auto found = lanes_.find(id);
        return found == lanes_.end() ? nullptr : &found->second->options;
    }

    void send(Delivery delivery) {
        const auto found = lanes_.find(delivery.forwarder);
        if (found == lanes_.end()) {
            // The site was changed while it waited. Its way is gone, and there is no other.
            (void)record(delivery, {"failed", "there is no such forwarder any more", &Counters::failed});
            return; // not recorded: it waits in the state for the next start
        }
        enqueue(*found->second, parts_.clock.mono_ns(), {std::move(delivery), std::nullopt});
    }

    void drop_device(std::string_view device) {
        for (auto& [id, lane] : lanes_) {
            const std::scoped_lock lock(lane->mutex);
            std::erase_if(lane->waiting, [&](const auto& one) { return one.second.delivery.device == device; });
            for (const Delivery* delivery : lane->under_way)
                if (delivery->device == device)
                    lane->dropped.insert(delivery->id);
        }
    }

    void poke() {
        for (auto& [id, lane] : lanes_) {
            const std::scoped_lock lock(lane->mutex);
            lane->changed.notify_all();
        }
    }

    Counts counts() const { return {counts_.delivered, counts_.failed, counts_.expired, counts_.retried}; }

  private:
    struct Counters {
        std::atomic<std::uint64_t> delivered = 0, failed = 0, expired = 0, retried = 0;
    };
    /// How a delivery ended.
    struct End {
        std::string_view outcome;
        std::string detail;
        std::atomic<std::uint64_t> Counters::*count;
    };
    struct Item {
        Delivery delivery;
        std::optional<End> ended{}; ///< it has ended, and that is still to be recorded
    };
    struct Lane {
        explicit Lane(ForwarderOptions given) : options(std::move(given)) {}
        const ForwarderOptions options;
        std::vector<std::unique_ptr<Forwarder>> forwarders; ///< one a thread
        std::mutex mutex;
        std::condition_variable changed;
        std::multimap<std::int64_t, Item> waiting; ///< by the monotonic time at which it is due
        std::set<const Delivery*> under_way;
        std::set<std::int64_t> dropped; ///< ids of those under way whose device was dropped
        std::vector<std::thread> threads;
    };

    static void enqueue(Lane& lane, std::int64_t due_mono_ns, Item item) {
        const std::scoped_lock lock(lane.mutex);
        lane.waiting.emplace(due_mono_ns, std::move(item));
        lane.changed.notify_one();
    }

    void run(Lane& lane, Forwarder& forwarder) {
        std::unique_lock lock(lane.mutex);
        while (!stopping_) {
            if (lane.waiting.empty()) {
                lane.changed.wait(lock);
                continue;
            }
            const std::int64_t left_ns = lane.waiting.begin()->first - parts_.clock.mono_ns();
            if (left_ns > 0) {
                // A second at most, since the clock that was passed in need not be the one that wakes us.
                lane.changed.wait_for(lock, std::chrono::nanoseconds(std::min<std::int64_t>(left_ns, 1'000'000'000)));
                continue;
            }
            Item item = std::move(lane.waiting.extract(lane.waiting.begin()).mapped());
            lane.under_way.insert(&item.delivery);
            lock.unlock();
            const auto again_at = proceed(forwarder, item);
            lock.lock();
            lane.under_way.erase(&item.delivery);
            const bool is_dropped = lane.dropped.erase(item.delivery.id) > 0;
            if (again_at && !is_dropped)
                lane.waiting.emplace(*again_at, std::move(item));
        }
    }

    /// Empty when the delivery has ended and that is recorded, else when it is due again.
    std::optional<std::int64_t> proceed(Forwarder& forwarder, Item& item) {
        std::int64_t pause_ns = 0;
        if (!item.ended)
            item.ended = attempt(forwarder, item.delivery, pause_ns);
        if (item.ended && record(item.delivery, *item.ended))
            return std::nullopt;
        if (item.ended) // the ledger does not take it now; what was sent is not sent again for that
            return parts_.clock.mono_ns() + options_.longest_delay_ns;
        const std::int64_t due = parts_.clock.mono_ns() + std::max(pause_ns, delay_ns(item.delivery.attempts));
        (void)parts_.state.postpone(item.delivery.id, item.delivery.attempts); // a count that is lost shortens a delay
        ++counts_.retried;
        return due;
    }

    /// Empty: it is to be tried again, after the pause that the carrier asked for.
    std::optional<End> attempt(Forwarder& forwarder, Delivery& delivery, std::int64_t& pause_ns) {
        const std::int64_t now = parts_.clock.utc_ns();
        if (now >= delivery.expires_utc_ns)
            return End{"expired", "", &Counters::expired};
        const auto device = parts_.device(delivery.device);
        if (!device || !device->is_active)
            return End{"failed", "its device is registered no more", &Counters::failed};
        ++delivery.attempts;
        Attempt result = forwarder.send(*device, delivery, now);
        switch (result.result) {
        case Attempt::Result::delivered:
            return End{"delivered", std::move(result.detail), &Counters::delivered};
        case Attempt::Result::failed:
            return End{"failed", std::move(result.detail), &Counters::failed};
        case Attempt::Result::gone:
            parts_.device_gone(delivery.device, result.detail);
            return End{"gone", std::move(result.detail), &Counters::failed};
        case Attempt::Result::retry:
            pause_ns = result.retry_after_ns;
            return std::nullopt;
        }
        return End{"failed", "its forwarder answered nonsense", &Counters::failed};
    }

    /// An entry first; then it is forgotten. False: not recorded.
    bool record(const Delivery& delivery, const End& end) {
        if (!parts_.note(entry_of(delivery, end.outcome, end.detail)))
            return false;
        (void)parts_.state.end(delivery.id); // a row that stays is sent again by the next start: at least once
        ++(counts_.*end.count);
        return true;
    }

    /// Doubling, with half of it by chance, so that devices do not come back all at once.
    std::int64_t delay_ns(std::int64_t attempts) {
        std::int64_t delay = options_.first_delay_ns;
        for (std::int64_t i = 1; i < attempts && delay < options_.longest_delay_ns; ++i)
            delay *= 2;
        delay = std::min(delay, options_.longest_delay_ns);
        thread_local std::minstd_rand chance{std::random_device{}()};
        return delay / 2 + std::uniform_int_distribution<std::int64_t>(0, delay / 2)(chance);
    }

    const Options options_;
    const Parts parts_;
    std::map<std::string, std::unique_ptr<Lane>, std::less<>> lanes_;
    std::atomic<bool> stopping_ = false;
    Counters counts_;
};

Lanes::Lanes(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Lanes::~Lanes() = default;

Result<std::unique_ptr<Lanes>> Lanes::start(Options options, Parts parts) {
    auto impl = std::make_unique<Impl>(std::move(options), std::move(parts));
    if (auto started = impl->start(); !started)
        return fail(std::move(started.error()));
    return std::unique_ptr<Lanes>(new Lanes(std::move(impl)));
}

const ForwarderOptions* Lanes::forwarder(std::string_view id) const {
    return impl_->forwarder(id);
}
void Lanes::send(Delivery delivery) {
    impl_->send(std::move(delivery));
}
void Lanes::drop_device(std::string_view device) {
    impl_->drop_device(device);
}
void Lanes::poke() {
    impl_->poke();
}
Lanes::Counts Lanes::counts() const {
    return impl_->counts();
}

} // namespace ombud::push
