#include "site.hpp"

namespace ombud::retention {

const Camera* Site::find_camera(std::string_view id, std::string_view attachment, std::string_view device) const {
    const Camera* found = nullptr;
    for (const Camera& camera : cameras) {
        if (!id.empty()) {
            if (camera.id == id)
                return &camera;
            continue;
        }
        if (camera.device != device)
            continue;
        if (!attachment.empty()) {
            if (camera.attachment == attachment)
                return &camera;
            continue;
        }
        if (found)
            return nullptr; // two attachments have a device of that name: guessing could apply the longer period
        found = &camera;
    }
    return found;
}

std::vector<const Lock*> Site::find_locks(std::string_view attachment, std::string_view recording) const {
    std::vector<const Lock*> found;
    for (const Lock& lock : locks)
        if (lock.recording == recording && (attachment.empty() || lock.attachment == attachment))
            found.push_back(&lock);
    return found;
}

} // namespace ombud::retention
