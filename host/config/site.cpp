#include "config/site.hpp"

#include <algorithm>

namespace ombud::config {
namespace {

template <class Item>
const Item* find_by_id(const std::vector<Item>& items, std::string_view id) {
    const auto found = std::ranges::find(items, id, &Item::id);
    return found == items.end() ? nullptr : &*found;
}

} // namespace

const char* mode_name(Mode mode) {
    switch (mode) {
    case Mode::off:
        return "off";
    case Mode::monitor:
        return "monitor";
    case Mode::enforce:
        return "enforce";
    }
    return "";
}

std::optional<Mode> parse_mode(std::string_view text) {
    for (const Mode mode : {Mode::off, Mode::monitor, Mode::enforce})
        if (text == mode_name(mode))
            return mode;
    return std::nullopt;
}

const char* runner_name(Runner runner) { return runner == Runner::in_process ? "inline" : "sandboxed"; }

std::optional<Runner> parse_runner(std::string_view text) {
    for (const Runner runner : {Runner::in_process, Runner::sandboxed})
        if (text == runner_name(runner))
            return runner;
    return std::nullopt;
}

const char* area_name(Area area) {
    switch (area) {
    case Area::private_area:
        return "private";
    case Area::public_border:
        return "public-border";
    case Area::access_control:
        return "access-control";
    }
    return "";
}

const char* track_kind_name(TrackKind kind) {
    return kind == TrackKind::audio ? "audio" : "metadata";
}

const char* role_name(Role role) {
    switch (role) {
    case Role::reader:
        return "reader";
    case Role::approver:
        return "approver";
    case Role::administrator:
        return "administrator";
    }
    return "";
}

const char* forwarder_kind_name(ForwarderKind kind) {
    switch (kind) {
    case ForwarderKind::web_push:
        return "web-push";
    case ForwarderKind::webhook:
        return "webhook";
    case ForwarderKind::ntfy:
        return "ntfy";
    case ForwarderKind::mqtt:
        return "mqtt";
    }
    return "";
}

const Attachment* Site::attachment(std::string_view wanted) const {
    return find_by_id(attachments, wanted);
}
const Camera* Site::camera(std::string_view wanted) const {
    return find_by_id(cameras, wanted);
}
const ModuleSettings* Site::module(std::string_view wanted) const {
    return find_by_id(modules, wanted);
}
const Person* Site::person(std::string_view account) const {
    const auto found = std::ranges::find(people, account, &Person::account);
    return found == people.end() ? nullptr : &*found;
}

const Person* Site::person_of_vms(std::string_view user) const {
    const auto found = std::ranges::find_if(people, [&](const Person& one) { return !user.empty() && one.vms_user == user; });
    return found == people.end() ? nullptr : &*found;
}

const Camera* Site::camera_of(std::string_view attachment_id, std::string_view device) const {
    const auto found = std::ranges::find_if(
        cameras, [&](const Camera& camera) { return camera.attachment == attachment_id && camera.device == device; });
    return found == cameras.end() ? nullptr : &*found;
}

} // namespace ombud::config
