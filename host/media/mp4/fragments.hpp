#pragma once
// The fragments (`moof`) of a fragmented MP4.
// Source  ISO/IEC 14496-12, 8.8

#include "media/mp4/movie.hpp"

namespace ombud::media {

/// Adds to `surgery` what the rules ask of every fragment.
/// @param removed  receives the file ranges of removed samples
/// Errors  corrupt  a fragment is damaged or names an unknown track
///         refused  a fragment says its data's place only by what stands before it, or carries auxiliary data
[[nodiscard]] Result<> plan_fragments(const ByteSource& source, const Movie& movie, const Rules& rules,
                                      Surgery& surgery, std::vector<Range>& removed);

} // namespace ombud::media
