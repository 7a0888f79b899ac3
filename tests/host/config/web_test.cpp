// <web> of a site, and whose account in the VMS is whose: read as written, compared, and their mistakes told.
#include <catch2/catch.hpp>

#include "fixtures.hpp"

using namespace config_test;
using namespace ombud::config;
using Catch::Contains;

namespace {

std::string site_with_web(const std::string& attributes) {
    auto xml = site_with_camera("id='entrance' attachment='files' device='d' area='private'");
    return xml.insert(xml.find("</site>"), "<gates><web " + attributes + "/></gates>");
}

} // namespace

TEST_CASE("the web gate is read as written", "[config][gates]") {
    const auto site = parse(site_with_web("listen='unix:/run/ombud/web.sock' group='www-data' attachment='files' mode='enforce' "
                                          "approval-lifetime='10m'"));
    REQUIRE(site);
    REQUIRE(site->gates.web);
    CHECK(site->gates.web->listen == "unix:/run/ombud/web.sock");
    CHECK(site->gates.web->group == "www-data");
    CHECK(site->gates.web->attachment == "files");
    CHECK(site->gates.web->enforces);
    CHECK(site->gates.web->approval_lifetime_s == 600);
    const auto watching = parse(site_with_web("listen='inet:127.0.0.1:0' attachment='files' mode='monitor'"));
    REQUIRE(watching);
    CHECK_FALSE(watching->gates.web->enforces);
    CHECK(watching->gates.web->approval_lifetime_s == 900);
    CHECK_FALSE(diff(*watching, *site).empty());
}

TEST_CASE("the web gate's mistakes are told", "[config][gates]") {
    const auto with = [](const std::string& listen, const std::string& more = "attachment='files' mode='monitor'") {
        return problems_of(site_with_web("listen='" + listen + "' " + more));
    };
    CHECK(with("inet:[::1]:8895").empty());
    CHECK_THAT(with("127.0.0.1:8895"), Contains("is not unix:/ABSOLUTE/PATH"));
    CHECK_THAT(with("unix:web.sock"), Contains("is not unix:/ABSOLUTE/PATH"));
    CHECK_THAT(with("inet:0.0.0.0:8895"), Contains("can be reached from elsewhere"));
    CHECK_THAT(with("inet:10.0.0.1:8895"), Contains("can be reached from elsewhere"));
    CHECK_THAT(with("inet:127.0.0.1:1", "group='x' attachment='files' mode='monitor'"), Contains("applies to listen=\"unix:…\" alone"));
    CHECK_THAT(with("inet:127.0.0.1:1", "attachment='nvr' mode='monitor'"), Contains("attachment 'nvr' is not one of <attachments>"));
    CHECK_THAT(with("inet:127.0.0.1:1", "attachment='files' mode='off'"), Contains("monitor or enforce"));
    CHECK_THAT(with("inet:127.0.0.1:1", "attachment='files' mode='enforce' approval-lifetime='30s'"), Contains("is not 1m to 24h"));
}

TEST_CASE("an account in the VMS is one person's, and personal", "[config][people]") {
    const auto site = parse(site_xml("<people><person account='anna' role='reader' vms-user='Anna K'/><person account='ben' role='approver'/></people>"));
    REQUIRE(site);
    REQUIRE(site->person_of_vms("Anna K") != nullptr);
    CHECK(site->person_of_vms("Anna K")->account == "anna");
    CHECK(site->person_of_vms("anna") == nullptr);
    CHECK(site->person_of_vms("") == nullptr);
    CHECK_THAT(problems_of(site_xml("<people><person account='a' role='reader' vms-user='x'/>\n<person account='b' role='reader' vms-user='x'/></people>")),
               Contains("vms-user 'x' is given twice"));
    const auto without = parse(site_xml("<people><person account='anna' role='reader'/><person account='ben' role='approver'/></people>"));
    REQUIRE(without);
    const auto changes = diff(*without, *site);
    REQUIRE(changes.size() == 1);
    CHECK(changes[0].is_personal);
}
