// A site with a camera whose sound has a purpose, and moments to judge it at.
#pragma once

#include "audio_metadata_gate/policy.hpp"

#include <chrono>

namespace ombud::audio_metadata {

inline constexpr int64_t second = 1'000'000'000;
inline constexpr int64_t minute = 60 * second;
inline constexpr int64_t hour = 60 * minute;
inline constexpr int64_t day = 24 * hour;

/// UTC.
inline constexpr int64_t at(int year, unsigned month, unsigned of_month, int hours = 0, int minutes = 0) {
    using namespace std::chrono;
    const sys_days date{std::chrono::year{year} / std::chrono::month{month} / std::chrono::day{of_month}};
    return date.time_since_epoch().count() * audio_metadata::day + hours * hour + minutes * minute;
}

inline constexpr uint32_t every_day = 0b1111'1110, monday = 1u << 1, saturday = 1u << 6, sunday = 1u << 7;

inline TrackPurpose sound() {
    return {Kind::audio, "intercom", "GDPR Art. 6(1)(f)", "DPIA-2026-3", {}, {}};
}
inline TrackPurpose metadata() {
    return {Kind::metadata, "counting", "GDPR Art. 6(1)(f)", "", {}, {}};
}

inline Camera camera_with(std::vector<TrackPurpose> tracks) {
    return {"entrance", "files", "cam1", "Entrance", std::move(tracks)};
}

/// A quarter of an hour on a Monday, 10:00 to 10:15 UTC, 11:00 in Berlin.
inline RecordingFacts recording(const char* tracks) {
    RecordingFacts facts{{"files", "cam1", "Entrance"}, "r1", std::nullopt, "", at(2026, 1, 5, 10),
                         at(2026, 1, 5, 10, 15),        false};
    if (tracks)
        facts.tracks = tracks;
    return facts;
}

inline TrackPurpose within_hours(TrackPurpose purpose, int from_hour, int to_hour) {
    purpose.hours = {{every_day, from_hour * 3600, to_hour * 3600}};
    return purpose;
}

inline TrackPurpose until(TrackPurpose purpose, int64_t end) {
    purpose.until_utc_ns = end;
    return purpose;
}

inline sdk::TimeZone berlin() {
    auto zone = sdk::TimeZone::read("Europe/Berlin");
    if (!zone)
        throw std::runtime_error(zone.error().message);
    return *zone;
}

} // namespace ombud::audio_metadata
