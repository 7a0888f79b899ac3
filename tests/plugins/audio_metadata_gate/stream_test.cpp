#include "audio_metadata_gate/stream.hpp"
#include "loaded_plugin.hpp"
#include "site_of_tests.hpp"

#include <catch2/catch.hpp>

namespace ombud::audio_metadata {

namespace {

using Answer = Judgement::Answer;

StreamFacts stream(const char* tracks, const char* backchannel = "") {
    return {{"files", "cam1", "Entrance"}, std::string(tracks), backchannel};
}

/// "audio:remove", "data:keep:60" (for so many minutes).
std::vector<std::string> in_words(const StreamJudgement& judged, int64_t now) {
    std::vector<std::string> words;
    for (const ombud_track_rule& line : judged.judgement.track_rules) {
        std::string word = line.track_kind == OMBUD_TRACK_AUDIO ? "audio" : line.track_kind == OMBUD_TRACK_DATA ? "data" : "other";
        if (line.rule == OMBUD_TRACK_KEEP_WITHIN) {
            CHECK(line.begin_utc_ns == now);
            word += ":keep:" + std::to_string((line.end_utc_ns - now) / minute);
        } else {
            word += line.rule == OMBUD_TRACK_REMOVE ? ":remove" : ":pseudonymise";
        }
        words.push_back(word);
    }
    return words;
}

// A Monday, noon in UTC, 13:00 in Berlin.
constexpr int64_t noon = at(2026, 1, 5, 12);

} // namespace

TEST_CASE("judge_stream lets pass at this moment what is documented", "[AMG-1][AMG-2][AMG-3][AMG-6]") {
    TrackPurpose no_assessment = sound(), article_9 = metadata();
    no_assessment.assessment.clear();
    article_9.legal_basis = "GDPR Art. 9(2)(g)";
    struct Row {
        const char* behaviour;
        StreamFacts facts;
        std::vector<TrackPurpose> purposes;
        Answer answer;
        const char* rule;
        std::vector<std::string> lines;
        std::optional<int64_t> valid_minutes;
    };
    const char* all = "video/h264 audio/pcma data/vnd.onvif.metadata";
    const std::vector<std::string> no_data{"data:remove", "other:remove"};
    const Row rows[] = {
        {"video alone passes", stream("video/h264"), {}, Answer::allow, "AMG-1", {}, {}},
        {"what has purposes passes", stream(all), {sound(), metadata()}, Answer::allow, "AMG-1", {}, {}},
        {"nothing has a purpose", stream(all), {}, Answer::transform, "AMG-2", {"audio:remove", "data:remove", "other:remove"}, {}},
        {"a purpose for sound is none for metadata", stream(all), {sound()}, Answer::transform, "AMG-2", no_data, {}},
        {"sound without an assessment is none", stream("audio/aac"), {no_assessment}, Answer::transform, "AMG-2", {"audio:remove"}, {}},
        {"within its hours it passes until they close", stream("audio/aac"), {within_hours(sound(), 8, 18)}, Answer::transform, "AMG-3", {"audio:keep:300"}, 300},
        {"outside of them it is shut until they open", stream("audio/aac"), {within_hours(sound(), 15, 18)}, Answer::transform, "AMG-3", {"audio:remove"}, 120},
        {"a purpose that ends today passes until then", stream("audio/aac"), {until(sound(), noon + 30 * minute)}, Answer::transform, "AMG-3", {"audio:keep:30"}, 30},
        {"one that ended does not", stream("audio/aac"), {until(sound(), noon)}, Answer::transform, "AMG-3", {"audio:remove"}, {}},
        {"hours round the clock are looked at again later", stream("audio/aac"), {within_hours(sound(), 0, 24)}, Answer::allow, "AMG-1", {}, 31 * 24 * 60},
        {"the earlier of two moments ends the answer", stream(all), {within_hours(sound(), 8, 18), within_hours(metadata(), 15, 16)}, Answer::transform, "AMG-3",
         {"audio:keep:300", "data:remove", "other:remove"}, 120},
        {"sound towards the camera is sound", stream("video/h264", "audio/pcmu"), {}, Answer::transform, "AMG-2", {"audio:remove"}, {}},
        {"and passes with its purpose", stream("video/h264", "audio/pcmu"), {sound()}, Answer::allow, "AMG-1", {}, {}},
        {"a container may hold sound", stream("other/mp2t"), {metadata()}, Answer::transform, "AMG-2", {"audio:remove", "other:remove"}, {}},
        {"and metadata", stream("other/mp2t"), {sound()}, Answer::transform, "AMG-2", {"data:remove", "other:remove"}, {}},
        {"it passes with purposes for both", stream("other/mp2t"), {sound(), metadata()}, Answer::allow, "AMG-1", {}, {}},
        {"until the first of them closes", stream("other/mp2t"), {within_hours(sound(), 8, 18), within_hours(metadata(), 8, 14)}, Answer::transform, "AMG-3",
         {"audio:keep:300", "data:keep:60", "other:keep:60"}, 60},
        {"sensitive analytics need Art. 9", stream("data/faces"), {metadata()}, Answer::transform, "AMG-6", no_data, {}},
        {"and pass with it, pseudonymised", stream("data/faces"), {article_9}, Answer::transform, "AMG-6", {"data:pseudonymise", "other:remove"}, {}},
        {"and not in a container", stream("data/faces other/mp2t"), {article_9, sound()}, Answer::transform, "AMG-6", {"data:pseudonymise", "other:remove"}, {}},
        {"a list that cannot be read is refused", stream("audio"), {sound()}, Answer::deny, "AMG-2", {}, {}},
        {"no list is refused", {{"files", "cam1", ""}, std::nullopt, ""}, {sound()}, Answer::deny, "AMG-2", {}, {}},
    };
    for (const Row& row : rows) {
        DYNAMIC_SECTION(row.behaviour) {
            const Camera camera = camera_with(row.purposes);
            Rules rules{Settings{}, berlin()};
            rules.settings.sensitive_codecs = {"faces"};

            const StreamJudgement judged = judge_stream(row.facts, &camera, rules, noon);

            CHECK(judged.judgement.answer == row.answer);
            CHECK(judged.judgement.rule == row.rule);
            CHECK(in_words(judged, noon) == row.lines);
            CHECK(judged.valid_until_utc_ns.has_value() == row.valid_minutes.has_value());
            if (row.valid_minutes && judged.valid_until_utc_ns)
                CHECK((*judged.valid_until_utc_ns - noon) / minute == *row.valid_minutes);
            CHECK_FALSE(judged.judgement.reason.empty());
        }
    }
}

TEST_CASE("a stream of a camera without a record has no purpose", "[AMG-1]") {
    const StreamJudgement judged = judge_stream(stream("video/h264 audio/aac"), nullptr, {Settings{}, berlin()}, noon);

    CHECK(judged.judgement.answer == Answer::transform);
    CHECK_THAT(judged.judgement.reason, Catch::Contains("has no record"));
}

TEST_CASE("a mobile camera passes with purpose, zone and assessment on record alone", "[AMG-7]") {
    struct Row { const char* behaviour; bool mobile; const char *purpose, *zone, *assessment; const char* lacks; };
    const Row rows[] = {
        {"all is there", true, "accidents on the yard", "yard", "DPIA-7", nullptr},
        {"nothing is there", true, "", "", "", "a purpose, a signposted zone, an impact assessment"},
        {"no signs", true, "accidents on the yard", "", "DPIA-7", "a signposted zone"},
        {"no assessment", true, "accidents on the yard", "yard", "", "an impact assessment"},
        {"a camera on a wall", false, "", "", "", nullptr},
    };
    for (const Row& row : rows) {
        DYNAMIC_SECTION(row.behaviour) {
            Camera camera = camera_with({});
            camera.is_mobile = row.mobile;
            camera.purpose = row.purpose;
            camera.zone = row.zone;
            camera.assessment = row.assessment;
            const StreamFacts facts = stream("video/h264");

            const StreamJudgement judged = judge_stream(facts, &camera, {Settings{}, berlin()}, noon);
            const auto standings = standing_after(facts, judged);

            CHECK((judged.judgement.answer == Answer::deny) == (row.lacks != nullptr));
            REQUIRE_FALSE(standings.empty());
            CHECK(standings[0].finding.has_value() == (row.lacks != nullptr));
            if (row.lacks != nullptr) {
                CHECK(judged.judgement.rule == "AMG-7");
                CHECK_THAT(judged.judgement.reason, Catch::EndsWith(std::string("lacks ") + row.lacks));
            }
        }
    }
}

TEST_CASE("at a closing the next answer is another, and so at an opening", "[AMG-3]") {
    const Camera camera = camera_with({within_hours(sound(), 8, 18)});
    const Rules rules{Settings{}, berlin()};
    int64_t now = noon;
    std::vector<uint32_t> seen;
    for (int turn = 0; turn < 4; ++turn) {
        const StreamJudgement judged = judge_stream(stream("audio/aac"), &camera, rules, now);
        REQUIRE(judged.judgement.track_rules.size() == 1);
        REQUIRE(judged.valid_until_utc_ns);
        seen.push_back(judged.judgement.track_rules[0].rule);
        now = *judged.valid_until_utc_ns;
    }

    CHECK(seen == std::vector<uint32_t>{OMBUD_TRACK_KEEP_WITHIN, OMBUD_TRACK_REMOVE, OMBUD_TRACK_KEEP_WITHIN, OMBUD_TRACK_REMOVE});
    CHECK(now == at(2026, 1, 7, 7)); // Wednesday, 8:00 in Berlin
}

TEST_CASE("what a camera offers without a purpose is a finding, outside hours it is none", "[AMG-2]") {
    const auto raised = [](std::vector<TrackPurpose> purposes) {
        const Camera camera = camera_with(std::move(purposes));
        const StreamFacts facts = stream("audio/aac");
        const auto standings = standing_after(facts, judge_stream(facts, &camera, {Settings{}, berlin()}, noon));
        REQUIRE(standings.size() == 3); // mobile, sound, metadata
        return standings[1].finding.has_value();
    };
    CHECK(raised({}));
    CHECK_FALSE(raised({sound()}));
    CHECK_FALSE(raised({within_hours(sound(), 15, 18)}));
    CHECK(raised({until(sound(), noon)}));
}

TEST_CASE("a moment is told on the clock that only moves forward") {
    CHECK(moment_on(std::nullopt, 100, 7) == 0);
    CHECK(moment_on(150, 100, 7) == 57);
    CHECK(moment_on(50, 100, 7) == 7);
}

TEST_CASE("the plugin answers stream.open and raises what it finds", "[plugin][AMG-2]") {
    testing::PluginHost host;
    host.utc_ns = noon;
    host.settings["site/timezone"] = std::string("Europe/Berlin");
    host.settings["site/cameras/0/id"] = std::string("entrance");
    host.settings["site/cameras/0/attachment"] = std::string("files");
    host.settings["site/cameras/0/device"] = std::string("cam1");
    host.settings["site/cameras/0/name"] = std::string("Entrance");
    testing::LoadedPlugin gate(GATE_FILE, host);
    REQUIRE(gate.start() == OMBUD_OK);
    const auto event = [&host](const char* tracks, const char* backchannel) {
        sdk::EventBuilder builder(host.id("stream.open"), host.utc_ns);
        builder.add_text(host.id("attachment"), "files").add_text(host.id("device"), "cam1").add_text(host.id("camera"), "entrance");
        builder.add_text(host.id("stream"), "door").add_text(host.id("viewer"), "vms").add_text(host.id("tracks"), tracks);
        if (*backchannel)
            builder.add_text(host.id("backchannel"), backchannel);
        return *builder.finish();
    };

    CHECK(gate.judge(OMBUD_HOOK_STREAM_OPEN, event("video/h264", "")).action == OMBUD_ALLOW);
    CHECK(host.open_findings.empty());
    CHECK(gate.judge(OMBUD_HOOK_STREAM_OPEN, event("video/h264", "audio/pcmu")).action == OMBUD_TRANSFORM);
    CHECK(gate.judge(OMBUD_HOOK_STREAM_OPEN, event("video/h264 audio/aac", ""), OMBUD_CALL_DRYRUN).rule_id == "AMG-2");
    CHECK(host.open_findings.count("AMG-2/streamed/files/camera/cam1/audio") == 1);
    CHECK(gate.judge(OMBUD_HOOK_STREAM_OPEN, event("video/h264", "")).action == OMBUD_ALLOW);
    CHECK(host.open_findings.empty());
    CHECK(host.breaches.empty());
}

} // namespace ombud::audio_metadata
