#include "seal/window_queue.hpp"

namespace ombud::seal {

WindowQueue::WindowQueue() {
    for (Window& window : windows_)
        window.bytes.resize(window_bytes);
    thread_ = std::thread([this] { run(); });
}

WindowQueue::~WindowQueue() {
    {
        const std::lock_guard lock(mutex_);
        is_ending_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

std::span<std::uint8_t> WindowQueue::take() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return handed_ - done_ < windows_.size(); });
    return windows_[handed_ % windows_.size()].bytes;
}

void WindowQueue::hand_over(std::size_t bytes, Work work) {
    {
        const std::lock_guard lock(mutex_);
        Window& window = windows_[handed_ % windows_.size()];
        window.filled = bytes;
        window.work = std::move(work);
        ++handed_;
    }
    changed_.notify_all();
}

Result<void> WindowQueue::settle() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return handed_ == done_; });
    if (!error_)
        return {};
    Error error = std::move(*error_);
    error_.reset();
    return fail(std::move(error));
}

void WindowQueue::run() {
    std::unique_lock lock(mutex_);
    for (;;) {
        changed_.wait(lock, [&] { return is_ending_ || handed_ != done_; });
        if (is_ending_)
            return;
        Window& window = windows_[done_ % windows_.size()];
        if (!error_) {
            lock.unlock();
            auto worked = window.work(std::span(window.bytes).first(window.filled));
            lock.lock();
            if (!worked)
                error_ = std::move(worked.error());
        }
        window.work = nullptr;
        ++done_;
        changed_.notify_all();
    }
}

} // namespace ombud::seal
