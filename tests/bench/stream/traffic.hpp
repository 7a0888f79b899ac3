#pragma once
// What synthetic cameras send, for both ends of the measurement.

#include <cstddef>
#include <cstdint>
#include <ctime>

namespace ombud::bench {

// 25 pictures a second of 14 packets, and 50 packets of sound: 4.0 Mbit/s, in bursts as a camera sends them.
inline constexpr int pictures_per_second = 25, packets_per_picture = 14;
inline constexpr std::size_t video_packet_bytes = 1396, audio_packet_bytes = 172; // RTP, without the frame's head
inline constexpr std::size_t stamp_at = 12;                                       // behind RTP's head: when it was sent

inline std::int64_t now_ns() {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

} // namespace ombud::bench
