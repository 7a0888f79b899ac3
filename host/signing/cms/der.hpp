#pragma once
// The few rules of DER by which the outside of a sealed file is read and written. Private to this folder.

#include "events/result.hpp"

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>
#include <vector>

namespace ombud::signing::der {

using Bytes = std::vector<std::uint8_t>;

enum Tag : std::uint8_t {
    integer = 0x02,
    octet_string = 0x04,
    object = 0x06,
    sequence = 0x30,
    set = 0x31,
};
/// [number], primitive or constructed.
constexpr std::uint8_t context(int number, bool is_constructed) {
    return static_cast<std::uint8_t>((is_constructed ? 0xA0 : 0x80) | number);
}

/// Where an element is, as offsets into the file.
struct Element {
    std::uint8_t tag = 0;
    std::uint64_t begin = 0, body = 0, end = 0; ///< begin is that of its tag

    [[nodiscard]] std::uint64_t length() const { return end - body; }
};

/// Reads elements one behind the other: low tag numbers, definite lengths in their shortest form of at most five
/// bytes. An element may reach beyond the window, then only its place can be had. Never reads outside the window.
class Reader {
  public:
    /// @param window  the file's first bytes;  @param begin, end  of what is read, as offsets; end may be behind the
    /// window
    Reader(std::span<const std::uint8_t> window, std::uint64_t begin, std::uint64_t end)
        : window_(window), at_(begin), end_(end) {}

    /// The element here; moves behind it.
    /// Errors  corrupt  none is left, it has another tag or an unknown form, or reaches behind `end`; says `what` and
    /// where
    Result<Element> next(std::uint8_t tag, std::string_view what);
    /// The tag of the next element; 0 when none is left or it is outside the window.
    [[nodiscard]] std::uint8_t peek() const;
    /// What is inside `element`.
    [[nodiscard]] Reader inside(const Element& element) const { return {window_, element.body, element.end}; }
    [[nodiscard]] bool at_end() const { return at_ == end_; }
    /// Errors  corrupt  something is left
    [[nodiscard]] Result<void> finish(std::string_view what) const;
    /// Errors  corrupt  it is not wholly within the window
    [[nodiscard]] Result<std::span<const std::uint8_t>> body_of(const Element& element) const;
    [[nodiscard]] Result<std::span<const std::uint8_t>> whole_of(const Element& element) const;

  private:
    std::span<const std::uint8_t> window_;
    std::uint64_t at_, end_;
};

/// Tag and length of an element whose body has so many bytes.
[[nodiscard]] Bytes header(std::uint8_t tag, std::uint64_t length);
/// An element around what the parts hold together.
[[nodiscard]] Bytes element(std::uint8_t tag, std::initializer_list<std::span<const std::uint8_t>> parts);

} // namespace ombud::signing::der
