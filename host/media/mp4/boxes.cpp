#include "media/mp4/boxes.hpp"

#include <array>

namespace ombud::media {

namespace {

/// @param head       at least 8 bytes, 16 where there are as many
/// @param available  from the box's first byte to its parent's end
Result<Box> parse_header(std::span<const std::uint8_t> head, std::uint64_t offset, std::uint64_t available,
                         bool is_top) {
    Box box;
    box.type = be32(head, 4);
    box.offset = offset;
    box.size_bytes = be32(head, 0);
    if (box.size_bytes == 1) {
        if (head.size() < 16)
            return fail(ErrorCode::corrupt, "box " + box.name() + " is cut off inside its header");
        box.size_bytes = be64(head, 8);
        box.header_bytes = 16;
    } else if (box.size_bytes == 0 && is_top) {
        box.size_bytes = available;
        box.runs_to_end = true;
    }
    if (box.size_bytes < box.header_bytes)
        return fail(ErrorCode::corrupt, "box " + box.name() + " says it is " + std::to_string(box.size_bytes) +
                                            " bytes, less than its own header");
    if (box.size_bytes > available)
        return fail(ErrorCode::corrupt, "box " + box.name() + " says it is " + std::to_string(box.size_bytes) +
                                            " bytes, and " + std::to_string(available) +
                                            (is_top ? " are left of the file: it is truncated" : " are left of its parent"));
    return box;
}

} // namespace

std::string Box::name() const {
    std::string letters;
    for (int shift = 24; shift >= 0; shift -= 8) {
        const char letter = static_cast<char>(type >> shift & 0xFF);
        letters += letter >= ' ' && letter <= '~' ? letter : '?';
    }
    return "'" + letters + "' at byte " + std::to_string(offset);
}

Result<std::vector<Box>> read_top_boxes(const ByteSource& source) {
    std::vector<Box> boxes;
    std::uint64_t at = 0;
    while (at < source.size()) {
        std::array<std::uint8_t, 16> head{};
        const std::uint64_t available = source.size() - at;
        if (available < 8)
            return fail(ErrorCode::corrupt, "byte " + std::to_string(at) + ": " + std::to_string(available) +
                                                " bytes are left, too few for a box: the file is truncated");
        const auto bytes = std::span<std::uint8_t>(head).first(available < 16 ? 8 : 16);
        if (auto done = source.read_at(at, bytes); !done)
            return fail(done.error());
        auto box = parse_header(bytes, at, available, true);
        if (!box)
            return fail(box.error());
        at = box->end();
        boxes.push_back(*box);
    }
    return boxes;
}

Result<std::vector<Box>> child_boxes(const Box& parent, std::size_t skip_bytes) {
    std::vector<Box> boxes;
    const auto body = parent.body();
    std::size_t at = skip_bytes;
    while (at + 8 <= body.size()) {
        const auto rest = body.subspan(at);
        auto box = parse_header(rest, parent.body_offset() + at, rest.size(), false);
        if (!box)
            // QuickTime ends some lists of boxes (udta) with a zero where the next size would be.
            return be32(rest, 0) == 0 ? Result<std::vector<Box>>(std::move(boxes)) : fail(box.error());
        box->bytes = rest.first(box->size_bytes);
        at += box->size_bytes;
        boxes.push_back(*box);
    }
    return boxes;
}

const Box* find_box(const std::vector<Box>& boxes, std::uint32_t type) {
    for (const Box& box : boxes)
        if (box.type == type)
            return &box;
    return nullptr;
}

std::optional<Relocation> size_relocation(const Box& box) {
    if (box.runs_to_end)
        return std::nullopt;
    Relocation relocation;
    relocation.field_offset = box.header_bytes == 16 ? box.offset + 8 : box.offset;
    relocation.width_bytes = box.header_bytes == 16 ? 8 : 4;
    relocation.from = box.offset;
    relocation.to = box.end();
    return relocation;
}

Bytes free_box_header(std::uint64_t length_bytes) {
    const bool is_large = length_bytes > 0xFFFF'FFFF;
    Bytes header(is_large ? 16 : 8);
    write_big_endian(std::span(header).first(4), is_large ? 1 : length_bytes);
    write_big_endian(std::span(header).subspan(4, 4), fourcc("free"));
    if (is_large)
        write_big_endian(std::span(header).subspan(8), length_bytes);
    return header;
}

Cut cut_box(const Box& box) { return {box.range(), free_box_header(box.size_bytes), {}, {}}; }

} // namespace ombud::media
