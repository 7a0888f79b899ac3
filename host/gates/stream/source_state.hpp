#pragma once
// One configured camera stream while the gate runs: its settings, how the camera fares, and what went through.

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>

#include "gates/stream/frames.hpp"
#include "gates/stream/loop.hpp"
#include "gates/stream/options.hpp"

namespace ombud::stream {

/// [loop]
struct SourceState {
    Source source;
    Url url;
    std::shared_ptr<Tls> tls; ///< null: plain
    Limits limits;

    std::uint64_t failures = 0; ///< in a row
    std::int64_t next_try_mono_ns = 0;
    bool is_trying = false;     ///< after a failure one viewer tries at a time
    std::string last_error;     ///< of the camera, since it last answered
    std::string last_reason;    ///< of the last decision that refused or shut something, or why the last stream ended
    std::size_t sessions = 0, playing = 0;
    PacketCounts counts;        ///< of streams that ended

    /// How long a viewer has to wait before the camera is tried again; 0: try now.
    [[nodiscard]] std::int64_t wait_ns(std::int64_t mono_ns) const {
        if (failures == 0)
            return 0;
        return std::max<std::int64_t>(next_try_mono_ns - mono_ns, is_trying ? 1'000'000'000 : 0);
    }
    void succeeded() {
        failures = 0;
        is_trying = false;
        last_error.clear();
    }
    void failed(const std::string& why, std::int64_t mono_ns) {
        const std::uint64_t doublings = std::min<std::uint64_t>(failures++, 20);
        next_try_mono_ns = mono_ns + std::min<std::int64_t>(limits.back_off_first.count() << doublings,
                                                            limits.back_off_most.count());
        is_trying = false;
        last_error = why;
    }
};

} // namespace ombud::stream
