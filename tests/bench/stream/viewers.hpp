#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace ombud::bench {

/// Viewers that play a stream each and note how long each first packet of a burst was under way.
class Viewers {
  public:
    /// Viewer N asks for stream "camN", and answers a Digest challenge as user vms with password secret.
    /// @throws std::runtime_error  what one of them was answered
    Viewers(int count, std::uint16_t port);
    ~Viewers();

    struct Seen {
        std::uint64_t bytes = 0, video = 0, audio = 0;
        std::vector<std::int64_t> delays_ns; ///< of each packet that is the first of what was read
    };
    /// Everything since the last call.
    Seen take();

  private:
    void run();
    std::vector<int> sockets_;
    std::atomic<bool> over_{false};
    std::mutex mutex_;
    Seen seen_;
    std::thread thread_;
};

} // namespace ombud::bench
