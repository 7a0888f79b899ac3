#include "server_text.hpp"

#include <algorithm>
#include <ombud/view.hpp>

namespace ombud::zoneminder {

std::string excerpt(std::string_view text) {
    std::string line = to_utf8(std::string(text.substr(0, 200)));
    std::replace_if(
        line.begin(), line.end(), [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; }, ' ');
    return line;
}

std::string to_utf8(std::string text) {
    if (sdk::is_utf8(text))
        return text;
    std::string clean;
    for (std::size_t at = 0; at < text.size();) {
        std::size_t length = 1;
        while (length <= 4 && at + length <= text.size() && !sdk::is_utf8(std::string_view(text).substr(at, length)))
            ++length;
        if (length <= 4 && at + length <= text.size()) {
            clean.append(text, at, length);
            at += length;
        } else {
            clean += "\xEF\xBF\xBD";
            ++at;
        }
    }
    return clean;
}

} // namespace ombud::zoneminder
