#pragma once
// The decision alone, so that it can be tested without a host.

#include <cstdint>
#include <ombud/verdict.hpp>
#include <optional>

inline ombud::sdk::Verdict decide(std::optional<std::int64_t> size_bytes, std::int64_t most_bytes) {
    using ombud::sdk::Verdict;
    if (!size_bytes)
        return Verdict::abstain();
    if (*size_bytes <= most_bytes)
        return Verdict::allow();
    return Verdict::deny("RET-1", "the recording is larger than the option most allows"); // RET-1: the requirement it stands for
}
