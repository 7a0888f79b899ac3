#include "conformance/settings.hpp"

#include <utility>

#include "config/module_document.hpp"

namespace ombud::conformance {
namespace {

using config::OptionSpec;
using config::OptionType;
using config::OptionValue;

std::string made_up(const OptionSpec& spec, const Subject& subject) {
    const auto least = [&](std::int64_t otherwise) { return config::option_text({spec.type, spec.min.value_or(otherwise)}); };
    switch (spec.type) {
    case OptionType::boolean: return "false";
    case OptionType::choice: return spec.choices.front().value;
    case OptionType::path: return (subject.folder / spec.name).string();
    case OptionType::time: return least(0);
    case OptionType::date: return "2026-01-31";
    case OptionType::integer: return least(1);
    case OptionType::duration: return least(60);
    case OptionType::size: return least(1);
    case OptionType::text:
    case OptionType::secret: break;
    }
    return "conformance";
}

std::optional<OptionValue> value_of(const OptionSpec& spec, const std::string& text) {
    if (spec.type == OptionType::secret)
        return OptionValue{spec.type, config::Secret(text)};
    return config::parse_option(spec, text);
}

config::Site make_site() {
    config::Site site;
    site.id = site.name = "conformance";
    site.timezone = "Europe/Berlin";
    site.attachments.push_back({"vms", "connector", {}});
    config::Camera entrance;
    entrance.id = entrance.name = "entrance";
    entrance.attachment = "vms";
    entrance.device = "1";
    entrance.purpose = config::Purpose{"security of the entrance", "GDPR Art. 6(1)(f)"};
    entrance.retention = config::Retention{7 * 86'400, {}, {}};
    config::Camera yard = entrance;
    yard.id = yard.name = "yard";
    yard.device = "2";
    yard.tracks.push_back({config::TrackKind::audio, {"listening for alarms", "consent"}, {}, {}, {}});
    site.cameras = {std::move(entrance), std::move(yard)};
    return site;
}

} // namespace

Result<boost::json::value> make_settings(const Subject& subject) {
    config::OptionValues values;
    if (!subject.manifest)
        return config::module_document(make_site(), {"unknown", config::Mode::enforce, {}});
    const config::Manifest& manifest = *subject.manifest;
    for (const auto& [name, text] : subject.options)
        if (manifest.option(name) == nullptr)
            return fail(ErrorCode::invalid_input, "--option " + name + ": the manifest of " + manifest.id + " has no such option");
    for (const OptionSpec& spec : manifest.options) {
        const auto given = subject.options.find(spec.name);
        if (given == subject.options.end() && !spec.is_required) {
            if (spec.default_value)
                values.emplace(spec.name, *spec.default_value);
            continue;
        }
        const std::string text = given == subject.options.end() ? made_up(spec, subject) : given->second;
        auto value = value_of(spec, text);
        if (!value)
            return fail(ErrorCode::invalid_input, "option " + spec.name + ": '" + text + "' is not " + config::allowed_text(spec));
        values.emplace(spec.name, std::move(*value));
    }
    if (manifest.kind == config::PluginKind::connector)
        return config::connector_document(make_site(), {"vms", manifest.id, std::move(values)});
    return config::module_document(make_site(), {manifest.id, config::Mode::enforce, std::move(values)});
}

} // namespace ombud::conformance
