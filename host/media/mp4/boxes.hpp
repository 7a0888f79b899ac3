#pragma once
// The boxes that an ISO base media file is made of, read one by one and never past their parent's end.
// Source  ISO/IEC 14496-12, 4.2

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "media/surgery.hpp"

namespace ombud::media {

/// Four letters as the number that a box header holds.
constexpr std::uint32_t fourcc(const char (&letters)[5]) {
    std::uint32_t value = 0;
    for (int i = 0; i < 4; ++i)
        value = value << 8 | static_cast<std::uint8_t>(letters[i]);
    return value;
}

/// A box's place; `bytes` is empty for boxes at the top of the file, which may be larger than memory.
struct Box {
    std::uint32_t type = 0;
    std::uint64_t offset = 0; ///< in the file
    std::uint64_t size_bytes = 0;
    std::uint32_t header_bytes = 8;       ///< 8, or 16 with a 64-bit size
    bool runs_to_end = false;             ///< size field 0: up to the end of the file
    std::span<const std::uint8_t> bytes;  ///< the whole box with its header, borrowed

    [[nodiscard]] std::uint64_t end() const { return offset + size_bytes; }
    [[nodiscard]] Range range() const { return {offset, size_bytes}; }
    [[nodiscard]] std::span<const std::uint8_t> body() const { return bytes.subspan(header_bytes); }
    [[nodiscard]] std::uint64_t body_offset() const { return offset + header_bytes; }
    [[nodiscard]] std::string name() const; ///< `'stco' at byte 1234`, for messages
};

/// The boxes at the top of the file, by their headers alone.
/// Errors  corrupt  a box reaches past the end of the file, or is smaller than its header
[[nodiscard]] Result<std::vector<Box>> read_top_boxes(const ByteSource& source);

/// The boxes inside `parent`, after `skip_bytes` of its body.
/// Errors  corrupt  a child reaches past its parent's end, or is smaller than its header
[[nodiscard]] Result<std::vector<Box>> child_boxes(const Box& parent, std::size_t skip_bytes = 0);

/// The first box of a type, or null.
[[nodiscard]] const Box* find_box(const std::vector<Box>& boxes, std::uint32_t type);

/// The relocation that keeps a box's size field true when something inside it is cut; none when it runs to the end.
[[nodiscard]] std::optional<Relocation> size_relocation(const Box& box);

/// What makes `length_bytes` of a file a box that readers skip, for use as Cut::filler; length_bytes >= 8.
[[nodiscard]] Bytes free_box_header(std::uint64_t length_bytes);

/// A cut that takes a whole box out.
[[nodiscard]] Cut cut_box(const Box& box);

} // namespace ombud::media
