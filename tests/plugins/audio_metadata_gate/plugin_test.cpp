#include "site_of_tests.hpp"

#include "loaded_plugin.hpp"

#include <catch2/catch.hpp>

namespace ombud::audio_metadata {

namespace {

using testing::LoadedPlugin;
using testing::PluginHost;

/// A host with one camera, cam1 of attachment files, and the purposes that a test adds.
struct Bed {
    PluginHost host;

    Bed() {
        host.utc_ns = at(2026, 1, 5, 12);
        set("site/timezone", "Europe/Berlin");
        set("site/cameras/0/id", "entrance");
        set("site/cameras/0/attachment", "files");
        set("site/cameras/0/device", "cam1");
        set("site/cameras/0/name", "Entrance");
    }
    void set(const std::string& path, const char* text) { host.settings[path] = std::string(text); }
    void set(const std::string& path, int64_t number) { host.settings[path] = number; }
    void document_sound() {
        set("site/cameras/0/tracks/0/kind", "audio");
        set("site/cameras/0/tracks/0/purpose", "intercom");
        set("site/cameras/0/tracks/0/legal_basis", "GDPR Art. 6(1)(f)");
        set("site/cameras/0/tracks/0/assessment", "DPIA-2026-3");
    }
    /// Monday to Friday, 8 to 18 o'clock.
    void limit_hours() {
        for (int64_t of = 1; of <= 5; ++of)
            set("site/cameras/0/tracks/0/hours/0/days/" + std::to_string(of - 1), of);
        set("site/cameras/0/tracks/0/hours/0/from_s", 8 * 3600);
        set("site/cameras/0/tracks/0/hours/0/to_s", 18 * 3600);
    }
    sdk::EventBuilder about(const char* type) {
        sdk::EventBuilder builder(host.id(type), host.utc_ns);
        builder.add_text(host.id("attachment"), "files").add_text(host.id("device"), "cam1");
        return builder;
    }
    sdk::Event recording(const char* tracks, int64_t begin, int64_t end) {
        auto builder = about("recording.finished");
        builder.add_text(host.id("recording"), "r1").add_i64(host.id("begin_utc_ns"), begin);
        builder.add_i64(host.id("end_utc_ns"), end);
        if (tracks)
            builder.add_text(host.id("tracks"), tracks);
        return *builder.finish();
    }
    sdk::Event device(std::optional<int64_t> audio, std::optional<int64_t> metadata = {}) {
        auto builder = about("device.changed");
        if (audio)
            builder.add_i64(host.id("audio"), *audio);
        if (metadata)
            builder.add_i64(host.id("metadata"), *metadata);
        builder.add_text(host.id("user"), "admin3", sdk::Privacy::personal);
        return *builder.finish();
    }
    /// A row of cam1 and its record.
    void add_row(uint64_t id, uint32_t flags) {
        host.rows.push_back(
            {id, 0, flags | (flags & OMBUD_RECORDING_UNREADABLE ? 0 : OMBUD_RECORDING_TRACKS_KNOWN), at(2026, 1, 5, 10), at(2026, 1, 5, 10, 15), 1000, 0});
        auto builder = about("inventory.recording");
        host.recordings.emplace(id, *builder.add_text(host.id("recording"), "r" + std::to_string(id)).finish());
    }
    void add_device(int64_t audio) {
        host.devices.push_back(*about("inventory.device").add_i64(host.id("audio"), audio).finish());
    }
};

} // namespace

TEST_CASE("the gate takes sound without a purpose out of a finished recording", "[plugin][AMG-2]") {
    Bed bed;
    LoadedPlugin gate(GATE_FILE, bed.host);
    REQUIRE(gate.start() == OMBUD_OK);

    const auto verdict = gate.judge(OMBUD_HOOK_RECORDING_FINISHED,
                                    bed.recording("video/h264 audio/aac", at(2026, 1, 5, 10), at(2026, 1, 5, 10, 15)));

    CHECK(verdict.status == OMBUD_OK);
    CHECK(verdict.action == OMBUD_TRANSFORM);
    CHECK(verdict.rule_id == "AMG-2");
    REQUIRE(verdict.track_rules.size() == 1);
    CHECK(verdict.track_rules[0].track_kind == OMBUD_TRACK_AUDIO);
    CHECK(verdict.track_rules[0].rule == OMBUD_TRACK_REMOVE);
    CHECK(bed.host.open_findings.count("AMG-2/arriving/files/camera/cam1/audio") == 1);

    SECTION("the finding goes when a recording comes without") {
        gate.judge(OMBUD_HOOK_RECORDING_FINISHED, bed.recording("video/h264", at(2026, 1, 5, 11), at(2026, 1, 5, 12)));
        CHECK(bed.host.open_findings.empty());
        const size_t cleared = bed.host.cleared.size();
        gate.judge(OMBUD_HOOK_RECORDING_FINISHED, bed.recording("video/h264", at(2026, 1, 5, 12), at(2026, 1, 5, 13)));
        CHECK(bed.host.cleared.size() == cleared); // known already
    }
    CHECK(bed.host.breaches.empty());
}

TEST_CASE("a question of what would be leaves no trace", "[plugin][AMG-2]") {
    const uint32_t flag = GENERATE(OMBUD_CALL_DRYRUN, OMBUD_CALL_REPLAY);
    Bed bed;
    LoadedPlugin gate(GATE_FILE, bed.host);
    REQUIRE(gate.start() == OMBUD_OK);

    const auto verdict = gate.judge(OMBUD_HOOK_RECORDING_FINISHED,
                                    bed.recording("audio/aac", at(2026, 1, 5, 10), at(2026, 1, 5, 11)), flag);

    CHECK(verdict.action == OMBUD_TRANSFORM);
    CHECK(bed.host.findings.empty());
    CHECK(bed.host.cleared.empty());
}

TEST_CASE("the gate keeps sound within the documented hours of the site's clock", "[plugin][AMG-3]") {
    Bed bed;
    bed.document_sound();
    bed.limit_hours();
    LoadedPlugin gate(GATE_FILE, bed.host);
    REQUIRE(gate.start() == OMBUD_OK);

    const auto verdict =
        gate.judge(OMBUD_HOOK_RECORDING_FINISHED,
                   bed.recording("video/h264 audio/aac", at(2026, 1, 5, 16, 45), at(2026, 1, 5, 17, 15)));

    CHECK(verdict.action == OMBUD_TRANSFORM);
    CHECK(verdict.rule_id == "AMG-3");
    REQUIRE(verdict.track_rules.size() == 1);
    CHECK(verdict.track_rules[0].rule == OMBUD_TRACK_KEEP_WITHIN);
    CHECK(verdict.track_rules[0].begin_utc_ns == at(2026, 1, 5, 16, 45));
    CHECK(verdict.track_rules[0].end_utc_ns == at(2026, 1, 5, 17)); // 18:00 in Berlin
    CHECK(gate.judge(OMBUD_HOOK_RECORDING_FINISHED,
                     bed.recording("video/h264 audio/aac", at(2026, 1, 5, 10), at(2026, 1, 5, 11)))
              .action == OMBUD_ALLOW);
    CHECK(gate.judge(OMBUD_HOOK_RECORDING_FINISHED, bed.recording("audio/aac", at(2026, 1, 4, 10), at(2026, 1, 4, 11)))
              .action == OMBUD_TRANSFORM); // a Sunday
}

TEST_CASE("the gate abstains from hooks that are not its own", "[plugin]") {
    Bed bed;
    LoadedPlugin gate(GATE_FILE, bed.host);
    REQUIRE(gate.start() == OMBUD_OK);
    CHECK(gate.judge(OMBUD_HOOK_RECORDING_DELETE, bed.recording("audio/aac", 1, 2)).action == OMBUD_ABSTAIN);
}

TEST_CASE("a microphone switched on without a purpose is found and switched off", "[plugin][AMG-4]") {
    Bed bed;
    LoadedPlugin gate(GATE_FILE, bed.host);
    REQUIRE(gate.start() == OMBUD_OK);

    REQUIRE(gate.observe(bed.device(1)) == OMBUD_OK);

    REQUIRE(bed.host.open_findings.count("AMG-4/device/files/camera/cam1/audio") == 1);
    CHECK(bed.host.open_findings.count("AMG-1/device/files/camera/cam1/audio") == 1);
    CHECK(bed.host.open_findings["AMG-4/device/files/camera/cam1/audio"].person == "admin3");
    REQUIRE(bed.host.requests.size() == 1);
    CHECK(bed.host.requests[0].kind == "device.audio.off");
    CHECK(bed.host.requests[0].device == "cam1");
    CHECK(bed.host.requests[0].attachment == "files");

    SECTION("once it is off again the findings go") {
        REQUIRE(gate.observe(bed.device(0)) == OMBUD_OK);
        CHECK(bed.host.open_findings.empty());
        CHECK(bed.host.requests.size() == 1);
    }
    SECTION("what cannot be known changes nothing") {
        REQUIRE(gate.observe(bed.device({})) == OMBUD_OK);
        CHECK(bed.host.open_findings.size() == 2);
    }
    SECTION("metadata is a matter of its own") {
        REQUIRE(gate.observe(bed.device({}, 1)) == OMBUD_OK);
        CHECK(bed.host.open_findings.size() == 4);
        CHECK(bed.host.requests[1].kind == "device.metadata.off");
    }
    CHECK(bed.host.breaches.empty());
}

TEST_CASE("a documented microphone may be on", "[plugin][AMG-4]") {
    Bed bed;
    bed.document_sound();
    LoadedPlugin gate(GATE_FILE, bed.host);
    REQUIRE(gate.start() == OMBUD_OK);
    REQUIRE(gate.observe(bed.device(1)) == OMBUD_OK);
    CHECK(bed.host.open_findings.empty());
    CHECK(bed.host.requests.empty());
}

TEST_CASE("an audit finds existing sound, and has it cleaned only when asked to", "[plugin][AMG-5]") {
    Bed bed;
    bed.add_device(1);
    bed.add_row(1, OMBUD_RECORDING_AUDIO);
    bed.add_row(2, 0);
    bed.add_row(3, OMBUD_RECORDING_AUDIO | OMBUD_RECORDING_LOCKED);
    LoadedPlugin gate(GATE_FILE, bed.host);
    REQUIRE(gate.start() == OMBUD_OK);
    const bool corrects = GENERATE(false, true);

    REQUIRE(gate.audit(corrects) == OMBUD_OK);

    CHECK(bed.host.open_findings.count("AMG-5/held/files/recording/r1/audio") == 1);
    CHECK(bed.host.open_findings.count("AMG-5/held-locked/files/recording/r3/audio") == 1);
    CHECK(bed.host.open_findings.count("AMG-4/device/files/camera/cam1/audio") == 1);
    if (!corrects) {
        CHECK(bed.host.requests.empty());
    } else {
        REQUIRE(bed.host.requests.size() == 2);
        CHECK(bed.host.requests[0].kind == "device.audio.off");
        CHECK(bed.host.requests[1].kind == "recording.clean");
        CHECK(bed.host.requests[1].recording == "r1");
        REQUIRE(bed.host.requests[1].track_rules.size() == 1);
        CHECK(bed.host.requests[1].track_rules[0].rule == OMBUD_TRACK_REMOVE);
    }
    CHECK(bed.host.breaches.empty());
}

TEST_CASE("an audit has what cannot be read set aside, only when asked to", "[plugin][AMG-5]") {
    Bed bed;
    bed.add_device(0);
    bed.add_row(1, OMBUD_RECORDING_UNREADABLE);
    LoadedPlugin gate(GATE_FILE, bed.host);
    REQUIRE(gate.start() == OMBUD_OK);
    const bool corrects = GENERATE(false, true);

    REQUIRE(gate.audit(corrects) == OMBUD_OK);

    CHECK(bed.host.open_findings.count("AMG-5/damaged/files/recording/r1/audio") == 1);
    REQUIRE(bed.host.requests.size() == (corrects ? 1 : 0));
    if (corrects) {
        CHECK(bed.host.requests[0].kind == OMBUD_ACTION_QUARANTINE_RECORDING);
        CHECK(bed.host.requests[0].recording == "r1");
        CHECK(bed.host.requests[0].track_rules.empty());
    }
    CHECK(bed.host.breaches.empty());
}

TEST_CASE("a cancelled audit raises nothing", "[plugin][AMG-5]") {
    Bed bed;
    bed.add_device(1);
    bed.add_row(1, OMBUD_RECORDING_AUDIO);
    LoadedPlugin gate(GATE_FILE, bed.host);
    REQUIRE(gate.start() == OMBUD_OK);
    CHECK(gate.audit(true, 1) == OMBUD_CANCELLED);
    CHECK(bed.host.findings.empty());
    CHECK(bed.host.requests.empty());
}

TEST_CASE("wrong settings are refused with their path", "[plugin]") {
    Bed bed;
    struct Row {
        const char* behaviour;
        const char* path;
        testing::Setting value;
        const char* says;
    };
    const Row rows[] = {
        {"a kind of track that is none", "site/cameras/0/tracks/0/kind", std::string("smell"),
         "neither audio nor metadata"},
        {"a number where a text belongs", "site/cameras/0/id", int64_t{5}, "site/cameras/0/id"},
        {"an hour that is none", "site/cameras/0/tracks/0/hours/0/from_s", int64_t{90'000}, "90000 is not in 0..86400"},
        {"a day that is none", "site/cameras/0/tracks/0/hours/0/days/0", int64_t{8}, "8 is not in 1..7"},
        {"a time zone that is none, where hours need one", "site/timezone", std::string("Europe/Atlantis"),
         "Europe/Atlantis"},
        {"a grace of a day", "options/grace", int64_t{86'400}, "options/grace"},
    };
    for (const Row& row : rows) {
        DYNAMIC_SECTION(row.behaviour) {
            bed.document_sound();
            bed.limit_hours();
            bed.host.settings[row.path] = row.value;
            CHECK(LoadedPlugin::try_create(GATE_FILE, bed.host) != OMBUD_OK);
            CHECK_THAT(bed.host.error, Catch::Contains(row.says));
        }
    }
    SECTION("a time zone that is none does not matter where nobody asks the hour") {
        bed.set("site/timezone", "Europe/Atlantis");
        CHECK(LoadedPlugin::try_create(GATE_FILE, bed.host) == OMBUD_OK);
    }
}

} // namespace ombud::audio_metadata
