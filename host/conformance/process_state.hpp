#pragma once
// What a plugin may not leave changed in its process.

#include <array>
#include <csignal>
#include <cstddef>
#include <set>
#include <string>

namespace ombud::conformance {

/// Threads, open descriptors, and what else is one for the whole process.
struct ProcessState {
    std::size_t threads = 0;
    std::set<std::string> descriptors; ///< "5 -> socket:[123]"
    std::string locale, folder;
    unsigned file_mask = 0;
    std::array<void*, 65> handlers{}; ///< by signal
    bool has_children = false;

    static ProcessState now();
    /// What of the first kind is there now and was not: threads and descriptors. Empty: nothing.
    [[nodiscard]] std::string grown_since(const ProcessState& before) const;
    /// What of the second kind is another: locale, folder, file mask, signal handlers, processes. Empty: nothing.
    [[nodiscard]] std::string changed_since(const ProcessState& before) const;
};

/// Bytes that malloc has given out, in all arenas; 0 where that cannot be known (a sanitizer's malloc).
std::size_t heap_bytes();

} // namespace ombud::conformance
