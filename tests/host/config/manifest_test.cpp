#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>

#include "fixtures.hpp"

using namespace config_test;
using namespace ombud::config;
using Catch::Contains;

namespace {

/// A manifest of a module with the given children behind its summary, which begin on line 3.
std::string manifest_xml(std::string_view content, std::string_view id = "probe", std::string_view abi = "1.0") {
    return R"(<plugin xmlns="urn:ombud:module:1" id=")" + std::string(id) +
           R"(" kind="module" title="Probe" company="Example" version="1.0.0" isolation="process" abi=")" +
           std::string(abi) + "\">\n<summary>probes</summary>\n" + std::string(content) + "\n</plugin>\n";
}

std::string options(std::string_view list) {
    return manifest_xml("<options>" + std::string(list) + "</options>");
}

} // namespace

TEST_CASE("a manifest is read as it is written", "[config][manifest]") {
    const auto manifest = parse_manifest(R"(<plugin xmlns="urn:ombud:module:1" id="gate" kind="module" title="Gate"
        company="Example Ltd" version="1.4.2-rc.1" abi="1.3" isolation="inline">
  <library sha256="e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"/>
  <summary>guards</summary>
  <hooks><hook name="recording.finished" deadline="500ms" fail="closed"/><hook name="stream.open" deadline="60s" fail="open"/></hooks>
  <events deadline="5s"><event type="device.changed"/><event type="example.own_event"/></events>
  <audit interval-option="every"/><sandbox demand="seccomp  landlock"/>
  <permissions><network/><files access="read"/><files access="write" option="out"/><action kind="recording.clean"/></permissions>
  <options>
    <option name="every" type="duration" default="1h"><help>interval</help></option>
    <option name="out" type="path" required="true"><help>folder</help></option>
    <option name="way" type="choice" default="b"><choice value="a">first</choice><choice value="b"/><help>way</help></option>
    <option name="share" type="integer" unit="percent" min="-5" max="100"><help>share</help></option>
  </options>
  <controls><control id="AMG-1"/><control id="AMG-2"/></controls>
</plugin>)",
                                         "gate.xml");

    REQUIRE(manifest);
    CHECK(manifest->company == "Example Ltd");
    CHECK(manifest->version == "1.4.2-rc.1");
    CHECK(manifest->abi_major == 1);
    CHECK(manifest->abi_minor == 3);
    CHECK(manifest->isolation == Isolation::in_process);
    CHECK(manifest->sandbox_demand == std::vector<std::string>{"seccomp", "landlock"});
    CHECK(manifest->library_sha256.substr(0, 8) == "e3b0c442");
    REQUIRE(manifest->hooks.size() == 2);
    CHECK(manifest->hooks[0].id == 3);
    CHECK(manifest->hooks[0].deadline_ms == 500);
    CHECK(manifest->hooks[0].fail == FailMode::closed);
    CHECK(manifest->hooks[1].deadline_ms == 60'000);
    CHECK(manifest->hooks[1].fail == FailMode::open);
    CHECK(manifest->events == std::vector<std::string>{"device.changed", "example.own_event"});
    CHECK(manifest->events_deadline_ms == 5'000);
    CHECK(manifest->audit_interval_option == "every");
    CHECK(manifest->may_use_network);
    REQUIRE(manifest->files.size() == 2);
    CHECK_FALSE(manifest->files[0].may_write);
    CHECK(manifest->files[1].may_write);
    CHECK(manifest->files[1].option == "out");
    CHECK(manifest->has_action("recording.clean"));
    CHECK_FALSE(manifest->has_action("recording.delete"));
    REQUIRE(manifest->option("way") != nullptr);
    CHECK(manifest->option("way")->choices[0].help == "first");
    REQUIRE(manifest->option("share") != nullptr);
    CHECK(manifest->option("share")->min == -5);
    CHECK(manifest->option("nothing") == nullptr);
    CHECK(manifest->controls.size() == 2);
}

TEST_CASE("a manifest keeps the very bytes that it was read from", "[config][manifest]") {
    const std::string text = "<!-- kept,\ttoo -->\r\n" + manifest_xml("");

    const auto manifest = parse_manifest(text, "m.xml");

    REQUIRE(manifest);
    CHECK(manifest->document == text);
    CHECK(manifest->file == "m.xml");
}

TEST_CASE("a manifest without permissions has none", "[config][manifest]") {
    const auto manifest = parse_manifest(manifest_xml(""), "m.xml");

    REQUIRE(manifest);
    CHECK_FALSE(manifest->may_use_network);
    CHECK(manifest->files.empty());
    CHECK(manifest->actions.empty());
    CHECK(manifest->audit_interval_option.empty());
    CHECK(manifest->events_deadline_ms == 0);
}

TEST_CASE("a manifest's mistakes are told with their line", "[config][manifest]") {
    struct Row {
        const char* behaviour;
        std::string xml;
        const char* says;
    };
    const Row rows[] = {
        {"an id with a hyphen", manifest_xml("", "my-plugin"),
         "m.xml:1: <plugin> id 'my-plugin' is not 1 to 64 of a-z, 0-9 and _"},
        {"an ABI without minor", manifest_xml("", "probe", "1"), "<plugin> abi '1' is not MAJOR.MINOR"},
        {"an unknown hook", manifest_xml("<hooks><hook name='recording.start' deadline='1s' fail='open'/></hooks>"),
         "m.xml:3: <hook> name 'recording.start' is not a hook of ombud/hook.h"},
        {"a hook without fail mode", manifest_xml("<hooks><hook name='mail.send' deadline='1s'/></hooks>"),
         "<hook> lacks the attribute fail"},
        {"a hook twice",
         manifest_xml("<hooks><hook name='mail.send' deadline='1s' fail='open'/><hook name='mail.send' deadline='1s' "
                      "fail='open'/></hooks>"),
         "<hook> name 'mail.send' is given twice"},
        {"a deadline in minutes", manifest_xml("<hooks><hook name='mail.send' deadline='1m' fail='open'/></hooks>"),
         "<hook> deadline '1m' is not a whole number with ms or s"},
        {"a deadline of zero", manifest_xml("<hooks><hook name='mail.send' deadline='0ms' fail='open'/></hooks>"),
         "deadline '0ms' is not"},
        {"a deadline of 61 s", manifest_xml("<events deadline='61s'><event type='a.b'/></events>"),
         "<events> deadline '61s' is longer than 60s"},
        {"an event twice", manifest_xml("<events deadline='1s'><event type='a.b'/><event type='a.b'/></events>"),
         "<event> type 'a.b' is given twice"},
        {"an action twice", manifest_xml("<permissions><action kind='a.b'/><action kind='a.b'/></permissions>"),
         "<action> kind 'a.b' is given twice"},
        {"an unknown control", manifest_xml("<controls><control id='RET-99'/></controls>"),
         "<control> id 'RET-99' is not in the catalogue"},
        {"a demand for a layer that no sandbox has", manifest_xml("<sandbox demand='seccomp prayer'/>"),
         "<sandbox> demand 'seccomp prayer' is not one or more of own-user"},
        {"an audit of an unknown option", manifest_xml("<audit interval-option='every'/>"),
         "<audit> interval-option 'every' is not the name of an option of type duration"},
        {"files of an unknown option", manifest_xml("<permissions><files access='read' option='root'/></permissions>"),
         "<files> option 'root' is not the name of an option of type path"},
        {"an unknown option type", options("<option name='a' type='float'><help>h</help></option>"),
         "<option> type 'float' is not text, integer"},
        {"an option without help", options("<option name='a' type='text'/>"), "<option> lacks one of choice, help"},
        {"an option twice",
         options("<option name='a' type='text'><help>h</help></option><option name='a' "
                 "type='text'><help>h</help></option>"),
         "<option> name 'a' is given twice"},
        {"a default out of range",
         options("<option name='a' type='integer' min='1' max='5' default='6'><help>h</help></option>"),
         "<option> default '6' is not a whole number, from 1 to 5"},
        {"a default that is no choice",
         options("<option name='a' type='choice' default='z'><choice value='x'/><choice "
                 "value='y'/><help>h</help></option>"),
         "default 'z' is not one of x, y"},
        {"a default that never applies",
         options("<option name='a' type='integer' required='true' default='6'><help>h</help></option>"),
         "'a' is required, so its default would never apply"},
        {"a default for a secret", options("<option name='a' type='secret' default='x'><help>h</help></option>"),
         "'a' is a secret; a secret has no default"},
        {"a relative default path", options("<option name='a' type='path' default='x'><help>h</help></option>"),
         "default 'x' is not an absolute path"},
        {"a min above the max", options("<option name='a' type='duration' min='2h' max='1h'><help>h</help></option>"),
         "'a' has a min above its max"},
        {"a min in the wrong unit", options("<option name='a' type='duration' min='2'><help>h</help></option>"),
         "min '2' is not a duration"},
        {"a min for a text", options("<option name='a' type='text' min='2'><help>h</help></option>"),
         "min '2' does not apply to type text"},
        {"one choice only", options("<option name='a' type='choice'><choice value='x'/><help>h</help></option>"),
         "'a' needs two or more <choice>"},
        {"choices for a text", options("<option name='a' type='text'><choice value='x'/><help>h</help></option>"),
         "'a' has <choice>, which only type choice has"},
        {"an audit never due",
         manifest_xml(
             "<audit interval-option='e'/><options><option name='e' type='duration'><help>h</help></option></options>"),
         "'e' must have a default or be required"},
        {"a hash in capitals", manifest_xml("<library sha256='" + std::string(64, 'A') + "'/>"),
         "is not 64 lower-case hexadecimal digits"},
        {"a DOCTYPE", "<!DOCTYPE plugin>" + manifest_xml(""), "m.xml:1: a DOCTYPE is not allowed"},
    };
    for (const Row& row : rows) {
        DYNAMIC_SECTION(row.behaviour) {
            const auto manifest = parse_manifest(row.xml, "m.xml");

            REQUIRE_FALSE(manifest);
            CHECK(manifest.error().problems.size() == 1);
            CHECK_THAT(manifest.error().error().message, Contains(row.says));
        }
    }
}

TEST_CASE("a folder of manifests is read by id, without the catalogue", "[config][manifest]") {
    const TempFolder folder;
    (void)folder.write("b.xml", manifest_xml("", "b"));
    (void)folder.write("a.xml", manifest_xml("", "a"));
    (void)folder.write("controls.xml", "not read");
    (void)folder.write("notes.txt", "not read");

    const auto found = read_manifests(folder.path());

    REQUIRE(found);
    CHECK(found->size() == 2);
    CHECK(found->contains("a"));
    CHECK(found->contains("b"));
}

TEST_CASE("every bad manifest of a folder is told", "[config][manifest]") {
    const TempFolder folder;
    (void)folder.write("a.xml", manifest_xml("", "same"));
    (void)folder.write("b.xml", manifest_xml("", "same"));
    (void)folder.write("c.xml", "<plugin");

    const auto found = read_manifests(folder.path());

    REQUIRE_FALSE(found);
    const auto told = found.error().error().message;
    CHECK_THAT(told, Contains("b.xml: id 'same' is taken by another manifest"));
    CHECK_THAT(told, Contains("c.xml:1: not well-formed XML"));
}

TEST_CASE("a folder of manifests that is not there is told", "[config][manifest]") {
    const TempFolder folder;

    CHECK(read_manifests(folder.path() / "none").error().code == ombud::ErrorCode::not_found);
    CHECK(read_manifest(folder.path() / "none.xml").error().code == ombud::ErrorCode::not_found);
}

TEST_CASE("the manifests of this project are good", "[config][manifest]") {
    const auto found = read_manifests(OMBUD_SOURCE_DIR "/manifests");

    INFO((found ? std::string() : found.error().error().message));
    REQUIRE(found);
    CHECK(found->contains("retention_auditor"));
    CHECK(found->contains("audio_metadata_gate"));
}
