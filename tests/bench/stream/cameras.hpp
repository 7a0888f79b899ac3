#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

namespace ombud::bench {

/// Any number of synthetic cameras at one port, on one thread: just enough RTSP, and packets at their pace whether anybody
/// keeps up or not. They start evenly spread over a picture's time.
class Cameras {
  public:
    Cameras();
    ~Cameras();
    [[nodiscard]] std::uint16_t port() const { return port_; }
    /// Pictures that came a picture's time late: the machine did not keep up, and figures tell of that alone.
    [[nodiscard]] std::uint64_t late() const { return late_; }

  private:
    struct Connection;
    void run();
    void answer(Connection& connection);
    void send_picture(Connection& connection);

    int listener_ = -1;
    std::uint16_t port_ = 0;
    std::atomic<bool> over_{false};
    std::atomic<std::uint64_t> late_{0};
    std::thread thread_;
};

} // namespace ombud::bench
