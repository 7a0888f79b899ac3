// <people> of a site: read as written, compared, and their mistakes told.
#include <catch2/catch.hpp>

#include "fixtures.hpp"

using namespace config_test;
using namespace ombud::config;

TEST_CASE("people are read with their roles", "[config][people]") {
    const auto site =
        parse(site_xml("<people><person account='anna' role='administrator'/>"
                       "<person account='b.c-d_1' role='approver'/><person account='r' role='reader'/></people>"));

    REQUIRE(site);
    REQUIRE(site->people.size() == 3);
    REQUIRE(site->person("anna") != nullptr);
    CHECK(site->person("anna")->role == Role::administrator);
    CHECK(site->person("b.c-d_1")->role == Role::approver);
    CHECK(site->person("r")->role == Role::reader);
    CHECK(site->person("Anna") == nullptr);
}

TEST_CASE("a person's mistakes are told", "[config][people]") {
    struct Row {
        const char* behaviour;
        std::string xml;
        const char* says;
    };
    const Row rows[] = {
        {"an account twice",
         site_xml("<people><person account='a' role='reader'/>\n<person account='a' role='approver'/></people>"),
         "site.xml:3: <person> account 'a' is given twice"},
        {"an unknown role", site_xml("<people><person account='a' role='admin'/></people>"),
         "site.xml:2: <person> role 'admin' is not reader, approver or administrator"},
        {"a name that POSIX does not allow", site_xml("<people><person account='-a' role='reader'/></people>"),
         "site.xml:2: <person> account '-a' is not an account of this machine: 1 to 32 of A-Z, a-z, 0-9, ., _ and -, "
         "not starting with -"},
        {"an address for an account", site_xml("<people><person account='a@b' role='reader'/></people>"),
         "site.xml:2: <person> account 'a@b' is not an account of this machine: 1 to 32 of A-Z, a-z, 0-9, ., _ and -, "
         "not starting with -"},
    };
    for (const Row& row : rows)
        DYNAMIC_SECTION(row.behaviour) {
            CHECK(problems_of(row.xml) == row.says);
        }
}

TEST_CASE("a change that tells of a person says so", "[config][people][diff]") {
    const auto was =
        parse(site_xml("<people><person account='anna' role='reader'/><person account='ben' role='reader'/></people>"));
    const auto becomes = parse(
        site_xml("<people><person account='anna' role='approver'/><person account='carl' role='reader'/></people>"));
    REQUIRE(was);
    REQUIRE(becomes);

    const auto changes = diff(*was, *becomes);

    REQUIRE(changes.size() == 3);
    CHECK(changes[0].path == "person[anna]/role");
    CHECK(changes[0].was == "reader");
    CHECK(changes[0].becomes == "approver");
    CHECK(changes[1].path == "person[ben]/role");
    CHECK(changes[1].becomes.empty());
    CHECK(changes[2].path == "person[carl]/role");
    CHECK(changes[2].was.empty());
    for (const Change& change : changes)
        CHECK(change.is_personal);
}
