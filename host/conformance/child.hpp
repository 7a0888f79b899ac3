#pragma once
// A check in a process of its own.

#include <chrono>
#include <functional>

#include "conformance/check.hpp"

namespace ombud::conformance {

/// Forks, runs `work` there and brings back what it saw. A crash, a hang past `timeout` or an exit is a failed check that
/// names the last step. The child has no input, no output and no core file; its whole process group is killed at the end.
/// Errors  unavailable  no memory or process can be had
Result<Seen> in_child(std::chrono::milliseconds timeout, const std::function<Seen(Witness&)>& work);

} // namespace ombud::conformance
