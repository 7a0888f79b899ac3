#include "loaded_plugin.hpp"

#include <catch2/catch.hpp>

using namespace ombud::sdk;
using ombud::testing::LoadedPlugin;
using ombud::testing::PluginHost;

namespace {
Event recording(PluginHost& host, const char* type, std::string_view tracks) {
    return *EventBuilder(host.id(type), 1)
                .add_text(host.id(OMBUD_KEY_RECORDING), "17")
                .add_text(host.id(OMBUD_KEY_TRACKS), tracks)
                .finish();
}
} // namespace

TEST_CASE("hello_rust takes sound out of a recording that holds some, and lets another pass") {
    PluginHost host;
    host.settings = {{"options/keep-sound", false}};
    LoadedPlugin plugin(HELLO_RUST, host);
    REQUIRE(plugin.start() == OMBUD_OK);

    const auto changed = plugin.judge(OMBUD_HOOK_RECORDING_FINISHED, recording(host, OMBUD_EVENT_RECORDING_FINISHED, "video/h264 audio/aac"));
    const auto passed = plugin.judge(OMBUD_HOOK_RECORDING_FINISHED, recording(host, OMBUD_EVENT_RECORDING_FINISHED, "video/h264"));

    CHECK(changed.action == OMBUD_TRANSFORM);
    CHECK(changed.rule_id == "AMG-2");
    REQUIRE(changed.track_rules.size() == 1);
    CHECK(changed.track_rules[0].track_kind == OMBUD_TRACK_AUDIO);
    CHECK(passed.action == OMBUD_ALLOW);
    CHECK(host.breaches.empty());
}

TEST_CASE("hello_rust raises a finding for sound, and clears it when the sound is gone") {
    PluginHost host;
    host.settings = {{"options/keep-sound", false}};
    LoadedPlugin plugin(HELLO_RUST, host);
    REQUIRE(plugin.start() == OMBUD_OK);

    CHECK(plugin.observe(recording(host, OMBUD_EVENT_RECORDING_CHANGED, "video/h264 audio/aac")) == OMBUD_OK);
    CHECK(host.open_findings.count("17") == 1);
    CHECK(plugin.observe(recording(host, OMBUD_EVENT_RECORDING_CHANGED, "video/h264")) == OMBUD_OK);
    CHECK(host.open_findings.empty());
    CHECK(host.breaches.empty());
}

TEST_CASE("hello_rust cannot be made without its option, and says so") {
    PluginHost host;

    CHECK(LoadedPlugin::try_create(HELLO_RUST, host) == OMBUD_NOT_FOUND);
    CHECK_THAT(host.error, Catch::Contains("options/keep-sound"));
}
