#include "config/module_document.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <type_traits>

namespace ombud::config {
namespace {

namespace json = boost::json;

void put_text(json::object& object, json::string_view key, const std::string& text) {
    if (!text.empty())
        object.emplace(key, text);
}

void put_end(json::object& object, json::string_view key, const std::optional<LastDay>& day) {
    if (day)
        object.emplace(key, day->ends_utc_ns);
}

template <class Item>
json::array list(const std::vector<Item>& items, json::object (*describe)(const Item&)) {
    json::array array;
    array.reserve(items.size());
    for (const Item& item : items)
        array.push_back(describe(item));
    return array;
}

json::object describe_hours(const Hours& hours) {
    return {{"days", json::array(hours.days.begin(), hours.days.end())},
            {"from_s", std::int64_t{hours.from_s}},
            {"to_s", std::int64_t{hours.to_s}}};
}

json::object describe_track(const Track& track) {
    json::object object{{"kind", track_kind_name(track.kind)},
                        {"purpose", track.purpose.text},
                        {"legal_basis", track.purpose.legal_basis}};
    put_text(object, "assessment", track.assessment);
    put_end(object, "until_utc_ns", track.until);
    object.emplace("hours", list(track.hours, describe_hours));
    return object;
}

json::object describe_camera(const Camera& camera) {
    json::object object{{"id", camera.id},
                        {"attachment", camera.attachment},
                        {"device", camera.device},
                        {"name", camera.name},
                        {"area", area_name(camera.area)}};
    put_text(object, "resolution", camera.resolution);
    if (camera.is_mobile)
        object.emplace("mobile", true);
    put_text(object, "zone", camera.zone);
    put_text(object, "assessment", camera.assessment);
    if (camera.purpose) {
        object.emplace("purpose", camera.purpose->text);
        object.emplace("legal_basis", camera.purpose->legal_basis);
    }
    if (camera.retention) {
        object.emplace("retention_s", camera.retention->period_s);
        put_text(object, "retention_justification", camera.retention->justification);
        put_end(object, "retention_justified_until_utc_ns", camera.retention->justified_until);
    }
    object.emplace("tracks", list(camera.tracks, describe_track));
    return object;
}

json::object describe_record(const RecordRetention& record) {
    json::object object{{"kind", record.kind}, {"retention_s", record.retention_s}};
    put_text(object, "note", record.note);
    return object;
}

json::object describe_lock(const EvidenceLock& lock) {
    json::object object{{"attachment", lock.attachment}, {"recording", lock.recording}};
    put_text(object, "reason", lock.reason);
    put_text(object, "case", lock.case_reference);
    put_text(object, "owner", lock.owner);
    put_end(object, "review_utc_ns", lock.review);
    return object;
}

json::value describe_option(const OptionValue& option) {
    return std::visit(
        [](const auto& value) -> json::value {
            if constexpr (std::is_same_v<std::decay_t<decltype(value)>, Secret>)
                return json::value(value.reveal());
            else
                return json::value(value);
        },
        option.value);
}

/// @param given  ids of the cameras that are shown; empty: all
json::object document(const Site& site, const OptionValues& values, const std::vector<std::string>& given) {
    json::object options;
    for (const auto& [name, value] : values)
        options.emplace(name, describe_option(value));
    json::array cameras;
    for (const Camera& camera : site.cameras)
        if (given.empty() || std::ranges::binary_search(given, camera.id))
            cameras.push_back(describe_camera(camera));
    return {{"options", std::move(options)},
            {"site",
             {{"id", site.id},
              {"name", site.name},
              {"timezone", site.timezone},
              {"cameras", std::move(cameras)},
              {"records", list(site.records, describe_record)},
              {"locks", list(site.locks, describe_lock)}}}};
}

} // namespace

json::value module_document(const Site& site, const ModuleSettings& module) {
    return document(site, module.options, module.cameras);
}

json::value connector_document(const Site& site, const Attachment& attachment) {
    auto object = document(site, attachment.options, {});
    object.emplace("attachment", json::object{{"id", attachment.id}});
    return object;
}

} // namespace ombud::config
