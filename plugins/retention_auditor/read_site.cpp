#include "read_site.hpp"

#include <limits>

namespace ombud::retention {

namespace {

/// Reads members of one object; the first value of a wrong type stops it, absent ones do not.
class Members {
  public:
    Members(const sdk::Config& config, std::string place) : config_(config), place_(std::move(place)) {}

    std::string text(const char* name) { return std::string(keep(config_.get_str(place_ + name)).value_or("")); }
    std::optional<int64_t> number(const char* name) { return keep(config_.get_i64(place_ + name)); }
    std::optional<int64_t> seconds_as_ns(const char* name) {
        const auto seconds = number(name);
        int64_t length_ns = 0;
        if (!seconds)
            return std::nullopt;
        if (*seconds >= 0 && !__builtin_mul_overflow(*seconds, int64_t{1'000'000'000}, &length_ns))
            return length_ns;
        problem_ = problem_.value_or(
            sdk::Error{sdk::ErrorCode::invalid_input,
                       place_ + name + ": " + std::to_string(*seconds) + " seconds is not in 0..9223372036"});
        return std::nullopt;
    }
    const std::optional<sdk::Error>& problem() const { return problem_; }

  private:
    template <class T>
    std::optional<T> keep(const sdk::Result<T>& value) {
        if (value)
            return *value;
        if (value.error().code != sdk::ErrorCode::not_found && !problem_)
            problem_ = value.error();
        return std::nullopt;
    }

    const sdk::Config& config_;
    const std::string place_;
    std::optional<sdk::Error> problem_;
};

/// Calls `read(Members&)` for every element of a list; an absent list is empty.
template <class Read>
sdk::Result<> for_each(const sdk::Config& config, const std::string& list, Read read) {
    const auto count = config.get_count(list);
    if (!count)
        return count.error().code == sdk::ErrorCode::not_found ? sdk::Result<>{} : sdk::fail(count.error());
    for (uint64_t index = 0; index < *count; ++index) {
        Members members(config, list + "/" + std::to_string(index) + "/");
        read(members);
        if (members.problem())
            return sdk::fail(*members.problem());
    }
    return {};
}

Area area_named(const std::string& name) {
    return name == "private"          ? Area::private_ground
           : name == "public-border"  ? Area::public_border
           : name == "access-control" ? Area::access_control
                                      : Area::unstated;
}

} // namespace

sdk::Result<Site> read_site(const sdk::Config& config) {
    Site site;
    auto read = for_each(config, "site/cameras", [&](Members& members) {
        Camera camera;
        camera.id = members.text("id");
        camera.attachment = members.text("attachment");
        camera.device = members.text("device");
        camera.name = members.text("name");
        if (camera.name.empty())
            camera.name = camera.id;
        camera.area = area_named(members.text("area"));
        camera.purpose = members.text("purpose");
        camera.retention_ns = members.seconds_as_ns("retention_s");
        camera.justification = members.text("retention_justification");
        camera.justified_until_utc_ns = members.number("retention_justified_until_utc_ns");
        site.cameras.push_back(std::move(camera));
    });
    if (read)
        read = for_each(config, "site/locks", [&](Members& members) {
            site.locks.push_back({members.text("attachment"), members.text("recording"), members.text("reason"),
                                  members.text("case"), members.text("owner"), members.number("review_utc_ns")});
        });
    if (read)
        read = for_each(config, "site/records", [&](Members& members) {
            site.records.push_back({members.text("kind"), members.seconds_as_ns("retention_s"), members.text("note")});
        });
    if (!read)
        return sdk::fail(read.error());
    return site;
}

sdk::Result<Settings> read_settings(const sdk::Config& config) {
    Settings settings;
    Members options(config, "options/");
    settings.undocumented_ns = options.seconds_as_ns("undocumented-retention").value_or(settings.undocumented_ns);
    settings.over_provisioning_max_percent =
        options.number("over-provisioning-max").value_or(settings.over_provisioning_max_percent);
    const int64_t findings_max = options.number("findings-per-camera-max").value_or(settings.findings_per_camera_max);
    if (options.problem())
        return sdk::fail(*options.problem());
    if (findings_max < 0 || findings_max > 10'000)
        return sdk::fail(sdk::ErrorCode::invalid_input,
                         "options/findings-per-camera-max: " + std::to_string(findings_max) + " is not in 0..10000");
    settings.findings_per_camera_max = static_cast<uint32_t>(findings_max);
    return settings;
}

} // namespace ombud::retention
