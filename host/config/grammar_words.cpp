#include "config/grammar_words.hpp"

#include <pugixml.hpp>

#include "config/values.hpp"

namespace ombud::config {
namespace {

constexpr auto none = std::string_view::npos;

/// Without the `{namespace}` in front of names.
std::string without_namespaces(std::string_view message) {
    std::string out;
    for (std::size_t i = 0; i < message.size(); ++i) {
        const auto close = message.substr(i).starts_with("{urn:ombud:") ? message.find('}', i) : none;
        if (close != none)
            i = close;
        else
            out += message[i];
    }
    return out;
}

/// The text between two marks; empty when either is missing.
std::string_view between(std::string_view text, std::string_view begin, std::string_view end) {
    const auto from = text.find(begin);
    if (from == none)
        return {};
    const auto rest = text.substr(from + begin.size());
    const auto to = rest.find(end);
    return to == none ? std::string_view() : rest.substr(0, to);
}

std::string without_last_dot(std::string_view text) {
    return std::string(text.ends_with('.') ? text.substr(0, text.size() - 1) : text);
}

} // namespace

GrammarWords::GrammarWords(std::string_view xsd) {
    pugi::xml_document document;
    document.load_buffer(xsd.data(), xsd.size(), pugi::parse_default, pugi::encoding_utf8);
    const auto schema = document.child("xs:schema");
    root_ = schema.child("xs:element").attribute("name").value();
    target_namespace_ = schema.attribute("targetNamespace").value();
    for (const auto& type : schema.children("xs:simpleType"))
        allowed_[type.attribute("name").value()] = type.child("xs:annotation").child("xs:documentation").text().get();
    for (const auto& type : schema.children("xs:complexType")) {
        auto& attributes = attributes_[type.attribute("name").value()];
        for (const auto& found : type.select_nodes(".//xs:attribute"))
            attributes.emplace_back(found.node().attribute("name").value(), found.node().attribute("type").value());
        if (const auto text = type.select_node(".//xs:extension"))
            attributes.emplace_back("", text.node().attribute("base").value());
    }
    for (const auto& found : schema.select_nodes("//xs:complexType//xs:element")) {
        const std::string type = found.node().attribute("type").value();
        if (allowed_.contains(type)) // an element that has text and no attributes
            attributes_[found.node().attribute("name").value()].emplace_back("", type);
    }
}

std::string GrammarWords::allowed_attributes(const std::string& element) const {
    const auto found = attributes_.find(element);
    std::string list;
    if (found != attributes_.end())
        for (const auto& [name, type] : found->second)
            if (!name.empty())
                list += (list.empty() ? "; allowed: " : ", ") + name;
    return list;
}

std::string GrammarWords::allowed_value(const std::string& element, const std::string& attribute) const {
    const auto found = attributes_.find(element);
    if (found != attributes_.end())
        for (const auto& [name, type] : found->second)
            if (const auto words = allowed_.find(type); name == attribute && words != allowed_.end())
                return words->second;
    return "allowed by the grammar";
}

std::string GrammarWords::reworded(std::string_view libxml2_message) const {
    const std::string message = without_namespaces(libxml2_message);
    const std::string element(between(message, "Element '", "'"));
    if (element.empty())
        return without_last_dot(message);
    const std::string attribute(between(message, ", attribute '", "'"));
    const auto start = message.find(": ");
    const std::string_view said = start == none ? message : std::string_view(message).substr(start + 2);
    const std::string place = "<" + element + (attribute.empty() ? "> " : "> " + attribute + " ");

    // Two forms, by libxml2's mood: "[facet 'pattern'] The value 'x' is not …" and "'x' is not a valid value of …". A
    // text that is only too long is not repeated: it may be a secret in the wrong place.
    const bool is_facet = said.starts_with("[facet '");
    if (const auto mark = said.rfind("' is not "); is_facet || (mark != none && said.starts_with('\''))) {
        const auto open = is_facet ? said.find("The value '") : 0;
        const bool has_value = open != none && mark != none;
        const auto begin = open + (is_facet ? std::string_view("The value '").size() : 1);
        return place + (has_value ? in_quotes(said.substr(begin, mark - begin)) + " " : std::string()) + "is not " +
               allowed_value(element, attribute);
    }
    if (said.ends_with("is not allowed.") && said.starts_with("The attribute '")) {
        const std::string unknown(between(said, "'", "'"));
        return "<" + element + "> has an unknown attribute " + in_quotes(unknown) + allowed_attributes(element);
    }
    if (said.ends_with("is required but missing."))
        return "<" + element + "> lacks the attribute " + std::string(between(said, "'", "'"));
    if (said.starts_with("This element is not expected.")) {
        const auto expected = between(said, "( ", " )");
        return "<" + element + "> is unknown here or in the wrong place" +
               (expected.empty() ? std::string() : "; expected: " + std::string(expected));
    }
    if (said.starts_with("Missing child element(s)."))
        return "<" + element + (said.find("Expected is one of") == none ? "> lacks " : "> lacks one of ") +
               std::string(between(said, "( ", " )"));
    if (said.starts_with("Character content"))
        return "<" + element + "> holds text; only elements are allowed in it";
    return place + without_last_dot(said);
}

} // namespace ombud::config
