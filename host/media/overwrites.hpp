#pragma once
// Writing over parts of a file without moving anything, so that doing it twice is the same as doing it once.

#include <vector>

#include "media/surgery.hpp"

namespace ombud::media {

/// A range that becomes `head` followed by zeros; `head` is at most as long as the range.
struct Overwrite {
    Range range;
    Bytes head;
    bool operator==(const Overwrite&) const = default;
};

/// What a surgery writes when it is done in place, sorted. Packets and structure apart, since packets go first: a track
/// whose entry is gone before its sound would hide what is left of it.
struct InPlaceWrites {
    std::vector<Overwrite> packets;
    std::vector<Overwrite> structure;
};
[[nodiscard]] InPlaceWrites in_place_writes(const Surgery& surgery);

/// A file as it will be: the bytes of another source with overwrites laid over them. Nothing is written.
class OverlaySource final : public ByteSource {
  public:
    /// @param base        outlives the object
    /// @param overwrites  sorted, disjoint, inside `base`
    OverlaySource(const ByteSource& base, std::vector<Overwrite> overwrites)
        : base_(base), overwrites_(std::move(overwrites)) {}
    [[nodiscard]] std::uint64_t size() const override { return base_.size(); }
    [[nodiscard]] Result<> read_at(std::uint64_t offset, std::span<std::uint8_t> into) const override;

  private:
    const ByteSource& base_;
    std::vector<Overwrite> overwrites_;
};

/// Writes them into an open file.
/// Errors  unavailable  the disk failed; what was written is written
[[nodiscard]] Result<> write_over(int fd, const std::vector<Overwrite>& overwrites);

} // namespace ombud::media
