#include "media/matroska/ebml.hpp"

#include <algorithm>
#include <bit>

namespace ombud::media {

std::string Element::name() const {
    constexpr const char* digits = "0123456789ABCDEF";
    std::string hex;
    for (int shift = id_bytes * 8 - 4; shift >= 0; shift -= 4)
        hex += digits[id >> shift & 15];
    return "element 0x" + hex + " at byte " + std::to_string(offset);
}

std::optional<Vint> parse_vint(std::span<const std::uint8_t> bytes) {
    if (bytes.empty() || bytes[0] == 0)
        return std::nullopt;
    Vint vint;
    vint.width_bytes = static_cast<std::uint8_t>(std::countl_zero(bytes[0]) + 1);
    if (vint.width_bytes > bytes.size())
        return std::nullopt;
    const std::uint64_t mask = (std::uint64_t{1} << (7 * vint.width_bytes)) - 1;
    vint.value = read_big_endian(bytes.first(vint.width_bytes)) & mask;
    vint.is_all_ones = vint.value == mask;
    return vint;
}

Result<Element> EbmlReader::element_at(std::uint64_t offset, std::uint64_t limit) {
    const auto wrong = [&](const char* what) {
        return fail(ErrorCode::corrupt, "byte " + std::to_string(offset) + ": " + what);
    };
    if (offset >= limit)
        return wrong("an element is missing");
    auto head = window_.view(offset, std::min<std::uint64_t>(12, std::min(limit, source_.size()) - offset));
    if (!head)
        return fail(head.error());
    Element element;
    element.offset = offset;
    const auto id = parse_vint(*head);
    if (!id || id->width_bytes > 4)
        return wrong("not an EBML element");
    element.id_bytes = id->width_bytes;
    element.id = static_cast<std::uint32_t>(read_big_endian(head->first(id->width_bytes)));
    const auto size = parse_vint(head->subspan(id->width_bytes));
    if (!size)
        return wrong("an element's size is cut off: the file is truncated");
    element.size_width = size->width_bytes;
    element.has_unknown_size = size->is_all_ones;
    const std::uint64_t available = limit - element.data_offset();
    element.data_bytes = size->is_all_ones ? available : size->value;
    if (element.data_bytes > available)
        return fail(ErrorCode::corrupt, element.name() + " says it is " + std::to_string(element.data_bytes) +
                                            " bytes, and " + std::to_string(available) +
                                            " are left: the file is truncated or damaged");
    return element;
}

Result<std::uint64_t> EbmlReader::for_each_child(const Element& parent,
                                                 const std::function<Result<>(const Element&)>& visit,
                                                 const std::function<bool(std::uint32_t)>& ends) {
    std::uint64_t at = parent.data_offset();
    while (at < parent.end()) {
        auto child = element_at(at, parent.end());
        if (!child)
            return fail(child.error());
        if (parent.has_unknown_size && ends && ends(child->id))
            break;
        if (auto ok = visit(*child); !ok)
            return fail(ok.error());
        at = child->end();
    }
    return at;
}

Result<std::uint64_t> EbmlReader::number(const Element& element) {
    if (element.data_bytes > 8)
        return fail(ErrorCode::corrupt, element.name() + " is too long for a number");
    auto bytes = head_of(element, 8);
    if (!bytes)
        return fail(bytes.error());
    return read_big_endian(*bytes);
}

Result<std::span<const std::uint8_t>> EbmlReader::head_of(const Element& element, std::size_t length) {
    return window_.view(element.data_offset(), std::min<std::uint64_t>(length, element.data_bytes));
}

Bytes void_header(std::uint64_t length_bytes) {
    constexpr std::uint8_t void_id = 0xEC;
    std::uint8_t width = 1;
    while (width < 8 && length_bytes - 1 - width > (std::uint64_t{1} << (7 * width)) - 2)
        ++width;
    Bytes header(1U + width);
    header[0] = void_id;
    write_big_endian(std::span(header).subspan(1), (length_bytes - 1 - width) | std::uint64_t{1} << (7 * width));
    return header;
}

std::optional<Relocation> size_relocation(const Element& element) {
    if (element.has_unknown_size)
        return std::nullopt;
    return Relocation{element.offset + element.id_bytes, element.size_width, Relocation::Encoding::ebml_size,
                      element.data_offset(), element.end()};
}

Cut cut_element(const Element& element) {
    return {element.range(), void_header(element.range().length), {}, {}};
}

} // namespace ombud::media
