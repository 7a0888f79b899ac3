#include "site_of_tests.hpp"

#include <catch2/catch.hpp>

#include <limits>

namespace ombud::audio_metadata {

namespace {

using Answer = Judgement::Answer;

/// "remove audio", "keep data 10:00-10:15" by minutes since the recording's begin.
std::vector<std::string> in_words(const std::vector<ombud_track_rule>& lines, int64_t begin) {
    std::vector<std::string> words;
    for (const ombud_track_rule& line : lines) {
        const char* kind = line.track_kind == OMBUD_TRACK_AUDIO  ? "audio"
                           : line.track_kind == OMBUD_TRACK_DATA ? "data"
                                                                 : "other";
        words.push_back(line.rule == OMBUD_TRACK_REMOVE
                            ? std::string("remove ") + kind
                            : std::string("keep ") + kind + " " + std::to_string((line.begin_utc_ns - begin) / minute) +
                                  "-" + std::to_string((line.end_utc_ns - begin) / minute));
    }
    return words;
}

} // namespace

TEST_CASE("judge_recording lets through what is documented", "[AMG-1][AMG-2][AMG-3]") {
    TrackPurpose no_assessment = sound(), no_basis = sound(), no_purpose = sound();
    no_assessment.assessment.clear();
    no_basis.legal_basis.clear();
    no_purpose.purpose.clear();
    TrackPurpose metadata_alone = metadata();
    struct Row {
        const char* behaviour;
        const char* tracks;
        std::vector<TrackPurpose> purposes;
        Answer answer;
        const char* rule;
        std::vector<std::string> lines;
        const char* says;
    };
    const std::vector<std::string> no_data{"remove data", "remove other"};
    const Row rows[] = {
        {"video alone passes", "video/h264", {}, Answer::allow, "AMG-1", {}, "video alone"},
        {"no tracks at all pass", "", {}, Answer::allow, "AMG-1", {}, "video alone"},
        {"sound without a purpose is removed",
         "video/h264 audio/aac",
         {},
         Answer::transform,
         "AMG-2",
         {"remove audio"},
         "no purpose for sound"},
        {"sound with a purpose passes",
         "video/h264 audio/aac",
         {sound()},
         Answer::allow,
         "AMG-1",
         {},
         "documented purpose"},
        {"a purpose for metadata is none for sound",
         "video/h264 audio/aac",
         {metadata()},
         Answer::transform,
         "AMG-2",
         {"remove audio"},
         ""},
        {"sound without an assessment is removed",
         "audio/aac video/h264",
         {no_assessment},
         Answer::transform,
         "AMG-2",
         {"remove audio"},
         "impact assessment"},
        {"sound without a legal basis is removed",
         "video/h264 audio/aac",
         {no_basis},
         Answer::transform,
         "AMG-2",
         {"remove audio"},
         "legal basis"},
        {"sound with an empty purpose is removed",
         "video/h264 audio/aac",
         {no_purpose},
         Answer::transform,
         "AMG-2",
         {"remove audio"},
         "has no purpose"},
        {"metadata needs no assessment", "video/h264 data/klv", {metadata_alone}, Answer::allow, "AMG-1", {}, ""},
        {"metadata without a purpose is removed",
         "video/h264 data/klv",
         {},
         Answer::transform,
         "AMG-2",
         no_data,
         "no purpose for metadata"},
        {"subtitles carry metadata", "video/h264 subtitle/text", {}, Answer::transform, "AMG-2", no_data, "metadata"},
        {"a track of an unknown kind counts as metadata",
         "video/h264 hologram/x",
         {},
         Answer::transform,
         "AMG-2",
         no_data,
         "metadata"},
        {"both are judged by themselves",
         "video/h264 audio/aac data/klv",
         {sound()},
         Answer::transform,
         "AMG-2",
         no_data,
         "metadata"},
        {"both may go",
         "video/h264 audio/aac data/klv",
         {},
         Answer::transform,
         "AMG-2",
         {"remove audio", "remove data", "remove other"},
         "sound is removed"},
        {"within the hours it passes", "audio/aac", {within_hours(sound(), 8, 18)}, Answer::allow, "AMG-1", {}, ""},
        {"outside the hours it is removed",
         "audio/aac",
         {within_hours(sound(), 18, 20)},
         Answer::transform,
         "AMG-3",
         {"remove audio"},
         "outside the documented hours"},
        {"reaching beyond the hours it is cut",
         "audio/aac",
         {within_hours(sound(), 8, 11), within_hours(sound(), 12, 13)},
         Answer::transform,
         "AMG-3",
         {"remove audio"},
         ""},
        {"an end date that has passed removes it",
         "audio/aac",
         {until(sound(), at(2026, 1, 1))},
         Answer::transform,
         "AMG-3",
         {"remove audio"},
         "ended on 2026-01-01"},
        {"an end exactly at its begin removes it",
         "audio/aac",
         {until(sound(), at(2026, 1, 5, 10))},
         Answer::transform,
         "AMG-3",
         {"remove audio"},
         "ended on 2026-01-05"},
        {"an end exactly at its end lets it pass",
         "audio/aac",
         {until(sound(), at(2026, 1, 5, 10, 15))},
         Answer::allow,
         "AMG-1",
         {},
         ""},
        {"an end within it cuts it",
         "audio/aac",
         {until(sound(), at(2026, 1, 5, 10, 5))},
         Answer::transform,
         "AMG-3",
         {"keep audio 0-5"},
         "end date"},
        {"an end to come lets it pass", "audio/aac", {until(sound(), at(2027, 1, 1))}, Answer::allow, "AMG-1", {}, ""},
        {"one standing purpose of two is enough",
         "audio/aac",
         {until(sound(), at(2026, 1, 1)), sound()},
         Answer::allow,
         "AMG-1",
         {},
         ""},
        {"a flawed purpose beside a good one does not matter",
         "audio/aac",
         {no_assessment, sound()},
         Answer::allow,
         "AMG-1",
         {},
         ""},
        {"two purposes together allow what either allows",
         "audio/aac",
         {until(sound(), at(2026, 1, 5, 10, 5)), within_hours(sound(), 8, 18)},
         Answer::allow,
         "AMG-1",
         {},
         ""},
        {"no purpose at all outweighs wrong hours",
         "audio/aac data/klv",
         {within_hours(sound(), 18, 20)},
         Answer::transform,
         "AMG-2",
         {"remove audio", "remove data", "remove other"},
         "metadata is removed"},
    };
    const Rules rules{Settings{}, berlin()};
    for (const Row& row : rows) {
        DYNAMIC_SECTION(row.behaviour) {
            const Camera camera = camera_with(row.purposes);
            const RecordingFacts facts = recording(row.tracks);

            const Judgement judgement = judge_recording(facts, &camera, rules);

            CHECK(judgement.answer == row.answer);
            CHECK(judgement.rule == row.rule);
            CHECK(in_words(judgement.track_rules, *facts.begin) == row.lines);
            CHECK_THAT(judgement.reason, Catch::Contains(row.says));
            CHECK_FALSE(judgement.reason.empty());
        }
    }
}

TEST_CASE("a recording that begins and ends outside of the hours keeps the part between", "[AMG-3]") {
    const Camera camera = camera_with({within_hours(sound(), 8, 9), within_hours(sound(), 10, 11)});
    RecordingFacts facts = recording("video/h264 audio/aac");
    facts.begin = at(2026, 1, 5, 6); // 07:00 to 12:00 in Berlin
    facts.end = at(2026, 1, 5, 11);

    const Judgement judgement = judge_recording(facts, &camera, {Settings{}, berlin()});

    CHECK(in_words(judgement.track_rules, *facts.begin) ==
          std::vector<std::string>{"keep audio 60-120", "keep audio 180-240"});
    CHECK_FALSE(judgement.forbidden[0]); // its purpose stands, so nobody need switch it off
}

TEST_CASE("a camera without a record has no purpose for anything but video", "[AMG-1]") {
    const Judgement judgement = judge_recording(recording("video/h264 audio/aac"), nullptr, Rules{});
    CHECK(judgement.answer == Answer::transform);
    CHECK_THAT(judgement.reason, Catch::Contains("the camera has no record"));
    CHECK(judge_recording(recording("video/h264"), nullptr, Rules{}).answer == Answer::allow);
}

TEST_CASE("judge_recording refuses what it cannot look into", "[AMG-2]") {
    const Camera full = camera_with({sound(), metadata()});
    const Camera limited = camera_with({within_hours(sound(), 8, 18), metadata()});
    RecordingFacts facts = recording("video/h264 audio/aac");

    SECTION("an unreadable file is refused, whatever is documented") {
        facts.unreadable = "truncated";
        CHECK(judge_recording(facts, &full, Rules{}).answer == Answer::deny);
        CHECK_THAT(judge_recording(facts, &full, Rules{}).reason, Catch::Contains("truncated"));
    }
    SECTION("unknown tracks: nothing is claimed") {
        facts.tracks.reset();
        const Judgement judgement = judge_recording(facts, &limited, {Settings{}, berlin()});
        CHECK(judgement.blind == false); // within its hours every kind may be there
        CHECK(judge_recording(facts, nullptr, Rules{}).answer == Answer::abstain);
        CHECK(judge_recording(facts, nullptr, Rules{}).blind);
    }
    SECTION("unknown tracks pass where every kind may be there") {
        facts.tracks.reset();
        CHECK(judge_recording(facts, &full, Rules{}).answer == Answer::allow);
    }
    SECTION("a list that cannot be read counts as unknown") {
        facts.tracks = "video/h264 garbage";
        CHECK(judge_recording(facts, nullptr, Rules{}).answer == Answer::abstain);
        CHECK_THAT(judge_recording(facts, nullptr, Rules{}).reason, Catch::Contains("garbage"));
    }
    SECTION("hours need a time") {
        const Rules rules{Settings{}, berlin()};
        struct Row {
            const char* behaviour;
            std::optional<int64_t> begin, end;
            Answer answer;
        };
        const Row rows[] = {
            {"no begin", {}, at(2026, 1, 5, 10), Answer::deny},
            {"no end", at(2026, 1, 5, 10), {}, Answer::deny},
            {"an end before the begin", at(2026, 1, 5, 10), at(2026, 1, 5, 9), Answer::deny},
            {"a begin of 1970", 0, 1, Answer::deny},
            {"longer than a month", at(2026, 1, 1), at(2026, 3, 1), Answer::deny},
            {"a length of zero is a time", at(2026, 1, 5, 10), at(2026, 1, 5, 10), Answer::allow},
            {"the end of time is no crash", std::numeric_limits<int64_t>::max(), std::numeric_limits<int64_t>::max(),
             Answer::transform},
        };
        for (const Row& row : rows) {
            DYNAMIC_SECTION(row.behaviour) {
                facts.begin = row.begin;
                facts.end = row.end;
                CHECK(judge_recording(facts, &limited, rules).answer == row.answer);
                CHECK(judge_recording(facts, &full, rules).answer == Answer::allow); // needs none
            }
        }
    }
}

TEST_CASE("evidence under lock is never altered", "[AMG-2]") {
    RecordingFacts facts = recording("video/h264 audio/aac");
    facts.locked = true;
    const Judgement judgement = judge_recording(facts, nullptr, Rules{});
    CHECK(judgement.answer == Answer::abstain);
    CHECK(judgement.track_rules.empty());
    CHECK(judgement.forbidden[0]);
    CHECK_THAT(judgement.reason, Catch::Contains("evidence lock"));
}

TEST_CASE("sensitive analytics need a legal basis under Article 9", "[AMG-6]") {
    struct Row {
        const char* legal_basis;
        bool passes;
    };
    const Row rows[] = {
        {"GDPR Art. 6(1)(f)", false}, {"GDPR Art. 9(2)(g), national act", true},
        {"article 9 (2) a", true},    {"Art 9", true},
        {"Art. 99", false},           {"GDPR Art. 6, 9 cameras", false},
    };
    Rules rules;
    rules.settings.sensitive_codecs = {"thermal"};
    for (const Row& row : rows) {
        DYNAMIC_SECTION(row.legal_basis) {
            TrackPurpose purpose = metadata();
            purpose.legal_basis = row.legal_basis;
            const Camera camera = camera_with({purpose});

            const Judgement judgement = judge_recording(recording("video/h264 data/thermal"), &camera, rules);

            CHECK(judgement.answer == (row.passes ? Answer::allow : Answer::transform));
            CHECK(judgement.rule == (row.passes ? "AMG-1" : "AMG-6"));
            CHECK(judge_recording(recording("video/h264 data/klv"), &camera, rules).answer == Answer::allow);
        }
    }
}

TEST_CASE("a purpose with a flaw is a finding of its own", "[AMG-1]") {
    TrackPurpose flawed = sound();
    flawed.assessment.clear();
    CHECK(check_purposes(camera_with({sound(), metadata()})).empty());
    const auto findings = check_purposes(camera_with({flawed, metadata()}));
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].control == "AMG-1");
    CHECK_THAT(findings[0].text, Catch::Contains("impact assessment") && Catch::Contains("counts as none"));
}

} // namespace ombud::audio_metadata
