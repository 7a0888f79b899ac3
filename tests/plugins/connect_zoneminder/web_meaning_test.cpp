// What addresses mean; the rows follow what ZoneMinder's own pages and scripts send.
#include "web/desk.hpp"
#include "web/meaning.hpp"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

using namespace ombud::zoneminder::web;
using ombud::sdk::WebRequest;

namespace {

constexpr std::string_view form = "application/x-www-form-urlencoded";

Meaning read(std::string_view method, std::string_view target, std::string_view body = {}) {
    WebRequest request{method, target};
    request.body = body;
    request.content_type = body.empty() ? std::string_view{} : form;
    request.cookie = "zmSkin=classic; ZMSESSID=0123456789abcdef0123456789";
    return meaning_of(request, "/zm");
}

std::string joined(const std::vector<std::string>& values) {
    std::string text;
    for (const auto& value : values)
        text += (text.empty() ? "" : ",") + value;
    return text;
}

} // namespace

TEST_CASE("ZoneMinder's own requests are understood", "[web]") {
    struct Row {
        const char* what;
        const char *method, *target, *body;
        const char* act;
        const char *recordings, *devices;
        bool is_export, changes;
        Area area;
        Level level;
    };
    constexpr auto V = Level::view;
    constexpr auto E = Level::edit;
    constexpr auto N = Level::none;
    const Row rows[] = {
        {"the console", "GET", "/zm/index.php?view=console", "", "read", "", "", false, false, Area::any, N},
        {"a camera's live page", "GET", "/zm/index.php?view=watch&mid=1", "", "view", "", "1", false, false, Area::stream, V},
        {"one live image", "GET", "/zm/cgi-bin/zms?mode=single&monitor=1&auth=214d308eb9916a5bc5322abe522b4b45", "", "image", "", "1", false, false, Area::stream, V},
        {"a live stream", "GET", "/zm/cgi-bin/zms?mode=jpeg&monitor=1&scale=50&maxfps=5", "", "view", "", "1", false, false, Area::stream, V},
        {"a replay", "GET", "/zm/cgi-bin/zms?source=event&mode=jpeg&event=5&frame=1&scale=50&rate=100&maxfps=5&replay=none", "", "replay", "5", "", false, false, Area::events, V},
        {"a recording's page", "GET", "/zm/index.php?view=event&eid=5", "", "replay", "5", "", false, false, Area::events, V},
        {"a recording's video", "GET", "/zm/index.php?view=view_video&eid=5", "", "replay", "5", "", false, false, Area::events, V},
        {"a recorded frame", "GET", "/zm/index.php?view=image&eid=5&fid=snapshot", "", "image", "5", "", false, false, Area::events, V},
        {"the export page", "GET", "/zm/index.php?view=export&eid=5", "", "read", "5", "", false, false, Area::events, V},
        {"an export by POST", "POST", "/zm/index.php", "__csrf_magic=key%3A318a34de%2C1795321444&view=request&request=event&action=export&id=5&connkey=514131&exportVideo=1&exportFormat=zip&exportStructure=&exportFile=zmExport", "export", "5", "", true, true, Area::events, V},
        {"an export by GET", "GET", "/zm/index.php?view=event&request=event&action=export&eids%5B%5D=5&eids%5B%5D=6&connkey=514132&exportVideo=1&exportFormat=tar&exportCompress=1", "", "export", "5,6", "", true, true, Area::events, V},
        {"the download button", "GET", "/zm/index.php?view=request&request=event&action=download&eids%5B%5D=5&exportFormat=zip&connkey=514133", "", "export", "5", "", true, true, Area::events, V},
        {"an archive", "GET", "/zm/index.php?view=archive&type=zip&connkey=514131&file=zmExport_514131.zip", "", "download", "", "", true, false, Area::events, V},
        {"a video that is encoded", "POST", "/zm/index.php", "request=event&action=video&id=5&videoFormat=avi&rate=100&scale=100&overwrite=1", "export", "5", "", true, true, Area::events, V},
        {"a new name", "POST", "/zm/index.php", "request=event&action=rename&id=5&eventName=Gate", "change", "5", "", false, true, Area::events, E},
        {"keeping for ever", "POST", "/zm/index.php", "request=event&action=archive&id=5", "archive", "5", "", false, true, Area::events, E},
        {"a deletion on its page", "GET", "/zm/index.php?request=event&action=delete&id=5", "", "delete", "5", "", false, true, Area::events, E},
        {"deletions in the list", "GET", "/zm/index.php?request=events&task=delete&eids[]=5&eids[]=7", "", "delete", "5,7", "", false, true, Area::events, E},
        {"the list's data", "GET", "/zm/index.php?view=request&request=events&task=query&limit=2", "", "read", "", "", false, false, Area::events, V},
        {"frames", "GET", "/zm/index.php?view=request&request=frames&task=query&eid=5", "", "read", "5", "", false, false, Area::events, V},
        {"the top bar", "GET", "/zm/index.php?view=request&request=status&entity=navBar", "", "read", "", "", false, false, Area::any, N},
        {"a frame beside another", "GET", "/zm/index.php?view=request&request=status&entity=nearframe&id[0]=5&id[1]=17", "", "read", "5", "", false, false, Area::events, V},
        {"a new user", "POST", "/zm/index.php?view=user", "view=user&action=Save&uid=0&newUser%5BUsername%5D=ben", "change", "", "", false, true, Area::system, E},
        {"options", "POST", "/zm/index.php", "view=options&tab=web&action=options&newConfig%5BZM_WEB_TITLE%5D=x", "change", "", "", false, true, Area::system, E},
        {"a filter", "POST", "/zm/index.php", "view=filter&object=filter&action=Save&filter%5BName%5D=x", "change", "", "", false, true, Area::system, E},
        {"logging in", "POST", "/zm/index.php?view=login", "action=login&view=login&username=admin&password=a%2Bb+c", "login", "", "", false, false, Area::any, N},
        {"logging in to the API", "POST", "/zm/api/host/login.json", "user=admin&pass=x", "login", "", "", false, false, Area::any, N},
        {"the API's list", "GET", "/zm/api/events/index/MonitorId:1/StartDateTime%20%3E=:2026-11-22%2000:00:00.json?limit=2", "", "read", "", "", false, false, Area::events, V},
        {"one recording in the API", "GET", "/zm/api/events/5.json", "", "read", "5", "", false, false, Area::events, V},
        {"a deletion in the API", "DELETE", "/zm/api/events/5.json", "", "delete", "5", "", false, true, Area::events, E},
        {"a lock in the API", "PUT", "/zm/api/events/5.json", "Event%5BArchived%5D=1", "archive", "5", "", false, true, Area::events, E},
        {"the toggle of it", "GET", "/zm/api/events/archive/5.json", "", "archive", "5", "", false, true, Area::events, E},
        {"frames in the API", "GET", "/zm/api/frames/index/EventId:5.json", "", "read", "5", "", false, false, Area::events, V},
        {"a monitor in the API", "POST", "/zm/api/monitors/1.json", "Monitor%5BRecordAudio%5D=0", "change", "", "1", false, true, Area::monitors, E},
        {"an alarm's state", "GET", "/zm/api/monitors/alarm/id:1/command:status.json", "", "read", "", "1", false, false, Area::monitors, V},
        {"an alarm", "GET", "/zm/api/monitors/alarm/id:1/command:on.json", "", "change", "", "1", false, true, Area::monitors, E},
        {"all settings", "GET", "/zm/api/configs.json", "", "read", "", "", false, false, Area::system, E},
        {"one setting", "GET", "/zm/api/configs/viewByName/ZM_OPT_EMAIL.json", "", "read", "", "", false, false, Area::system, V},
        {"a secret setting", "GET", "/zm/api/configs/viewByName/ZM_DB_PASS.json", "", "read", "", "", false, false, Area::system, E},
        {"a changed setting", "PUT", "/zm/api/configs/edit/ZM_HOME_CONTENT.json", "Config%5BValue%5D=x", "change", "", "", false, true, Area::system, E},
        {"a log row", "DELETE", "/zm/api/logs/delete/1795321444.123456.json", "", "delete", "", "", false, true, Area::system, E},
        {"another run state", "POST", "/zm/api/states/change/start.json", "", "change", "", "", false, true, Area::system, E},
    };
    for (const Row& row : rows) {
        DYNAMIC_SECTION(row.what) {
            const Meaning meaning = read(row.method, row.target, row.body);

            REQUIRE(meaning.strange == "");
            CHECK(meaning.act == row.act);
            CHECK(joined(meaning.recordings) == row.recordings);
            CHECK(joined(meaning.devices) == row.devices);
            CHECK(meaning.is_export == row.is_export);
            CHECK((meaning.changes || meaning.is_export) == (row.changes || row.is_export));
            CHECK(meaning.area == row.area);
            CHECK(meaning.level == row.level);
            CHECK_FALSE(meaning.is_open);
        }
    }
}

TEST_CASE("style sheets, scripts and pictures of the pages are open to all", "[web]") {
    for (const char* target : {"/zm/skins/classic/css/base/skin.css?1700", "/zm/js/logger.js", "/zm/graphics/favicon.ico",
                               "/zm/cache/skins_classic_js_base-1.js", "/zm/fonts/material.woff2", "/zm", "/favicon.ico"})
        CHECK(read("GET", target).is_open);
    for (const char* target : {"/zm/skins/classic/js/skin.js.php", "/zm/skins/classic/views/console.php", "/zm/includes/database.php",
                               "/zm/cache/events/1/2026-11-22/5/5-video.mp4", "/zm/skins/../index.php", "/zm/skins/a.css/b.php"})
        CHECK_FALSE(read("GET", target).is_open);
    CHECK_FALSE(read("POST", "/zm/js/logger.js").is_open);
}

TEST_CASE("a recording below /zm/cache is nobody's to fetch", "[web]") {
    const Meaning meaning = read("GET", "/zm/cache/events/1/2026-11-22/5/5-video.mp4");

    CHECK(meaning.strange == "");
    CHECK(meaning.closed != "");
    CHECK(meaning.is_export);
    CHECK(joined(meaning.recordings) == "5");
    CHECK(joined(meaning.devices) == "1");
}

TEST_CASE("what servers read differently from each other is strange", "[web]") {
    struct Row {
        const char* what;
        const char *method, *target, *body;
    };
    const Row rows[] = {
        {"an encoded slash", "GET", "/zm/api/events%2F5.json", ""},
        {"an encoded slash, twice", "GET", "/zm/api/events/%252e%252e/configs.json", ""},
        {"a dot segment", "GET", "/zm/api/../api/events/5.json", ""},
        {"an encoded dot segment", "GET", "/zm/api/%2e%2e/api/events/5.json", ""},
        {"a double slash", "GET", "/zm//index.php?view=event&eid=5", ""},
        {"a double slash in front", "GET", "//zm/index.php?view=event&eid=5", ""},
        {"a backslash", "GET", "/zm\\index.php?view=event&eid=5", ""},
        {"an encoded NUL", "GET", "/zm/index.php?view=event%00&eid=5", ""},
        {"an encoded line end", "GET", "/zm/index.php?view=event%0a&eid=5", ""},
        {"a path that needs no code", "GET", "/zm/index%2ephp?view=event&eid=5", ""},
        {"another case", "GET", "/zm/INDEX.PHP?view=event&eid=5", ""},
        {"a path behind the script", "GET", "/zm/index.php/x?view=event&eid=5", ""},
        {"an absolute address", "GET", "http://zm/zm/index.php?view=event&eid=5", ""},
        {"an overlong code", "GET", "/zm/index.php?view=filter&x=%C0%AF", ""},
        {"no UTF-8", "GET", "/zm/index.php?view=filter&x=%ff", ""},
        {"a broken code", "GET", "/zm/index.php?view=event&eid=%5", ""},
        {"a word given twice", "GET", "/zm/index.php?view=event&view=console&eid=5", ""},
        {"a word given twice, once encoded", "GET", "/zm/index.php?view=event&vie%77=archive&eid=5", ""},
        {"a word and a list", "GET", "/zm/index.php?request=event&action=export&eids=5&eids[]=6", ""},
        {"a name that PHP bends", "GET", "/zm/index.php?view=event&eid.x=5", ""},
        {"a lone bracket", "GET", "/zm/index.php?view=event&eid=5&act[ion=x", ""},
        {"a semicolon", "GET", "/zm/index.php?view=console;view=archive", ""},
        {"address against body", "POST", "/zm/index.php?view=console", "view=options&action=options"},
        {"an unknown page", "GET", "/zm/index.php?view=phpinfo", ""},
        {"a page with a path", "GET", "/zm/index.php?view=..%2f..%2fetc", ""},
        {"an unknown request", "GET", "/zm/index.php?request=shell", ""},
        {"an unknown action", "GET", "/zm/index.php?request=event&action=explode&id=5", ""},
        {"an action of another case", "GET", "/zm/index.php?request=event&action=Export&id=5", ""},
        {"an id with a tail", "GET", "/zm/index.php?view=view_video&eid=5abc", ""},
        {"an id in another writing", "GET", "/zm/index.php?view=view_video&eid=0x5", ""},
        {"an id with a zero", "GET", "/zm/index.php?view=view_video&eid=05", ""},
        {"no id", "GET", "/zm/index.php?view=view_video", ""},
        {"a frame by its own number, under cover of a recording", "GET", "/zm/index.php?view=image&id=5&fid=9", ""},
        {"the same with the name that lists use", "GET", "/zm/index.php?view=image&eids[]=5&fid=9", ""},
        {"the same with a recording that PHP finds empty", "GET", "/zm/index.php?view=image&eid=0&eids[]=5&fid=9", ""},
        {"a picture by its path", "GET", "/zm/index.php?view=image&eid=5&path=/1/x.jpg", ""},
        {"a page in front of a request", "GET", "/zm/index.php?view=archive&request=event&action=delete&id=5", ""},
        {"a password in an address", "GET", "/zm/index.php?view=console&username=admin&password=x", ""},
        {"a password beside something else", "POST", "/zm/index.php", "view=options&action=options&username=admin&password=x"},
        {"a password for the API", "GET", "/zm/api/events.json?user=admin&pass=x", ""},
        {"two ways to say who", "GET", "/zm/index.php?view=console&token=a.b.c&auth=214d308eb9916a5bc5322abe522b4b45", ""},
        {"a method in disguise", "POST", "/zm/api/events/5.json", "_method=DELETE"},
        {"a session in the address", "GET", "/zm/index.php?view=console&ZMSESSID=abc", ""},
        {"a call of another case", "GET", "/zm/api/Configs/viewbyname/ZM_DB_PASS.json", ""},
        {"an unknown call", "GET", "/zm/api/filters.json", ""},
        {"a deletion by GET in the API", "GET", "/zm/api/events/delete/5.json", ""},
        {"an odd method", "PATCH", "/zm/api/events/5.json", ""},
        {"a method in lower case", "get", "/zm/index.php", ""},
        {"a body with GET", "GET", "/zm/index.php?view=console", "view=archive"},
        {"zms with a code", "GET", "/zm/cgi-bin/zms?mode=single&monitor=%31", ""},
        {"zms with two monitors", "GET", "/zm/cgi-bin/zms?mode=single&monitor=1&monitor=2", ""},
        {"zms with a live source and a recording", "GET", "/zm/cgi-bin/zms?source=monitor&monitor=1&event=5", ""},
        {"zms with an equals sign more", "GET", "/zm/cgi-bin/zms?mode=single&monitor=1=2", ""},
        {"zms with a frame of anything", "GET", "/zm/cgi-bin/zms?monitor=1&frame=3", ""},
        {"zms handing out memory", "GET", "/zm/cgi-bin/zms?mode=raw&monitor=1", ""},
        {"zms with a password", "GET", "/zm/cgi-bin/zms?mode=single&monitor=1&user=admin&pass=x", ""},
        {"another program", "GET", "/zm/cgi-bin/test", ""},
        {"another folder", "GET", "/server-status", ""},
        {"another folder that begins alike", "GET", "/zmx/index.php", ""},
    };
    for (const Row& row : rows) {
        DYNAMIC_SECTION(row.what) {
            const Meaning meaning = read(row.method, row.target, row.body);

            CHECK(meaning.strange != "");
            CHECK_FALSE(meaning.is_open);
            CHECK_FALSE(meaning.may_be_nobody);
        }
    }
}

TEST_CASE("zms takes no more than it reads", "[web]") {
    const std::string many = "/zm/cgi-bin/zms?mode=single&monitor=1&rand=" + std::string(1000, '1');
    CHECK(read("GET", many).strange != "");
}

TEST_CASE("a body that cannot be seen, or is no form, is strange", "[web]") {
    WebRequest request{"POST", "/zm/index.php?view=login"};
    request.is_body_unseen = true;
    CHECK(meaning_of(request, "/zm").strange != "");

    request.is_body_unseen = false;
    request.body = R"({"view":"console"})";
    for (const char* type : {"application/json", "multipart/form-data; boundary=x", "", "application/x-www-form-urlencodedx"}) {
        request.content_type = type;
        CHECK(meaning_of(request, "/zm").strange != "");
    }
}

TEST_CASE("a session cookie is taken in its plain form only", "[web]") {
    WebRequest request{"GET", "/zm/index.php?view=console"};
    for (const char* cookie : {"ZMSESSID=a; ZMSESSID=b", "ZMSESSID[x]=a", "ZMSESSID=a b", "ZMSESSID=", "xZMSESSID=a"}) {
        request.cookie = cookie;
        CHECK(meaning_of(request, "/zm").strange != "");
    }
    request.cookie = "zmCSS=base;  ZMSESSID=q1w2e3";
    CHECK(meaning_of(request, "/zm").credentials.session == "q1w2e3");
}

TEST_CASE("an export's archive is known by its key", "[web]") {
    CHECK(read("GET", "/zm/index.php?view=archive&type=tar.gz&connkey=514132&file=zmExport_514132.tar.gz").export_id == "514132");
    CHECK(read("GET", "/zm/index.php?view=archive&type=zip&file=zmExport_77.zip").export_id == "77");
    CHECK(read("GET", "/zm/index.php?view=archive&type=zip&connkey=1&file=zmExport_2.zip").strange != "");
    CHECK(read("GET", "/zm/index.php?view=archive&type=zip&file=..%2fzmExport_2x.zip").strange != "");
    CHECK(read("GET", "/zm/index.php?view=archive&type=zip").strange != "");
}

TEST_CASE("an account that is limited to some monitors sees those alone", "[web]") {
    Account account;
    account.levels.fill(Level::view);
    account.monitors = {"2", "3"};
    const Meaning video = read("GET", "/zm/index.php?view=view_video&eid=5");

    CHECK(lacking(account, video, {"2"}, true).empty());
    CHECK_FALSE(lacking(account, video, {"1"}, true).empty());
    CHECK_FALSE(lacking(account, video, {"2", "1"}, true).empty());
    CHECK_FALSE(lacking(account, video, {}, false).empty());
    CHECK_FALSE(lacking(account, read("GET", "/zm/api/frames.json"), {}, true).empty());
    CHECK_FALSE(lacking(account, read("GET", "/zm/api/events/archive/5.json"), {"2"}, true).empty());
    account.monitors.clear();
    CHECK(lacking(account, video, {"1"}, true).empty());
    account.levels.fill(Level::none);
    CHECK_FALSE(lacking(account, video, {"1"}, true).empty());
}
