#pragma once
// Two stages of work on one stream of bytes, on two processors. Private to this folder.

#include "events/result.hpp"

#include <array>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <thread>
#include <vector>

namespace ombud::seal {

/// A few windows of memory that one thread fills, and a thread of the queue's own works on, in order.
/// Thread  one at a time fills
class WindowQueue {
  public:
    static constexpr std::size_t window_bytes = 262'144; // stays in a processor's cache from one step to the next
    using Work = std::function<Result<void>(std::span<std::uint8_t> filled)>;

    WindowQueue();
    /// Waits for the work that runs; what waits is dropped.
    ~WindowQueue();
    WindowQueue(const WindowQueue&) = delete;
    WindowQueue& operator=(const WindowQueue&) = delete;

    /// A window of window_bytes to fill; waits until one is free.
    std::span<std::uint8_t> take();
    /// Queues work on the first `bytes` of the window that was taken last. After a failure it is dropped.
    void hand_over(std::size_t bytes, Work work);
    /// Waits until all is done. @return the first failure since the last call
    Result<void> settle();

  private:
    struct Window {
        std::vector<std::uint8_t> bytes;
        std::size_t filled = 0;
        Work work;
    };
    void run();

    std::array<Window, 4> windows_;
    std::uint64_t handed_ = 0, done_ = 0; // ever; windows in turn
    std::optional<Error> error_;
    bool is_ending_ = false;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::thread thread_;
};

} // namespace ombud::seal
