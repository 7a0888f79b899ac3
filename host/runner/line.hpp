#pragma once
// A runner's end of the channel: what the plugin asks goes to the host, and the answer comes back to it.

#include <mutex>
#include <thread>
#include <vector>

#include "contained/channel.hpp"

namespace ombud::runner {

/// Thread  the one that made it, but for ask() and is_worker()
class Line {
  public:
    explicit Line(contained::Channel channel)
        : channel_(std::move(channel)), threads_(channel_.threads()), worker_(std::this_thread::get_id()) {}

    /// The next thing that the host has this runner do; its payload is copied, so that the plugin may ask meanwhile.
    struct Order {
        contained::Call call{};
        std::vector<std::byte> payload;
    };
    Order next();

    /// Answers it.
    template <class Write>
    void answer(const Write& write) {
        contained::Writer writer(channel_.outgoing());
        write(writer);
        answered(writer);
    }

    /// Asks the host and waits. From a thread of the plugin's own only what the ABI tags [any]: the host answers nothing else.
    /// @param write  puts the arguments
    /// @param read   takes the answer; not called when the arguments were too large for the channel
    /// @return       whether the host was asked
    template <class Write, class Read>
    bool ask(contained::Ask ask, const Write& write, const Read& read) {
        const std::unique_lock lock = is_worker() ? std::unique_lock<std::mutex>() : std::unique_lock(asking_);
        contained::Channel& channel = is_worker() ? channel_ : threads_;
        contained::Writer question(channel.outgoing());
        write(question);
        if (!question.fits())
            return false;
        contained::Reader answer(asked(channel, ask, question.size()));
        read(answer);
        return true;
    }

    bool is_worker() const { return std::this_thread::get_id() == worker_; }
    std::span<std::byte> arena() const { return channel_.arena(); }

  private:
    void answered(const contained::Writer& answer);
    std::span<const std::byte> asked(contained::Channel& channel, contained::Ask ask, std::size_t size);
    contained::Channel channel_, threads_;
    std::mutex asking_; // of the plugin's threads, one at a time
    const std::thread::id worker_;
};

} // namespace ombud::runner
