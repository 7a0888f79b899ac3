#include "loaded_plugin.hpp"

#include <catch2/catch.hpp>

using namespace ombud::sdk;
using ombud::testing::LoadedPlugin;
using ombud::testing::PluginHost;

namespace {
Event finished(PluginHost& host, std::int64_t size_bytes, std::string_view tracks) {
    return *EventBuilder(host.id(OMBUD_EVENT_RECORDING_FINISHED), 1)
                .add_text(host.id(OMBUD_KEY_RECORDING), "17")
                .add_i64(host.id(OMBUD_KEY_SIZE), size_bytes)
                .add_text(host.id(OMBUD_KEY_TRACKS), tracks)
                .finish();
}
} // namespace

TEST_CASE("hello_c raises a finding for a recording below the size, and none at it") {
    PluginHost host;
    host.settings = {{"options/small-bytes", std::int64_t{4096}}};
    LoadedPlugin plugin(HELLO_C, host);
    REQUIRE(plugin.start() == OMBUD_OK);

    CHECK(plugin.observe(finished(host, 4096, "")) == OMBUD_OK);
    CHECK(host.findings.empty());
    CHECK(plugin.observe(finished(host, 4095, "")) == OMBUD_OK);

    REQUIRE(host.findings.size() == 1);
    CHECK(host.findings[0].recording == "17");
    CHECK(host.breaches.empty());
}

TEST_CASE("hello_c cannot be made without a host that lends findings") {
    PluginHost host;
    host.not_lent = {OMBUD_FINDINGS_ID};

    CHECK(LoadedPlugin::try_create(HELLO_C, host) == OMBUD_UNAVAILABLE);
    CHECK_THAT(host.error, Catch::Contains("findings"));
    CHECK(host.breaches.empty());
}

TEST_CASE("hello_cpp takes sound out of a recording that holds some") {
    PluginHost host;
    host.settings = {{"options/keep-sound", false}};
    LoadedPlugin plugin(HELLO_CPP, host);

    const auto with = plugin.judge(OMBUD_HOOK_RECORDING_FINISHED, finished(host, 1, "video/h264 audio/aac"));
    const auto without = plugin.judge(OMBUD_HOOK_RECORDING_FINISHED, finished(host, 1, "video/h264"));

    CHECK(with.action == OMBUD_TRANSFORM);
    REQUIRE(with.track_rules.size() == 1);
    CHECK(with.track_rules[0].track_kind == OMBUD_TRACK_AUDIO);
    CHECK(with.track_rules[0].rule == OMBUD_TRACK_REMOVE);
    CHECK(without.action == OMBUD_ALLOW);
}

TEST_CASE("hello_cpp lets sound stay where the option says so") {
    PluginHost host;
    host.settings = {{"options/keep-sound", true}};
    LoadedPlugin plugin(HELLO_CPP, host);

    CHECK(plugin.judge(OMBUD_HOOK_RECORDING_FINISHED, finished(host, 1, "audio/aac")).action == OMBUD_ALLOW);
}

TEST_CASE("hello_cpp fails on a track list that cannot be read, so that the fail mode decides") {
    PluginHost host;
    host.settings = {{"options/keep-sound", false}};
    LoadedPlugin plugin(HELLO_CPP, host);

    const auto given = plugin.judge(OMBUD_HOOK_RECORDING_FINISHED, finished(host, 1, "sound"));

    CHECK(given.status == OMBUD_INVALID_INPUT);
    CHECK(given.action == OMBUD_UNSET);
}
