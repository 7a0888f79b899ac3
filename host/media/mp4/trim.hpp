#pragma once
// A track of which only some samples stay: its `trak` is written anew, its samples keep their presentation times.

#include "media/mp4/movie.hpp"

namespace ombud::media {

/// The cut that puts a shorter `trak` in place of the old one, and the ranges of the samples that go.
struct Trim {
    Cut trak;
    std::vector<Range> removed;
    std::vector<Range> kept;
    std::uint64_t removed_samples = 0;
};

/// @return  nothing when every sample stays
/// Errors   refused  several edits, or tables that cannot be shortened truthfully
///          corrupt  the tables contradict each other
[[nodiscard]] Result<std::optional<Trim>> plan_trim(const Movie& movie, const Mp4Track& track, const TrackRule& rule);

} // namespace ombud::media
