// Files that are refused whole, before anybody looks at what they mean.
#include <catch2/catch.hpp>

#include <future>
#include <vector>

#include "fixtures.hpp"

using namespace config_test;
using Catch::Contains;

namespace {

std::string nested(std::size_t depth) {
    std::string xml;
    for (std::size_t i = 0; i < depth; ++i)
        xml += "<a>";
    for (std::size_t i = 0; i < depth; ++i)
        xml += "</a>";
    return xml;
}

std::string utf16(std::string_view ascii) {
    std::string out = "\xFF\xFE";
    for (const char c : ascii) {
        out += c;
        out += '\0';
    }
    return out;
}

std::string many_attributes(std::size_t count) {
    std::string xml = "<site";
    for (std::size_t i = 0; i < count; ++i)
        xml += " a" + std::to_string(i) + "=''";
    return xml + "/>";
}

} // namespace

TEST_CASE("a file that is no UTF-8 XML of bearable size is refused with its line", "[config][bad-input]") {
    struct Row {
        const char* behaviour;
        std::string xml;
        const char* says;
    };
    const std::string good = site_xml("");
    const Row rows[] = {
        {"no bytes", "", "site.xml: is empty"},
        {"blanks only", " \n\t\r\n ", "site.xml: is empty"},
        {"a byte order mark only", "\xEF\xBB\xBF", "site.xml: is empty"},
        {"no XML", "retention: 7d\n", "site.xml:1: not well-formed XML"},
        {"an INI file on a later line", "<site>\n[x]\n</sit>", "site.xml:3: not well-formed XML"},
        {"cut off in the middle", good.substr(0, good.size() - 6), "not well-formed XML"},
        {"two roots", good + good, "site.xml:4: not well-formed XML"},
        {"5 MiB", good + std::string(5U << 20U, ' '), "5242"},
        {"a NUL in the middle", site_xml(std::string("a\0b", 3)), "site.xml:2: holds a NUL byte"},
        {"NULs only", std::string(64, '\0'), "UTF-16 or UTF-32"},
        {"UTF-16 with its mark", utf16(good), "site.xml:1: is encoded as UTF-16"},
        {"UTF-16 without a mark", utf16(good).substr(2), "site.xml:1: is encoded as UTF-16"},
        {"Latin-1 bytes", site_xml("<!-- M\xFCller -->"), "site.xml:2: is not UTF-8 from byte"},
        {"an overlong slash", site_xml("<!-- \xC0\xAF -->"), "is not UTF-8"},
        {"a surrogate", site_xml("<!-- \xED\xA0\x80 -->"), "is not UTF-8"},
        {"a sequence cut off by the end", good + "\xE2\x82", "is not UTF-8"},
        {"a declared Latin-1", R"(<?xml version="1.0" encoding="ISO-8859-1"?>)" + good,
         "declares the encoding 'ISO-8859-1'"},
        {"a declared UTF-7", R"(<?xml version="1.0" encoding='UTF-7'?>)" + good, "declares the encoding 'UTF-7'"},
        {"a declared EBCDIC", R"(<?xml version="1.0" encoding="IBM037"?>)" + good, "declares the encoding 'IBM037'"},
        {"100,000 levels", nested(100'000), "nested deeper than 256"},
        {"300 levels in a place for an element", site_xml(nested(300)), "nested deeper than 256"},
        {"a tag of 100 KiB", many_attributes(15'000), "site.xml:1: a tag is longer than 64 KiB"},
        {"a control character", site_xml("<!-- \x01 -->"), "site.xml:2: not well-formed XML"},
        {"an entity nobody declared", site_xml("&nbsp;"), "not well-formed XML"},
        {"another root", "<sites xmlns='urn:ombud:site:1'/>",
         "the root is <sites> of namespace 'urn:ombud:site:1', not <site"},
        {"no namespace", "<site id='demo' timezone='UTC'/>", "of namespace ''"},
        {"the namespace of a later version", "<site xmlns='urn:ombud:site:2' id='demo' timezone='UTC'/>",
         "'urn:ombud:site:2'"},
        {"names with a prefix", "<o:site xmlns:o='urn:ombud:site:1' id='demo' timezone='UTC'/>",
         "<o:site>: write names without a prefix"},
        {"one prefixed name deep inside",
         site_xml("<cameras>\n<o:camera xmlns:o='urn:ombud:site:1' id='a' attachment='b' device='c' "
                  "area='private'/></cameras>"),
         "site.xml:3: <o:camera>: write names without a prefix"},
        {"a manifest in its place", std::string(box_manifest_xml()), "the root is <plugin>"},
    };
    for (const Row& row : rows) {
        DYNAMIC_SECTION(row.behaviour) {
            const auto site = parse(row.xml);

            REQUIRE_FALSE(site);
            CHECK(site.error().code == ombud::ErrorCode::invalid_input);
            CHECK_THAT(site.error().error().message, Contains(row.says));
        }
    }
}

TEST_CASE("a DOCTYPE is refused with its line before anything in it is looked at", "[config][bad-input]") {
    struct Row {
        const char* behaviour;
        std::string doctype;
    };
    std::string laughs = "<!DOCTYPE site [<!ENTITY a0 \"ha\">";
    for (int i = 1; i < 30; ++i) {
        const auto before = "&a" + std::to_string(i - 1) + ";";
        laughs += "<!ENTITY a" + std::to_string(i) + " \"" + before + before + before + before + "\">";
    }
    const Row rows[] = {
        {"an empty one", "<!DOCTYPE site>"},
        {"billion laughs", laughs + "]>"},
        {"an external entity", R"(<!DOCTYPE site [<!ENTITY x SYSTEM "file:///etc/passwd">]>)"},
        {"an external entity over the network", R"(<!DOCTYPE site [<!ENTITY x SYSTEM "http://127.0.0.1:9/x">]>)"},
        {"an external subset", R"(<!DOCTYPE site SYSTEM "file:///dev/zero">)"},
        {"a public identifier", R"(<!DOCTYPE site PUBLIC "-//X//Y" "http://127.0.0.1:9/x.dtd">)"},
        {"a parameter entity", R"(<!DOCTYPE site [<!ENTITY % p SYSTEM "file:///etc/passwd"> %p;]>)"},
        {"a default attribute", R"(<!DOCTYPE site [<!ATTLIST site name CDATA "planted">]>)"},
    };
    for (const Row& row : rows) {
        DYNAMIC_SECTION(row.behaviour) {
            CHECK(problems_of("<?xml version=\"1.0\"?>\n" + row.doctype + "\n" + site_xml("")) ==
                  "site.xml:2: a DOCTYPE is not allowed; remove it, the grammar is built in");
        }
    }
}

TEST_CASE("what may surround a good site is accepted", "[config]") {
    struct Row {
        const char* behaviour;
        std::string xml;
    };
    const std::string good = site_xml("");
    const Row rows[] = {
        {"nothing", good},
        {"a byte order mark", "\xEF\xBB\xBF" + good},
        {"a declaration of UTF-8", R"(<?xml version="1.0" encoding="utf-8"?>)" + good},
        {"comments and processing instructions",
         "<!-- a > b -->\n<?xml-stylesheet href='x'?>" + good + "<!-- <a b=' -->"},
        {"Windows line ends", "<site xmlns='urn:ombud:site:1'\r\n id='demo' timezone='UTC'>\r\n</site>\r\n"},
        {"a schema hint for editors",
         "<site xmlns='urn:ombud:site:1' xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' "
         "xsi:schemaLocation='urn:ombud:site:1 http://127.0.0.1:9/site.xsd' id='demo' timezone='UTC'/>"},
        {"4 MiB to the byte", good + std::string((4U << 20U) - good.size(), '\n')},
    };
    for (const Row& row : rows)
        DYNAMIC_SECTION(row.behaviour) {
            CHECK(problems_of(row.xml).empty());
        }
}

TEST_CASE("a flood of problems is told up to two hundred and counted", "[config][bad-input]") {
    std::string cameras = "<cameras>\n";
    for (int i = 0; i < 1'000; ++i)
        cameras += "<camera id='c" + std::to_string(i) + "' attachment='files' device='d' area='x'/>\n";

    const auto site = parse(site_xml(cameras + "</cameras>"));

    REQUIRE_FALSE(site);
    CHECK_THAT(site.error().error().message,
               Contains("\nsite.xml: and 2799 more problems")); // area, attachment, device
}

TEST_CASE("a flood of contradictions is told up to two hundred and counted", "[config][bad-input]") {
    std::string records = "<records>\n";
    for (int i = 0; i < 1'001; ++i)
        records += "<record kind='alarm' retention='1d'/>\n";

    const auto site = parse(site_xml(records + "</records>"));

    REQUIRE_FALSE(site);
    CHECK(site.error().problems.size() == 201);
    CHECK(site.error().problems.front().line == 4);
    CHECK(site.error().problems.back().message == "and 800 more problems");
}

TEST_CASE("a file can be checked by several threads at once", "[config]") {
    const std::string bad = site_xml("<modules><module id='watch' mode='on'/></modules>");
    std::vector<std::future<std::string>> answers;
    for (int i = 0; i < 4; ++i)
        answers.push_back(std::async(std::launch::async, [&bad] {
            std::string told;
            for (int k = 0; k < 25; ++k)
                told = problems_of(bad);
            return told;
        }));

    for (auto& answer : answers)
        CHECK(answer.get() == "site.xml:2: <module> mode 'on' is not off, monitor or enforce");
}

TEST_CASE("a problem beyond line 65535 keeps its line, give or take one", "[config][bad-input]") {
    const std::string xml = site_xml(std::string(70'000, '\n') + "<camera/>");

    CHECK_THAT(problems_of(xml), Contains("site.xml:7000") && Contains(": <camera> is unknown here"));
}
