// zms, as its zms.cpp reads a query: cut at '&' and '=', nothing decoded, 1023 bytes and 16 parameters at most, the last of
// two counts, numbers by atoi. Only what leaves no room for another reading is understood.

#include "meaning.hpp"

#include <algorithm>
#include <array>
#include <map>

namespace ombud::zoneminder::web {
namespace {

constexpr std::size_t query_bytes_max = 1000, parameters_max = 15;

bool is_value(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
    });
}

} // namespace

void read_zms(Meaning& meaning, std::string_view method, std::string_view query) {
    constexpr std::array<std::string_view, 22> known{
        "source", "mode",   "monitor", "event", "frame", "time",  "scale",   "rate",   "maxfps", "bitrate", "ttl",
        "replay", "connkey", "buffer",  "auth",  "token", "rand", "format", "analysis", "width", "height", "frames"};
    if (method != "GET" && method != "HEAD") {
        meaning.strange = "a method that zms has no use for";
        return;
    }
    std::map<std::string_view, std::string_view> values;
    for (auto rest = query.substr(0, query.size()); !rest.empty();) {
        const auto end = rest.find('&');
        const auto part = rest.substr(0, end);
        rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
        if (part.empty())
            continue;
        const auto equals = part.find('=');
        const auto name = part.substr(0, equals);
        const auto value = equals == std::string_view::npos ? std::string_view{} : part.substr(equals + 1);
        if (std::find(known.begin(), known.end(), name) == known.end()) {
            meaning.strange = name == "user" || name == "pass" || name == "username" || name == "password"
                                  ? "a password in an address"
                                  : "a parameter that zms has no use for";
            return;
        }
        if (!is_value(value) || !values.emplace(name, value).second) {
            meaning.strange = "a parameter that zms could read differently";
            return;
        }
    }
    if (query.size() > query_bytes_max || values.size() > parameters_max) {
        meaning.strange = "more parameters than zms reads";
        return;
    }
    const auto value = [&](std::string_view name) {
        const auto found = values.find(name);
        return found == values.end() ? std::string_view{} : found->second;
    };
    meaning.credentials.token = value("token");
    meaning.credentials.auth = value("auth");
    meaning.credentials.has_session = false; // zms looks at no cookie
    meaning.credentials.session.clear();
    const auto source = value("source");
    const bool is_event = values.contains("event") || source == "event";
    if ((source != "" && source != "event" && source != "monitor") || (source == "monitor" && values.contains("event"))) {
        meaning.strange = "a source that zms could read differently";
        return;
    }
    const auto mode = value("mode");
    if (mode != "" && mode != "jpeg" && mode != "single" && mode != "mpeg") {
        meaning.strange = "a mode that is not a picture"; // raw and zip hand out memory as it is
        return;
    }
    if (is_event) {
        meaning.act = "replay";
        meaning.area = Area::events;
        meaning.level = Level::view;
        if (is_id(value("event"))) {
            meaning.recordings.emplace_back(value("event"));
        } else if (!values.contains("event") && is_id(value("monitor")) && is_id(value("time"))) {
            meaning.devices.emplace_back(value("monitor")); // the recording of that moment
        } else {
            meaning.strange = "a recording that is not named";
        }
        return;
    }
    meaning.act = mode == "single" ? "image" : "view";
    meaning.area = Area::stream;
    meaning.level = Level::view;
    if (is_id(value("monitor")) && !values.contains("frame"))
        meaning.devices.emplace_back(value("monitor"));
    else
        meaning.strange = "a camera that is not named";
}

} // namespace ombud::zoneminder::web
