// manifests/schema/README.md is kept by hand; these keep it honest.
#include <catch2/catch.hpp>

#include <map>
#include <pugixml.hpp>
#include <set>
#include <sstream>
#include <string>

#include "fixtures.hpp"

using namespace config_test;

namespace {

/// What a grammar or its table says: "element@attribute" or "element", and whether it is required.
using Fields = std::map<std::string, bool>;

/// Names of the elements that a complex type is used by.
std::set<std::string> elements_of(const pugi::xml_node schema, const std::string& type) {
    std::set<std::string> names;
    for (const auto& found : schema.select_nodes(("//xs:element[@type='" + type + "']").c_str()))
        names.insert(found.node().attribute("name").value());
    return names;
}

Fields fields_of_grammar(const std::string& file) {
    pugi::xml_document document;
    REQUIRE(document.load_string(source_file("manifests/schema/" + file).c_str()));
    const auto schema = document.child("xs:schema");
    Fields fields;
    for (const auto& type : schema.children("xs:complexType"))
        for (const auto& element : elements_of(schema, type.attribute("name").value())) {
            fields.emplace("<" + element + ">", false);
            for (const auto& found : type.select_nodes(".//xs:attribute"))
                fields.emplace("<" + element + "> " + found.node().attribute("name").value(),
                               std::string(found.node().attribute("use").value()) == "required");
        }
    for (const auto& found : schema.select_nodes("//xs:complexType//xs:element"))
        fields.emplace("<" + std::string(found.node().attribute("name").value()) + ">", false);
    return fields;
}

/// Rows "| `<camera>` | `id` | yes | … |" below the heading that names the grammar's file, up to the next "## ".
Fields fields_of_reference(const std::string& heading) {
    std::istringstream lines(source_file("manifests/schema/README.md"));
    Fields fields;
    bool is_inside = false;
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with("## "))
            is_inside = line == "## " + heading;
        if (!is_inside || !line.starts_with("| `<"))
            continue;
        std::istringstream cells(line.substr(1));
        std::string element, attribute, required;
        std::getline(cells, element, '|');
        std::getline(cells, attribute, '|');
        std::getline(cells, required, '|');
        const auto bare = [](std::string cell) {
            std::erase(cell, '`');
            std::erase(cell, ' ');
            return cell;
        };
        const auto name = bare(element) + (bare(attribute).empty() ? "" : " " + bare(attribute));
        fields.emplace(name, !bare(attribute).empty() && bare(required) == "yes");
    }
    return fields;
}

std::set<std::string> names_of(const Fields& fields) {
    std::set<std::string> names;
    for (const auto& [name, is_required] : fields)
        names.insert(name + (is_required ? " (required)" : ""));
    return names;
}

} // namespace

TEST_CASE("the reference lists the fields of site.xml, all and no others", "[config][reference]") {
    CHECK(names_of(fields_of_reference("site.xml")) == names_of(fields_of_grammar("site.xsd")));
}

TEST_CASE("the reference lists the fields of a manifest, all and no others", "[config][reference]") {
    CHECK(names_of(fields_of_reference("Manifests")) == names_of(fields_of_grammar("module.xsd")));
}

TEST_CASE("the reference lists the fields of the catalogue, all and no others", "[config][reference]") {
    CHECK(names_of(fields_of_reference("controls.xml")) == names_of(fields_of_grammar("controls.xsd")));
    CHECK(names_of(fields_of_reference("Plugin indexes")) == names_of(fields_of_grammar("index.xsd")));
    CHECK(names_of(fields_of_reference("Policy tests")) == names_of(fields_of_grammar("tests.xsd")));
}

TEST_CASE("every simple type of the grammars says in words what it allows", "[config][reference]") {
    for (const char* file : {"site.xsd", "module.xsd", "controls.xsd", "index.xsd", "tests.xsd"}) {
        pugi::xml_document document;
        REQUIRE(document.load_string(source_file("manifests/schema/" + std::string(file)).c_str()));
        for (const auto& type : document.child("xs:schema").children("xs:simpleType")) {
            INFO(file << ": " << type.attribute("name").value());
            CHECK(std::string(type.child("xs:annotation").child("xs:documentation").text().get()).size() > 4);
        }
        CHECK(document.select_nodes("//xs:attribute/xs:simpleType").empty()); // a nameless type could not be told
    }
}

TEST_CASE("the example of the reference is a good site", "[config][reference]") {
    const auto text = source_file("manifests/schema/README.md");
    const auto begin = text.find("```xml\n<site");
    const auto end = text.find("```", begin + 3);
    REQUIRE(begin != std::string::npos);

    const auto projects = ombud::config::read_manifests(OMBUD_SOURCE_DIR "/manifests");
    REQUIRE(projects);
    auto all = *projects;
    all.insert(manifests().begin(), manifests().end());
    const auto site = ombud::config::parse_site(text.substr(begin + 7, end - begin - 7), "example", "/srv", all);

    INFO((site ? std::string() : site.error().error().message));
    CHECK(site);
}
