#pragma once
// How far a control reaches at a gate.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <ombud/feed.h>

#include "connect/inventory.hpp"

namespace ombud::daemon {

/// What a gate in the path carries out, and what it cannot see. Modules judge; so nothing of it holds while theirs is off.
struct Reach {
    std::string_view control;
    std::uint32_t level;
    std::string_view note;
};

template <std::size_t N>
const Reach* find_reach(const Reach (&table)[N], std::string_view control) {
    for (const Reach& one : table)
        if (one.control == control)
            return &one;
    return nullptr;
}

inline Coverage coverage_of(const Reach& reach, const std::string& where) {
    return {reach.level, where + ": " + std::string(reach.note)};
}

} // namespace ombud::daemon
