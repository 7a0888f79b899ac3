// Mistakes in a site that is good XML: each told with its line, its value and what is allowed.
#include <catch2/catch.hpp>

#include "fixtures.hpp"

using namespace config_test;
using Catch::Contains;

namespace {

constexpr auto camera = "id='a' attachment='files' device='d' area='private'";

struct Row {
    const char* behaviour;
    std::string xml;
    const char* says;
};

void check_each(const std::vector<Row>& rows) {
    for (const Row& row : rows) {
        DYNAMIC_SECTION(row.behaviour) {
            const auto site = parse(row.xml);

            REQUIRE_FALSE(site);
            CHECK(site.error().problems.size() == 1);
            CHECK_THAT(site.error().error().message, Contains(row.says));
        }
    }
}

} // namespace

TEST_CASE("what the grammar refuses is told in words", "[config]") {
    check_each({
        {"an unknown element", site_xml("<camera/>"), "site.xml:2: <camera> is unknown here or in the wrong place"},
        {"an unknown attribute", site_with_camera(std::string(camera) + " colour='red'"),
         "site.xml:3: <camera> has an unknown attribute 'colour'; allowed: id, attachment, device, area, name, "
         "resolution"},
        {"a missing attribute", site_with_camera("id='a' attachment='files' area='private'"),
         "site.xml:3: <camera> lacks the attribute device"},
        {"an unknown area", site_with_camera("id='a' attachment='files' device='d' area='public'"),
         "<camera> area 'public' is not private, public-border or access-control"},
        {"an unknown mode", site_xml("<modules><module id='watch' mode='on'/></modules>"),
         "<module> mode 'on' is not off, monitor or enforce"},
        {"an unknown track kind",
         site_with_camera(camera, "<track kind='video' legal-basis='x'><purpose>x</purpose></track>"),
         "<track> kind 'video' is not audio or metadata"},
        {"an unknown record kind", site_xml("<records><record kind='log' retention='1d'/></records>"),
         "<record> kind 'log' is not audit-log, alarm, mailbox, mobile or backup"},
        {"an id with capitals", site_with_camera("id='Entrance' attachment='files' device='d' area='private'"),
         "<camera> id 'Entrance' is not 1 to 64 of a-z"},
        {"an id of 65 letters",
         site_with_camera("id='" + std::string(65, 'a') + "' attachment='files' device='d' area='private'"),
         "is not 1 to 64 of a-z"},
        {"an empty purpose", site_with_camera(camera, "<purpose legal-basis='x'/>"),
         "<purpose> is not 1 to 1000 characters of text"},
        {"a purpose of 1001 letters",
         site_with_camera(camera, "<purpose legal-basis='x'>" + std::string(1001, 'a') + "</purpose>"),
         "<purpose> is not 1 to 1000 characters of text"},
        {"a purpose without legal basis", site_with_camera(camera, "<purpose>x</purpose>"),
         "<purpose> lacks the attribute legal-basis"},
        {"text between elements", site_xml("<cameras>none</cameras>"),
         "<cameras> holds text; only elements are allowed in it"},
        {"days in German",
         site_with_camera(camera, "<track kind='audio' legal-basis='x'><purpose>x</purpose><hours days='mo di' "
                                  "from='08:00' to='09:00'/></track>"),
         "<hours> days 'mo di' is not 1 to 7 of mon tue wed thu fri sat sun"},
        {"no days",
         site_with_camera(camera, "<track kind='audio' legal-basis='x'><purpose>x</purpose><hours days='' from='08:00' "
                                  "to='09:00'/></track>"),
         "<hours> days '' is not 1 to 7 of mon tue wed"},
        {"an hour of 25",
         site_with_camera(camera, "<track kind='audio' legal-basis='x'><purpose>x</purpose><hours days='mon' "
                                  "from='08:00' to='25:00'/></track>"),
         "<hours> to '25:00' is not a time as HH:MM"},
        {"a second purpose",
         site_with_camera(camera, "<purpose legal-basis='x'>x</purpose><purpose legal-basis='x'>x</purpose>"),
         "<purpose> is unknown here or in the wrong place"},
        {"cameras twice", site_xml("<cameras/><cameras/>"), "<cameras> is unknown here or in the wrong place"},
    });
}

TEST_CASE("a duration is a whole number with one of four units and nothing else", "[config]") {
    const char* bad[] = {"7 days", "7w", "7",    "d",     "",   "-7d",      "+7d", "07d",
                         "7.5d",   "7D", "1e3s", "7d12h", "٧d", "1000000s", "0x7d"};
    for (const char* text : bad) {
        DYNAMIC_SECTION("'" << text << "' is refused") {
            CHECK(problems_of(site_with_camera(camera, "<retention period='" + std::string(text) + "'/>")) ==
                  "site.xml:3: <retention> period '" + std::string(text) +
                      "' is not a whole number with one unit and no space: 30s, 10m, 48h or 7d");
        }
    }
}

TEST_CASE("what contradicts itself is told", "[config]") {
    const std::string two = std::string(camera) + "/>\n<camera ";
    check_each({
        {"two cameras of one id", site_with_camera(two + "id='a' attachment='files' device='e' area='private'"),
         "site.xml:4: <camera> id 'a' is given twice"},
        {"two cameras on one device", site_with_camera(two + "id='b' attachment='files' device='d' area='private'"),
         "site.xml:4: <camera> device 'd' of attachment 'files' is given twice"},
        {"a camera of an unknown attachment", site_with_camera("id='a' attachment='filez' device='d' area='private'"),
         "<camera> attachment 'filez' is not one of <attachments>; known: files"},
        {"a lock of an unknown attachment", site_xml("<locks><lock attachment='vms' recording='1'/></locks>"),
         "<lock> attachment 'vms' is not one of <attachments>"},
        {"a recording locked twice",
         site_xml(
             "<attachments><attachment id='f' connector='box'><option name='root'>r</option></attachment></attachments>"
             "<locks><lock attachment='f' recording='1'/>\n<lock attachment='f' recording='1'/></locks>"),
         "site.xml:3: <lock> recording '1' of attachment 'f' is given twice"},
        {"two attachments of one id",
         site_xml("<attachments><attachment id='f' connector='box'><option name='root'>r</option></attachment>\n"
                  "<attachment id='f' connector='box'><option name='root'>r</option></attachment></attachments>"),
         "site.xml:3: <attachment> id 'f' is given twice"},
        {"a record kind twice",
         site_xml("<records><record kind='alarm' retention='1d'/><record kind='alarm' retention='2d'/></records>"),
         "<record> kind 'alarm' is given twice"},
        {"a module that is given no camera", site_xml("<modules><module id='watch' mode='off' cameras=' '/></modules>"),
         "<module> cameras '' is not 1 to 10000 ids of cameras, with spaces between; leave it out to give all cameras"},
        {"a module that is given a camera that the site does not have",
         site_xml("<attachments><attachment id='files' connector='box'><option name='root'>r</option></attachment></attachments>"
                  "<cameras><camera id='gate' attachment='files' device='1' area='private'/>"
                  "<camera id='yard' attachment='files' device='2' area='private'/></cameras>"
                  "<modules><module id='watch' mode='off' cameras='gate gates'/></modules>"),
         "<module> cameras 'gate gates': 'gates' is not one of <cameras>; known: gate, yard"},
        {"a module that is given a camera twice",
         site_xml("<attachments><attachment id='files' connector='box'><option name='root'>r</option></attachment></attachments>"
                  "<cameras><camera id='gate' attachment='files' device='1' area='private'/></cameras>"
                  "<modules><module id='watch' mode='off' cameras='gate gate'/></modules>"),
         "<module> cameras 'gate gate' names a camera twice"},
        {"a module twice",
         site_xml("<modules><module id='watch' mode='off'/><module id='watch' mode='off'/></modules>"),
         "<module> id 'watch' is given twice"},
        {"a connector without manifest", site_xml("<attachments><attachment id='f' connector='bos'/></attachments>"),
         "<attachment> connector 'bos' has no manifest; known: box"},
        {"a module as a connector", site_xml("<attachments><attachment id='f' connector='watch'/></attachments>"),
         "<attachment> connector 'watch' is a module, not a connector; known: box"},
        {"a connector as a module", site_xml("<modules><module id='box' mode='off'/></modules>"),
         "<module> id 'box' is a connector, not a module; known: watch"},
        {"a zone that does not exist", "<site xmlns='urn:ombud:site:1' id='demo' timezone='Europe/Berln'/>",
         "site.xml:1: <site> timezone 'Europe/Berln' is not a zone"},
        {"a folder of zones", "<site xmlns='urn:ombud:site:1' id='demo' timezone='Europe'/>",
         "timezone 'Europe' is not a zone"},
        {"a zone that counts leap seconds", "<site xmlns='urn:ombud:site:1' id='demo' timezone='right/UTC'/>",
         "timezone 'right/UTC' is not a zone"},
        {"a file that is no zone", "<site xmlns='urn:ombud:site:1' id='demo' timezone='leapseconds'/>",
         "timezone 'leapseconds' is not a zone"},
        {"a retention of nothing", site_with_camera(camera, "<retention period='0s'/>"),
         "<retention> period '0s' is not from 1s to 36500d"},
        {"a retention beyond a century", site_with_camera(camera, "<retention period='36501d'/>"),
         "period '36501d' is not from 1s to 36500d"},
        {"a 30th of February", site_with_camera(camera, "<retention period='1d' justified-until='2027-02-30'/>"),
         "justified-until '2027-02-30' is not a day of the calendar"},
        {"a 29th of February in a common year",
         site_with_camera(camera, "<retention period='1d' justified-until='2027-02-29'/>"),
         "'2027-02-29' is not a day"},
        {"a year of the past century",
         site_with_camera(camera, "<retention period='1d' justified-until='1969-12-31'/>"),
         "'1969-12-31' is not a day of the calendar, 1970-01-01"},
        {"a span of nothing",
         site_with_camera(camera, "<track kind='audio' legal-basis='x'><purpose>x</purpose><hours days='mon' "
                                  "from='08:00' to='08:00'/></track>"),
         "<hours> from '08:00' to '08:00' is no span"},
        {"a span from the end of the day",
         site_with_camera(camera, "<track kind='audio' legal-basis='x'><purpose>x</purpose><hours days='mon' "
                                  "from='24:00' to='01:00'/></track>"),
         "<hours> from '24:00' to '01:00' is no span"},
        {"a day named twice",
         site_with_camera(camera, "<track kind='audio' legal-basis='x'><purpose>x</purpose><hours days='mon tue mon' "
                                  "from='08:00' to='09:00'/></track>"),
         "<hours> days 'mon tue mon' names a day twice"},
    });
}

TEST_CASE("an option that the manifest does not allow is told with what it allows", "[config]") {
    check_each({
        {"an unknown name", site_with_options("<option name='prot'>1</option>"),
         "<option> 'prot' is no option of box; known: root, layout, port, tls, settle, cache, password, clock, "
         "nightly"},
        {"the same name twice", site_with_options("<option name='port'>1</option><option name='port'>1</option>"),
         "<option> 'port' is given twice"},
        {"a required one missing", site_xml("<attachments><attachment id='f' connector='box'/></attachments>"),
         "<attachment> lacks the option 'root', which box requires"},
        {"no whole number", site_with_options("<option name='port'>5.5</option>"),
         "'port': '5.5' is not a whole number of ports, from 1 to 65535"},
        {"a number below its range", site_with_options("<option name='port'>0</option>"), "'port': '0' is not"},
        {"a number above its range", site_with_options("<option name='port'>65536</option>"), "'port': '65536' is not"},
        {"a number beyond 64 bits", site_with_options("<option name='port'>99999999999999999999</option>"),
         "is not a whole number"},
        {"a yes", site_with_options("<option name='tls'>yes</option>"), "'tls': 'yes' is not true or false"},
        {"a duration without unit", site_with_options("<option name='settle'>10</option>"),
         "'settle': '10' is not a duration such as 30s, 10m, 48h or 7d, from 1s to 1h"},
        {"a duration out of range", site_with_options("<option name='settle'>61m</option>"), "'settle': '61m' is not"},
        {"a size in bits", site_with_options("<option name='cache'>64Mb</option>"),
         "'cache': '64Mb' is not a size such as 512B, 64KiB, 10MiB, 2GiB or 1TiB, from 1MiB to 1GiB"},
        {"a size out of range", site_with_options("<option name='cache'>1TiB</option>"), "'cache': '1TiB' is not"},
        {"no choice", site_with_options("<option name='clock'>sundial</option>"),
         "'clock': 'sundial' is not one of name, container"},
        {"no time of day", site_with_options("<option name='nightly'>3am</option>"),
         "'nightly': '3am' is not a time as HH:MM"},
        {"an empty text", site_with_options("<option name='layout'> </option>"),
         "'layout': '' is not a text that is not empty"},
        {"a secret-file for what is no secret", site_with_options("<option name='layout' secret-file='x'/>"),
         "'layout' is no secret; write its value into the element"},
        {"an option of a module",
         site_xml("<modules><module id='watch' mode='off'><option name='every'>30s</option></module></modules>"),
         "<option> 'every': '30s' is not a duration such as 30s, 10m, 48h or 7d, from 1m to 7d"},
    });
}

TEST_CASE("two problems of one element are both told", "[config]") {
    CHECK(problems_of(site_with_camera(std::string(camera) + " colour='red' lens='wide'")) ==
          "site.xml:3: <camera> has an unknown attribute 'colour'; allowed: id, attachment, device, area, name, "
          "resolution, mobile, zone, assessment\n"
          "site.xml:3: <camera> has an unknown attribute 'lens'; allowed: id, attachment, device, area, name, "
          "resolution, mobile, zone, assessment");
    CHECK(problems_of(site_with_camera(camera, "<retention period='x' justified-until='y'/>")) ==
          "site.xml:3: <retention> period 'x' is not a whole number with one unit and no space: 30s, 10m, 48h or 7d\n"
          "site.xml:3: <retention> justified-until 'y' is not a day as YYYY-MM-DD, such as 2027-06-30");
}

TEST_CASE("all problems are told at once, in the order of their lines", "[config]") {
    const auto told = problems_of(R"(<site xmlns="urn:ombud:site:1" id="demo" timezone="Moon/Base">
<attachments><attachment id="files" connector="box"/></attachments>
<cameras>
<camera id="a" attachment="files" device="d" area="moon"/>
<camera id="a" attachment="nowhere" device="e" area="private"><retention period="7 days"/></camera>
</cameras>
<modules><module id="watch" mode="off"><option name="nap">1</option></module></modules>
</site>)");

    CHECK(told == "site.xml:1: <site> timezone 'Moon/Base' is not a zone of this machine's time zone database; an "
                  "example is Europe/Berlin\n"
                  "site.xml:2: <attachment> lacks the option 'root', which box requires\n"
                  "site.xml:4: <camera> area 'moon' is not private, public-border or access-control\n"
                  "site.xml:5: <retention> period '7 days' is not a whole number with one unit and no space: 30s, 10m, "
                  "48h or 7d\n"
                  "site.xml:5: <camera> id 'a' is given twice\n"
                  "site.xml:5: <camera> attachment 'nowhere' is not one of <attachments>; known: files\n"
                  "site.xml:7: <option> 'nap' is no option of watch; known: every");
}
