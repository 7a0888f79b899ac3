#include "options.hpp"

namespace ombud::folder {

using sdk::ErrorCode;
using sdk::fail;
using sdk::Result;
using sdk::TimeZone;

namespace {
/// "+02:00" as seconds.
std::optional<std::int64_t> offset_of(std::string_view text) {
    if (text.size() != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':')
        return std::nullopt;
    int digits[4], at = 0;
    for (const std::size_t place : {1u, 2u, 4u, 5u}) {
        if (text[place] < '0' || text[place] > '9')
            return std::nullopt;
        digits[at++] = text[place] - '0';
    }
    const int hours = digits[0] * 10 + digits[1], minutes = digits[2] * 10 + digits[3];
    if (hours > 14 || minutes > 59)
        return std::nullopt;
    return (text[0] == '-' ? -1 : 1) * std::int64_t{hours * 3600 + minutes * 60};
}

Result<TimeZone> read_zone(const sdk::Config& config) {
    const std::string text(config.get_str("options/time-zone").value_or("site"));
    if (const auto offset = offset_of(text))
        return TimeZone::fixed(*offset);
    const std::string name = text != "site" ? text : std::string(config.get_str("site/timezone").value_or("UTC"));
    auto zone = TimeZone::read(name);
    if (!zone)
        return fail(std::move(zone).error().within("options/time-zone"));
    return zone;
}
} // namespace

Result<Options> Options::read(const sdk::Config& config) {
    const auto root = config.get_str("options/root");
    if (!root)
        return fail(root.error());
    if (root->empty() || (*root)[0] != '/')
        return fail(ErrorCode::invalid_input, "options/root: \"" + std::string(*root) + "\" is no absolute path");
    auto layout = Layout::parse(config.get_str("options/layout").value_or("{camera}/{date}/{time}.mp4"));
    if (!layout)
        return fail(std::move(layout).error().within("options/layout"));

    const std::string source(config.get_str("options/time-source").value_or("auto"));
    if (source != "auto" && source != "container" && source != "name")
        return fail(ErrorCode::invalid_input, "options/time-source: \"" + source + "\" is not auto, container or name");
    if (source == "name" && !layout->has_time())
        return fail(ErrorCode::invalid_input,
                    "options/time-source: name, but the layout \"" + layout->text() +
                        "\" names no date with a time; add {date} and {time} or take container");
    auto zone = read_zone(config);
    if (!zone)
        return fail(zone.error());
    const std::int64_t settle_s = config.get_i64("options/settle").value_or(30);
    if (settle_s < 1 || settle_s > 86'400)
        return fail(ErrorCode::invalid_input,
                    "options/settle: " + std::to_string(settle_s) + " s is not in 1 s to 1 d");
    return Options{std::string(*root),
                   std::move(*layout),
                   source == "container" ? TimeSource::container
                   : source == "name"    ? TimeSource::name
                                         : TimeSource::automatic,
                   std::move(*zone),
                   settle_s * 1'000'000'000,
                   config.get_bool("options/own-mount").value_or(false)};
}

} // namespace ombud::folder
