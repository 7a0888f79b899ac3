#include "config/option_reader.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

namespace ombud::config {
namespace {

bool has_range(OptionType type) {
    return type == OptionType::integer || type == OptionType::duration || type == OptionType::size ||
           type == OptionType::time;
}

/// The range's end that an attribute gives, in the unit of the option's value.
std::optional<std::int64_t> read_bound(XmlReader& xml, pugi::xml_node node, const char* attribute, OptionType type) {
    const auto found = node.attribute(attribute);
    if (!found)
        return std::nullopt;
    OptionSpec plain;
    plain.type = type;
    const auto value = has_range(type) ? parse_option(plain, found.value()) : std::nullopt;
    if (!value) {
        xml.add(node, std::string(attribute) + " " + in_quotes(found.value()) +
                          (has_range(type) ? " is not " + allowed_text(plain)
                                           : " does not apply to type " + std::string(option_type_name(type))));
        return std::nullopt;
    }
    return std::get<std::int64_t>(value->value);
}

void read_choices(XmlReader& xml, pugi::xml_node node, OptionSpec& option) {
    std::set<std::string> seen;
    for (const auto& choice : node.children("choice")) {
        auto value = XmlReader::text(choice, "value");
        if (!value.empty() && !seen.insert(value).second)
            xml.add(choice, "value " + in_quotes(value) + " is given twice");
        option.choices.push_back({std::move(value), XmlReader::content(choice)});
    }
    if (option.type == OptionType::choice && option.choices.size() < 2)
        xml.add(node, in_quotes(option.name) + " needs two or more <choice>");
    if (option.type != OptionType::choice && !option.choices.empty())
        xml.add(node, in_quotes(option.name) + " has <choice>, which only type choice has");
}

void read_default(XmlReader& xml, pugi::xml_node node, OptionSpec& option) {
    const auto found = node.attribute("default");
    if (!found)
        return;
    if (option.is_required)
        return xml.add(node, in_quotes(option.name) + " is required, so its default would never apply; remove one");
    if (option.type == OptionType::secret)
        return xml.add(node, in_quotes(option.name) + " is a secret; a secret has no default");
    option.default_value = parse_option(option, found.value());
    if (!option.default_value)
        xml.add(node, "default " + in_quotes(found.value()) + " is not " + allowed_text(option));
    else if (option.type == OptionType::path && !std::get<std::string>(option.default_value->value).starts_with('/'))
        xml.add(node, "default " + in_quotes(found.value()) + " is not an absolute path");
}

} // namespace

std::optional<OptionSpec> read_option_spec(XmlReader& xml, pugi::xml_node node, std::span<const OptionType> types) {
    const auto type_name = XmlReader::text(node, "type");
    const auto type = std::ranges::find(types, type_name, option_type_name);
    if (type == types.end())
        return std::nullopt;
    OptionSpec option;
    option.name = XmlReader::text(node, "name");
    option.type = *type;
    option.unit = XmlReader::text(node, "unit");
    option.min = read_bound(xml, node, "min", option.type);
    option.max = read_bound(xml, node, "max", option.type);
    if (option.min && option.max && *option.min > *option.max)
        xml.add(node, in_quotes(option.name) + " has a min above its max");
    option.is_required = XmlReader::text(node, "required") == "true";
    option.is_personal = XmlReader::text(node, "personal") == "true";
    option.help = XmlReader::content(node.child("help"));
    read_choices(xml, node, option);
    read_default(xml, node, option);
    return option;
}

} // namespace ombud::config
