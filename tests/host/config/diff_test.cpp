#include <catch2/catch.hpp>

#include "fixtures.hpp"

using namespace config_test;
using namespace ombud::config;

namespace {

constexpr auto camera = "id='a' attachment='files' device='d' area='private'";

std::string shown(const std::vector<Change>& changes) {
    std::string text;
    for (const Change& change : changes)
        text += change.path + ": '" + change.was + "' -> '" + change.becomes + "'\n";
    return text;
}

std::string diff_of(const std::string& was, const std::string& becomes) {
    const auto before = parse(was);
    const auto after = parse(becomes);
    REQUIRE(before);
    REQUIRE(after);
    return shown(diff(*before, *after));
}

} // namespace

TEST_CASE("a site does not differ from itself, however it is written", "[config][diff]") {
    const std::string one = site_xml(
        "<attachments><attachment id='f' connector='box'><option name='root'>/r</option></attachment></attachments>"
        "<modules><module id='watch' mode='off'/></modules>");
    const std::string other = site_xml(
        "<!-- moved --><modules><module mode='off' id='watch'><option name='every'>60m</option></module></modules>"
        "<attachments><attachment connector='box' id='f'><option name='root'> /r/ "
        "</option></attachment></attachments>");

    CHECK(diff_of(one, other).empty());
    CHECK(canonical_text(*parse(one)) == canonical_text(*parse(other)));
}

TEST_CASE("each change has a stable path and both values as written in a site", "[config][diff]") {
    struct Row {
        const char* behaviour;
        std::string was, becomes;
        const char* shows;
    };
    const Row rows[] = {
        {"a period", site_with_camera(camera, "<retention period='7d'/>"),
         site_with_camera(camera, "<retention period='172800s'/>"), "camera[a]/retention/period: '7d' -> '2d'\n"},
        {"a retention that comes", site_with_camera(camera),
         site_with_camera(camera, "<retention period='7d' justified-until='2027-01-01'/>"),
         "camera[a]/retention/justified-until: '' -> '2027-01-01'\ncamera[a]/retention/period: '' -> '7d'\n"},
        {"a retention that goes", site_with_camera(camera, "<retention period='7d'/>"), site_with_camera(camera),
         "camera[a]/retention/period: '7d' -> ''\n"},
        {"a mode", site_xml("<modules><module id='watch' mode='off'/></modules>"),
         site_xml("<modules><module id='watch' mode='enforce'/></modules>"),
         "module[watch]/mode: 'off' -> 'enforce'\n"},
        {"options of every type", site_with_options(""),
         site_with_options("<option name='layout'>x</option><option name='port'>80</option><option "
                           "name='tls'>false</option><option name='settle'>90s</option>"
                           "<option name='cache'>1GiB</option><option name='clock'>container</option><option "
                           "name='nightly'>04:05</option>"),
         "attachment[files]/option/cache: '64MiB' -> '1GiB'\n"
         "attachment[files]/option/clock: 'name' -> 'container'\n"
         "attachment[files]/option/layout: '{camera}/{time}.mp4' -> 'x'\n"
         "attachment[files]/option/nightly: '03:30' -> '04:05'\n"
         "attachment[files]/option/port: '554' -> '80'\n"
         "attachment[files]/option/settle: '10s' -> '90s'\n"
         "attachment[files]/option/tls: 'true' -> 'false'\n"},
        {"hours",
         site_with_camera(camera, "<track kind='audio' legal-basis='x'><purpose>x</purpose><hours days='mon' "
                                  "from='08:00' to='09:00'/></track>"),
         site_with_camera(camera, "<track kind='audio' legal-basis='x'><purpose>x</purpose><hours days='sun mon' "
                                  "from='08:00' to='24:00'/></track>"),
         "camera[a]/track[1]/hours[1]/days: 'mon' -> 'mon sun'\ncamera[a]/track[1]/hours[1]/to: '09:00' -> '24:00'\n"},
        {"the cameras of a module, whatever their order",
         [] {
             auto xml = site_with_camera(camera);
             return xml.insert(xml.find("</site>"), "<modules><module id='watch' mode='off'/></modules>");
         }(),
         [] {
             auto xml = site_with_camera(camera);
             xml.insert(xml.find("</cameras>"), "<camera id='b' attachment='files' device='e' area='private'/>");
             return xml.insert(xml.find("</site>"), "<modules><module id='watch' mode='off' cameras='b a'/></modules>");
         }(),
         "camera[b]/area: '' -> 'private'\ncamera[b]/attachment: '' -> 'files'\ncamera[b]/device: '' -> 'e'\n"
         "camera[b]/name: '' -> 'b'\nmodule[watch]/cameras: '' -> 'a b'\n"},
        {"a lock without any description", site_with_camera(camera),
         [] {
             auto xml = site_with_camera(camera);
             return xml.insert(xml.find("</site>"), "<locks><lock attachment='files' recording='x[1]/2'/></locks>");
         }(),
         "lock[files]/recording[x\\[1\\]/2]/locked: '' -> 'true'\n"},
    };
    for (const Row& row : rows)
        DYNAMIC_SECTION(row.behaviour) {
            CHECK(diff_of(row.was, row.becomes) == row.shows);
        }
}

TEST_CASE("canonical text has one line a value, whatever the value", "[config][diff]") {
    const auto site = parse(site_xml("<records><record kind='alarm' retention='30d' note='a&#10;id=b\\n'/></records>"));

    REQUIRE(site);
    CHECK(canonical_text(*site) == "ombud-site 1\n"
                                   "id=demo\n"
                                   "name=demo\n"
                                   "record[alarm]/note=a\\nid=b\\\\n\n"
                                   "record[alarm]/retention=30d\n"
                                   "timezone=Europe/Berlin\n");
}
