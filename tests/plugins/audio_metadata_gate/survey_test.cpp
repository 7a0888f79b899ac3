#include "site_of_tests.hpp"

#include "audio_metadata_gate/survey.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <random>

namespace ombud::audio_metadata {

namespace {

constexpr uint32_t known = OMBUD_RECORDING_TRACKS_KNOWN;
constexpr uint32_t with_sound = known | OMBUD_RECORDING_AUDIO;
constexpr uint32_t with_data = known | OMBUD_RECORDING_DATA;

/// cam0 has no record; cam1 is the entrance. Recording N is called rN.
struct FakeDirectory final : Directory {
    uint64_t names_asked = 0;
    std::optional<Device> device(uint32_t number) override {
        if (number >= 2)
            return std::nullopt;
        return Device{{"files", "cam" + std::to_string(number), ""}, number == 1 ? "entrance" : "", {}};
    }
    std::optional<RecordingName> recording(uint64_t id) override {
        ++names_asked;
        return RecordingName{"files", "r" + std::to_string(id)};
    }
};

/// 10:00 to 10:15 UTC on Monday, 5 January 2026.
ombud_recording row_of(uint64_t id, uint32_t device, uint32_t flags) {
    return {id, device, flags, at(2026, 1, 5, 10), at(2026, 1, 5, 10, 15), 1000, 0};
}

struct Surveyed {
    Site site;
    Rules rules{Settings{}, berlin()};
    FakeDirectory directory;
    std::vector<ombud_recording> rows;

    explicit Surveyed(std::vector<TrackPurpose> purposes) { site.cameras = {camera_with(std::move(purposes))}; }

    std::vector<std::string> keys() {
        Survey survey(site, rules, directory);
        for (const ombud_recording& row : rows)
            survey.add(row);
        std::vector<std::string> told;
        for (const Finding& finding : survey.findings())
            told.push_back(finding.key);
        return told;
    }
    std::vector<size_t> correction_lines() {
        Survey survey(site, rules, directory);
        std::vector<size_t> lines;
        for (const ombud_recording& row : rows)
            if (const auto correction = survey.correction(row))
                lines.push_back(correction->track_rules.size());
        return lines;
    }
};

} // namespace

TEST_CASE("existing recordings are judged by their tracks", "[AMG-5]") {
    TrackPurpose evening = sound(), morning = sound(), partly = sound();
    evening.hours = {{every_day, 18 * 3600, 20 * 3600}};
    morning.hours = {{every_day, 8 * 3600, 12 * 3600}};
    partly.hours = {{every_day, 11 * 3600 + 300, 12 * 3600}}; // from 10:05 UTC
    struct Row {
        const char* behaviour;
        std::vector<TrackPurpose> purposes;
        uint32_t flags;
        std::vector<std::string> keys; // between "AMG-5/" and the kind
        std::vector<size_t> lines;     // of the correction
    };
    const Row rows[] = {
        {"video alone is fine", {}, known, {}, {}},
        {"sound without a purpose is found and cleaned", {}, with_sound, {"held/files/recording/r1/audio"}, {1}},
        {"metadata without a purpose is found and cleaned", {}, with_data, {"held/files/recording/r1/metadata"}, {2}},
        {"both are found, and cleaned at once",
         {},
         with_sound | with_data,
         {"held/files/recording/r1/audio", "held/files/recording/r1/metadata"},
         {3}},
        {"sound with a purpose is fine", {sound()}, with_sound, {}, {}},
        {"sound outside its hours is found and cleaned", {evening}, with_sound, {"held/files/recording/r1/audio"}, {1}},
        {"sound within its hours is fine", {morning}, with_sound, {}, {}},
        {"beyond its hours: whether it was cut cannot be seen",
         {partly},
         with_sound,
         {"partly/files/camera/cam1/audio"},
         {}},
        {"under lock it is found and left alone",
         {},
         with_sound | OMBUD_RECORDING_LOCKED,
         {"held-locked/files/recording/r1/audio"},
         {}},
        {"an open recording is left alone", {}, with_sound | OMBUD_RECORDING_OPEN, {}, {}},
        {"a row without a file has no tracks", {}, with_sound | OMBUD_RECORDING_NO_FILE, {}, {}},
        {"what is gone has no tracks", {}, with_sound | OMBUD_RECORDING_GONE, {}, {}},
        {"a file that the VMS does not list is cleaned, too",
         {},
         with_sound | OMBUD_RECORDING_NO_ROW,
         {"held/files/recording/r1/audio"},
         {1}},
        {"unknown tracks are told", {}, OMBUD_RECORDING_AUDIO, {"unknown/files/camera/cam1/audio"}, {}},
        {"unknown tracks are fine where every kind may be there", {sound(), metadata()}, 0, {}, {}},
        {"what cannot be read is found and set aside",
         {},
         OMBUD_RECORDING_UNREADABLE,
         {"damaged/files/recording/r1/audio"},
         {0}},
        {"what cannot be read is found where every kind may be there, too: nobody knows what it holds",
         {sound(), metadata()},
         OMBUD_RECORDING_UNREADABLE,
         {"damaged/files/recording/r1/audio"},
         {0}},
        {"what cannot be read is left alone under lock",
         {},
         OMBUD_RECORDING_UNREADABLE | OMBUD_RECORDING_LOCKED,
         {"damaged/files/recording/r1/audio"},
         {}},
        {"what has lost its file is not called damaged",
         {},
         OMBUD_RECORDING_UNREADABLE | OMBUD_RECORDING_NO_FILE,
         {},
         {}},
    };
    for (const Row& row : rows) {
        DYNAMIC_SECTION(row.behaviour) {
            Surveyed surveyed(row.purposes);
            surveyed.rows = {row_of(1, 1, row.flags)};

            std::vector<std::string> expected;
            for (const std::string& key : row.keys)
                expected.push_back("AMG-5/" + key);
            CHECK_THAT(surveyed.keys(), Catch::UnorderedEquals(expected));
            CHECK(surveyed.correction_lines() == row.lines);
        }
    }
}

TEST_CASE("what reaches beyond its hours is cut where the option asks for it", "[AMG-5]") {
    TrackPurpose partly = sound();
    partly.hours = {{every_day, 11 * 3600 + 300, 12 * 3600}}; // from 10:05 UTC
    Surveyed surveyed({partly});
    surveyed.rows = {row_of(1, 1, with_sound), row_of(2, 1, with_sound | OMBUD_RECORDING_LOCKED)};
    surveyed.rules.settings.cut_existing = true;

    Survey survey(surveyed.site, surveyed.rules, surveyed.directory);
    const auto correction = survey.correction(surveyed.rows[0]);

    REQUIRE(correction);
    REQUIRE(correction->track_rules.size() == 1);
    CHECK(correction->track_rules[0].rule == OMBUD_TRACK_KEEP_WITHIN);
    CHECK(correction->track_rules[0].begin_utc_ns == at(2026, 1, 5, 10, 5));
    CHECK_FALSE(survey.correction(surveyed.rows[1]));
}

TEST_CASE("sound with hours in a recording without a time cannot be judged", "[AMG-5]") {
    TrackPurpose morning = sound();
    morning.hours = {{every_day, 8 * 3600, 12 * 3600}};
    Surveyed surveyed({morning});
    surveyed.rows = {row_of(1, 1, with_sound)};
    surveyed.rows[0].begin_utc_ns = surveyed.rows[0].end_utc_ns = 0;

    CHECK(surveyed.keys() == std::vector<std::string>{"AMG-5/untimed/files/recording/r1/audio"});
    CHECK(surveyed.correction_lines().empty());
}

TEST_CASE("a camera without a record is judged, too", "[AMG-5]") {
    Surveyed surveyed({sound()});
    surveyed.rows = {row_of(1, 0, with_sound), row_of(2, 99, with_sound)};
    CHECK(surveyed.keys().size() == 2);
    CHECK(surveyed.correction_lines() == std::vector<size_t>{1, 1});
}

TEST_CASE("too many findings of one camera become one with counts", "[AMG-5]") {
    Surveyed surveyed({});
    surveyed.rules.settings.findings_per_camera_max = 3;
    for (uint64_t id = 1; id <= 3; ++id)
        surveyed.rows.push_back(row_of(id, 1, with_sound));
    CHECK(surveyed.keys().size() == 3);

    surveyed.rows.push_back(row_of(4, 1, with_sound));
    surveyed.rows.back().begin_utc_ns = at(2025, 12, 31, 23);
    Survey survey(surveyed.site, surveyed.rules, surveyed.directory);
    for (const ombud_recording& row : surveyed.rows)
        survey.add(row);
    const auto findings = survey.findings();

    REQUIRE(findings.size() == 1);
    CHECK(findings[0].key == "AMG-5/held/files/camera/cam1/audio");
    CHECK_THAT(findings[0].text, Catch::Contains("4 recordings of camera 'Entrance' hold sound") &&
                                     Catch::Contains("from 2025-12-31 23:00 UTC to 2026-01-05 10:15 UTC"));
    CHECK_THAT(findings[0].evidence, Catch::StartsWith(R"({"count":4,"first_begin_utc_ns":)"));
    CHECK(survey.correctable_count() == 4);
}

TEST_CASE("names are never looked up for recordings that are fine", "[AMG-5]") {
    Surveyed surveyed({sound()});
    for (uint64_t id = 1; id <= 100; ++id)
        surveyed.rows.push_back(row_of(id, 1, id % 2 ? known : with_sound));
    surveyed.keys();
    surveyed.correction_lines();
    CHECK(surveyed.directory.names_asked == 0);
}

TEST_CASE("findings do not depend on the order of rows", "[AMG-5][property]") {
    std::mt19937_64 random(Catch::rngSeed());
    TrackPurpose morning = sound();
    morning.hours = {{every_day, 8 * 3600, 12 * 3600}};
    Surveyed surveyed({morning});
    surveyed.rules.settings.findings_per_camera_max = 5;
    for (uint64_t id = 1; id <= 300; ++id) {
        auto row = row_of(id, static_cast<uint32_t>(random() % 3), static_cast<uint32_t>(random() % 1024));
        row.begin_utc_ns += static_cast<int64_t>(random() % 48) * hour;
        row.end_utc_ns = row.begin_utc_ns + static_cast<int64_t>(random() % 120) * minute;
        surveyed.rows.push_back(row);
    }
    auto in_order = surveyed.keys();
    std::shuffle(surveyed.rows.begin(), surveyed.rows.end(), random);
    auto shuffled = surveyed.keys();
    std::sort(in_order.begin(), in_order.end());
    std::sort(shuffled.begin(), shuffled.end());
    CHECK(in_order == shuffled);
    CHECK_FALSE(in_order.empty());
}

} // namespace ombud::audio_metadata
