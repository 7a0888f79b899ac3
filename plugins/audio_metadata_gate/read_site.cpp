#include "read_site.hpp"

#include <algorithm>

namespace ombud::audio_metadata {

namespace {

constexpr int64_t second_ns = 1'000'000'000;

/// Reads members of one object; the first value of a wrong type stops it, absent ones do not.
class Members {
  public:
    Members(const sdk::Config& config, std::string place) : config_(config), place_(std::move(place)) {}

    std::string text(const char* name) { return std::string(keep(config_.get_str(place_ + name)).value_or("")); }
    std::optional<int64_t> number(const std::string& name) { return keep(config_.get_i64(place_ + name)); }
    bool flag(const char* name) { return keep(config_.get_bool(place_ + name)).value_or(false); }
    uint64_t count(const char* name) { return keep(config_.get_count(place_ + name)).value_or(0); }
    int64_t number_within(const std::string& name, int64_t lowest, int64_t highest, int64_t otherwise) {
        const int64_t value = number(name).value_or(otherwise);
        if (value < lowest || value > highest)
            refuse(sdk::Error{sdk::ErrorCode::invalid_input, place_ + name + ": " + std::to_string(value) +
                                                                 " is not in " + std::to_string(lowest) + ".." +
                                                                 std::to_string(highest)});
        return value;
    }
    void refuse(const sdk::Error& problem) {
        if (!problem_)
            problem_ = problem;
    }
    const std::string& place() const { return place_; }
    const std::optional<sdk::Error>& problem() const { return problem_; }

  private:
    template <class T>
    std::optional<T> keep(const sdk::Result<T>& value) {
        if (value)
            return *value;
        if (value.error().code != sdk::ErrorCode::not_found)
            refuse(value.error());
        return std::nullopt;
    }

    const sdk::Config& config_;
    const std::string place_;
    std::optional<sdk::Error> problem_;
};

/// Calls `read(Members&)` for every element of the list `name` of `of`; an absent list is empty.
template <class Read>
void for_each(const sdk::Config& config, Members& of, const char* name, Read read) {
    const uint64_t count = of.count(name);
    for (uint64_t index = 0; index < count && !of.problem(); ++index) {
        Members members(config, of.place() + name + "/" + std::to_string(index) + "/");
        read(members);
        if (members.problem())
            of.refuse(*members.problem());
    }
}

std::vector<std::string> words_of(const std::string& list) {
    std::vector<std::string> words;
    for (size_t at = 0; (at = list.find_first_not_of(" ,", at)) != std::string::npos;) {
        const size_t end = std::min(list.find_first_of(" ,", at), list.size());
        words.push_back(list.substr(at, end - at));
        at = end;
    }
    return words;
}

Hours read_hours(Members& members) {
    Hours hours;
    hours.from_s = members.number_within("from_s", 0, 86'400, 0);
    hours.to_s = members.number_within("to_s", 0, 86'400, 0);
    const uint64_t days = members.count("days");
    for (uint64_t index = 0; index < days && index < 7; ++index)
        hours.days |= 1u << members.number_within("days/" + std::to_string(index), 1, 7, 1);
    return hours;
}

} // namespace

sdk::Result<Site> read_site(const sdk::Config& config) {
    Site site;
    Members root(config, "site/");
    for_each(config, root, "cameras", [&](Members& members) {
        Camera camera{members.text("id"),       members.text("attachment"), members.text("device"), members.text("name"), {},
                      members.flag("mobile"),   members.text("purpose"),    members.text("zone"),   members.text("assessment")};
        if (camera.name.empty())
            camera.name = camera.id;
        for_each(config, members, "tracks", [&](Members& track) {
            TrackPurpose purpose;
            const std::string kind = track.text("kind");
            if (kind != "audio" && kind != "metadata")
                track.refuse({sdk::ErrorCode::invalid_input,
                              track.place() + "kind: '" + kind + "' is neither audio nor metadata"});
            purpose.kind = kind == "audio" ? Kind::audio : Kind::metadata;
            purpose.purpose = track.text("purpose");
            purpose.legal_basis = track.text("legal_basis");
            purpose.assessment = track.text("assessment");
            purpose.until_utc_ns = track.number("until_utc_ns");
            for_each(config, track, "hours", [&](Members& hours) { purpose.hours.push_back(read_hours(hours)); });
            camera.tracks.push_back(std::move(purpose));
        });
        site.cameras.push_back(std::move(camera));
    });
    if (root.problem())
        return sdk::fail(*root.problem());
    return site;
}

sdk::Result<Rules> read_rules(const sdk::Config& config, const Site& site) {
    Rules rules;
    Members options(config, "options/");
    rules.settings.grace_ns = options.number_within("grace", 0, 3600, 0) * second_ns;
    rules.settings.findings_per_camera_max =
        static_cast<uint32_t>(options.number_within("findings-per-camera-max", 0, 10'000, 100));
    rules.settings.cut_existing = options.flag("cut-existing");
    rules.settings.sensitive_codecs = words_of(options.text("sensitive-tracks"));
    Members root(config, "site/");
    const std::string timezone = root.text("timezone");
    for (const Members* read : {&options, &root})
        if (read->problem())
            return sdk::fail(*read->problem());

    const bool needs_zone = std::any_of(site.cameras.begin(), site.cameras.end(), [](const Camera& camera) {
        return std::any_of(camera.tracks.begin(), camera.tracks.end(),
                           [](const TrackPurpose& purpose) { return !purpose.hours.empty(); });
    });
    if (!needs_zone)
        return rules;
    auto zone = sdk::TimeZone::read(timezone);
    if (!zone)
        return sdk::fail(std::move(zone).error().within("site/timezone"));
    rules.zone = std::move(*zone);
    return rules;
}

} // namespace ombud::audio_metadata
