#pragma once
// A copy of a recording with a surgery's cuts left out, in one pass.

#include <functional>
#include <vector>

#include "media/surgery.hpp"

namespace ombud::media {

/// A stretch that two files hold alike, each at its own place.
struct Moved {
    std::uint64_t from = 0; ///< in the old file
    std::uint64_t to = 0;   ///< in the new file
    std::uint64_t length = 0;
};

/// Adds a stretch, joined to the last one where it goes on in both files.
void append_moved(std::vector<Moved>& all, const Moved& moved);

/// Length of the copy in bytes.
[[nodiscard]] std::uint64_t edited_size(const ByteSource& source, const Surgery& surgery);

/// Whether a copy is read back while it is written, for a proof that goes by places (prove_copied).
enum class ReadBack : std::uint8_t { no, yes };

/// Writes the copy from byte 0 of an open, empty file, with a second thread for the second half; nothing is forced to the disk.
/// @param fd        open for reading and writing
/// @param progress  called with the share read, 0 to 1, on the caller's thread; false stops
/// @return  what was taken over as it was: with ReadBack::yes read from the new file again and found the same byte by
///          byte. In rising order of both files; changed fields and inserts are not in it.
/// Errors  refused      an offset does not fit into its field
///         corrupt      two changes claim the same byte
///         internal     the new file reads otherwise than it was written
///         unavailable  the disk failed or is full, or stopped
[[nodiscard]] Result<std::vector<Moved>> write_edited(const ByteSource& source, const Surgery& surgery, int fd,
                                                    ReadBack read_back, const std::function<bool(double)>& progress);

} // namespace ombud::media
