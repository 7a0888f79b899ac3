// <gates> of a site: read as written, compared, and their mistakes told.
#include <catch2/catch.hpp>

#include <fstream>

#include "config/endpoint.hpp"
#include "fixtures.hpp"

using namespace config_test;
using namespace ombud::config;
using Catch::Contains;

namespace {

/// A folder with the secrets that the sites below name.
const TempFolder& secrets() {
    static const TempFolder folder;
    static const bool written = [] {
        (void)folder.write("viewer", "s3cret\n");
        (void)folder.write("camera", "s3cret2");
        (void)folder.write("token", "s3cret3");
        (void)folder.write("vapid.pem", "-----BEGIN-----\ns3cret4\n-----END-----\n");
        (void)folder.write("two-lines", "s3cret\r\nX-Header: 1");
        return true;
    }();
    (void)written;
    return folder;
}

std::string file(const std::string& name) {
    return " secret-file='" + (secrets().path() / name).string() + "' ";
}

/// A site with the camera `entrance` on line 3 and these gates on line 4.
std::string site_with_gates(std::string_view gates) {
    auto xml = site_with_camera("id='entrance' attachment='files' device='d' area='private'");
    return xml.insert(xml.find("</site>"), "<gates>" + std::string(gates) + "</gates>");
}

std::string viewer() {
    return "<viewer name='zm'" + file("viewer") + "/>";
}
std::string streams(std::string_view attributes, std::string_view streams = "") {
    return site_with_gates("<streams " + std::string(attributes) + ">" + viewer() + std::string(streams) +
                           "</streams>");
}
std::string stream(std::string_view attributes) {
    return streams("listen='127.0.0.1:0'", "<stream name='a' camera='entrance' " + std::string(attributes) + "/>");
}
std::string push(std::string_view forwarders) {
    return site_with_gates("<push listen='127.0.0.1:8443' certificate='c' key='k'><sender name='zm'" + file("token") +
                           "/>" + std::string(forwarders) + "</push>");
}
std::string forwarder(std::string_view attributes) {
    return push("<forwarder id='a' provider='P' country='DE' " + std::string(attributes) + "/>");
}

std::string exports(std::string_view attributes, std::string_view destinations, std::string_view recipients) {
    return site_with_gates("<exports " + std::string(attributes) + ">" + std::string(destinations) + std::string(recipients) +
                           "</exports>");
}
constexpr std::string_view evidence = "<destination id='evidence' kind='folder' path='/srv/evidence'/>";
constexpr std::string_view police = "<recipient id='police' name='Ada Apt' title='Inspector' organisation='Police' "
                                    "class='other-institution' certificate='police.pem'/>";
std::string recipient(const std::string& attributes) {
    return exports("", evidence,
                   "<recipient id='r' name='N' title='T' organisation='O' class='eu' " + attributes + "/>");
}

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
            INFO(site.error().error().message);
            CHECK(site.error().problems.size() == 1);
            CHECK_THAT(site.error().error().message, Contains(row.says));
        }
    }
}

/// The site of all gates, as it should be written.
std::string all_gates() {
    return site_with_gates(
        "<streams listen='0.0.0.0:8554' tls-listen='[::1]:8322' certificate='gate.pem' key='/etc/gate.key' udp-ports='40000-40999'>" +
        viewer() + "<stream name='entrance' camera='entrance' url='rtsps://10.0.0.5:322/h264?channel=1' user='ombud'" +
        file("camera") +
        "ca-file='ca.pem'/><stream name='sub' camera='entrance' url='rtsp://cam-1.lan/sub'/></streams>" +
        "<mail listen='unix:/run/ombud/mail.sock' group='postfix'/>"
        "<push listen='127.0.0.1:8443' certificate='push.pem' key='push.key'><sender name='zm'" +
        file("token") +
        "/><forwarder id='phones' kind='web-push' provider='Mozilla' country='US' contact='mailto:it@example.org'" +
        file("vapid.pem") +
        "/><forwarder id='ntfy' kind='ntfy' url='https://ntfy.example/' provider='us' country='DE' ca-file='ca.pem'" +
        file("token") +
        "/><forwarder id='hook' kind='webhook' url='http://[::1]:8080/in' provider='us' country='DE'/>"
        "<forwarder id='bus' kind='mqtt' url='mqtts://broker:8883' topic='ombud/push' user='ombud'" +
        file("token") + "provider='us' country='DE'/></push>");
}

} // namespace

TEST_CASE("the gates are read as they are written", "[config][gates]") {
    const auto site = parse(all_gates());

    INFO((site ? std::string() : site.error().error().message));
    REQUIRE(site);
    REQUIRE(site->gates.streams);
    const StreamGate& rtsp = *site->gates.streams;
    CHECK(rtsp.listen == "0.0.0.0:8554");
    CHECK(rtsp.tls_listen == "[::1]:8322");
    CHECK(rtsp.certificate == "/srv/site/gate.pem");
    CHECK(rtsp.key == "/etc/gate.key");
    CHECK(rtsp.udp_ports == PortRange{40000, 40999});
    REQUIRE(rtsp.viewers.size() == 1);
    CHECK(rtsp.viewers[0].name == "zm");
    CHECK(rtsp.viewers[0].secret.reveal() == "s3cret");
    REQUIRE(rtsp.streams.size() == 2);
    CHECK(rtsp.streams[0].camera == "entrance");
    CHECK(rtsp.streams[0].url == "rtsps://10.0.0.5:322/h264?channel=1");
    CHECK(rtsp.streams[0].user == "ombud");
    REQUIRE(rtsp.streams[0].password);
    CHECK(rtsp.streams[0].password->reveal() == "s3cret2");
    CHECK(rtsp.streams[0].ca_file == "/srv/site/ca.pem");
    CHECK_FALSE(rtsp.streams[1].password);
    CHECK(rtsp.streams[1].ca_file.empty());
    REQUIRE(site->gates.mail);
    CHECK(site->gates.mail->listen == "unix:/run/ombud/mail.sock");
    CHECK(site->gates.mail->group == "postfix");
    REQUIRE(site->gates.push);
    const PushGate& phones = *site->gates.push;
    CHECK(phones.listen == "127.0.0.1:8443");
    CHECK(phones.certificate == "/srv/site/push.pem");
    CHECK(phones.key == "/srv/site/push.key");
    REQUIRE(phones.senders.size() == 1);
    CHECK(phones.senders[0].secret.reveal() == "s3cret3");
    REQUIRE(phones.forwarders.size() == 4);
    CHECK(phones.forwarders[0].kind == ForwarderKind::web_push);
    CHECK(phones.forwarders[0].contact == "mailto:it@example.org");
    REQUIRE(phones.forwarders[0].secret);
    CHECK_THAT(phones.forwarders[0].secret->reveal(), Contains("\ns3cret4\n"));
    CHECK(phones.forwarders[1].kind == ForwarderKind::ntfy);
    CHECK(phones.forwarders[1].ca_file == "/srv/site/ca.pem");
    CHECK(phones.forwarders[2].kind == ForwarderKind::webhook);
    CHECK_FALSE(phones.forwarders[2].secret);
    CHECK(phones.forwarders[3].kind == ForwarderKind::mqtt);
    CHECK(phones.forwarders[3].topic == "ombud/push");
    CHECK(phones.forwarders[3].country == "DE");
}

TEST_CASE("a site without gates has none", "[config][gates]") {
    const auto site = parse(site_with_gates(""));

    REQUIRE(site);
    CHECK_FALSE(site->gates.streams);
    CHECK_FALSE(site->gates.mail);
    CHECK_FALSE(site->gates.push);
}

TEST_CASE("the stream gate's mistakes are told with what is allowed", "[config][gates]") {
    check_each({
        {"nowhere to listen", streams(""), "site.xml:4: <streams> needs listen=\"ADDRESS:PORT\", tls-listen="},
        {"a name to listen on", streams("listen='localhost:8554'"),
         "<streams> listen 'localhost:8554' is not ADDRESS:PORT with an IPv4 address or an IPv6 address in brackets"},
        {"TLS without certificate", streams("tls-listen='[::]:8322' key='k'"),
         "<streams> has tls-listen, so it needs certificate=\"FILE\""},
        {"TLS without key", streams("tls-listen='[::]:8322' certificate='c'"),
         "<streams> has tls-listen, so it needs key=\"FILE\""},
        {"a certificate without TLS", streams("listen='[::]:8322' certificate='c'"),
         "<streams> has certificate and no tls-listen"},
        {"the same address twice",
         streams("listen='127.0.0.1:8554' tls-listen='127.0.0.1:8554' certificate='c' key='k'"),
         "<streams> tls-listen '127.0.0.1:8554' is given twice"},
        {"UDP ports that are no range", streams("listen='[::1]:1' udp-ports='40000'"),
         "<streams> udp-ports '40000' is not FIRST-LAST, two ports of 1024 to 65535, e.g. 40000-40999"},
        {"UDP ports beyond the last", streams("listen='[::1]:1' udp-ports='40000-70001'"), "udp-ports '40000-70001' is not FIRST-LAST"},
        {"UDP ports of the system's", streams("listen='[::1]:1' udp-ports='1000-2001'"), "udp-ports '1000-2001' is not FIRST-LAST"},
        {"UDP ports from high to low", streams("listen='[::1]:1' udp-ports='40999-40000'"), "udp-ports '40999-40000' is not FIRST-LAST"},
        {"more than a range of UDP ports", streams("listen='[::1]:1' udp-ports='40000-40999,50000-50999'"), "is not FIRST-LAST"},
        {"UDP ports that begin odd", streams("listen='[::1]:1' udp-ports='40001-40999'"), "must begin with an even and end with an odd port"},
        {"UDP ports that end even", streams("listen='[::1]:1' udp-ports='40000-40998'"), "must begin with an even and end with an odd port"},
        {"too few UDP ports", streams("listen='[::1]:1' udp-ports='40000-40005'"), "has 6 ports, and needs 8: 8 for each stream, 4 for each of its tracks"},
        {"no viewer", site_with_gates("<streams listen='[::1]:1'/>"), "<streams> lacks viewer"},
        {"a viewer twice", streams("listen='[::1]:1'").insert(streams("listen='[::1]:1'").find("</streams>"), viewer()),
         "<viewer> name 'zm' is given twice"},
        {"a viewer without a secret", site_with_gates("<streams listen='[::1]:1'><viewer name='v'/></streams>"),
         "<viewer> 'v' needs one of secret-file=\"PATH\" and secret-credential=\"NAME\""},
        {"a colon in a viewer's name",
         site_with_gates("<streams listen='[::1]:1'><viewer name='a:b'" + file("viewer") + "/></streams>"),
         "<viewer> name 'a:b' is not 1 to 64 of A-Z"},
        {"a secret of two lines",
         site_with_gates("<streams listen='[::1]:1'><viewer name='v'" + file("two-lines") + "/></streams>"),
         "<viewer> 'v': its secret must be one line without control characters"},
        {"a stream twice",
         streams("listen='[::1]:1'", "<stream name='a' camera='entrance' url='rtsp://c/1'/><stream name='a' "
                                     "camera='entrance' url='rtsp://c/2'/>"),
         "<stream> name 'a' is given twice"},
        {"an unknown camera", streams("listen='[::1]:1'", "<stream name='a' camera='b' url='rtsp://c/1'/>"),
         "<stream> camera 'b' is not one of <cameras>; known: entrance"},
        {"a name with a slash", streams("listen='[::1]:1'", "<stream name='a/b' camera='entrance' url='rtsp://c/1'/>"),
         "<stream> name 'a/b' is not 1 to 64 of a-z"},
        {"a user without a secret", stream("url='rtsp://c/1' user='u'"), "<stream> user 'u' needs one of secret-file"},
        {"a secret without a user", stream("url='rtsp://c/1'" + file("camera")),
         "<stream> 'a' has a secret and no user; add user="},
        {"an authority for an open stream", stream("url='rtsp://c/1' ca-file='ca.pem'"),
         "<stream> ca-file is of no use: the url is not rtsps://"},
    });
}

TEST_CASE("a camera's URL is checked and its secrets are never repeated", "[config][gates]") {
    struct Url {
        const char* behaviour;
        const char* url;
        const char* says;
    };
    const Url rows[] = {
        {"another scheme", "http://c/1", "url 'http://c/1' is not rtsps:// or rtsp://, a host"},
        {"no scheme", "10.0.0.5/1", "url '10.0.0.5/1' is not rtsps://"},
        {"no host", "rtsp:///1", "url 'rtsp:///1' is not rtsps://"},
        {"port 0", "rtsp://c:0/1", "url 'rtsp://c:0/1' is not"},
        {"a port too large", "rtsp://c:65536/1", "is not rtsps://"},
        {"IPv6 without brackets", "rtsp://fe80::1/1", "is not rtsps://"},
        {"a blank", "rtsp://c/a b", "url 'rtsp://c/a b' holds a blank or another character"},
        {"a control character", "rtsp://c/a&#9;b", "holds a blank or another character"},
        {"a fragment", "rtsp://c/1#x", "has a fragment"},
        {"a password", "rtsp://ombud:hunter2@c/1", "url holds '@': a user and password do not belong into it"},
        {"a password with a slash", "rtsp://ombud:hunter2/x@c/1", "url holds '@'"},
        {"a password where no host is", "hunter2@c", "url holds '@'"},
        {"a password as a parameter", "rtsp://c/1?channel=1&amp;Password=hunter2",
         "url holds a secret, its parameter 'password'; secrets come from secret-file=\"PATH\" alone"},
        {"a token", "rtsp://c?token=hunter2", "its parameter 'token'"},
        {"a bad port in front of a secret", "rtsp://c:x/?w=hunter2", "url is not rtsps://"},
    };
    for (const Url& row : rows) {
        DYNAMIC_SECTION(row.behaviour) {
            const auto told = problems_of(stream("url='" + std::string(row.url) + "'"));

            CHECK_THAT(told, Contains("site.xml:4: <stream> ") && Contains(row.says) && !Contains("hunter2") &&
                                 !Contains("\n"));
        }
    }
}

TEST_CASE("cameras' URLs of many kinds are good", "[config][gates]") {
    for (const char* url : {"rtsp://10.0.0.5", "rtsp://10.0.0.5:554/", "rtsps://[fe80::1]:322/a",
                            "rtsp://cam_1.lan/cam/realmonitor?channel=1&amp;subtype=0",
                            "rtsp://c/Streaming/Channels/101?transportmode=unicast", "rtsp://c/%20(1)/live;x=1"}) {
        DYNAMIC_SECTION(url) {
            CHECK(problems_of(stream("url='" + std::string(url) + "'")).empty());
        }
    }
}

TEST_CASE("an address to listen on is a literal and a port", "[config][gates]") {
    for (const char* good : {"0.0.0.0:8554", "127.0.0.1:0", "[::]:65535", "[::1]:1", "[fd00::1:2]:80"}) {
        DYNAMIC_SECTION(good) {
            CHECK(is_listen_address(good));
        }
    }
    for (const char* bad : {"",           ":",           "8554",          ":8554",
                            "0.0.0.0",    "0.0.0.0:",    "0.0.0.0:65536", "0.0.0.0:-1",
                            "0.0.0.0:+1", "0.0.0.0:080", "0.0.0:80",      "256.0.0.1:80",
                            "::1:80",     "[::1]",       "[::1:80",       "[1.2.3.4]:80",
                            "[]:80",      "*:80",        "gate.lan:80",   "0.0.0.0:80 "}) {
        DYNAMIC_SECTION("not " << bad) {
            CHECK_FALSE(is_listen_address(bad));
        }
    }
}

TEST_CASE("the mail gate listens on an address or a socket", "[config][gates]") {
    const auto mail = [](const std::string& attributes) { return site_with_gates("<mail " + attributes + "/>"); };
    constexpr auto says =
        " is not inet:ADDRESS:PORT, such as inet:127.0.0.1:8894, or unix:/ABSOLUTE/PATH of at most 107 bytes";

    CHECK(problems_of(mail("listen='inet:127.0.0.1:8894'")).empty());
    CHECK(problems_of(mail("listen='inet:[::1]:0'")).empty());
    CHECK(problems_of(mail("listen='unix:/" + std::string(106, 'a') + "'")).empty());
    for (const std::string& bad :
         {std::string("127.0.0.1:8894"), std::string("inet:8894@127.0.0.1"), std::string("inet:127.0.0.1"),
          std::string("unix:mail.sock"), std::string("unix:/run/"), std::string("unix:/"),
          "unix:/" + std::string(107, 'a')}) {
        DYNAMIC_SECTION(bad) {
            CHECK_THAT(problems_of(mail("listen='" + bad + "'")), Contains(says));
        }
    }
    CHECK(problems_of(mail("listen='inet:127.0.0.1:8894' group='postfix'")) ==
          "site.xml:4: <mail> group 'postfix' applies to listen=\"unix:…\" alone");
}

TEST_CASE("the push gate's mistakes are told with what is allowed", "[config][gates]") {
    const std::string web_push = "kind='web-push' contact='mailto:a@b'";
    check_each({
        {"no certificate",
         site_with_gates("<push listen='[::1]:1' key='k'><sender name='a'" + file("token") + "/></push>"),
         "<push> lacks the attribute certificate"},
        {"no sender", site_with_gates("<push listen='[::1]:1' certificate='c' key='k'/>"), "<push> lacks sender"},
        {"a sender twice", push("").replace(push("").find("</push>"), 0, "<sender name='zm'" + file("token") + "/>"),
         "<sender> name 'zm' is given twice"},
        {"a forwarder twice",
         push("<forwarder id='a' kind='webhook' url='https://h' provider='p' country='DE'/>"
              "<forwarder id='a' kind='webhook' url='https://h' provider='p' country='DE'/>"),
         "<forwarder> id 'a' is given twice"},
        {"an unknown kind", forwarder("kind='sms'"), "<forwarder> kind 'sms' is not web-push, webhook, ntfy or mqtt"},
        {"no provider", push("<forwarder id='a' kind='webhook' url='https://h' country='DE'/>"),
         "<forwarder> lacks the attribute provider"},
        {"a country's name", push("<forwarder id='a' kind='webhook' url='https://h' provider='p' country='Germany'/>"),
         "<forwarder> country 'Germany' is not a country as two capital letters"},
        {"no country of that code",
         push("<forwarder id='a' kind='webhook' url='https://h' provider='p' country='UK'/>"),
         "<forwarder> country 'UK' is not assigned to a country in ISO 3166-1; the United Kingdom is GB"},
        {"web-push without contact", forwarder("kind='web-push'" + file("vapid.pem")),
         "<forwarder> kind 'web-push' needs contact=\"…\""},
        {"web-push without its key", forwarder(web_push), "<forwarder> 'a' needs one of secret-file"},
        {"web-push with a URL", forwarder(web_push + file("vapid.pem") + "url='https://h'"),
         "<forwarder> kind 'web-push' has no url; allowed: contact, secret-file, secret-credential, ca-file"},
        {"a contact that is no URL", forwarder("kind='web-push' contact='a@b'" + file("vapid.pem")),
         "<forwarder> contact 'a@b' is not mailto:ADDRESS or https://…"},
        {"a webhook without URL", forwarder("kind='webhook'"), "<forwarder> kind 'webhook' needs url=\"…\""},
        {"a webhook in the open", forwarder("kind='webhook' url='http://10.0.0.1/x'"),
         "<forwarder> url 'http://10.0.0.1/x' is not encrypted; use https://, or http:// to this machine itself"},
        {"a host that only looks like this machine", forwarder("kind='webhook' url='http://127.example.org/'"),
         "is not encrypted"},
        {"a webhook with a topic", forwarder("kind='webhook' url='https://h' topic='t'"),
         "<forwarder> kind 'webhook' has no topic; allowed: url, secret-file, secret-credential, ca-file"},
        {"a token in a URL", forwarder("kind='ntfy' url='https://h/?auth=hunter2'"), "its parameter 'auth'"},
        {"a token of two lines", forwarder("kind='ntfy' url='https://h/'" + file("two-lines")), "must be one line"},
        {"ntfy with a user", forwarder("kind='ntfy' url='https://h' user='u'" + file("token")),
         "<forwarder> kind 'ntfy' has no user"},
        {"MQTT without topic", forwarder("kind='mqtt' url='mqtts://b'"), "<forwarder> kind 'mqtt' needs topic=\"…\""},
        {"MQTT in the open", forwarder("kind='mqtt' url='mqtt://b' topic='t'"),
         "<forwarder> url 'mqtt://b' is not encrypted; use mqtts://"},
        {"MQTT with a path", forwarder("kind='mqtt' url='mqtts://b/x' topic='t'"),
         "<forwarder> url 'mqtts://b/x' has a path; it is host and port alone"},
        {"MQTT to many topics", forwarder("kind='mqtt' url='mqtts://b' topic='a/#'"),
         "<forwarder> topic 'a/#' holds a wildcard"},
        {"MQTT with a user and no secret", forwarder("kind='mqtt' url='mqtts://b' topic='t' user='u'"),
         "<forwarder> 'a' needs one of secret-file"},
        {"MQTT with a secret and no user", forwarder("kind='mqtt' url='mqtts://b' topic='t'" + file("token")),
         "<forwarder> 'a' has a secret and no user"},
    });
}

TEST_CASE("this machine may be reached unencrypted", "[config][gates]") {
    for (const char* url : {"http://127.0.0.1:8080/x", "http://127.9.9.9", "http://localhost/", "http://[::1]:80/"}) {
        DYNAMIC_SECTION(url) {
            CHECK(problems_of(forwarder("kind='webhook' url='" + std::string(url) + "'")).empty());
        }
    }
    CHECK(problems_of(forwarder("kind='mqtt' url='mqtt://127.0.0.1:1883/' topic='t'")).empty());
}

TEST_CASE("the countries are those of ISO 3166-1", "[config][gates]") {
    std::ifstream table("/usr/share/zoneinfo/iso3166.tab");
    REQUIRE(table);
    int known = 0;
    for (std::string line; std::getline(table, line);) {
        if (line.empty() || line.front() == '#')
            continue;
        INFO(line);
        CHECK(is_country(line.substr(0, 2)));
        ++known;
    }

    int accepted = 0;
    for (char first = 'A'; first <= 'Z'; ++first)
        for (char second = 'A'; second <= 'Z'; ++second)
            accepted += is_country(std::string{first, second}) ? 1 : 0;
    CHECK(accepted == known);
    CHECK_FALSE(is_country("D"));
    CHECK_FALSE(is_country("DEU"));
    CHECK_FALSE(is_country("E "));
}

TEST_CASE("gates stand in canonical text by name and without their secrets", "[config][gates][diff]") {
    const auto site = parse(all_gates());
    REQUIRE(site);

    const auto text = canonical_text(*site);

    CHECK_THAT(text, !Contains("s3cret"));
    CHECK_THAT(text, Contains("gates/mail/group=postfix\ngates/mail/listen=unix:/run/ombud/mail.sock\n"));
    CHECK_THAT(text, Contains("gates/push/forwarder[bus]/country=DE\ngates/push/forwarder[bus]/kind=mqtt\n"
                              "gates/push/forwarder[bus]/provider=us\ngates/push/forwarder[bus]/secret=(secret)\n"
                              "gates/push/forwarder[bus]/topic=ombud/push\n"));
    CHECK_THAT(text, Contains("gates/push/sender[zm]/secret=(secret)\n"));
    CHECK_THAT(text, Contains("gates/streams/certificate=/srv/site/gate.pem\ngates/streams/key=/etc/gate.key\n"
                              "gates/streams/listen=0.0.0.0:8554\n"
                              "gates/streams/stream[entrance]/ca-file=/srv/site/ca.pem\n"
                              "gates/streams/stream[entrance]/camera=entrance\n"
                              "gates/streams/stream[entrance]/secret=(secret)\n"
                              "gates/streams/stream[entrance]/url=rtsps://10.0.0.5:322/h264?channel=1\n"
                              "gates/streams/stream[entrance]/user=ombud\n"));
    CHECK_THAT(text, Contains("gates/streams/viewer[zm]/secret=(secret)\n"));
}

TEST_CASE("a change of a gate's secret shows without it", "[config][gates][diff]") {
    const auto was = parse(stream("url='rtsp://c/1' user='u'" + file("camera")));
    const auto becomes = parse(stream("url='rtsp://c/2' user='u'" + file("token")));
    REQUIRE(was);
    REQUIRE(becomes);

    const auto changes = diff(*was, *becomes);

    REQUIRE(changes.size() == 2);
    CHECK(changes[0].path == "gates/streams/stream[a]/secret");
    CHECK(changes[0].was == "(secret)");
    CHECK(changes[0].becomes == "(secret, changed)");
    CHECK(changes[1].path == "gates/streams/stream[a]/url");
    CHECK(changes[1].becomes == "rtsp://c/2");
    CHECK_FALSE(changes[1].is_personal);
}

TEST_CASE("an export desk is read as it is written", "[config][gates]") {
    const auto site = parse(exports("drop='drop' keep='2d' destroy-by='30d' size-max='64GiB' waiting-max='20'",
                                    std::string(evidence) + "<destination id='stick' kind='removable' path='/media/stick'/>",
                                    std::string(police) + "<recipient id='her' name='Eva E' title='-' organisation='-' class='data-subject'" +
                                        file("vapid.pem") + "legal-ground='GDPR Art. 15'/>" +
                                        "<authoriser account='ben' name='Ben Bauer' title='Head of security'/>" +
                                        "<seal-key token='pkcs11:token=a'/><time-stamp url='http://tsa/' ca-file='tsa.pem' required='false'/>"));

    INFO((site ? std::string() : site.error().error().message));
    REQUIRE(site);
    REQUIRE(site->gates.exports);
    const ExportDesk& desk = *site->gates.exports;
    CHECK(desk.drop == "/srv/site/drop");
    CHECK(desk.hold.empty());
    CHECK(desk.keep_s == 2 * 86'400);
    CHECK(desk.destroy_by_s == 30 * 86'400);
    CHECK(desk.size_bytes_max == 64LL << 30);
    CHECK(desk.waiting_max == 20);
    REQUIRE(desk.destinations.size() == 2);
    CHECK(desk.destinations[1].kind == DestinationKind::removable);
    CHECK(desk.destinations[1].path == "/media/stick");
    REQUIRE(desk.recipients.size() == 2);
    CHECK(desk.recipients[0].certificate == "/srv/site/police.pem");
    CHECK_FALSE(desk.recipients[0].passphrase);
    CHECK(desk.recipients[1].recipient_class == RecipientClass::data_subject);
    CHECK(desk.recipients[1].legal_ground == "GDPR Art. 15");
    CHECK(desk.recipients[1].passphrase);
    REQUIRE(desk.authorisers.size() == 1);
    CHECK(desk.authorisers[0].title == "Head of security");
    const auto text = canonical_text(*site);
    CHECK_THAT(text, !Contains("s3cret4"));
    CHECK_THAT(text, Contains("gates/exports/recipient[her]/secret=(secret)\n"));
    CHECK_THAT(text, Contains("gates/exports/size-max=64GiB\n"));
    REQUIRE(desk.time_stamp);
    CHECK(desk.time_stamp->url == "http://tsa/");
    CHECK(desk.time_stamp->ca_file.is_absolute());
    CHECK_FALSE(desk.time_stamp->is_required);
    REQUIRE(desk.seal_key);
    CHECK(desk.seal_key->token == "pkcs11:token=a");
    CHECK_FALSE(desk.seal_key->secret);
    CHECK_THAT(text, Contains("gates/exports/time-stamp/required=false\n") && Contains("gates/exports/seal-key/token=pkcs11:token=a\n"));
}

TEST_CASE("what is wrong with an export desk is said", "[config][gates]") {
    const std::string both = std::string(evidence) + "<destination id='b' kind='folder' path='/srv/evidence/b'/>";
    check_each({
        {"a recipient who could open nothing", recipient(""), "'r' could not open a seal; add certificate="},
        {"a passphrase that is guessed soon", recipient(file("viewer")), "shorter than 12 characters"},
        {"a class that is none", exports("", evidence, "<recipient id='r' name='N' title='T' organisation='O' class='friend' certificate='c'/>"),
         "same-institution, other-institution, eu, third-country or data-subject"},
        {"a kind of destination that is none", exports("", "<destination id='a' kind='cloud' path='/a'/>", police), "folder, share or removable"},
        {"a recipient twice", exports("", evidence, std::string(police) + std::string(police)), "id 'police' is given twice"},
        {"a destination twice", exports("", std::string(evidence) + "<destination id='evidence' kind='folder' path='/b'/>", police),
         "id 'evidence' is given twice"},
        {"a destination inside another", exports("", both, police), "lie in one another"},
        {"a drop folder inside a destination", exports("drop='/srv/evidence/in'", evidence, police), "lie in one another"},
        {"no destination", exports("", "", police), "destination"},
        {"no recipient", exports("", evidence, ""), "recipient"},
        {"a size without a unit", exports("size-max='100'", evidence, police), "64KiB"},
        {"a token that is none", exports("", evidence, std::string(police) + "<seal-key token='file:/key.pem'/>"), "does not begin with pkcs11:"},
        {"a key of which nothing is said", exports("", evidence, std::string(police) + "<seal-key/>"), "says nothing"},
        {"an authority that nobody vouches for", exports("", evidence, std::string(police) + "<time-stamp url='http://tsa'/>"), "ca-file"},
        {"a size of nothing", exports("size-max='0B'", evidence, police), "lets nothing pass"},
        {"nothing may wait", exports("waiting-max='0'", evidence, police), "1 to 10000"},
        {"removed at once", exports("keep='5s'", evidence, police), "less than a minute"},
    });
}
