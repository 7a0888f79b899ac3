#include "local_time.hpp"

#include <charconv>
#include <utility>

namespace ombud::zoneminder {

std::optional<std::int64_t> parse_local(std::string_view text, const sdk::TimeZone& zone) {
    constexpr std::string_view form = "YYYY-MM-DD hh:mm:ss";
    if (text.size() != form.size())
        return std::nullopt;
    for (const std::size_t at : {4U, 7U, 10U, 13U, 16U})
        if (text[at] != form[at])
            return std::nullopt;
    sdk::CivilTime time;
    const char* at = text.data();
    for (const auto& [part, length] : {std::pair{&time.year, 4},
                                       {&time.month, 2},
                                       {&time.day, 2},
                                       {&time.hour, 2},
                                       {&time.minute, 2},
                                       {&time.second, 2}}) {
        const auto [stop, error] = std::from_chars(at, at + length, *part);
        if (error != std::errc() || stop != at + length)
            return std::nullopt;
        at += length + 1;
    }
    if (!sdk::is_valid(time))
        return std::nullopt;
    return zone.instants(time).front() * 1'000'000'000;
}

} // namespace ombud::zoneminder
