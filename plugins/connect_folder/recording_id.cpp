#include "recording_id.hpp"

#include <ombud/view.hpp>

namespace ombud::folder {

namespace {
int digit(char c) {
    return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool is_safe(std::string_view path) {
    if (path.empty() || path.find('\0') != std::string_view::npos)
        return false;
    while (true) {
        const std::size_t slash = path.find('/');
        const std::string_view part = path.substr(0, slash);
        if (part.empty() || part == "." || part == "..")
            return false;
        if (slash == std::string_view::npos)
            return true;
        path.remove_prefix(slash + 1);
    }
}
} // namespace

std::string to_id(std::string_view path) {
    constexpr char digits[] = "0123456789ABCDEF";
    std::string id;
    id.reserve(path.size());
    for (std::size_t at = 0; at < path.size();) {
        // The longest first: a character is taken whole or, when none begins here, its first byte is escaped.
        std::size_t length = std::min<std::size_t>(4, path.size() - at);
        while (length > 1 && !(static_cast<unsigned char>(path[at]) >= 0x80 && sdk::is_utf8(path.substr(at, length)) &&
                               !sdk::is_utf8(path.substr(at, length - 1))))
            --length;
        const auto byte = static_cast<unsigned char>(path[at]);
        if (length > 1 || (byte >= 0x20 && byte < 0x7F && byte != '%')) {
            id.append(path.substr(at, length));
        } else {
            id += '%';
            id += digits[byte >> 4];
            id += digits[byte & 15];
        }
        at += length;
    }
    return id;
}

std::optional<std::string> to_path(std::string_view id) {
    std::string path;
    for (std::size_t at = 0; at < id.size(); ++at) {
        if (id[at] != '%') {
            path += id[at];
            continue;
        }
        if (at + 2 >= id.size() || digit(id[at + 1]) < 0 || digit(id[at + 2]) < 0)
            return std::nullopt;
        path += static_cast<char>(digit(id[at + 1]) * 16 + digit(id[at + 2]));
        at += 2;
    }
    // Only the spelling that to_id gives is an id, so that one file never has two.
    if (!is_safe(path) || to_id(path) != id)
        return std::nullopt;
    return path;
}

} // namespace ombud::folder
