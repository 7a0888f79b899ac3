#include "site_of_tests.hpp"

#include <catch2/catch.hpp>

namespace ombud::audio_metadata {

TEST_CASE("standing_of_device asks for off where no purpose stands", "[AMG-4]") {
    constexpr int64_t now = at(2026, 1, 5);
    const DeviceName device{"files", "cam1", "Entrance"};
    struct Row {
        const char* behaviour;
        std::vector<TrackPurpose> purposes;
        bool is_on, is_wrong;
    };
    TrackPurpose no_assessment = sound();
    no_assessment.assessment.clear();
    const Row rows[] = {
        {"on without a purpose is wrong", {}, true, true},
        {"off without a purpose is right", {}, false, false},
        {"on with a purpose is right", {sound()}, true, false},
        {"on with a purpose for metadata alone is wrong", {metadata()}, true, true},
        {"on with a purpose that lacks its assessment is wrong", {no_assessment}, true, true},
        {"on with a purpose of some hours is right at any hour", {within_hours(sound(), 8, 9)}, true, false},
        {"on with a purpose that ends now is wrong", {until(sound(), now)}, true, true},
        {"on with a purpose that ends later is right", {until(sound(), now + 1)}, true, false},
    };
    for (const Row& row : rows) {
        DYNAMIC_SECTION(row.behaviour) {
            const Camera camera = camera_with(row.purposes);
            const auto standings = standing_of_device(device, &camera, Kind::audio, row.is_on, "admin3", now);
            REQUIRE(standings.size() == 2);
            for (const Standing& standing : standings)
                CHECK(standing.finding.has_value() == row.is_wrong);
            if (row.is_wrong) {
                CHECK(standings[0].finding->control == "AMG-1");
                CHECK(standings[1].finding->control == "AMG-4");
                CHECK(standings[1].finding->person == "admin3");
                CHECK_THAT(standings[1].finding->text, !Catch::Contains("admin3"));
            }
        }
    }
    SECTION("sound and metadata, and cameras, are matters of their own") {
        const auto key = [&](const DeviceName& of, Kind kind) {
            return standing_of_device(of, nullptr, kind, true, "", now)[1].key;
        };
        CHECK(key(device, Kind::audio) != key(device, Kind::metadata));
        CHECK(key(device, Kind::audio) != key({"files", "cam2", ""}, Kind::audio));
    }
}

TEST_CASE("a judged recording raises and clears what is known of its camera", "[AMG-2]") {
    const auto raised = [](const RecordingFacts& facts, const Camera* camera) {
        std::vector<std::string> keys;
        for (const Standing& standing : standing_after(facts, judge_recording(facts, camera, {Settings{}, berlin()})))
            keys.push_back((standing.finding ? "+" : "-") + standing.key);
        return keys;
    };
    using Keys = std::vector<std::string>;
    const std::string blind = "AMG-2/blind/files/camera/cam1";
    const std::string audio = "AMG-2/arriving/files/camera/cam1/audio";
    const std::string data = "AMG-2/arriving/files/camera/cam1/metadata";

    CHECK(raised(recording("video/h264 audio/aac"), nullptr) == Keys{"-" + blind, "+" + audio, "-" + data});
    CHECK(raised(recording("video/h264"), nullptr) == Keys{"-" + blind, "-" + audio, "-" + data});
    CHECK(raised(recording(nullptr), nullptr) == Keys{"+" + blind});
    RecordingFacts unreadable = recording(nullptr);
    unreadable.unreadable = "empty";
    CHECK(raised(unreadable, nullptr) == Keys{"-" + blind});
    SECTION("outside of documented hours is no matter of the camera") {
        const Camera camera = camera_with({within_hours(sound(), 18, 20)});
        CHECK(raised(recording("audio/aac"), &camera) == Keys{"-" + blind, "-" + audio, "-" + data});
    }
    SECTION("after the end of its purpose it is") {
        const Camera camera = camera_with({until(sound(), at(2026, 1, 1))});
        CHECK(raised(recording("audio/aac"), &camera) == Keys{"-" + blind, "+" + audio, "-" + data});
    }
}

} // namespace ombud::audio_metadata
