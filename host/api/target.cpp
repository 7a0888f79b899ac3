#include "api/target.hpp"

#include <ombud/view.hpp>

#include <algorithm>
#include <cstddef>
#include <optional>

namespace ombud::api {
namespace {

constexpr std::size_t target_size_max = 8'192;

std::optional<unsigned> hex_digit(char c) {
    if (c >= '0' && c <= '9')
        return static_cast<unsigned>(c - '0');
    if (c >= 'a' && c <= 'f')
        return static_cast<unsigned>(c - 'a') + 10;
    if (c >= 'A' && c <= 'F')
        return static_cast<unsigned>(c - 'A') + 10;
    return std::nullopt;
}

bool is_control(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7f;
}

bool is_unreserved(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
           c == '_' || c == '~';
}

enum class Plus { is_plus, is_space };

Result<std::string> decode(std::string_view text, Plus plus) {
    std::string decoded;
    decoded.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        char c = text[i];
        if (c == '+' && plus == Plus::is_space) {
            c = ' ';
        } else if (c == '%') {
            const auto high = i + 1 < text.size() ? hex_digit(text[i + 1]) : std::nullopt;
            const auto low = i + 2 < text.size() ? hex_digit(text[i + 2]) : std::nullopt;
            if (!high || !low)
                return fail(ErrorCode::invalid_input, "target: '%' is not followed by two hexadecimal digits");
            c = static_cast<char>(*high << 4U | *low);
            i += 2;
        }
        if (is_control(c))
            return fail(ErrorCode::invalid_input, "target: holds a control character");
        decoded.push_back(c);
    }
    if (!sdk::is_utf8(decoded))
        return fail(ErrorCode::invalid_input, "target: is not UTF-8");
    return decoded;
}

Result<std::vector<std::string>> split_path(std::string_view path) {
    std::vector<std::string> segments;
    for (std::string_view rest = path.substr(1); !rest.empty() || path.back() == '/';) {
        const std::string_view raw = rest.substr(0, rest.find('/'));
        auto segment = decode(raw, Plus::is_plus);
        if (!segment)
            return fail(std::move(segment.error()));
        if (segment->empty() || *segment == "." || *segment == "..")
            return fail(ErrorCode::invalid_input, "target: a path segment is empty, `.` or `..`");
        segments.push_back(std::move(*segment));
        if (raw.size() == rest.size())
            break;
        rest.remove_prefix(raw.size() + 1);
    }
    return segments;
}

} // namespace

std::string encode_part(std::string_view text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string encoded;
    for (const char c : text) {
        if (is_unreserved(c)) {
            encoded.push_back(c);
        } else {
            const auto byte = static_cast<unsigned char>(c);
            encoded += {'%', digits[byte >> 4U], digits[byte & 0xfU]};
        }
    }
    return encoded;
}

Result<Target> parse_target(std::string_view text) {
    if (text.empty() || text.front() != '/')
        return fail(ErrorCode::invalid_input, "target: does not begin with `/`");
    if (text.size() > target_size_max)
        return fail(ErrorCode::invalid_input, "target: " + std::to_string(text.size()) + " bytes; at most 8192");

    const auto question = text.find('?');
    Target target;
    target.path = text.substr(0, question);
    if (std::any_of(target.path.begin(), target.path.end(), is_control) || !sdk::is_utf8(target.path))
        return fail(ErrorCode::invalid_input, "target: holds a control character or is not UTF-8");
    if (target.path.size() > 1) {
        auto segments = split_path(target.path);
        if (!segments)
            return fail(std::move(segments.error()));
        target.segments = std::move(*segments);
    }

    std::string_view rest = question == std::string_view::npos ? std::string_view{} : text.substr(question + 1);
    while (!rest.empty()) {
        const std::string_view pair = rest.substr(0, rest.find('&'));
        rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
        const auto equals = pair.find('=');
        auto name = decode(pair.substr(0, equals), Plus::is_space);
        auto value =
            decode(equals == std::string_view::npos ? std::string_view{} : pair.substr(equals + 1), Plus::is_space);
        if (!name || !value)
            return fail(std::move(!name ? name.error() : value.error()));
        if (name->empty())
            return fail(ErrorCode::invalid_input, "query: a value has no name");
        if (!target.query.try_emplace(*name, std::move(*value)).second)
            return fail(ErrorCode::invalid_input, "query: '" + *name + "' is given twice");
    }
    return target;
}

} // namespace ombud::api
