#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>

#include "fixtures.hpp"

using namespace config_test;
using namespace ombud::config;

TEST_CASE("a whole site is read as it is written", "[config]") {
    const auto site =
        parse(R"xml(<site xmlns="urn:ombud:site:1" id="demo" name="Demo &amp; more" timezone="Europe/Berlin">
  <modules><module id="watch" mode="enforce" runner="inline" cameras=" yard  entrance"><option name="every">30m</option></module></modules>
  <attachments><attachment id="files" connector="box"><option name="root">rec/</option></attachment></attachments>
  <cameras>
    <camera id="entrance" attachment="files" device="Cam 1" area="public-border" name="Entrance" resolution="identify">
      <purpose legal-basis="GDPR Art. 6(1)(f)">security <!-- and
        nothing else --> of   the <![CDATA[<entrance>]]></purpose>
      <retention period="48h" justification="burglaries" justified-until="2027-06-30"/>
      <track kind="metadata" legal-basis="law" assessment="DPIA-1" until="2027-01-01">
        <purpose>counting</purpose>
        <hours days="wed mon" from="22:00" to="06:00"/><hours days="sun" from="00:00" to="24:00"/>
      </track>
    </camera>
    <camera id="yard" attachment="files" device="Cam 2" area="access-control"/>
  </cameras>
  <records><record kind="backup" retention="30d" note="tapes"/></records>
  <locks><lock attachment="files" recording="r/1" reason="theft" case="17/26" owner="desk" review="2027-01-31"/>
         <lock attachment="files" recording="r/2"/></locks>
</site>)xml");

    REQUIRE(site);
    CHECK(site->name == "Demo & more");
    REQUIRE(site->modules.size() == 1);
    CHECK(site->modules[0].runner == Runner::in_process);
    CHECK(site->modules[0].cameras == std::vector<std::string>{"entrance", "yard"});
    CHECK(site->timezone == "Europe/Berlin");
    const Camera* camera = site->camera("entrance");
    REQUIRE(camera != nullptr);
    CHECK(camera->area == Area::public_border);
    CHECK(camera->resolution == "identify");
    REQUIRE(camera->purpose);
    CHECK(camera->purpose->text == "security of the <entrance>");
    CHECK(camera->purpose->legal_basis == "GDPR Art. 6(1)(f)");
    REQUIRE(camera->retention);
    CHECK(camera->retention->period_s == 172'800);
    REQUIRE(camera->retention->justified_until);
    CHECK(camera->retention->justified_until->ends_utc_ns == 1'814'392'800'000'000'000); // 2027-07-01T00:00+02:00
    REQUIRE(camera->tracks.size() == 1);
    const Track& track = camera->tracks[0];
    CHECK(track.kind == TrackKind::metadata);
    CHECK(track.purpose.text == "counting");
    CHECK(track.assessment == "DPIA-1");
    REQUIRE(track.until);
    CHECK(track.until->ends_utc_ns == 1'798'844'400'000'000'000); // 2027-01-02T00:00+01:00
    REQUIRE(track.hours.size() == 2);
    CHECK(track.hours[0].days == std::vector<int>{1, 3});
    CHECK(track.hours[0].from_s == 79'200);
    CHECK(track.hours[0].to_s == 21'600);
    CHECK(track.hours[1].to_s == 86'400);
    REQUIRE(site->records.size() == 1);
    CHECK(site->records[0].retention_s == 2'592'000);
    REQUIRE(site->locks.size() == 2);
    CHECK(site->locks[0].case_reference == "17/26");
    CHECK_FALSE(site->locks[1].review);
    REQUIRE(site->module("watch") != nullptr);
    CHECK(site->module("watch")->mode == Mode::enforce);
    CHECK(std::get<std::int64_t>(site->module("watch")->options.at("every").value) == 1'800);
}

TEST_CASE("what a camera's record leaves out stays undocumented", "[config]") {
    const auto site = parse(site_with_camera("id='yard' attachment='files' device='d' area='private'"));

    REQUIRE(site);
    CHECK(site->cameras[0].name == "yard");
    CHECK_FALSE(site->cameras[0].purpose);
    CHECK_FALSE(site->cameras[0].retention);
    CHECK(site->cameras[0].tracks.empty());
}

TEST_CASE("a camera is found by its device within its attachment alone", "[config]") {
    const auto site = parse(site_with_camera("id='yard' attachment='files' device='d' area='private'"));

    REQUIRE(site);
    CHECK(site->camera_of("files", "d") == &site->cameras[0]);
    CHECK(site->camera_of("files", "e") == nullptr);
    CHECK(site->camera_of("other", "d") == nullptr);
    CHECK(site->module("watch") == nullptr);
}

TEST_CASE("options take their defaults from the manifest", "[config]") {
    const auto site = parse(site_with_options(""));

    REQUIRE(site);
    const auto& options = site->attachments[0].options;
    CHECK(std::get<std::string>(options.at("layout").value) == "{camera}/{time}.mp4");
    CHECK(std::get<std::int64_t>(options.at("port").value) == 554);
    CHECK(std::get<bool>(options.at("tls").value));
    CHECK(std::get<std::int64_t>(options.at("settle").value) == 10);
    CHECK(std::get<std::int64_t>(options.at("cache").value) == 67'108'864);
    CHECK(std::get<std::int64_t>(options.at("nightly").value) == 12'600);
    CHECK(options.count("password") == 0);
}

TEST_CASE("a range's ends belong to it", "[config]") {
    CHECK(problems_of(site_with_options("<option name='port'>1</option><option name='settle'>1h</option>")).empty());
    CHECK(problems_of(site_with_options("<option name='port'>65535</option><option name='cache'> 1024MiB </option>"))
              .empty());
}

TEST_CASE("a path starts from the site's folder", "[config]") {
    struct Row {
        const char* behaviour;
        const char* given;
        const char* becomes;
    };
    const Row rows[] = {{"a relative one is joined", "rec", "/srv/site/rec"},
                        {"a slash at its end goes", "rec/", "/srv/site/rec"},
                        {"dots are resolved", "./a/../../rec", "/srv/rec"},
                        {"an absolute one stays", "/var/rec", "/var/rec"},
                        {"the root stays", "/", "/"},
                        {"the folder itself", ".", "/srv/site"}};
    for (const Row& row : rows) {
        DYNAMIC_SECTION(row.behaviour) {
            const auto site = parse(site_xml("<attachments><attachment id='f' connector='box'><option name='root'>" +
                                             std::string(row.given) + "</option></attachment></attachments>"));

            REQUIRE(site);
            CHECK(std::get<std::string>(site->attachments[0].options.at("root").value) == row.becomes);
        }
    }
}

TEST_CASE("a site file's relative paths start from its own folder", "[config]") {
    const TempFolder folder;
    const auto file = folder.write("site.xml", site_with_options(""));

    const auto site = read_site(file, manifests());

    REQUIRE(site);
    CHECK(std::get<std::string>(site->attachments[0].options.at("root").value) == folder.path() / "rec");
}

TEST_CASE("a site file that cannot be had is told apart from a bad one", "[config]") {
    const TempFolder folder;

    CHECK(read_site(folder.path() / "none.xml", manifests()).error().code == ombud::ErrorCode::not_found);
    CHECK(read_site(folder.path(), manifests()).error().code == ombud::ErrorCode::invalid_input);
    CHECK(read_site(folder.write("empty.xml", ""), manifests()).error().code == ombud::ErrorCode::invalid_input);
}

TEST_CASE("a rejection passes as one error with every problem", "[config]") {
    const auto forward = []() -> ombud::Result<Site> { return parse(site_xml("<camera/>\n<camera/>")); };

    const auto result = forward();

    REQUIRE_FALSE(result);
    CHECK(result.error().code == ombud::ErrorCode::invalid_input);
    CHECK_THAT(result.error().message, Catch::StartsWith("site.xml:2: <camera> is unknown"));
}

TEST_CASE("the demo's site is good with this project's manifests", "[config]") {
    const auto all = read_manifests(OMBUD_SOURCE_DIR "/manifests");
    REQUIRE(all);

    // With the addresses and secrets that samples/demo/gates fills in.
    const TempFolder folder;
    std::ifstream shipped(OMBUD_SOURCE_DIR "/samples/demo/site.xml");
    std::string text((std::istreambuf_iterator<char>(shipped)), std::istreambuf_iterator<char>());
    for (const auto& [mark, address] : {std::pair<std::string, std::string>{"@CAMERA@", "127.0.0.1:554"},
                                        {"@HOOK@", "127.0.0.1:8080"},
                                        {"@GATES@", "/run"}}) {
        const auto at = text.find(mark);
        REQUIRE(at != std::string::npos);
        text.replace(at, mark.size(), address);
    }
    for (const char* secret : {"viewer-password", "camera-password", "push-token"})
        folder.write(secret, "0123456789abcdef");

    const auto site = parse_site(text, "site.xml", folder.path(), *all);

    INFO((site ? std::string() : site.error().error().message));
    CHECK(site);
}
