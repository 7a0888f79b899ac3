// Settings that the host would never hand over, since the manifest forbids them: they must be refused or borne, not crash.
#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include <boost/json/object.hpp>

#include "conformance/check.hpp"
#include "conformance/played.hpp"
#include "conformance/stage.hpp"

namespace ombud::conformance {
namespace {

namespace json = boost::json;
using config::OptionSpec;
using config::OptionType;

bool is_text(const OptionSpec& spec) {
    return spec.type == OptionType::text || spec.type == OptionType::path || spec.type == OptionType::secret || spec.type == OptionType::choice;
}
bool is_number(const OptionSpec& spec) {
    return spec.type == OptionType::integer || spec.type == OptionType::duration || spec.type == OptionType::size || spec.type == OptionType::time;
}

// Makes an instance with one option at a value. Refusing is fine when it is told why; working is fine, too.
std::optional<Seen> bear(const Subject& subject, Stage& stage, const std::string& option, const json::value& value, const char* what) {
    json::value document = stage.document();
    document.as_object()["options"].as_object()[option] = value;
    stage.circumstance = "option " + option + " " + what;
    Actor actor(stage, {}, std::move(document));
    if (actor.create() != OMBUD_OK)
        return actor.error().empty() ? std::optional(fails("refuses option " + option + " " + what + " and does not say why",
                                                           "call host->set_error with the option's name"))
                                     : std::nullopt;
    if (actor.start() == OMBUD_OK)
        for (const Call& call : usual_day(subject, stage, 1))
            (void)play(stage, actor, call);
    return std::nullopt;
}

std::optional<Seen> no_options(const Subject& subject, const Stage& stage) {
    if (auto seen = unplayable(stage))
        return seen;
    if (!subject.manifest || subject.manifest->options.empty())
        return does_not_apply("its manifest declares no options");
    return std::nullopt;
}

Seen required(const Subject& subject, Witness& witness) {
    Stage stage(subject, witness);
    if (auto seen = no_options(subject, stage))
        return *seen;
    std::string names;
    for (const OptionSpec& spec : subject.manifest->options) {
        if (!spec.is_required)
            continue;
        json::value document = stage.document();
        document.as_object()["options"].as_object().erase(spec.name);
        stage.circumstance = "no option " + spec.name;
        Actor actor(stage, {}, std::move(document));
        if (actor.create() == OMBUD_OK && actor.start() == OMBUD_OK)
            return fails("works without option " + spec.name + ", which its manifest requires", "refuse it in create(), or give it a default in the manifest");
        if (actor.error().empty())
            return fails("refuses to work without option " + spec.name + " and does not say why", "call host->set_error with the option's name");
        names += (names.empty() ? "" : ", ") + spec.name;
    }
    return names.empty() ? does_not_apply("no option is required") : passes("refuses to work without " + names);
}

Seen wrong_type(const Subject& subject, Witness& witness) {
    Stage stage(subject, witness);
    if (auto seen = no_options(subject, stage))
        return *seen;
    const std::array<std::pair<const char*, json::value>, 6> values{{{"as a number", std::int64_t{7}},
                                                                     {"as a text", json::value("seven")},
                                                                     {"as a boolean", true},
                                                                     {"as a list", json::array{1, 2}},
                                                                     {"as an object", json::object{{"a", 1}}},
                                                                     {"as null", nullptr}}};
    for (const OptionSpec& spec : subject.manifest->options)
        for (const auto& [what, value] : values)
            if (auto seen = bear(subject, stage, spec.name, value, what))
                return *seen;
    return passes(std::to_string(subject.manifest->options.size()) + " options, each of six types");
}

Seen out_of_range(const Subject& subject, Witness& witness) {
    Stage stage(subject, witness);
    if (auto seen = no_options(subject, stage))
        return *seen;
    for (const OptionSpec& spec : subject.manifest->options) {
        if (is_number(spec))
            for (const std::int64_t value : {std::numeric_limits<std::int64_t>::min(), std::int64_t{-1}, std::int64_t{0}, std::numeric_limits<std::int64_t>::max()})
                if (auto seen = bear(subject, stage, spec.name, value, ("of " + std::to_string(value)).c_str()))
                    return *seen;
        if (is_text(spec))
            for (const char* value : {"", "no-such-choice", "%s%n", "\xc3\xa4\xf0\x9f\x8e\xa5"})
                if (auto seen = bear(subject, stage, spec.name, json::value(value), (std::string("of \"") + value + "\"").c_str()))
                    return *seen;
    }
    return passes("the least and the greatest numbers, empty and unknown texts");
}

Seen unknown_key(const Subject& subject, Witness& witness) {
    Stage stage(subject, witness);
    if (auto seen = unplayable(stage))
        return *seen;
    json::value document = stage.document();
    document.as_object()["options"].as_object()["conformance-unknown"] = "x";
    document.as_object()["conformance"] = json::object{{"unknown", 1}};
    Actor actor(stage, {}, std::move(document));
    if (auto begun = actor.begin(); !begun)
        return fails("with settings of a newer host: " + begun.error().message, "pass by settings that it does not know");
    return passes("passes by settings that it does not know");
}

Seen megabyte(const Subject& subject, Witness& witness) {
    Stage stage(subject, witness);
    if (auto seen = no_options(subject, stage))
        return *seen;
    const json::value text(std::string(1'048'576, 'x'));
    std::size_t count = 0;
    for (const OptionSpec& spec : subject.manifest->options)
        if (is_text(spec)) {
            ++count;
            if (auto seen = bear(subject, stage, spec.name, text, "of 1 MiB"))
                return *seen;
        }
    return count == 0 ? does_not_apply("no option is a text") : passes(std::to_string(count) + " texts of 1 MiB each");
}

constexpr std::array<Check, 5> table{{{"configuration.required", required},
                                      {"configuration.wrong_type", wrong_type},
                                      {"configuration.out_of_range", out_of_range},
                                      {"configuration.unknown_key", unknown_key},
                                      {"configuration.megabyte", megabyte}}};

} // namespace

std::span<const Check> configuration_checks() { return table; }

} // namespace ombud::conformance
