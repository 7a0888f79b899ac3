// ZoneMinder's REST interface (CakePHP): /CONTROLLER[/ACTION or ID][/ARGUMENT or Name:value …][.json]. The rights are those
// that each call should need; ZoneMinder itself asks for less in some (README.md).

#include "meaning.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace ombud::zoneminder::web {
namespace {

enum class Argument : std::uint8_t {
    none,      ///< and no further part
    recording, ///< one id of an event
    device,    ///< one id of a monitor
    frame,     ///< one id of a frame
    id,        ///< one id of something else
    name,      ///< one word
    named,     ///< Name:value parts: a filter
    alarm,     ///< id:N and command:WORD
    daemon,    ///< id:N and daemon:WORD
    words,     ///< up to three words
};

struct Call {
    std::string_view controller, action; ///< the action's own name, as in the controller
    std::string_view methods;            ///< those that do something, each followed by a space
    Argument argument;
    std::string_view act;
    Area area;
    Level level;
    bool changes = false;
    bool is_of_all = false;
};

constexpr auto V = Level::view;
constexpr auto E = Level::edit;
constexpr auto N = Level::none;
constexpr std::string_view read_only = "GET HEAD ";

constexpr Call calls[] = {
    {"events", "index", read_only, Argument::named, "read", Area::events, V},
    {"events", "view", read_only, Argument::recording, "read", Area::events, V},
    {"events", "add", "POST ", Argument::none, "change", Area::events, E, true, true},
    {"events", "edit", "POST PUT ", Argument::recording, "change", Area::events, E, true},
    {"events", "delete", "POST DELETE ", Argument::recording, "delete", Area::events, E, true},
    {"events", "archive", "GET HEAD POST PUT ", Argument::recording, "archive", Area::events, E, true},
    {"events", "search", "GET HEAD POST ", Argument::named, "read", Area::events, V, false, true},
    {"events", "consoleEvents", read_only, Argument::named, "read", Area::events, V, false, true},
    {"events", "createThumbnail", read_only, Argument::recording, "image", Area::events, V},
    {"events", "getMaxScoreAlarmFrameId", read_only, Argument::recording, "read", Area::events, V},
    {"frames", "index", read_only, Argument::named, "read", Area::events, V},
    {"frames", "view", read_only, Argument::frame, "read", Area::events, V},
    {"frames", "add", "POST ", Argument::none, "change", Area::events, E, true, true},
    {"frames", "edit", "POST PUT ", Argument::frame, "change", Area::events, E, true},
    {"frames", "delete", "POST DELETE ", Argument::frame, "delete", Area::events, E, true},
    {"monitors", "index", read_only, Argument::named, "read", Area::monitors, V},
    {"monitors", "view", read_only, Argument::device, "read", Area::monitors, V},
    {"monitors", "add", "POST ", Argument::none, "change", Area::monitors, E, true, true},
    {"monitors", "edit", "POST PUT ", Argument::device, "change", Area::monitors, E, true},
    {"monitors", "delete", "POST DELETE ", Argument::device, "change", Area::system, E, true},
    {"monitors", "sourceTypes", read_only, Argument::none, "read", Area::monitors, V},
    {"monitors", "alarm", "GET HEAD POST ", Argument::alarm, "change", Area::monitors, E, true},
    {"monitors", "daemonStatus", read_only, Argument::daemon, "read", Area::monitors, V},
    {"monitors", "daemonControl", "GET HEAD POST ", Argument::words, "change", Area::system, E, true},
    {"configs", "index", read_only, Argument::none, "read", Area::system, E},
    {"configs", "view", read_only, Argument::name, "read", Area::system, E},
    {"configs", "viewByName", read_only, Argument::name, "read", Area::system, V},
    {"configs", "categories", read_only, Argument::name, "read", Area::system, E},
    {"configs", "edit", "POST PUT ", Argument::name, "change", Area::system, E, true},
    {"configs", "delete", "POST DELETE ", Argument::name, "change", Area::system, E, true},
    {"controls", "index", read_only, Argument::none, "read", Area::control, V},
    {"controls", "view", read_only, Argument::id, "read", Area::control, V},
    {"groups", "index", read_only, Argument::none, "read", Area::groups, V},
    {"groups", "view", read_only, Argument::id, "read", Area::groups, V},
    {"groups", "add", "POST ", Argument::none, "change", Area::groups, E, true},
    {"groups", "edit", "POST PUT ", Argument::id, "change", Area::groups, E, true},
    {"groups", "delete", "POST DELETE ", Argument::id, "change", Area::groups, E, true},
    {"groups", "associations", read_only, Argument::none, "read", Area::groups, V},
    {"host", "daemonCheck", read_only, Argument::words, "read", Area::any, N},
    {"host", "daemonControl", "GET HEAD POST ", Argument::words, "change", Area::system, E, true},
    {"host", "getLoad", read_only, Argument::none, "read", Area::any, N},
    {"host", "getDiskPercent", read_only, Argument::none, "read", Area::any, N},
    {"host", "getTimeZone", read_only, Argument::none, "read", Area::any, N},
    {"host", "getVersion", read_only, Argument::none, "read", Area::any, N},
    {"host", "login", "POST ", Argument::none, "login", Area::any, N},
    {"host", "logout", "GET HEAD POST ", Argument::none, "login", Area::any, N},
    {"logs", "index", read_only, Argument::named, "read", Area::system, V},
    {"logs", "view", read_only, Argument::words, "read", Area::system, V},
    {"logs", "add", "POST ", Argument::none, "change", Area::system, E, true},
    {"logs", "edit", "POST PUT ", Argument::words, "change", Area::system, E, true},
    {"logs", "delete", "POST DELETE ", Argument::words, "delete", Area::system, E, true},
    {"servers", "index", read_only, Argument::none, "read", Area::system, V},
    {"servers", "view", read_only, Argument::id, "read", Area::system, V},
    {"servers", "add", "POST ", Argument::none, "change", Area::system, E, true},
    {"servers", "edit", "POST PUT ", Argument::id, "change", Area::system, E, true},
    {"servers", "delete", "POST DELETE ", Argument::id, "change", Area::system, E, true},
    {"states", "index", read_only, Argument::none, "read", Area::system, V},
    {"states", "view", read_only, Argument::id, "read", Area::system, V},
    {"states", "add", "POST ", Argument::none, "change", Area::system, E, true},
    {"states", "edit", "POST PUT ", Argument::id, "change", Area::system, E, true},
    {"states", "delete", "POST DELETE ", Argument::id, "change", Area::system, E, true},
    {"states", "change", "GET HEAD POST ", Argument::name, "change", Area::system, E, true},
    {"storage", "index", read_only, Argument::none, "read", Area::system, V},
    {"storage", "view", read_only, Argument::id, "read", Area::system, V},
    {"storage", "add", "POST ", Argument::none, "change", Area::system, E, true},
    {"storage", "edit", "POST PUT ", Argument::id, "change", Area::system, E, true},
    {"storage", "delete", "POST DELETE ", Argument::id, "change", Area::system, E, true},
    {"users", "index", read_only, Argument::none, "read", Area::system, V},
    {"users", "view", read_only, Argument::id, "read", Area::system, V},
    {"users", "add", "POST ", Argument::none, "change", Area::system, E, true},
    {"users", "edit", "POST PUT ", Argument::id, "change", Area::system, E, true},
    {"users", "delete", "POST DELETE ", Argument::id, "change", Area::system, E, true},
    {"zonepresets", "index", read_only, Argument::none, "read", Area::monitors, V},
    {"zonepresets", "view", read_only, Argument::id, "read", Area::monitors, V},
    {"zones", "index", read_only, Argument::named, "read", Area::monitors, V},
    {"zones", "forMonitor", read_only, Argument::device, "read", Area::monitors, V},
    {"zones", "add", "POST ", Argument::none, "change", Area::monitors, E, true, true},
    {"zones", "edit", "POST PUT ", Argument::id, "change", Area::monitors, E, true, true},
    {"zones", "delete", "POST DELETE ", Argument::id, "change", Area::monitors, E, true, true},
};

bool is_word(std::string_view text) {
    return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-';
    });
}

const Call* find_call(std::string_view controller, std::string_view action) {
    for (const Call& one : calls)
        if (one.controller == controller && one.action == action)
            return &one;
    return nullptr;
}

/// CakePHP's REST routes: METHOD /controller and METHOD /controller/ID.
std::string_view action_of(std::string_view method, bool has_id) {
    if (method == "GET" || method == "HEAD")
        return has_id ? "view" : "index";
    if (method == "POST")
        return has_id ? "edit" : "add";
    if (method == "PUT")
        return has_id ? "edit" : "";
    return method == "DELETE" && has_id ? "delete" : "";
}

std::optional<std::string_view> value_of(std::string_view part, std::string_view name) {
    if (part.substr(0, name.size()) != name || part.substr(name.size(), 1) != ":")
        return std::nullopt;
    return part.substr(name.size() + 1);
}

/// What a filter leaves to be seen: a frame's list names its recording, or it is everybody's.
std::string read_filter(Meaning& meaning, const Call& call, const std::vector<std::string>& parts) {
    bool is_bound = false;
    for (const std::string& part : parts) {
        if (part.find(':') == std::string::npos)
            return call.action == "consoleEvents" ? "" : "a part of the path that is no filter";
        if (call.controller == "frames")
            if (const auto event = value_of(part, "EventId"); event && is_id(*event) && !is_bound) {
                meaning.recordings.emplace_back(*event);
                is_bound = true;
            }
    }
    meaning.is_of_all = call.is_of_all || (call.controller == "frames" && !is_bound);
    return {};
}

/// Why not; empty: understood.
std::string read_arguments(Meaning& meaning, const Call& call, const std::vector<std::string>& parts) {
    const auto one_id = [&](std::vector<std::string>* into) -> std::string {
        if (parts.size() != 1 || !is_id(parts[0]))
            return "a call of the API without its id";
        if (into != nullptr)
            into->push_back(parts[0]);
        return {};
    };
    switch (call.argument) {
    case Argument::none: return parts.empty() ? "" : "a call of the API with too much behind it";
    case Argument::recording: return one_id(&meaning.recordings);
    case Argument::device: return one_id(&meaning.devices);
    case Argument::frame: return one_id(&meaning.frames);
    case Argument::id: return one_id(nullptr);
    case Argument::name: return parts.size() == 1 && is_word(parts[0]) ? "" : "a call of the API without its name";
    case Argument::words:
        return parts.size() <= 3 && std::all_of(parts.begin(), parts.end(), is_word) ? "" : "a call of the API with odd arguments";
    case Argument::named: return read_filter(meaning, call, parts);
    case Argument::alarm:
    case Argument::daemon: {
        if (parts.size() != 2)
            return "a call of the API without its arguments";
        const auto id = value_of(parts[0], "id");
        const auto word = value_of(parts[1], call.argument == Argument::alarm ? "command" : "daemon");
        if (!id || !is_id(*id) || !word || !is_word(*word))
            return "a call of the API without its arguments";
        meaning.devices.emplace_back(*id);
        if (call.argument == Argument::alarm && *word == "status") {
            meaning.act = "read";
            meaning.level = Level::view;
            meaning.changes = false;
        }
        return {};
    }
    }
    return "a call of the API that is not known";
}

bool holds_secrets(std::string_view config) {
    return config.find("PASS") != std::string_view::npos || config.find("SECRET") != std::string_view::npos ||
           config.find("KEY") != std::string_view::npos || config.find("DB_") != std::string_view::npos ||
           config.find("TOKEN") != std::string_view::npos;
}

} // namespace

void read_api(Meaning& meaning, std::string_view method, const std::vector<std::string>& segments, const Form& form) {
    std::vector<std::string> parts = segments;
    if (parts.empty() || parts.front().empty()) {
        meaning.strange = "a call of the API without a name";
        return;
    }
    constexpr std::string_view json = ".json";
    std::string& last = parts.back();
    if (last.size() > json.size() && last.compare(last.size() - json.size(), json.size(), json) == 0)
        last.resize(last.size() - json.size());
    const std::string controller = parts.front();
    parts.erase(parts.begin());
    const Call* call = nullptr;
    if (parts.empty() || is_id(parts[0])) {
        call = find_call(controller, action_of(method, !parts.empty()));
    } else {
        call = find_call(controller, parts[0]);
        parts.erase(parts.begin());
    }
    if (call == nullptr) {
        meaning.strange = "a call of the API that is not known";
        return;
    }
    if (call->methods.find(std::string(method) + " ") == std::string_view::npos) {
        meaning.strange = "a method that this call of the API has no use for";
        return;
    }
    meaning.act = call->act;
    meaning.area = call->area;
    meaning.level = call->level;
    meaning.changes = call->changes;
    meaning.is_of_all = call->is_of_all;
    if (auto why = read_arguments(meaning, *call, parts); !why.empty()) {
        meaning.strange = std::move(why);
        return;
    }
    for (const auto& [name, value] : form.parameters())
        if (call->controller == "events" && call->action == "edit" && name == "Event[Archived]")
            meaning.act = "archive";
    if (call->controller == "configs" && call->action == "viewByName" && holds_secrets(parts[0]))
        meaning.level = Level::edit;

    const bool has_password = form.has("user") || form.has("pass") || form.has("username") || form.has("password");
    const bool is_login = call->controller == "host" && call->action == "login";
    meaning.may_be_nobody = (is_login && has_password) || (call->controller == "host" && call->action == "logout");
    meaning.credentials.is_login = is_login;
    if (!is_login && (has_password || form.has("stateful")))
        meaning.strange = "a password with a call of the API; log in and use a token";
}

} // namespace ombud::zoneminder::web
