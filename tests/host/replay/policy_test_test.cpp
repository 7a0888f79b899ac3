// The runner of policy tests: what it takes for passed, and what it says of the rest. On the samples and a shipped module, inline
// and in a process of its own.
#include <catch2/catch.hpp>

#include "daemon/people.hpp"
#include "replay/policy_test.hpp"
#include "stage.hpp"

using namespace ombud;

namespace {

replay::CaseResult run(const std::string& module, const std::string& inside, config::Runner place = config::Runner::in_process) {
    const auto tests = config::parse_policy_tests("<tests xmlns=\"urn:ombud:tests:1\" module=\"" + module + "\"><case name=\"one\">\n" + inside + "</case></tests>",
                                                  "some_test.xml");
    REQUIRE(tests);
    const config::Manifest& manifest = testing::manifest_of(module);
    config::Site site = replay::empty_site();
    const replay::Tested tested{testing::load(manifest, place), &manifest, site, daemon::declared_registers({{module, manifest}}, site)};
    return replay::run_case(tested, *tests, tests->cases.front());
}

std::string told(const replay::CaseResult& result) {
    std::string text;
    for (const replay::Failure& one : result.failures)
        text += std::to_string(one.line) + ": expected " + one.expected + ", got " + one.got + "\n";
    return text;
}

const std::string sound = "<text key=\"recording\">r</text><text key=\"tracks\">video/h264 audio/aac</text>";

} // namespace

TEST_CASE("what a module answers is compared with what is wanted", "[policy_test]") {
    struct Row {
        const char* behaviour;
        const char* module;
        std::string inside;
        const char* says; ///< empty: it passes
    };
    const Row rows[] = {
        {"the same passes", "hello_cpp", "<tell event='recording.finished'>" + sound + "<expect action='transform' rule='AMG-2' tracks='audio:remove' says='nobody'/></tell>", ""},
        {"another action fails", "hello_cpp", "<tell event='recording.finished'>" + sound + "<expect action='allow'/></tell>",
         "2: expected allow, got transform AMG-2 [audio:remove]: the recording holds sound"},
        {"another rule fails", "hello_cpp", "<tell event='recording.finished'>" + sound + "<expect action='transform' rule='AMG-1'/></tell>", "2: expected transform AMG-1, got transform AMG-2"},
        {"other words fail", "hello_cpp", "<tell event='recording.finished'>" + sound + "<expect action='transform' says='silence'/></tell>", "saying 'silence'"},
        {"other tracks fail", "hello_cpp", "<tell event='recording.finished'>" + sound + "<expect action='transform' tracks='data:remove'/></tell>", "[data:remove]"},
        {"a fault that nobody wants fails", "hello_cpp", "<tell event='recording.finished'><text key='tracks'>nonsense</text></tell>", "2: expected no fault, got fault: judging failed"},
        {"a fault that is wanted passes", "hello_cpp", "<tell event='recording.finished'><text key='tracks'>nonsense</text><expect action='fault'/></tell>", ""},
        {"a finding that is wanted passes", "hello_c", "<tell event='recording.finished'><text key='recording'>r</text><number key='size_bytes'>1</number><finding control='RET-4'/></tell>", ""},
        {"a finding that nobody wants fails", "hello_c", "<tell event='recording.finished'><text key='recording'>r</text><number key='size_bytes'>1</number></tell>", "2: expected nothing else, got "},
        {"a finding that does not come fails", "hello_c", "<tell event='recording.finished'><text key='recording'>r</text><number key='size_bytes'>9999</number><finding control='RET-4'/></tell>",
         "expected a finding RET-4, got nothing of that kind"},
        {"one finding is not two", "hello_c", "<tell event='recording.finished'><text key='recording'>r</text><number key='size_bytes'>1</number><finding control='RET-4'/><finding control='RET-4'/></tell>",
         "expected a finding RET-4, got nothing of that kind"},
        {"an option that there is not", "hello_c", "<option name='nothing'>1</option><tell event='recording.finished'/>", "has no option 'nothing'"},
        {"an option's value that is not allowed", "hello_c", "<option name='small-bytes'>tiny</option><tell event='recording.finished'/>", "'tiny' is not a size"},
        {"an event that it is never told", "hello_c", "<tell event='device.changed'/>", "names neither hook nor event 'device.changed'"},
        {"a hook that it does not have", "hello_c", "<ask hook='mail.send'><expect action='allow'/></ask>", "has no hook 'mail.send'"},
        {"a register that it does not have", "push_consent_guard", "<option name='text-version'>1</option><record register='nothing' key='k'/><audit/>", "has no register 'nothing'; there are consents, devices"},
        {"a record that its register does not allow", "push_consent_guard", "<option name='text-version'>1</option><record register='devices' key='k'/><audit/>", "person"},
        {"a required option that is not given", "push_consent_guard", "<audit/>", "option text-version is required"},
    };
    const auto place = GENERATE(config::Runner::in_process, config::Runner::sandboxed);
    for (const Row& row : rows) {
        DYNAMIC_SECTION(row.behaviour << ", " << config::runner_name(place)) {
            const auto result = run(row.module, row.inside, place);
            if (*row.says == '\0')
                CHECK(told(result).empty());
            else
                CHECK_THAT(told(result), Catch::Contains(row.says));
        }
    }
}

TEST_CASE("a refusal to start passes only where it is wanted", "[policy_test]") {
    const auto config_of = [](const std::string& attribute, const std::string& countries) {
        const auto tests = config::parse_policy_tests("<tests xmlns=\"urn:ombud:tests:1\" module=\"push_consent_guard\"><case name=\"one\" " + attribute +
                                                          "><option name=\"text-version\">1</option><option name=\"countries\">" + countries +
                                                          "</option><audit others=\"true\"/></case></tests>", "some_test.xml");
        REQUIRE(tests);
        const config::Manifest& manifest = testing::manifest_of("push_consent_guard");
        config::Site site = replay::empty_site();
        const replay::Tested tested{testing::load(manifest, config::Runner::in_process), &manifest, site,
                                    daemon::declared_registers({{manifest.id, manifest}}, site)};
        return told(replay::run_case(tested, *tests, tests->cases.front()));
    };
    CHECK(config_of("refused=\"two letters\"", "Germany").empty());
    CHECK_THAT(config_of("refused=\"other words\"", "Germany"), Catch::Contains("two letters"));
    CHECK_THAT(config_of("refused=\"two letters\"", "DE"), Catch::Contains("it started"));
    CHECK_THAT(config_of("", "Germany"), Catch::Contains("two letters"));
}

TEST_CASE("a rule is exercised, kept elsewhere, or never looked at", "[policy_test]") {
    config::Manifest manifest;
    manifest.controls = {"A-1", "A-2", "A-3"};

    const auto coverage = replay::coverage_of(manifest, {"A-1", "B-9"}, {{"A-2", "the host does"}, {"A-1", "a lie"}, {"C-1", "no rule of it"}});

    CHECK(coverage.exercised == std::set<std::string>{"A-1"});
    CHECK(coverage.never == std::set<std::string>{"A-3"});
    CHECK(coverage.elsewhere == std::map<std::string, std::string>{{"A-2", "the host does"}});
    CHECK(coverage.undeclared == std::set<std::string>{"B-9"});
    CHECK(coverage.mistaken == std::set<std::string>{"A-1", "C-1"});
}
