#include "access_log_line.hpp"

#include <catch2/catch.hpp>
#include <random>
#include <string>

namespace ombud::zoneminder {
namespace {

using Kind = LoggedAct::Kind;
using Who = LoggedAct::Who;

/// A line of format combined, as a real ZoneMinder's Apache wrote it but for the request.
std::string line(const std::string& request, const std::string& status = "200") {
    return "127.0.0.1 - - [22/Nov/2026:04:24:09 +0000] \"" + request + "\" " + status + " 470 \"-\" \"curl/7.88.1\"";
}
std::string get(const std::string& query) {
    return line("GET /zm/index.php?" + query + " HTTP/1.1");
}

/// {"iss":"ZoneMinder","iat":1795321438,"exp":1795328638,"user":"admin","type":"access"}
constexpr const char* token =
    "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJab25lTWluZGVyIiwiaWF0IjoxNzk1MzIxNDM4LCJleHAiOjE3OTUzMjg2Mzgs"
    "InVzZXIiOiJhZG1pbiIsInR5cGUiOiJhY2Nlc3MifQ.PFmasHfrguidpUGGAVnZcqyer43K6oAxGAdH1vp5uDE";

} // namespace

TEST_CASE("what makes or fetches an export is read from the log, however it is spelt", "[access-log]") {
    struct Row {
        const char* behaviour;
        std::string line;
        Kind kind;
        std::string archive;
    };
    const Row rows[] = {
        {"an export as the page asks for it",
         get("view=event&request=event&action=export&eids%5B%5D=5&connkey=514132&exportVideo=1&exportFormat=tar&exportCompress=1"),
         Kind::make, "zmExport_514132"},
        {"the download button",
         get("view=request&request=event&action=download&eids%5B%5D=5&exportFormat=zip&connkey=514133"), Kind::make,
         "zmExport_514133"},
        {"fetching the archive", get("view=archive&type=zip&connkey=514131&file=zmExport_514131.zip"), Kind::fetch,
         "zmExport_514131.zip"},
        {"fetching without naming the file", get("view=archive&type=tar.gz&connkey=7"), Kind::fetch, "zmExport_7.tar.gz"},
        {"slashes in the file's name, which ZoneMinder drops", get("view=archive&type=zip&file=..%2FzmExport_1.zip"), Kind::fetch,
         "..zmExport_1.zip"},
        {"a name of one's own", get("request=event&action=export&exportFile=mine&connkey=9&id=1"), Kind::make, "mine_9"},
        {"a key that PHP takes as none", get("request=event&action=export&connkey=0&id=1"), Kind::make, "zmExport"},
        {"a view that ZoneMinder reads as archive", get("view=..%2F/archive&type=zip&file=a.zip"), Kind::fetch, "a.zip"},
        {"the last of two of one name", get("view=console&view=archive&file=a.zip&file=b.zip&type=zip"), Kind::fetch, "b.zip"},
        {"escaped letters in name and path", line("GET /zm/%69ndex.php?%76iew=archive&type=zip&file=a.zip HTTP/1.1"), Kind::fetch,
         "a.zip"},
        {"the folder instead of index.php", line("GET /zm/?view=archive&type=zip&file=a.zip HTTP/1.1"), Kind::fetch, "a.zip"},
        {"bytes that the log escapes", get("view=archive&type=zip&file=a\\\"\\\\\\x01.zip"), Kind::fetch, "a\"\\\x01.zip"},
        {"a line with the virtual host first",
         "zm.example:443 10.0.0.7 - - [22/Nov/2026:05:24:09 +0100] \"GET /zm/index.php?view=archive&type=zip&file=a.zip "
         "HTTP/1.1\" 200 1",
         Kind::fetch, "a.zip"},
    };
    for (const Row& row : rows) {
        DYNAMIC_SECTION(row.behaviour) {
            const auto act = export_act_of(row.line);

            REQUIRE(act);
            CHECK(act->kind == row.kind);
            CHECK(act->archive == row.archive);
            CHECK(act->utc_s == 1795321449);
        }
    }
}

TEST_CASE("of an export that was made the log tells recordings, and a way out of the folder", "[access-log]") {
    struct Row {
        const char* behaviour;
        std::string query, beyond;
        std::vector<std::uint64_t> recordings;
    };
    const Row rows[] = {
        {"a list", "action=export&eids%5B%5D=5&eids[]=7&id=9", "", {5, 7}},
        {"one without a list", "action=export&id=9", "", {9}},
        {"keys of a list are no matter", "action=export&eids%5Bx%5D=5", "", {5}},
        {"what is no number is none", "action=export&eids%5B%5D=x&eids%5B%5D=-1&eids%5B%5D=", "", {}},
        {"as PHP reads a number", "action=export&id=9abc", "", {9}},
        {"a way out", "action=export&id=9&exportFile=..%2Fswap%2Fx&connkey=1", "../swap/x_1", {9}},
        {"a way out at the download button leads nowhere", "action=download&id=9&exportFile=..%2Fx&connkey=1", "", {9}},
        {"a key that leads out", "action=download&id=9&connkey=%2F..%2F..%2Fx", "zmExport_/../../x", {9}},
    };
    for (const Row& row : rows) {
        DYNAMIC_SECTION(row.behaviour) {
            const auto act = export_act_of(get("request=event&" + row.query));

            REQUIRE(act);
            CHECK(act->beyond == row.beyond);
            CHECK(act->recordings == row.recordings);
            CHECK(act->archive.find('/') == std::string::npos);
        }
    }
}

TEST_CASE("other requests are no exports", "[access-log]") {
    const std::string lines[] = {
        "", "\n", "[", "] \"", "a b c", std::string(100, '['), std::string(line_bytes_max + 1, 'x'),
        get("view=view_video&eid=5"),
        get("view=export"),
        get("view=request&request=log&action=export&connkey=1"),
        get("request=event&action=delete&eids[]=5"),
        line("POST /zm/index.php HTTP/1.1"),
        line("GET /zm/index.php?view=archive&type=zip&file=a.zip HTTP/1.1", "401"),
        line("HEAD /zm/index.php?view=archive&type=zip&file=a.zip HTTP/1.1"),
        line("GET /zm/cgi-bin/zms?view=archive&type=zip&file=a.zip HTTP/1.1"),
        line("GET /other?view=archive&type=zip&file=a.zip HTTP/1.1"),
        "127.0.0.1 - - [22/Nov/2026:04:24:0x +0000] \"GET /zm/index.php?view=archive&type=zip&file=a.zip HTTP/1.1\" 200 1",
        "127.0.0.1 - - [22/Nov/2026:04:24:09 +0000] \"GET /zm/index.php?view=archive&type=zip&file=a.zip HTTP/1.1\\",
    };
    for (const std::string& one : lines) {
        CAPTURE(one.substr(0, 200));
        CHECK_FALSE(export_act_of(one));
    }
}

TEST_CASE("an account name cannot pass itself off as the request", "[access-log]") {
    // Apache escapes the quotes of a user name, which anybody may send.
    const auto act = export_act_of("1.2.3.4 - x] \\\"GET /zm/index.php?view=archive&type=zip&file=forged.zip HTTP/1.1\\\" 200 "
                                   "[22/Nov/2026:04:24:09 +0000] \"GET /zm/index.php?view=archive&type=zip&file=real.zip HTTP/1.1\" 200 9");

    REQUIRE(act);
    CHECK(act->archive == "real.zip");
}

TEST_CASE("who asked is told as far as the address says it", "[access-log]") {
    struct Row {
        const char* behaviour;
        std::string line;
        Who who;
        std::string user;
    };
    const std::string fetch = "view=archive&type=zip&file=a.zip";
    const Row rows[] = {
        {"a token names its user", get(fetch + "&token=" + token), Who::named, "admin"},
        {"a name and a password", get(fetch + "&username=ben%20k&password=secret"), Who::named, "ben k"},
        {"a token goes before a name", get(fetch + "&username=ben&password=x&token=" + token), Who::named, "admin"},
        {"of two tokens PHP has the last", get(fetch + "&token=x&+token=" + token), Who::named, "admin"},
        {"a hash names nobody", get(fetch + "&auth=0123456789abcdef"), Who::unknown, ""},
        {"a token that cannot be read", get(fetch + "&token=a.b.c"), Who::unknown, ""},
        {"a token without a name", get(fetch + "&token=a.e30.c"), Who::unknown, ""},
        {"nothing: a session's cookie", get(fetch), Who::session, ""},
        {"an empty token is none", get(fetch + "&token="), Who::session, ""},
        {"a POST may say otherwise in its body", line("POST /zm/index.php?" + fetch + "&token=" + token + " HTTP/1.1"), Who::unknown, ""},
    };
    for (const Row& row : rows) {
        DYNAMIC_SECTION(row.behaviour) {
            const auto act = export_act_of(row.line);

            REQUIRE(act);
            CHECK(act->who == row.who);
            CHECK(act->user == row.user);
        }
    }
}

TEST_CASE("any bytes are read without harm", "[access-log]") {
    std::mt19937 random(20261122);
    const std::string seeds[] = {get("view=archive&type=zip&file=a%2Fb.zip&token=" + std::string(token)),
                                 get("request=event&action=export&eids%5B%5D=5&connkey=1&exportFile=x"),
                                 line("GET /zm/index.php?a=\\x41\\\"&view=archive HTTP/1.1")};
    std::size_t understood = 0;
    for (int round = 0; round < 60'000; ++round) {
        std::string one = seeds[static_cast<std::size_t>(round) % 3];
        for (auto changes = random() % 6; changes > 0; --changes) {
            const auto at = random() % (one.size() + 1);
            switch (random() % 4) {
            case 0: one.insert(at, 1, static_cast<char>(random())); break;
            case 1: one.erase(at, random() % 8); break;
            case 2: one.insert(at, one.substr(random() % (one.size() + 1), random() % 40)); break;
            default: one.resize(at); break;
            }
        }
        const auto act = export_act_of(one);
        understood += act.has_value();
        if (act) {
            CHECK(act->archive.find('/') == std::string::npos);
            CHECK((act->who == Who::named) == !act->user.empty());
        }
    }
    CHECK(understood > 1'000);
}

} // namespace ombud::zoneminder
