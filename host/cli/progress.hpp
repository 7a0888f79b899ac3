#pragma once
// How far something is, on a terminal.

#include "cli/terminal.hpp"
#include "events/clock.hpp"

#include <cstdint>
#include <string>

namespace ombud::cli {

/// A bar with rate and remaining time, redrawn in place on `err`; nothing when that is no terminal, or quiet.
class Progress {
  public:
    Progress(const Terminal& terminal, const Clock& clock, std::string title);
    /// Clears the bar.
    ~Progress();
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    /// Draws, at most ten times a second. A `total` of 0 is one that is not known yet.
    void update(std::uint64_t done, std::uint64_t total);

  private:
    const Terminal& terminal_;
    const Clock& clock_;
    std::string title_;
    std::int64_t started_mono_ns_;
    std::int64_t drawn_mono_ns_ = 0;
    bool is_drawn_ = false;
};

} // namespace ombud::cli
