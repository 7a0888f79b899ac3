#include "gates/stream/desk.hpp"

#include <algorithm>

namespace ombud::stream {

Desk::Desk(unsigned threads) {
    for (unsigned count = 0; count < threads; ++count)
        threads_.emplace_back([this] { run(); });
}

Desk::~Desk() {
    stop(false);
}

void Desk::stop(bool drain) {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
        if (!drain)
            waiting_.clear();
    }
    changed_.notify_all();
    for (std::thread& thread : threads_)
        thread.join();
    threads_.clear();
}

void Desk::queue(int lane, std::function<void()> work) {
    {
        const std::lock_guard lock(mutex_);
        if (threads_.empty() && stopping_)
            return;
        waiting_.push_back({lane, std::move(work)});
    }
    changed_.notify_one();
}

std::deque<Desk::Work>::iterator Desk::next() {
    return std::find_if(waiting_.begin(), waiting_.end(), [this](const Work& work) {
        return work.lane == 0 || std::find(busy_lanes_.begin(), busy_lanes_.end(), work.lane) == busy_lanes_.end();
    });
}

void Desk::run() {
    std::unique_lock lock(mutex_);
    for (;;) {
        changed_.wait(lock, [this] { return next() != waiting_.end() || (stopping_ && waiting_.empty()); });
        const auto found = next();
        if (found == waiting_.end())
            return;
        const Work work = std::move(*found);
        waiting_.erase(found);
        if (work.lane != 0)
            busy_lanes_.push_back(work.lane);
        lock.unlock();
        work.run();
        lock.lock();
        std::erase(busy_lanes_, work.lane);
        changed_.notify_all();
    }
}

} // namespace ombud::stream
