#include "events/printable.hpp"

#include <algorithm>

#include <ombud/view.hpp>

namespace ombud {

std::string printable(std::string_view bytes) {
    constexpr char hex[] = "0123456789abcdef";
    std::string text;
    text.reserve(bytes.size());
    while (!bytes.empty()) {
        const auto lead = static_cast<unsigned char>(bytes.front());
        std::size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
        length = std::min(length, bytes.size());
        const bool control = (lead < 0x20 && lead != '\t') || lead == 0x7F;
        if (control || !sdk::is_utf8(bytes.substr(0, length))) {
            text += {'\\', 'x', hex[lead >> 4U], hex[lead & 15U]};
            length = 1;
        } else {
            text.append(bytes.substr(0, length));
        }
        bytes.remove_prefix(length);
    }
    return text;
}

} // namespace ombud
