#pragma once
// The modules that are asked, as one immutable list: whoever holds it sees one consistent state of modes and instances.

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "plugin_runtime/instance.hpp"
#include "verdicts/verdict.hpp"

namespace ombud {

class Shadow;

struct HookPlace {
    std::uint32_t hook = 0;       ///< OMBUD_HOOK_*
    std::uint32_t event_type = 0; ///< interned name of the hook: events of this type are judged
    std::int64_t deadline_ns = 0;
    FailMode fail = FailMode::closed;
};

struct Member {
    std::string id;
    Mode mode = Mode::off;
    std::shared_ptr<Instance> instance; ///< null when off
    std::vector<HookPlace> hooks;
    std::set<std::uint32_t> observes;   ///< interned event types
    std::int64_t observe_deadline_ns = 0;
    std::set<std::string> actions;      ///< kinds it may ask for
    std::shared_ptr<const GivenCameras> cameras{}; ///< all that it is given; null: whatever there is
    std::shared_ptr<Shadow> shadow{};   ///< another version, asked beside it; null: none

    const HookPlace* hook_for(std::uint32_t event_type) const {
        for (const HookPlace& place : hooks)
            if (place.event_type == event_type)
                return &place;
        return nullptr;
    }
};

/// In manifest order.
using ModuleSet = std::shared_ptr<const std::vector<Member>>;

} // namespace ombud
