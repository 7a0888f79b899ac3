#pragma once
// One question with a deadline, borrowed until judge() returns.

#include <cstdint>
#include <ombud/event_reader.hpp>
#include <ombud/hook.h>

namespace ombud::sdk {

class HookCall {
  public:
    /// @param event  call.event, already checked
    HookCall(const ombud_hook_call& call, EventReader event) noexcept : call_(call), event_(event) {}

    [[nodiscard]] std::uint32_t hook() const noexcept { return call_.hook_id; } ///< OMBUD_HOOK_*
    [[nodiscard]] std::uint64_t id() const noexcept { return call_.call_id; }
    [[nodiscard]] std::int64_t deadline_mono_ns() const noexcept { return call_.deadline_mono_ns; }
    [[nodiscard]] bool is_replay() const noexcept { return (call_.flags & OMBUD_CALL_REPLAY) != 0; }
    [[nodiscard]] bool is_dry_run() const noexcept { return (call_.flags & OMBUD_CALL_DRYRUN) != 0; }
    [[nodiscard]] bool is_redelivery() const noexcept { return (call_.flags & OMBUD_CALL_REDELIVERY) != 0; }
    [[nodiscard]] const EventReader& event() const noexcept { return event_; } ///< what it is about
    [[nodiscard]] const ombud_packet* packet() const noexcept {
        return call_.packet;
    } ///< stream.packet only, else NULL

  private:
    ombud_hook_call call_;
    EventReader event_;
};

} // namespace ombud::sdk
