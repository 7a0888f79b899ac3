#include <catch2/catch.hpp>

#include <boost/json.hpp>

#include "config/module_document.hpp"
#include "fixtures.hpp"

using namespace config_test;
using namespace ombud::config;

TEST_CASE("a connector's document has its options in plain units and its attachment", "[config][document]") {
    const auto site = parse(site_with_options("<option name='settle'>2m</option>"));
    REQUIRE(site);

    const auto document = connector_document(*site, site->attachments[0]);

    CHECK(document.at("options") ==
          boost::json::parse(R"({"root":"/srv/site/rec","layout":"{camera}/{time}.mp4","port":554,
        "tls":true,"settle":120,"cache":67108864,"clock":"name","nightly":12600})"));
    CHECK(document.at("attachment") == boost::json::parse(R"({"id":"files"})"));
}

TEST_CASE("a module's document has the whole site and only its own options", "[config][document]") {
    auto xml = site_with_camera(
        "id='a' attachment='files' device='d' area='public-border' name='Gate' resolution='detect' mobile='true' zone='yard' assessment='DPIA-7'", R"(
        <purpose legal-basis="law">guarding</purpose><retention period="2d" justification="why" justified-until="2026-12-31"/>
        <track kind="audio" legal-basis="law" assessment="D1" until="2026-12-31"><purpose>p</purpose><hours days="tue mon" from="22:00" to="06:00"/></track>
        <track kind="metadata" legal-basis="law"><purpose>q</purpose></track>)");
    xml.insert(xml.find("</site>"), R"(<records><record kind="backup" retention="1d" note="n"/></records>
        <locks><lock attachment="files" recording="r" reason="x" case="c" owner="o" review="2026-12-31"/></locks>
        <modules><module id="watch" mode="monitor"/></modules>)");
    const auto site = parse(xml);
    REQUIRE(site);

    const auto document = module_document(*site, site->modules[0]);

    CHECK(document ==
          boost::json::parse(R"({"options":{"every":3600},"site":{"id":"demo","name":"demo","timezone":"Europe/Berlin",
        "cameras":[{"id":"a","attachment":"files","device":"d","name":"Gate","area":"public-border","resolution":"detect","mobile":true,"zone":"yard","assessment":"DPIA-7",
          "purpose":"guarding","legal_basis":"law","retention_s":172800,"retention_justification":"why",
          "retention_justified_until_utc_ns":1798758000000000000,
          "tracks":[{"kind":"audio","purpose":"p","legal_basis":"law","assessment":"D1","until_utc_ns":1798758000000000000,
                     "hours":[{"days":[1,2],"from_s":79200,"to_s":21600}]},
                    {"kind":"metadata","purpose":"q","legal_basis":"law","hours":[]}]}],
        "records":[{"kind":"backup","retention_s":86400,"note":"n"}],
        "locks":[{"attachment":"files","recording":"r","reason":"x","case":"c","owner":"o","review_utc_ns":1798758000000000000}]}})"));
}

TEST_CASE("what is undocumented is absent from the document", "[config][document]") {
    auto xml = site_with_camera("id='a' attachment='files' device='d' area='private'");
    xml.insert(xml.find("</site>"), "<locks><lock attachment='files' recording='r'/></locks>");
    const auto site = parse(xml);
    REQUIRE(site);

    const auto document = module_document(*site, {"watch", Mode::monitor, {}});

    CHECK(document.at("options") == boost::json::object());
    CHECK(document.at("site").at("cameras") ==
          boost::json::parse(
              R"([{"id":"a","attachment":"files","device":"d","name":"a","area":"private","tracks":[]}])"));
    CHECK(document.at("site").at("locks") == boost::json::parse(R"([{"attachment":"files","recording":"r"}])"));
}

TEST_CASE("a module's document has the cameras alone that it is given", "[config][document]") {
    auto xml = site_with_camera("id='a' attachment='files' device='d' area='private'");
    xml.insert(xml.find("</cameras>"), "<camera id='b' attachment='files' device='e' area='private'/>");
    xml.insert(xml.find("</site>"), "<modules><module id='watch' mode='monitor' cameras='b'/></modules>");
    const auto site = parse(xml);
    REQUIRE(site);

    const auto cameras = module_document(*site, site->modules[0]).at("site").at("cameras").as_array();

    REQUIRE(cameras.size() == 1);
    CHECK(cameras[0].at("id") == "b");
}
