#include "plugin_runtime/given_cameras.hpp"

#include <algorithm>

#include <ombud/vocabulary.h>

namespace ombud {
namespace {

template <class Visit>
void each_line(std::string_view lines, const Visit& visit) {
    while (!lines.empty()) {
        const auto end = std::min(lines.find('\n'), lines.size());
        if (end > 0)
            visit(lines.substr(0, end));
        lines.remove_prefix(std::min(end + 1, lines.size()));
    }
}

} // namespace

GivenCameras::GivenCameras(Names& names, const std::vector<Camera>& given)
    : attachment_(names.intern(OMBUD_KEY_ATTACHMENT)), camera_(names.intern(OMBUD_KEY_CAMERA)), cameras_(names.intern(OMBUD_KEY_CAMERAS)),
      device_(names.intern(OMBUD_KEY_DEVICE)), devices_(names.intern(OMBUD_KEY_DEVICES)), recording_(names.intern(OMBUD_KEY_RECORDING)),
      recordings_(names.intern(OMBUD_KEY_RECORDINGS)), path_(names.intern(OMBUD_KEY_PATH)), export_(names.intern(OMBUD_KEY_EXPORT)) {
    for (const Camera& camera : given) {
        ids_.insert(camera.id);
        devices_of_[camera.attachment].insert(camera.device);
    }
}

bool GivenCameras::has(std::string_view attachment, std::string_view device) const {
    const auto found = devices_of_.find(attachment);
    return found != devices_of_.end() && found->second.contains(device);
}

GivenCameras::Extent GivenCameras::extent(const Event& event, std::string_view attachment) const {
    std::size_t given = 0, others = 0;
    const auto count_camera = [&](std::string_view id) { ++(ids_.contains(id) ? given : others); };
    const auto count_device = [&](std::string_view device) { ++(has(attachment, device) ? given : others); };
    for (const std::uint32_t key : {camera_, cameras_})
        each_line(event.text(key).value_or(""), count_camera);
    if (!attachment.empty()) // else it is no camera's: a push goes to a person's device
        for (const std::uint32_t key : {device_, devices_})
            each_line(event.text(key).value_or(""), count_device);
    if (given + others > 0)
        return others == 0 ? Extent::given : given == 0 ? Extent::others : Extent::unclear;
    const bool names_recordings = !event.text(recording_).value_or("").empty() || !event.text(recordings_).value_or("").empty();
    return names_recordings ? Extent::unclear : Extent::no_camera;
}

bool GivenCameras::is_about_given(const Event& event, std::string_view attachment) const {
    return attachment_of(event) == attachment && extent(event, attachment) == Extent::given;
}

bool GivenCameras::is_shown_by(const Event& event, std::string_view attachment, std::string_view recording) const {
    return event.text(recording_) == recording && is_about_given(event, attachment);
}

bool GivenCameras::is_export_shown_by(const Event& event, std::string_view attachment, std::string_view export_id) const {
    return event.text(export_) == export_id && is_about_given(event, attachment);
}

bool GivenCameras::is_path_shown_by(const Event& event, std::string_view path) const {
    return path_of(event) == path && is_about_given(event, attachment_of(event));
}

} // namespace ombud
