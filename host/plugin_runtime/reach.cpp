// How far a module reaches that is given some of the site's cameras.
#include <algorithm>

#include <ombud/vocabulary.h>

#include "events/printable.hpp"
#include "plugin_runtime/service_tables.hpp"

namespace ombud {

std::string ServiceContext::out_of_reach(ActionRequest& request) {
    if (!cameras_)
        return {};
    const EventRef event = scope_ == nullptr ? nullptr : scope_->event;
    if (request.attachment.empty() && event)
        request.attachment = cameras_->attachment_of(*event);
    const std::string& at = request.attachment;
    const auto refused = [&](const std::string& subject) {
        return "asks for the action '" + request.kind + "' on " + subject + ", which is of no camera that the site gives it; refused";
    };
    if (!request.device.empty() && !cameras_->has(at, request.device))
        return refused("device '" + request.device + "' of '" + at + "'");
    if (!request.recording.empty()) {
        if (event && cameras_->is_shown_by(*event, at, request.recording))
            return {}; // the inventory may not know it yet
        const auto device = inventory_ ? inventory_->device_of(at, request.recording) : std::optional<std::string>();
        return device && *device ? std::string() : refused("recording '" + request.recording + "' of '" + at + "'");
    }
    if (!request.device.empty())
        return {};
    if (request.kind == OMBUD_ACTION_DISABLE_ACCOUNT)
        return {}; // an account is no camera's
    if (!request.export_id.empty() && event && cameras_->is_export_shown_by(*event, at, request.export_id))
        return {};
    return refused(request.export_id.empty() ? "neither a recording nor a device" : "export '" + request.export_id + "' of '" + at + "'");
}

bool ServiceContext::may_probe(std::string_view path) const {
    if (!cameras_)
        return true;
    if (lent_record_ && cameras_->path_of(*lent_record_) == path)
        return true; // its inventory holds nothing else
    return scope_ != nullptr && scope_->event && cameras_->is_path_shown_by(*scope_->event, path);
}

ombud_status ServiceContext::refuse(const std::string& what) {
    const std::string told = printable(what);
    services_.log(name_, OMBUD_LOG_ERROR, told);
    if (make_room() != OMBUD_OK)
        return OMBUD_REFUSED; // nothing of this call becomes durable; the log has it
    auto& refused = scope_->outbox.refused;
    if (std::find(refused.begin(), refused.end(), told) == refused.end())
        refused.push_back(told);
    return OMBUD_REFUSED;
}

} // namespace ombud
