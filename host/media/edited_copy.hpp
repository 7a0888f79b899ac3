#pragma once
// A copy of a recording with a surgery's cuts left out, in one pass.

#include <functional>

#include "media/surgery.hpp"

namespace ombud::media {

/// Length of the copy in bytes.
[[nodiscard]] std::uint64_t edited_size(const ByteSource& source, const Surgery& surgery);

/// Writes the copy from byte 0 of an open, empty file; nothing is forced to the disk.
/// @param progress  called with the share read, 0 to 1; false stops
/// Errors  refused      an offset does not fit into its field
///         corrupt      two changes claim the same byte
///         unavailable  the disk failed or is full, or stopped
[[nodiscard]] Result<> write_edited(const ByteSource& source, const Surgery& surgery, int fd,
                                    const std::function<bool(double)>& progress);

} // namespace ombud::media
