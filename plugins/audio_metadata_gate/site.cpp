#include "site.hpp"

namespace ombud::audio_metadata {

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
            return nullptr; // two attachments have a device of that name: guessing could let through what is not
                            // documented
        found = &camera;
    }
    return found;
}

} // namespace ombud::audio_metadata
