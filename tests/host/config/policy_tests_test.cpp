// Files of policy tests: what is read of them, and what is wrong with them.
#include <catch2/catch.hpp>

#include "config/policy_tests.hpp"

using namespace ombud::config;

namespace {

std::string file_of(const std::string& inside) {
    return "<tests xmlns=\"urn:ombud:tests:1\" module=\"some\" at=\"2026-03-02T08:00:00Z\">\n" + inside + "\n</tests>";
}
std::string case_of(const std::string& steps) { return file_of("<case name=\"one\">\n" + steps + "\n</case>"); }

} // namespace

TEST_CASE("a case is read with its lines, its world and what is wanted", "[policy_tests]") {
    const auto tests = parse_policy_tests(
        file_of("<given>\n<option name=\"quota\">2</option>\n<record register=\"r\" key=\"k\"><value field=\"f\">v</value></record></given>\n"
                "<case name=\"one\">\n<wait for=\"2h\"/>\n"
                "<ask hook=\"mail.send\" attachment=\"vms\"><text key=\"recipients\" personal=\"true\">a\nb</text><number key=\"n\">-7</number>"
                "<time key=\"t\">-8d</time><time key=\"u\">1970-01-02T00:00:01Z</time>\n"
                "<expect action=\"transform\" rule=\"MAIL-5\" parts=\"2 13\" tracks=\"audio:remove\"><text key=\"x\">y</text></expect>\n"
                "<finding control=\"MAIL-7\" says=\"words\"/><cleared key=\"c\"/><action kind=\"recording.delete\" control=\"RET-3\"/></ask></case>"),
        "folder/some_test.xml");
    REQUIRE(tests);
    CHECK(tests->at_utc_ns == 1'772'438'400'000'000'000);
    REQUIRE(tests->options.size() == 1);
    CHECK(tests->options[0].line == 3);
    REQUIRE(tests->given.size() == 1);
    CHECK(tests->given[0].values.at("f") == "v");
    REQUIRE(tests->cases.size() == 1);
    REQUIRE(tests->cases[0].steps.size() == 2);
    CHECK(tests->cases[0].steps[0].wait_ns == 7'200'000'000'000);
    const TestStep& ask = tests->cases[0].steps[1];
    CHECK(ask.attachment == "vms");
    REQUIRE(ask.fields.size() == 4);
    CHECK(std::get<std::string>(ask.fields[0].value) == "a\nb");
    CHECK(ask.fields[0].is_personal);
    CHECK(std::get<std::int64_t>(ask.fields[1].value) == -7);
    CHECK(std::get<TestMoment>(ask.fields[2].value).is_relative);
    CHECK(std::get<TestMoment>(ask.fields[2].value).ns == -691'200'000'000'000);
    CHECK(std::get<TestMoment>(ask.fields[3].value).ns == 86'401'000'000'000);
    REQUIRE(ask.verdict);
    CHECK(ask.verdict->line == 9);
    CHECK(ask.verdict->parts == std::vector<std::uint32_t>{2, 13});
    CHECK(ask.verdict->fields.at("x") == "y");
    REQUIRE(ask.sent.size() == 3);
    CHECK(ask.sent[2].kind == ExpectedSent::Kind::action);
    CHECK(ask.sent[2].what == "recording.delete");
}

TEST_CASE("a site is looked for beside the file that names it", "[policy_tests]") {
    const auto tests = parse_policy_tests("<tests xmlns='urn:ombud:tests:1' module='some' site='site.xml'><case name='a'><audit/></case></tests>", "folder/some_test.xml");
    REQUIRE(tests);
    CHECK(tests->site == "folder/site.xml");
}

TEST_CASE("what is wrong with a file is told with its line", "[policy_tests]") {
    struct Row {
        const char* behaviour;
        std::string text;
        const char* says;
    };
    const Row rows[] = {
        {"a question without what it must be answered", case_of("<ask hook=\"mail.send\"/>"), "some_test.xml:3: "},
        {"an action that nobody can answer", case_of("<ask hook=\"mail.send\"><expect action=\"maybe\"/></ask>"), "maybe"},
        {"a case that could not fail", case_of("<wait for=\"1h\"/>"), "some_test.xml:2: <case> 'one' asks, tells and audits nothing, so it could not fail"},
        {"a day that the calendar does not have", case_of("<tell event=\"e\"><time key=\"t\">2026-02-30T00:00:00Z</time></tell>"), "calendar"},
        {"a number that does not fit", case_of("<tell event=\"e\"><number key=\"n\">9999999999999999999</number></tell>"), "64 bits"},
        {"one key twice", case_of("<tell event=\"e\"><number key=\"n\">1</number><text key=\"n\">1</text></tell>"), "'n' is given twice"},
        {"two cases of one name", file_of("<case name=\"a\"><audit/></case><case name=\"a\"><audit/></case>"), "'a' is given twice"},
        {"an unknown element", case_of("<tel event=\"e\"/>"), "tel"},
    };
    for (const Row& row : rows) {
        DYNAMIC_SECTION(row.behaviour) {
            const auto tests = parse_policy_tests(row.text, "some_test.xml");
            REQUIRE_FALSE(tests);
            CHECK_THAT(tests.error().error().message, Catch::Contains(row.says));
        }
    }
}
