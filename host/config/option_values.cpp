#include "config/option_values.hpp"

#include <optional>
#include <set>
#include <string>

#include "config/secret_source.hpp"

namespace ombud::config {
namespace {

std::string known_options(const Manifest& manifest) {
    if (manifest.options.empty())
        return "; it has none";
    std::string list;
    for (const OptionSpec& option : manifest.options)
        list += (list.empty() ? "; known: " : ", ") + option.name;
    return list;
}

/// Never tells what is written in the element: it may be the secret itself.
std::optional<OptionValue> read_secret_option(XmlReader& xml, pugi::xml_node node, const OptionSpec& spec,
                                              const std::filesystem::path& base_dir) {
    if (!XmlReader::content(node).empty()) {
        xml.add(node, in_quotes(spec.name) + " is a secret and must not stand here; put it into a file of mode 600 and "
                                             "write secret-file=\"PATH\"");
        return std::nullopt;
    }
    auto secret = read_secret_source(xml, node, in_quotes(spec.name), base_dir);
    if (!secret)
        return std::nullopt;
    return OptionValue{OptionType::secret, std::move(*secret)};
}

std::optional<OptionValue> read_option(XmlReader& xml, pugi::xml_node node, const OptionSpec& spec,
                                       const std::filesystem::path& base_dir) {
    if (spec.type == OptionType::secret)
        return read_secret_option(xml, node, spec, base_dir);
    for (const char* attribute : {"secret-file", "secret-credential"})
        if (node.attribute(attribute)) {
            xml.add(node,
                    in_quotes(spec.name) + " is no secret; write its value into the element instead of " + attribute);
            return std::nullopt;
        }
    const std::string text = node.child_value();
    auto value = parse_option(spec, XmlReader::content(node));
    if (!value)
        xml.add(node, in_quotes(spec.name) + ": " + in_quotes(trimmed(text)) + " is not " + allowed_text(spec));
    else if (spec.type == OptionType::path)
        value->value = absolute_path(base_dir, std::get<std::string>(value->value));
    return value;
}

} // namespace

OptionValues read_option_values(XmlReader& xml, pugi::xml_node owner, const Manifest& manifest,
                                const std::filesystem::path& base_dir) {
    OptionValues values;
    std::set<std::string> seen;
    for (const auto& node : owner.children("option")) {
        const auto name = XmlReader::text(node, "name");
        if (name.empty())
            continue; // refused by the grammar
        const OptionSpec* spec = manifest.option(name);
        if (spec == nullptr) {
            xml.add(node, in_quotes(name) + " is no option of " + manifest.id + known_options(manifest));
            continue;
        }
        if (!seen.insert(name).second) {
            xml.add(node, in_quotes(name) + " is given twice");
            continue;
        }
        if (auto value = read_option(xml, node, *spec, base_dir))
            values.emplace(name, std::move(*value));
    }
    for (const OptionSpec& spec : manifest.options) {
        if (seen.contains(spec.name))
            continue;
        if (spec.is_required)
            xml.add(owner, "lacks the option " + in_quotes(spec.name) + ", which " + manifest.id + " requires");
        else if (spec.default_value)
            values.emplace(spec.name, *spec.default_value);
    }
    return values;
}

} // namespace ombud::config
