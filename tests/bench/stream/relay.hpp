#pragma once

#include <cstdint>

namespace ombud::bench {

/// The rival: accepts on `listener` and passes bytes on both ways to that port on loopback, with one buffer, read and write.
/// Never returns.
[[noreturn]] void run_relay(int listener, std::uint16_t to_port);

} // namespace ombud::bench
