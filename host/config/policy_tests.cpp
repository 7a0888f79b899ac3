#include "config/policy_tests.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <set>
#include <utility>

#include "config/values.hpp"
#include "config/xml_reader.hpp"

namespace ombud::config {
namespace {

constexpr std::int64_t second_ns = 1'000'000'000;
constexpr std::int64_t default_at_ns = 1'767'225'600 * second_ns; // 2026-01-01T00:00:00Z: any fixed instant would do

// `2026-03-02T08:00:00Z`; the grammar has seen to the form, the calendar has not.
std::optional<std::int64_t> parse_instant(std::string_view text) {
    if (text.size() != 20)
        return std::nullopt;
    const auto day = parse_date(text.substr(0, 10));
    const auto two = [&](std::size_t at) { return (text[at] - '0') * 10 + (text[at + 1] - '0'); };
    const int hour = two(11), minute = two(14), second = two(17);
    if (!day || hour > 23 || minute > 59 || second > 59)
        return std::nullopt;
    const std::int64_t days = std::chrono::sys_days(*day).time_since_epoch().count();
    return (days * 86'400 + hour * 3'600 + minute * 60 + second) * second_ns;
}

std::optional<TestMoment> parse_moment(std::string_view text) {
    if (text.empty() || (text[0] != '-' && text[0] != '+')) {
        const auto instant = parse_instant(text);
        return instant ? std::optional(TestMoment{*instant, false}) : std::nullopt;
    }
    const auto span = parse_duration_s(text.substr(1));
    return span ? std::optional(TestMoment{(text[0] == '-' ? -*span : *span) * second_ns, true}) : std::nullopt;
}

// What stands in an element as it stands: a field's blanks and line ends count.
std::string raw_content(pugi::xml_node node) {
    std::string text;
    for (const auto& child : node.children())
        if (child.type() == pugi::node_pcdata || child.type() == pugi::node_cdata)
            text += child.value();
    return text;
}

class TestsReader {
  public:
    explicit TestsReader(XmlReader& xml) : xml_(xml) {}
    PolicyTests read(pugi::xml_node root, const std::string& file);

  private:
    std::vector<TestOption> options(pugi::xml_node owner);
    std::vector<TestField> fields(pugi::xml_node owner);
    std::optional<TestStep> step(pugi::xml_node node);
    void record(pugi::xml_node node, TestStep& step);
    ExpectedVerdict expected_verdict(pugi::xml_node node);
    std::vector<ExpectedSent> expected_sent(pugi::xml_node owner);
    std::vector<TestStep> steps(pugi::xml_node owner);
    std::optional<std::int64_t> instant(pugi::xml_node node, const char* attribute) {
        return xml_.value(node, attribute, parse_instant, "an instant that the calendar has, such as 2026-03-02T08:00:00Z");
    }
    static bool is_true(pugi::xml_node node, const char* attribute) { return XmlReader::text(node, attribute) == "true"; }

    XmlReader& xml_;
};

std::vector<TestOption> TestsReader::options(pugi::xml_node owner) {
    std::vector<TestOption> all;
    std::set<std::string> seen;
    for (const auto& node : owner.children("option")) {
        all.push_back({xml_.line(node), XmlReader::text(node, "name"), XmlReader::content(node)});
        if (!seen.insert(all.back().name).second)
            xml_.add(node, "name " + in_quotes(all.back().name) + " is given twice");
    }
    return all;
}

std::vector<TestField> TestsReader::fields(pugi::xml_node owner) {
    std::vector<TestField> all;
    std::set<std::string> seen;
    for (const auto& node : owner.children()) {
        const std::string_view kind = node.name();
        if (kind != "text" && kind != "number" && kind != "time")
            continue;
        TestField field{XmlReader::text(node, "key"), {}, is_true(node, "personal")};
        if (!seen.insert(field.key).second)
            xml_.add(node, "key " + in_quotes(field.key) + " is given twice");
        const std::string content = XmlReader::content(node);
        if (kind == "text") {
            field.value = raw_content(node);
        } else if (kind == "number") {
            const auto number = parse_integer(content);
            if (!number)
                xml_.add(node, in_quotes(content) + " does not fit: a whole number of 64 bits");
            field.value = number.value_or(0);
        } else {
            const auto moment = parse_moment(content);
            if (!moment)
                xml_.add(node, in_quotes(content) + " is no instant that the calendar has");
            field.value = moment.value_or(TestMoment{});
        }
        all.push_back(std::move(field));
    }
    return all;
}

void TestsReader::record(pugi::xml_node node, TestStep& step) {
    step.name = XmlReader::text(node, "register");
    step.key = XmlReader::text(node, "key");
    step.corrects = XmlReader::text(node, "corrects");
    for (const auto& value : node.children("value"))
        if (!step.values.emplace(XmlReader::text(value, "field"), XmlReader::content(value)).second)
            xml_.add(value, "field " + in_quotes(XmlReader::text(value, "field")) + " is given twice");
}

ExpectedVerdict TestsReader::expected_verdict(pugi::xml_node node) {
    ExpectedVerdict wanted;
    wanted.line = xml_.line(node);
    wanted.action = XmlReader::text(node, "action");
    if (node.attribute("rule"))
        wanted.rule = XmlReader::text(node, "rule");
    wanted.says = XmlReader::text(node, "says");
    if (node.attribute("tracks"))
        wanted.tracks = XmlReader::text(node, "tracks");
    std::string parts = XmlReader::text(node, "parts");
    for (std::size_t at = 0; at < parts.size();) {
        const std::size_t end = std::min(parts.find(' ', at), parts.size());
        wanted.parts.push_back(static_cast<std::uint32_t>(parse_integer(std::string_view(parts).substr(at, end - at)).value_or(0)));
        at = end + 1;
    }
    for (const auto& text : node.children("text"))
        if (!wanted.fields.emplace(XmlReader::text(text, "key"), raw_content(text)).second)
            xml_.add(text, "key " + in_quotes(XmlReader::text(text, "key")) + " is given twice");
    return wanted;
}

std::vector<ExpectedSent> TestsReader::expected_sent(pugi::xml_node owner) {
    std::vector<ExpectedSent> all;
    for (const auto& node : owner.children()) {
        const std::string_view kind = node.name();
        ExpectedSent wanted;
        if (kind == "finding") {
            wanted.what = XmlReader::text(node, "control");
        } else if (kind == "cleared") {
            wanted.kind = ExpectedSent::Kind::cleared;
            wanted.what = XmlReader::text(node, "key");
        } else if (kind == "action") {
            wanted.kind = ExpectedSent::Kind::action;
            wanted.what = XmlReader::text(node, "kind");
            wanted.control = XmlReader::text(node, "control");
        } else {
            continue;
        }
        wanted.line = xml_.line(node);
        wanted.severity = XmlReader::text(node, "severity");
        wanted.key = kind == "finding" ? XmlReader::text(node, "key") : "";
        wanted.device = XmlReader::text(node, "device");
        wanted.recording = XmlReader::text(node, "recording");
        wanted.tracks = XmlReader::text(node, "tracks");
        wanted.says = XmlReader::text(node, "says");
        all.push_back(std::move(wanted));
    }
    return all;
}

std::optional<TestStep> TestsReader::step(pugi::xml_node node) {
    using Kind = TestStep::Kind;
    constexpr std::array<std::pair<std::string_view, Kind>, 11> kinds{
        {{"record", Kind::record}, {"remove", Kind::remove}, {"device", Kind::device}, {"recording", Kind::recording},
         {"storage", Kind::storage}, {"coverage", Kind::coverage}, {"ask", Kind::ask}, {"tell", Kind::tell},
         {"audit", Kind::audit}, {"wait", Kind::wait}, {"restart", Kind::restart}}};
    TestStep step;
    const auto found = std::ranges::find(kinds, std::string_view(node.name()), &std::pair<std::string_view, Kind>::first);
    if (found == kinds.end())
        return std::nullopt;
    step.kind = found->second;
    step.line = xml_.line(node);
    step.attachment = XmlReader::text(node, "attachment");
    switch (step.kind) {
    case Kind::record:
    case Kind::remove: record(node, step); break;
    case Kind::coverage:
        step.name = XmlReader::text(node, "control");
        step.level = XmlReader::text(node, "level");
        break;
    case Kind::ask: step.name = XmlReader::text(node, "hook"); break;
    case Kind::tell: step.name = XmlReader::text(node, "event"); break;
    case Kind::wait: step.wait_ns = xml_.value(node, "for", parse_duration_s, "a duration").value_or(0) * second_ns; break;
    case Kind::audit:
        step.corrects_findings = is_true(node, "correct");
        step.refused = XmlReader::text(node, "refused");
        break;
    default: break;
    }
    step.fields = fields(node);
    step.sent = expected_sent(node);
    step.allows_others = is_true(node, "others");
    if (const auto expect = node.child("expect"))
        step.verdict = expected_verdict(expect);
    return step;
}

std::vector<TestStep> TestsReader::steps(pugi::xml_node owner) {
    std::vector<TestStep> all;
    for (const auto& node : owner.children())
        if (auto one = step(node))
            all.push_back(std::move(*one));
    return all;
}

PolicyTests TestsReader::read(pugi::xml_node root, const std::string& file) {
    PolicyTests tests;
    tests.file = file;
    tests.module = XmlReader::text(root, "module");
    if (root.attribute("site"))
        tests.site = std::filesystem::path(file).parent_path() / XmlReader::text(root, "site");
    tests.at_utc_ns = instant(root, "at").value_or(default_at_ns);
    tests.options = options(root.child("given"));
    tests.given = steps(root.child("given"));
    for (const auto& node : root.children("elsewhere"))
        tests.elsewhere.push_back({XmlReader::text(node, "control"), XmlReader::text(node, "why")});
    std::set<std::string> seen;
    for (const auto& node : root.children("case")) {
        TestCase one;
        one.line = xml_.line(node);
        one.name = XmlReader::text(node, "name");
        one.at_utc_ns = instant(node, "at");
        one.options = options(node);
        one.steps = steps(node);
        one.refused = XmlReader::text(node, "refused");
        if (!seen.insert(one.name).second)
            xml_.add(node, "name " + in_quotes(one.name) + " is given twice");
        // A case that expects nothing cannot fail.
        const bool expects = !one.refused.empty() || std::ranges::any_of(one.steps, [](const TestStep& step) {
            return step.kind == TestStep::Kind::ask || step.kind == TestStep::Kind::tell || step.kind == TestStep::Kind::audit;
        });
        if (!expects)
            xml_.add(node, in_quotes(one.name) + " asks, tells and audits nothing, so it could not fail");
        tests.cases.push_back(std::move(one));
    }
    return tests;
}

} // namespace

Checked<PolicyTests> parse_policy_tests(std::string_view text, const std::string& name) {
    XmlReader xml(text, name, Grammar::tests);
    PolicyTests tests;
    if (const auto root = xml.root())
        tests = TestsReader(xml).read(root, name);
    if (xml.has_problems())
        return tl::unexpected(std::move(xml).rejection());
    return tests;
}

Checked<PolicyTests> read_policy_tests(const std::filesystem::path& file) {
    const auto text = read_bytes(file);
    if (!text)
        return tl::unexpected(text.error());
    return parse_policy_tests(*text, file.string());
}

} // namespace ombud::config
