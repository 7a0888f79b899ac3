// ZoneMinder's web pages, all of them index.php: `view` shows a page, `view` with `action` in a POST does something,
// `request` answers a page's script and does things by GET, too.

#include "meaning.hpp"

#include <algorithm>
#include <array>

namespace ombud::zoneminder::web {
namespace {

constexpr auto V = Level::view;
constexpr auto E = Level::edit;
constexpr auto N = Level::none;

/// Where a page's parameters name what it is about.
enum class About : std::uint8_t { none, recording, device };

struct Page {
    std::string_view view;
    std::string_view act;
    Area area;
    Level level;
    About about = About::none;
};

constexpr Page pages[] = {
    {"console", "read", Area::any, N},
    {"watch", "view", Area::stream, V, About::device},
    {"montage", "view", Area::stream, V},
    {"cycle", "view", Area::stream, V},
    {"event", "replay", Area::events, V, About::recording},
    {"events", "read", Area::events, V},
    {"timeline", "read", Area::events, V},
    {"montagereview", "read", Area::events, V},
    {"report_event_audit", "read", Area::events, V},
    {"export", "read", Area::events, V, About::recording},
    {"video", "read", Area::events, V, About::recording},
    {"frame", "image", Area::events, V, About::recording},
    {"frames", "read", Area::events, V, About::recording},
    {"stats", "read", Area::events, V, About::recording},
    {"view_video", "replay", Area::events, V, About::recording},
    {"image", "image", Area::events, V, About::recording},
    {"filter", "read", Area::events, V},
    {"monitor", "read", Area::monitors, V, About::device},
    {"monitors", "read", Area::monitors, V},
    {"monitorpreset", "read", Area::monitors, E},
    {"monitorprobe", "read", Area::monitors, E},
    {"onvifprobe", "read", Area::monitors, E},
    {"add_monitors", "read", Area::monitors, E},
    {"zone", "read", Area::monitors, V, About::device},
    {"zones", "read", Area::monitors, V, About::device},
    {"plugin", "read", Area::monitors, E, About::device},
    {"control", "view", Area::control, V, About::device},
    {"controlcap", "read", Area::control, V},
    {"controlcaps", "read", Area::control, V},
    {"devices", "read", Area::devices, V},
    {"groups", "read", Area::groups, V},
    {"snapshot", "read", Area::snapshots, V},
    {"snapshots", "read", Area::snapshots, V},
    {"log", "read", Area::system, V},
    {"options", "read", Area::system, V},
    {"optionhelp", "read", Area::any, N},
    {"privacy", "read", Area::any, N},
    {"bandwidth", "read", Area::any, N},
    {"status", "read", Area::system, V},
    {"user", "read", Area::system, E},
};

/// A `view` with an `action` (POST), or a `request` with its `action` or `task` (any method).
struct Deed {
    std::string_view name;  ///< of the view or request
    std::string_view verb;  ///< empty: whatever it is, or none
    std::string_view act;
    Area area;
    Level level;
    About about = About::none;
    bool changes = true;
};

constexpr Deed actions[] = {
    {"event", "rename", "change", Area::events, E, About::recording},
    {"event", "eventdetail", "change", Area::events, E, About::recording},
    {"event", "archive", "archive", Area::events, E, About::recording},
    {"event", "unarchive", "archive", Area::events, E, About::recording},
    {"event", "delete", "delete", Area::events, E, About::recording},
    {"eventdetail", "eventdetail", "change", Area::events, E, About::recording},
    {"events", "archive", "archive", Area::events, E, About::recording},
    {"events", "unarchive", "archive", Area::events, E, About::recording},
    {"events", "delete", "delete", Area::events, E, About::recording},
    // A filter runs commands, mails, uploads and deletes, by itself and whatever its owner may.
    {"filter", "addterm", "read", Area::events, V, About::none, false},
    {"filter", "delterm", "read", Area::events, V, About::none, false},
    {"filter", "Save", "change", Area::system, E},
    {"filter", "SaveAs", "change", Area::system, E},
    {"filter", "execute", "change", Area::system, E},
    {"filter", "delete", "change", Area::system, E},
    {"filter", "control", "change", Area::system, E},
    {"console", "delete", "change", Area::system, E, About::device},
    {"monitor", "save", "change", Area::monitors, E, About::device},
    {"monitors", "save", "change", Area::monitors, E, About::device},
    {"function", "save", "change", Area::monitors, E, About::device},
    {"watch", "settings", "change", Area::monitors, E, About::device},
    {"zone", "zone", "change", Area::monitors, E, About::device},
    {"zones", "delete", "change", Area::monitors, E, About::device},
    {"control", "control", "change", Area::control, V, About::device},
    {"controlcap", "Save", "change", Area::control, E},
    {"controlcaps", "delete", "change", Area::control, E},
    {"device", "device", "change", Area::devices, E},
    {"devices", "delete", "change", Area::devices, E},
    {"group", "save", "change", Area::groups, E},
    {"groups", "setgroup", "read", Area::groups, V, About::none, false},
    {"groups", "delete", "change", Area::groups, E},
    {"montage", "Save", "change", Area::stream, V},
    {"snapshot", "create", "change", Area::snapshots, E, About::device},
    {"snapshot", "save", "change", Area::snapshots, E},
    {"snapshot", "delete", "delete", Area::snapshots, E},
    {"options", "delete", "change", Area::system, E},
    {"options", "options", "change", Area::system, E},
    {"privacy", "privacy", "change", Area::system, E},
    {"server", "save", "change", Area::system, E},
    {"state", "state", "change", Area::system, E},
    {"state", "save", "change", Area::system, E},
    {"state", "delete", "change", Area::system, E},
    {"storage", "save", "change", Area::system, E},
    {"user", "Save", "change", Area::system, E},
    {"version", "version", "change", Area::system, E},
    {"donate", "donate", "change", Area::system, E},
    {"bandwidth", "bandwidth", "read", Area::any, N, About::none, false},
};

constexpr Deed requests[] = {
    {"event", "rename", "change", Area::events, E, About::recording},
    {"event", "eventdetail", "change", Area::events, E, About::recording},
    {"event", "archive", "archive", Area::events, E, About::recording},
    {"event", "unarchive", "archive", Area::events, E, About::recording},
    {"event", "delete", "delete", Area::events, E, About::recording},
    {"event", "deleteVideo", "change", Area::events, E, About::recording},
    {"event", "video", "export", Area::events, V, About::recording},
    {"event", "export", "export", Area::events, V, About::recording},
    {"event", "download", "export", Area::events, V, About::recording},
    {"events", "query", "read", Area::events, V, About::none, false},
    {"events", "", "read", Area::events, V, About::none, false},
    {"events", "archive", "archive", Area::events, E, About::recording},
    {"events", "unarchive", "archive", Area::events, E, About::recording},
    {"events", "delete", "delete", Area::events, E, About::recording},
    {"frames", "query", "read", Area::events, V, About::recording, false},
    {"frames", "", "read", Area::events, V, About::recording, false},
    {"stats", "", "read", Area::events, V, About::recording, false},
    {"watch", "", "read", Area::events, V, About::device, false},
    {"snapshots", "query", "read", Area::snapshots, V, About::none, false},
    {"snapshots", "", "read", Area::snapshots, V, About::none, false},
    {"snapshots", "delete", "delete", Area::snapshots, E},
    {"stream", "", "view", Area::stream, V, About::none, false},
    {"log", "query", "read", Area::system, V, About::none, false},
    {"log", "create", "change", Area::system, E},
    {"alarm", "", "change", Area::monitors, E, About::device},
    {"console", "sort", "change", Area::monitors, E},
    {"add_monitors", "probe", "change", Area::monitors, E},
    {"add_monitors", "import", "change", Area::monitors, E},
    {"zone", "", "change", Area::monitors, E},
    {"control", "", "change", Area::control, V, About::device},
    {"controlcaps", "delete", "change", Area::control, E},
    {"device", "device", "change", Area::devices, E},
    {"device", "", "change", Area::devices, E},
    {"devices", "delete", "change", Area::devices, E},
    {"shutdown", "", "change", Area::system, E},
};

constexpr Deed modals[] = {
    {"eventdetail", "", "read", Area::events, V, About::recording, false},
    {"eventrename", "", "read", Area::events, V, About::recording, false},
    {"download", "", "read", Area::events, V, About::recording, false},
    {"objdetect", "", "image", Area::events, V, About::recording, false},
    {"filterdebug", "", "read", Area::events, V, About::none, false},
    {"settings", "", "read", Area::monitors, V, About::device, false},
    {"function", "", "read", Area::monitors, V, About::device, false},
    {"controlpreset", "", "read", Area::control, V, About::device, false},
    {"device", "", "read", Area::devices, V, About::none, false},
    {"group", "", "read", Area::groups, V, About::none, false},
    {"server", "", "read", Area::system, V, About::none, false},
    {"storage", "", "read", Area::system, V, About::none, false},
    {"state", "", "read", Area::system, V, About::none, false},
    {"shutdown", "", "read", Area::system, V, About::none, false},
    {"log_export", "", "read", Area::system, V, About::none, false},
    {"delconfirm", "", "read", Area::any, N, About::none, false},
    {"donate", "", "read", Area::any, N, About::none, false},
    {"enoperm", "", "read", Area::any, N, About::none, false},
    {"logout", "", "read", Area::any, N, About::none, false},
    {"optionhelp", "", "read", Area::any, N, About::none, false},
};

constexpr Deed entities[] = { // of request=status
    {"navBar", "", "read", Area::any, N, About::none, false},
    {"console", "", "read", Area::any, N, About::none, false},
    {"system", "", "read", Area::system, V, About::none, false},
    {"monitor", "", "read", Area::monitors, V, About::device, false},
    {"monitors", "", "read", Area::monitors, V, About::none, false},
    {"events", "", "read", Area::events, V, About::none, false},
    {"event", "", "read", Area::events, V, About::recording, false},
    {"frame", "", "read", Area::events, V, About::recording, false},
    {"frameimage", "", "read", Area::events, V, About::recording, false},
    {"nearframe", "", "read", Area::events, V, About::recording, false},
    {"nearevents", "", "read", Area::events, V, About::recording, false},
};

template <std::size_t Count>
const Deed* find(const Deed (&table)[Count], std::string_view name, std::string_view verb) {
    for (const Deed& one : table)
        if (one.name == name && one.verb == verb)
            return &one;
    return nullptr;
}

void refuse(Meaning& meaning, std::string why) {
    if (meaning.strange.empty())
        meaning.strange = std::move(why);
}

/// All that the parameters of these names tell, which ZoneMinder prefers one to the other.
void take_ids(Meaning& meaning, const Form& form, std::initializer_list<std::string_view> names, std::vector<std::string>& into) {
    constexpr std::size_t ids_max = 400;
    for (const std::string_view name : names)
        for (const std::string_view id : form.all(name)) {
            if (id.empty())
                continue;
            if (!is_id(id) || into.size() >= ids_max)
                return refuse(meaning, "an id that is no plain number, or too many of them");
            if (std::find(into.begin(), into.end(), id) == into.end())
                into.emplace_back(id);
        }
}

void take_about(Meaning& meaning, const Form& form, About about, bool must_name) {
    if (about == About::recording) {
        take_ids(meaning, form, {"eid", "eids", "event_id", "markEids"}, meaning.recordings);
        if (meaning.recordings.empty() || form.has("id"))
            take_ids(meaning, form, {"id"}, meaning.recordings);
        if (must_name && meaning.recordings.empty())
            refuse(meaning, "a recording that is not named");
    } else if (about == About::device) {
        take_ids(meaning, form, {"mid", "mids", "monitor_ids", "markMids", "monitorIds"}, meaning.devices);
        if (meaning.devices.empty())
            take_ids(meaning, form, {"id"}, meaning.devices);
    }
}

void take(Meaning& meaning, const Form& form, const Deed& deed, bool must_name) {
    meaning.act = deed.act;
    meaning.area = deed.area;
    meaning.level = deed.level;
    meaning.changes = deed.changes;
    take_about(meaning, form, deed.about, must_name);
    meaning.is_of_all = deed.about == About::device && deed.changes && meaning.devices.empty(); // a new one
}

bool is_key(std::string_view key) {
    return key.size() <= 20 && std::all_of(key.begin(), key.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// The archive is called NAME_CONNKEY.EXTENSION, and ZoneMinder takes the name from `file` where it is given.
void read_archive(Meaning& meaning, const Form& form) {
    meaning.act = "download";
    meaning.is_export = true;
    meaning.area = Area::events;
    meaning.level = V;
    meaning.format = form.text("type");
    auto key = form.text("connkey");
    if (form.has("file")) {
        const auto file = form.text("file");
        const auto line = file.rfind('_');
        const auto dot = file.find('.', line == std::string_view::npos ? 0 : line);
        const auto of_file = line == std::string_view::npos || dot == std::string_view::npos || dot < line
                                 ? std::string_view{}
                                 : file.substr(line + 1, dot - line - 1);
        if (of_file.empty() || !is_key(of_file) || (!key.empty() && key != of_file))
            return refuse(meaning, "an archive whose name does not tell which export it is of");
        key = of_file;
    }
    if (key.empty() || !is_key(key))
        return refuse(meaning, "an archive that is not named");
    meaning.export_id = key;
}

void read_event_request(Meaning& meaning, const Form& form, std::string_view action) {
    if (meaning.act != "export")
        return;
    meaning.is_export = true;
    meaning.format = action == "video" ? form.text("videoFormat") : form.text("exportFormat");
    if (const auto key = form.text("connkey"); !key.empty() && is_key(key))
        meaning.export_id = key;
    else if (!key.empty())
        refuse(meaning, "an export's key that is no number");
    const auto name = form.text("exportFile");
    if (!std::all_of(name.begin(), name.end(), [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
        }))
        refuse(meaning, "an export's file name with odd characters");
}

void read_request(Meaning& meaning, std::string_view request, const Form& form) {
    const auto view = form.text("view");
    if (!view.empty() && view != "request" && view != request)
        return refuse(meaning, "a request together with another page");
    if (request == "modal") {
        const Deed* modal = find(modals, form.text("modal"), "");
        return modal != nullptr ? take(meaning, form, *modal, false) : refuse(meaning, "a dialogue that is not known");
    }
    if (request == "status") {
        const Deed* entity = find(entities, form.text("entity"), "");
        if (entity == nullptr)
            return refuse(meaning, "a status that is not known");
        if (form.has("element") && form.all("element").size() > 64)
            return refuse(meaning, "too many elements of a status");
        if (entity->name == "frame" || entity->name == "frameimage" || entity->name == "nearframe") {
            // id[0] is the recording, id[1] a number in it.
            const auto ids = form.all("id");
            take(meaning, Form{}, *entity, false);
            if (ids.empty() || ids.size() > 2 || !is_id(ids[0]) || (form.text("id[0]").empty() && !form.text("id[1]").empty()))
                return refuse(meaning, "a recording that is not named");
            meaning.recordings.emplace_back(form.text("id[0]").empty() ? ids[0] : form.text("id[0]"));
            return;
        }
        return take(meaning, form, *entity, entity->about == About::recording);
    }
    auto verb = form.text("action");
    const bool has_tasks = request == "events" || request == "frames" || request == "snapshots" || request == "log";
    if (has_tasks) {
        if (!verb.empty())
            return refuse(meaning, "an action where a task belongs");
        verb = form.text("task");
    }
    const Deed* deed = find(requests, request, verb);
    if (deed == nullptr)
        return refuse(meaning, "a request that is not known");
    take(meaning, form, *deed, true);
    if (request == "event")
        read_event_request(meaning, form, verb);
}

void read_action(Meaning& meaning, std::string_view method, std::string_view view, std::string_view action, const Form& form) {
    if (method != "POST")
        return refuse(meaning, "an action by another method than POST");
    if (action == "logout" || view == "logout") {
        meaning.act = "login";
        meaning.may_be_nobody = true;
        if (!(action == "logout" && (view == "logout" || view == "login" || view.empty())))
            refuse(meaning, "an action that is not known");
        return;
    }
    const Deed* deed = find(actions, view, action);
    if (deed == nullptr)
        return refuse(meaning, "an action that is not known");
    take(meaning, form, *deed, deed->about == About::recording);
}

} // namespace

void read_page(Meaning& meaning, std::string_view method, const Form& form) {
    if (method != "GET" && method != "HEAD" && method != "POST")
        return refuse(meaning, "a method that ZoneMinder's pages have no use for");
    for (const std::string_view scalar : {"view", "request", "action", "task", "modal", "entity", "token", "auth", "connkey", "type", "file"})
        if (form.has(scalar) && form.all(scalar).size() != 1)
            return refuse(meaning, "a list where a word belongs");
    const auto view = form.text("view");
    const auto request = form.text("request");
    const auto action = form.text("action");
    const bool has_password = form.has("username") || form.has("password") || form.has("user") || form.has("pass");
    if (has_password) {
        // Anywhere else they would log somebody in beside whatever is asked for.
        const bool is_login = method == "POST" && action == "login" && request.empty() && !form.has("token") &&
                              !form.has("auth") && (view.empty() || view == "login" || view == "postlogin");
        meaning.act = "login";
        meaning.may_be_nobody = true;
        return is_login ? void() : refuse(meaning, "a password outside of the login page");
    }
    if (!request.empty())
        return read_request(meaning, request, form);
    if (view == "archive")
        return action.empty() ? read_archive(meaning, form) : refuse(meaning, "an action with an archive");
    if (!action.empty() || view == "logout")
        return read_action(meaning, method, view, action, form);
    if (view.empty() || view == "login" || view == "postlogin" || view == "none") {
        meaning.act = "read"; // the front page is the login page to whoever is not logged in
        meaning.may_be_nobody = true;
        return;
    }
    const auto* page = std::find_if(std::begin(pages), std::end(pages), [&](const Page& one) { return one.view == view; });
    if (page == std::end(pages))
        return refuse(meaning, "a page that is not known");
    if (view == "image" && form.has("path"))
        return refuse(meaning, "a picture by its path");
    meaning.act = page->act;
    meaning.area = page->area;
    meaning.level = page->level;
    const bool hands_out = view == "image" || view == "view_video" || view == "event";
    take_about(meaning, form, page->about, hands_out);
    // These pages know the recording by eid alone; without one, image takes fid for the number of a frame of any recording.
    if (hands_out && !is_id(form.text("eid")))
        refuse(meaning, "a recording that eid does not name");
}

} // namespace ombud::zoneminder::web
