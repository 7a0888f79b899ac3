#include "signing/cms/der.hpp"

#include <string>

namespace ombud::signing::der {
namespace {

tl::unexpected<Error> wrong(std::string_view what, std::uint64_t at, const std::string& how) {
    return fail(ErrorCode::corrupt, std::string(what) + " at byte " + std::to_string(at) + ": " + how);
}

constexpr std::size_t length_bytes_max = 5;

} // namespace

Result<Element> Reader::next(std::uint8_t tag, std::string_view what) {
    if (at_ >= end_)
        return wrong(what, at_, "is missing");
    const std::uint64_t visible = end_ < window_.size() ? end_ : window_.size();
    if (at_ + 2 > visible)
        return wrong(what, at_, "its head is cut off, or lies too far inside");
    if (window_[at_] != tag)
        return wrong(what, at_, "has tag " + std::to_string(window_[at_]) + " instead of " + std::to_string(tag));
    Element found{tag, at_, at_ + 2, 0};
    std::uint64_t length = window_[at_ + 1];
    if (length >= 0x80) {
        const std::size_t count = length & 0x7f;
        if (count == 0 || count > length_bytes_max)
            return wrong(what, at_, "has a length in a form that is not written here");
        if (at_ + 2 + count > visible)
            return wrong(what, at_, "its length is cut off");
        length = 0;
        for (std::size_t i = 0; i < count; ++i)
            length = length << 8 | window_[at_ + 2 + i];
        if (length < 0x80 || length >> (8 * (count - 1)) == 0)
            return wrong(what, at_, "has a length that is not in its shortest form");
        found.body += count;
    }
    if (length > end_ - found.body)
        return wrong(what, at_,
                     "states " + std::to_string(length) + " bytes, there are " + std::to_string(end_ - found.body));
    found.end = found.body + length;
    at_ = found.end;
    return found;
}

std::uint8_t Reader::peek() const {
    return at_ < end_ && at_ < window_.size() ? window_[at_] : 0;
}

Result<void> Reader::finish(std::string_view what) const {
    if (at_ != end_)
        return wrong(what, at_, std::to_string(end_ - at_) + " bytes more than there should be");
    return {};
}

Result<std::span<const std::uint8_t>> Reader::body_of(const Element& element) const {
    if (element.end > window_.size())
        return wrong("an element", element.begin, "is too long");
    return window_.subspan(element.body, element.length());
}

Result<std::span<const std::uint8_t>> Reader::whole_of(const Element& element) const {
    if (element.end > window_.size())
        return wrong("an element", element.begin, "is too long");
    return window_.subspan(element.begin, element.end - element.begin);
}

Bytes header(std::uint8_t tag, std::uint64_t length) {
    Bytes bytes{tag};
    if (length < 0x80) {
        bytes.push_back(static_cast<std::uint8_t>(length));
        return bytes;
    }
    int count = 1;
    while (count < 8 && length >> (8 * count) != 0)
        ++count;
    bytes.push_back(static_cast<std::uint8_t>(0x80 | count));
    while (count-- > 0)
        bytes.push_back(static_cast<std::uint8_t>(length >> (8 * count)));
    return bytes;
}

Bytes element(std::uint8_t tag, std::initializer_list<std::span<const std::uint8_t>> parts) {
    std::uint64_t length = 0;
    for (const auto part : parts)
        length += part.size();
    Bytes bytes = header(tag, length);
    bytes.reserve(bytes.size() + length);
    for (const auto part : parts)
        bytes.insert(bytes.end(), part.begin(), part.end());
    return bytes;
}

} // namespace ombud::signing::der
