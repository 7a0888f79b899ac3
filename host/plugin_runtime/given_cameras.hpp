#pragma once
// The cameras that a site gives a module. A module without such a limit has none of these: it is given whatever there is.

#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "events/event.hpp"
#include "plugin_runtime/services.hpp"

namespace ombud {

/// Immutable: another site makes another one. Thread: any.
class GivenCameras {
  public:
    struct Camera {
        std::string id, attachment, device; ///< as the site has them
    };
    GivenCameras(Names& names, const std::vector<Camera>& given);

    /// Whether the device is a camera of the site's, and given.
    [[nodiscard]] bool has(std::string_view attachment, std::string_view device) const;

    /// What an event or question is about.
    enum class Extent {
        no_camera, ///< it names none: a mail, a push, a connection …
        given,     ///< only cameras that are given
        others,    ///< only cameras that are not, or devices that are no camera of the site
        unclear    ///< some of both; or a recording without its camera, which does not tell whose it is
    };
    /// By its `camera` and `cameras`; and beside an attachment, which tells whose id it is, by `device` and `devices`.
    [[nodiscard]] Extent extent(const Event& event, std::string_view attachment) const;

    /// Whether an event shows that a recording, export or file is of given cameras alone: it names it, and nothing but such cameras.
    [[nodiscard]] bool is_shown_by(const Event& event, std::string_view attachment, std::string_view recording) const;
    [[nodiscard]] bool is_export_shown_by(const Event& event, std::string_view attachment, std::string_view export_id) const;
    [[nodiscard]] bool is_path_shown_by(const Event& event, std::string_view path) const;
    /// The attachment that an event or record names; empty: none.
    [[nodiscard]] std::string_view attachment_of(const Event& event) const { return event.text(attachment_).value_or(""); }
    [[nodiscard]] std::string_view device_of(const Event& event) const { return event.text(device_).value_or(""); }
    [[nodiscard]] std::string_view path_of(const Event& event) const { return event.text(path_).value_or(""); }

  private:
    bool is_about_given(const Event& event, std::string_view attachment) const;
    std::uint32_t attachment_, camera_, cameras_, device_, devices_, recording_, recordings_, path_, export_;
    std::set<std::string, std::less<>> ids_;
    std::map<std::string, std::set<std::string, std::less<>>, std::less<>> devices_of_; // by attachment
};

/// The inventory with nothing in it but the recordings and devices of given cameras; storage areas and coverage are as they are.
/// Devices have numbers of their own in it, without gaps.
/// @param whole  null: null
std::unique_ptr<InventoryReader> given_part_of(std::unique_ptr<InventoryReader> whole, std::shared_ptr<const GivenCameras> given);

} // namespace ombud
