#include <catch2/catch.hpp>

#include <map>

#include "config/controls.hpp"
#include "fixtures.hpp"

using namespace config_test;
using namespace ombud::config;

TEST_CASE("the program carries the published catalogue", "[config][controls]") {
    const auto published = read_controls(OMBUD_SOURCE_DIR "/manifests/controls.xml");

    REQUIRE(published);
    REQUIRE(built_in_controls().size() == published->size());
    std::map<std::string, int> by_group;
    for (const Control& control : built_in_controls())
        ++by_group[control.group];
    CHECK(by_group == std::map<std::string, int>{{"ACC", 7},
                                                 {"ACT", 9},
                                                 {"AMG", 7},
                                                 {"CAM", 4},
                                                 {"EXP", 13},
                                                 {"MAIL", 7},
                                                 {"PUSH", 7},
                                                 {"RET", 11},
                                                 {"TRF", 4}});
}

TEST_CASE("each requirement can be cited and understood", "[config][controls]") {
    for (const Control& control : built_in_controls()) {
        INFO(control.id);
        CHECK_FALSE(control.title.empty());
        CHECK(control.text.size() > 40);
        CHECK(control.text.find("  ") == std::string::npos);
        CHECK_FALSE(control.source.empty());
        CHECK(find_control(control.id) == &control);
    }
}

TEST_CASE("a requirement tells whether a breach can be stopped", "[config][controls]") {
    REQUIRE(find_control("RET-3") != nullptr);
    CHECK(find_control("RET-3")->can_prevent);
    CHECK(find_control("RET-3")->group_title == "Retention");
    REQUIRE(find_control("RET-7") != nullptr);
    CHECK_FALSE(find_control("RET-7")->can_prevent);
    CHECK(find_control("RET-7")->can_observe);
    CHECK(find_control("RET-0") == nullptr);
    CHECK(find_control("") == nullptr);
}

TEST_CASE("a catalogue's mistakes are told", "[config][controls]") {
    const std::string head =
        "<catalogue xmlns='urn:ombud:controls:1'><source id='X'>x</source><group id='RET' title='R'>";
    const std::string one = "<control id='RET-1' title='t' source='X' observe='true' prevent='false'>text</control>";

    const auto twice = parse_controls(head + one + one + "</group></catalogue>", "c.xml");
    const auto stray = parse_controls(
        head +
            "<control id='EXP-1' title='t' source='X' observe='true' prevent='no'>text</control></group></catalogue>",
        "c.xml");

    REQUIRE_FALSE(twice);
    CHECK(twice.error().error().message == "c.xml:1: <control> id 'RET-1' is given twice");
    REQUIRE_FALSE(stray);
    CHECK(stray.error().error().message == "c.xml:1: <control> prevent 'no' is not true or false\n"
                                           "c.xml:1: <control> id 'EXP-1' is not of its group 'RET'");
}
