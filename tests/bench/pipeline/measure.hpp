#pragma once
// Time, medians, and an end with a message when something that has to work does not.

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include "events/result.hpp"

namespace ombud::bench {

inline double seconds() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// @param share  0 to 1: 0.5 is the median
inline double quantile(std::vector<double> values, double share) {
    std::sort(values.begin(), values.end());
    return values[std::min(values.size() - 1, static_cast<std::size_t>(static_cast<double>(values.size()) * share))];
}
inline double median(std::vector<double> values) { return quantile(std::move(values), 0.5); }

inline void require(bool good, const std::string& what) {
    if (good)
        return;
    std::cerr << "pipeline_bench: error: " << what << "\n";
    std::exit(3);
}

template <class T>
T value(Result<T> result) {
    require(result.has_value(), result ? "" : result.error().message);
    if constexpr (!std::is_void_v<T>)
        return std::move(*result);
}

} // namespace ombud::bench
