#pragma once
// EBML elements, read one by one and never past their parent's end.
// Source  RFC 8794

#include <functional>
#include <optional>

#include "media/surgery.hpp"

namespace ombud::media {

struct Element {
    std::uint32_t id = 0; ///< with its length marker, as specifications write it
    std::uint64_t offset = 0;
    std::uint8_t id_bytes = 0;
    std::uint8_t size_width = 0;  ///< bytes of the size field
    std::uint64_t data_bytes = 0; ///< up to the parent's end when the size is unknown
    bool has_unknown_size = false;

    [[nodiscard]] std::uint64_t data_offset() const { return offset + id_bytes + size_width; }
    [[nodiscard]] std::uint64_t end() const { return data_offset() + data_bytes; }
    [[nodiscard]] Range range() const { return {offset, end() - offset}; }
    [[nodiscard]] std::string name() const; ///< `element 0x1F43B675 at byte 1234`, for messages
};

/// A variable-length number at the start of `bytes`, without its marker.
struct Vint {
    std::uint64_t value = 0;
    std::uint8_t width_bytes = 0;
    bool is_all_ones = false; ///< as a size: unknown
};
[[nodiscard]] std::optional<Vint> parse_vint(std::span<const std::uint8_t> bytes);

/// Reads elements from a source.
/// Thread  one
class EbmlReader {
  public:
    explicit EbmlReader(const ByteSource& source) : source_(source), window_(source, 4096) {}

    /// The element at `offset`.
    /// @param limit  its parent's end
    /// Errors  corrupt  not an element, or it reaches past `limit`
    [[nodiscard]] Result<Element> element_at(std::uint64_t offset, std::uint64_t limit);

    /// The elements inside `parent`, in order; stops at the first for which `visit` fails. Inside an element of unknown
    /// size, `ends` says which identifier belongs to a level above.
    /// @return  the byte after the last child
    [[nodiscard]] Result<std::uint64_t> for_each_child(const Element& parent,
                                                       const std::function<Result<>(const Element&)>& visit,
                                                       const std::function<bool(std::uint32_t)>& ends = nullptr);

    /// An unsigned number of up to 8 bytes.
    /// Errors  corrupt  longer than that
    [[nodiscard]] Result<std::uint64_t> number(const Element& element);

    /// The first `length` bytes of the element's data, or all of them if they are fewer; borrowed until the next call.
    /// @param length  at most 4096
    [[nodiscard]] Result<std::span<const std::uint8_t>> head_of(const Element& element, std::size_t length);

    [[nodiscard]] const ByteSource& source() const { return source_; }

  private:
    const ByteSource& source_;
    Window window_;
};

/// The head of a Void element that covers exactly `length_bytes` (at least 2), for use as Cut::filler.
[[nodiscard]] Bytes void_header(std::uint64_t length_bytes);

/// The relocation that keeps an element's size true when something inside it is cut; none when the size is unknown.
[[nodiscard]] std::optional<Relocation> size_relocation(const Element& element);

/// A cut that takes a whole element out.
[[nodiscard]] Cut cut_element(const Element& element);

} // namespace ombud::media
