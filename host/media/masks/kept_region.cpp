#include "media/masks/kept_region.hpp"

#include <charconv>
#include <optional>
#include <string>

namespace ombud::media {
namespace {

/// Takes a plain decimal number, 0 to 1,000,000, off the front of the text.
std::optional<double> take_number(std::string_view& text) {
    constexpr double number_max = 1'000'000;
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
    if (error != std::errc() || !(number >= 0 && number <= number_max) || text.front() == '-')
        return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return number;
}

bool take(std::string_view& text, char wanted) {
    if (text.empty() || text.front() != wanted)
        return false;
    text.remove_prefix(1);
    return true;
}

std::optional<KeptRegion> parse(std::string_view text) {
    constexpr double second = 1e9;
    KeptRegion region;
    for (double* part : {&region.x, &region.y, &region.width, &region.height}) {
        const auto number = part == &region.x || take(text, ',') ? take_number(text) : std::nullopt;
        if (!number)
            return std::nullopt;
        *part = *number;
    }
    if (text.empty())
        return region;
    const auto from = take(text, '@') ? take_number(text) : std::nullopt;
    if (!from || !take(text, '-'))
        return std::nullopt;
    region.from_ns = static_cast<std::int64_t>(*from * second);
    if (text.empty())
        return region;
    const auto to = take_number(text);
    if (!to || !text.empty() || *to <= *from)
        return std::nullopt;
    region.to_ns = static_cast<std::int64_t>(*to * second);
    return region;
}

} // namespace

Result<KeptRegion> parse_kept_region(std::string_view text) {
    const auto region = parse(text);
    if (!region)
        return fail(ErrorCode::invalid_input, "'" + std::string(text) + "' is no region; write X,Y,WIDTH,HEIGHT as parts of the picture, and "
                                                  "@FROM-TO in seconds when it is not kept all the time, as 0.2,0.1,0.3,0.8@12.5-40");
    return *region;
}

} // namespace ombud::media
