#include "plugin_host.hpp"

#include <catch2/catch.hpp>
#include <ombud/config.hpp>
#include <ombud/host.hpp>

using namespace ombud::sdk;
using ombud::testing::PluginHost;

TEST_CASE("settings are read by path and type") {
    PluginHost host;
    host.settings = {{"options/root", std::string("/srv")},
                     {"options/settle", std::int64_t{5}},
                     {"options/strict", true},
                     {"site/cameras/0/id", std::string("a")},
                     {"site/cameras/1/id", std::string("b")}};
    const Config config(host.config());

    CHECK(*config.get_str("options/root") == "/srv");
    CHECK(*config.get_i64("options/settle") == 5);
    CHECK(*config.get_bool("options/strict"));
    CHECK(*config.get_count("site/cameras") == 2);
    CHECK(config.json() == "{}");
}

TEST_CASE("a setting that is not there, or of another type, is named") {
    PluginHost host;
    host.settings = {{"options/root", std::string("/srv")}};
    const Config config(host.config());

    CHECK(config.get_i64("options/settle").error().code == ErrorCode::not_found);
    CHECK_THAT(config.get_i64("options/settle").error().message, Catch::Contains("options/settle"));
    CHECK(config.get_i64("options/root").error().code == ErrorCode::invalid_input);
    CHECK_THAT(config.get_bool("options/root").error().message, Catch::Contains("options/root: not a boolean"));
    CHECK(config.get_i64("options/settle").value_or(30) == 30);
}

TEST_CASE("a table without functions reads as no settings") {
    ombud_config table{};
    table.struct_size = 16;

    CHECK(Config(&table).get_i64("options/a").error().code == ErrorCode::not_found);
    CHECK(Config(&table).json().empty());
}

TEST_CASE("a name is asked of the host once") {
    static int asked;
    asked = 0;
    const ombud_names table{sizeof table, 0, [](void*, ombud_view) { return std::uint32_t(++asked); }, nullptr};
    Names names(&table, nullptr);

    CHECK(names.id("path") == 1);
    CHECK(names.id("path") == 1);
    CHECK(names.id("size_bytes") == 2);
    CHECK(names.name(1).empty());
}

TEST_CASE("what is no name has no number, and is asked again") {
    PluginHost host;
    const Host lent(host.host());

    CHECK(lent.names().id("Not A Name") == 0);
    CHECK(lent.names().id("") == 0);
    CHECK(lent.names().id("path") != 0);
    CHECK(lent.names().name(lent.names().id("path")) == "path");
}

TEST_CASE("every word of the shared vocabulary gets a number of its own") {
    PluginHost host;
    const Host lent(host.host());

    const Vocabulary words(lent.names());

    const auto* first = &words.recording_finished;
    std::set<std::uint32_t> numbers(first, first + sizeof words / sizeof *first);
    CHECK(numbers.size() == sizeof words / sizeof *first);
    CHECK(numbers.count(0) == 0);
}

TEST_CASE("an extension that the host does not have is empty") {
    PluginHost host;
    host.not_lent = {OMBUD_MEDIA_ID};
    const Host lent(host.host());

    CHECK_FALSE(lent.media());
    CHECK(lent.feed());
}

TEST_CASE("a probe that fails says why in the host's words") {
    PluginHost host;
    host.probe = [](const std::string&) {
        ombud::testing::MediaReply reply;
        reply.status = OMBUD_CORRUPT;
        reply.problem = "moov atom not found";
        return reply;
    };

    const auto probed = Host(host.host()).media()->probe("/srv/1.mp4");

    REQUIRE_FALSE(probed);
    CHECK(probed.error().code == ErrorCode::corrupt);
    CHECK(probed.error().message == "moov atom not found");
}
