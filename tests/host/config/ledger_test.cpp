// <ledger> of a site: read as written, compared, and its mistakes told.
#include <catch2/catch.hpp>

#include "fixtures.hpp"

using namespace config_test;
using namespace ombud::config;
using Catch::Contains;

namespace {

const std::string key = "key='ombud/b/witness+0a1b2c3d+BBBB'";

std::string with_ledger(const std::string& content, const std::string& attributes = "") {
    return site_xml("<ledger " + attributes + ">" + content + "</ledger>");
}

} // namespace

TEST_CASE("anchors and a witness are read as written", "[config][ledger]") {
    const auto site = parse(with_ledger("<anchor kind='file' path='kept/checkpoints' every='10s'/><anchor kind='syslog'/>"
                                        "<anchor kind='witness' url='https://b.example:8444/' " + key + " ca-file='b.pem'/>"
                                        "<anchor kind='time-stamp' url='http://tsa.example/tsr' ca-file='/etc/tsa.pem' path='stamps'/>"
                                        "<anchor kind='mail' url='smtp://127.0.0.1:25' from='ombud@a.example' to='keeper@b.example'/>"
                                        "<witness listen='10.0.0.2:8444'><log key='ombud/a+0a1b2c3d+AAAA'/></witness>",
                                        "keep='1095d'"));
    if (!site)
        FAIL(site.error().error().message);
    const LedgerSettings& ledger = site->ledger;
    REQUIRE(ledger.anchors.size() == 5);
    CHECK(ledger.anchors[0].name() == "file /srv/site/kept/checkpoints");
    CHECK(ledger.anchors[0].every_s == 10);
    CHECK(ledger.anchors[1].name() == "syslog");
    CHECK(ledger.anchors[1].every_s == 60);
    CHECK(ledger.anchors[2].name() == "witness https://b.example:8444");
    CHECK(ledger.anchors[2].key == "ombud/b/witness+0a1b2c3d+BBBB");
    CHECK(ledger.anchors[2].ca_file == "/srv/site/b.pem");
    CHECK(ledger.anchors[3].every_s == 3'600);
    CHECK(ledger.anchors[3].path == "/srv/site/stamps");
    CHECK(ledger.anchors[4].name() == "mail keeper@b.example");
    CHECK(ledger.anchors[4].url == "smtp://127.0.0.1:25");
    CHECK(ledger.anchors[4].from == "ombud@a.example");
    CHECK(ledger.anchors[4].every_s == 86'400);
    REQUIRE(ledger.witness);
    CHECK(ledger.witness->listen == "10.0.0.2:8444");
    CHECK(ledger.witness->logs == std::vector<std::string>{"ombud/a+0a1b2c3d+AAAA"});
    CHECK(ledger.keep_s == 1'095LL * 86'400);

    const auto changes = diff(*parse(site_xml("")), *site);
    CHECK(std::ranges::any_of(changes, [](const Change& one) { return one.path == "ledger/anchor[syslog]/every" && one.becomes == "1m"; }));
    CHECK(std::ranges::any_of(changes, [](const Change& one) { return one.path == "ledger/witness/log[ombud/a]/key"; }));
    CHECK(diff(*site, *site).empty());
}

TEST_CASE("the mistakes of a ledger's anchors are told", "[config][ledger]") {
    struct Row {
        const char* behaviour;
        std::string content, attributes;
        const char* says;
    };
    const Row rows[] = {
        {"a kind that is none", "<anchor kind='pigeon'/>", "", "file, syslog, mail, witness or time-stamp"},
        {"a file without its path", "<anchor kind='file'/>", "", "<anchor> kind 'file' needs path"},
        {"a file with a url", "<anchor kind='file' path='p' url='https://a'/>", "", "kind 'file' has no url"},
        {"a mail to nobody", "<anchor kind='mail' url='smtp://a' from='a@b.example'/>", "", "kind 'mail' needs to"},
        {"a mail over the web", "<anchor kind='mail' url='https://a' from='a@b.example' to='c@d.example'/>", "", "url "},
        {"a mail with a folder", "<anchor kind='mail' url='smtp://a/b' from='a@b.example' to='c@d.example'/>", "", "url "},
        {"two recipients in one", "<anchor kind='mail' url='smtp://a' from='a@b.example' to='c@d.example,e@f.example'/>", "", "an address such as"},
        {"an address for a file", "<anchor kind='file' path='p' to='c@d.example'/>", "", "kind 'file' has no to"},
        {"a witness without a key", "<anchor kind='witness' url='https://a'/>", "", "kind 'witness' needs key"},
        {"a key that is none", "<anchor kind='witness' url='https://a' key='name'/>", "", "a verifier key as name+hash+base64"},
        {"a url with a password", "<anchor kind='witness' url='https://u:p@a' " + key + "/>", "", "url "},
        {"a time stamp without an authority", "<anchor kind='time-stamp' url='https://a'/>", "", "kind 'time-stamp' needs ca-file"},
        {"authorities for what is not encrypted", "<anchor kind='witness' url='http://a' ca-file='c' " + key + "/>", "", "ca-file is of no use"},
        {"no time between two", "<anchor kind='syslog' every='0s'/>", "", "every '0s' is not 1s to 7d"},
        {"one twice", "<anchor kind='syslog'/><anchor kind='syslog'/>", "", "anchor 'syslog' is given twice"},
        {"a path twice", "<anchor kind='file' path='p'/><anchor kind='witness' url='https://a' path='p' " + key + "/>", "", "another anchor's, too"},
        {"a witness for nobody", "<witness listen='1.2.3.4:5'/>", "", "log"},
        {"a witness on a name", "<witness listen='host:5'><log key='a+0a1b2c3d+AAAA'/></witness>", "", "listen 'host:5' is not"},
        {"a ledger's name twice", "<witness listen='[::1]:5'><log key='a+0a1b2c3d+AAAA'/><log key='a+0a1b2c3e+AAAB'/></witness>", "", "given twice"},
        {"bodies kept for a day", "", "keep='1d'", "keep '1d' is not 30d to 36500d"},
    };
    for (const Row& row : rows)
        DYNAMIC_SECTION(row.behaviour) { CHECK_THAT(problems_of(with_ledger(row.content, row.attributes)), Contains(row.says)); }
}
