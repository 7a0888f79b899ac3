// What nobody else may see is covered before an export is judged (EXP-7).
#include "events/printable.hpp"
#include "gates/export/content.hpp"
#include "gates/export/work.hpp"
#include "media/masks/masked_copy.hpp"
#include "signing/digest.hpp"
#include "signing/encoding.hpp"

namespace ombud::exports {
namespace {

/// Masks that were changed since give another name, so a copy with the old ones is not taken for one with the new.
std::string covered_name(std::size_t file, const std::string& camera, const std::vector<media::MaskPolygon>& masks) {
    std::string all = camera;
    for (const media::MaskPolygon& mask : masks) {
        all += "\n" + mask.id;
        for (const media::PicturePoint& point : mask.points)
            all += " " + std::to_string(point.x) + "," + std::to_string(point.y);
    }
    return std::to_string(file) + "." + signing::hex(signing::sha256(all)).substr(0, 16);
}

} // namespace

Work::Stepped Work::cover(const Export& one) {
    const auto now = options();
    Export next = one;
    std::string camera; // whose masks are required
    for (const std::string& id : one.description.cameras)
        if (const auto found = now->cameras.find(id); found != now->cameras.end() && !found->second.masks.empty())
            camera = id;
    const auto held_up = [&](const Error& why) -> Stepped {
        auto blocked = block(one, why);
        return blocked ? Stepped(Moved::yes) : blocked;
    };
    const auto missing = [&](const std::string& why) {
        next.masks = "missing";
        next.masks_note = why;
    };
    if (camera.empty()) {
        next.masks = "none";
        next.masks_note.clear();
        for (std::size_t i = 0; i < next.files.size(); ++i) {
            if (next.files[i].covered.empty())
                continue;
            next.files[i].covered.clear(); // another camera was named before
            if (auto looked = look_into(path_of(*now, next, i), next.files[i], parts_.clock, [this] { return may_go_on(); }); !looked)
                return fail(looked.error());
        }
    } else if (one.description.cameras.size() != 1) {
        missing("files of several cameras, of which " + camera + " has masks: hand in its files alone");
    } else {
        const auto& masks = now->cameras.find(camera)->second.masks;
        next.masks = "applied";
        next.masks_note = std::to_string(masks.size()) + (masks.size() == 1 ? " mask of " : " masks of ") + camera;
        for (std::size_t i = 0; i < next.files.size() && next.masks == "applied"; ++i) {
            HeldFile& file = next.files[i];
            const std::string name = covered_name(i, camera, masks);
            if (file.covered == name)
                continue;
            const auto source = folder_of(*now, one) / std::to_string(i), target = folder_of(*now, one) / name;
            std::error_code ignored;
            std::filesystem::remove(target, ignored); // of an interruption: it stands in no row
            media::CopyOptions copying;
            copying.progress = [this](double) { return may_go_on(); };
            const auto burnt = media::burn_masks(source, target, masks, copying);
            if (!burnt && (burnt.error().code == ErrorCode::cancelled || burnt.error().code == ErrorCode::unavailable))
                return burnt.error().code == ErrorCode::cancelled ? Stepped(fail(burnt.error())) : held_up(burnt.error());
            if (!burnt) {
                missing(file.name + ": " + printable(burnt.error().message));
                break;
            }
            if (auto looked = look_into(target, file, parts_.clock, [this] { return may_go_on(); }); !looked)
                return fail(looked.error());
            file.covered = name;
        }
    }
    if (to_stored(next) == to_stored(one))
        return Moved::no;
    next.approver.reset(); // whoever approved did not see it like this
    auto changed = change(one, std::move(next));
    return changed ? Stepped(Moved::yes) : fail(changed.error());
}

} // namespace ombud::exports
