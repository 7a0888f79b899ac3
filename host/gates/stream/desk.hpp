#pragma once
// Where the gate waits for modules and the ledger, so that no packet does.

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace ombud::stream {

/// A few threads that do what is queued; what shares a `lane` other than 0 is done one after another, in order.
class Desk {
  public:
    explicit Desk(unsigned threads);
    /// Finishes what was begun; with `drain` also what waits.
    ~Desk();
    void stop(bool drain);

    /// [any]
    void queue(int lane, std::function<void()> work);

  private:
    struct Work {
        int lane;
        std::function<void()> run;
    };
    void run();
    std::deque<Work>::iterator next();

    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Work> waiting_;
    std::vector<int> busy_lanes_;
    bool stopping_ = false;
    std::vector<std::thread> threads_;
};

} // namespace ombud::stream
