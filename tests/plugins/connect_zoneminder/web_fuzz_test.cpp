// Mutated requests: nothing crashes, and what is understood means the same to a reader as lenient as PHP is.
#include "web/meaning.hpp"

#include <catch2/catch.hpp>
#include <map>
#include <random>
#include <set>
#include <string>

using namespace ombud::zoneminder::web;
using ombud::sdk::WebRequest;

namespace {

constexpr const char* seeds[][3] = {
    {"GET", "/zm/index.php?view=view_video&eid=5", ""},
    {"GET", "/zm/index.php?view=image&eid=5&fid=snapshot&token=a.b.c", ""},
    {"GET", "/zm/index.php?view=event&request=event&action=export&eids%5B%5D=5&connkey=514132&exportFormat=tar", ""},
    {"GET", "/zm/index.php?view=archive&type=zip&connkey=514131&file=zmExport_514131.zip", ""},
    {"POST", "/zm/index.php?view=login", "action=login&view=login&username=admin&password=a%2Bb"},
    {"POST", "/zm/index.php", "request=event&action=rename&id=5&eventName=Gate%0d%0a"},
    {"GET", "/zm/cgi-bin/zms?source=event&mode=jpeg&event=5&frame=1&scale=50", ""},
    {"GET", "/zm/cgi-bin/zms?mode=single&monitor=1&auth=214d308eb9916a5bc5322abe522b4b45", ""},
    {"GET", "/zm/api/events/index/MonitorId:1/StartDateTime%20%3E=:2026-11-22%2000:00:00.json?limit=2", ""},
    {"DELETE", "/zm/api/events/5.json", ""},
    {"PUT", "/zm/api/configs/edit/ZM_HOME_CONTENT.json", "Config%5BValue%5D=x"},
    {"GET", "/zm/skins/classic/css/base/skin.css?1700", ""},
    {"GET", "/zm/cache/events/1/2026-11-22/5/5-video.mp4", ""},
};
constexpr const char* tokens[] = {"%00", "%2e%2e/", "..", "//", "%2f", "%", "%zz", "&", "&view=archive", "&view[]=x", "&action=delete", "&eid=7", "[", "]", ";",
                                  "+", "=", "\\", "?", "#", "%C0%AF", "\xff", "eid", "%65id=9", "&request=event", "view", ".json", ":", "&id=6", "%26", "%3D", "\n", "0", "9"};

/// As PHP: no error ever, the last of two wins, codes that are none stay as they are.
std::string lenient_decode(const std::string& text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%' && i + 2 < text.size() && std::isxdigit(static_cast<unsigned char>(text[i + 1])) != 0 &&
            std::isxdigit(static_cast<unsigned char>(text[i + 2])) != 0) {
            out += static_cast<char>(std::stoi(text.substr(i + 1, 2), nullptr, 16));
            i += 2;
        } else {
            out += text[i] == '+' ? ' ' : text[i];
        }
    }
    return out;
}

void read_lenient(std::map<std::string, std::string>& into, const std::string& text) {
    for (std::size_t begin = 0; begin <= text.size();) {
        const auto end = std::min(text.find('&', begin), text.size());
        const std::string part = text.substr(begin, end - begin);
        const auto equals = std::min(part.find('='), part.size());
        std::string name = lenient_decode(part.substr(0, equals));
        name = name.substr(0, name.find('\0'));
        into[name.substr(0, name.find('['))] = equals < part.size() ? lenient_decode(part.substr(equals + 1)) : "";
        begin = end + 1;
    }
}

} // namespace

TEST_CASE("mutated requests mean what a lenient reader sees, or are strange", "[web]") {
    std::mt19937 random(20261122);
    const auto below = [&](std::size_t limit) { return std::uniform_int_distribution<std::size_t>(0, limit - 1)(random); };
    const std::set<std::string_view> acts{"view", "replay", "image", "export", "download", "archive", "delete", "login", "read", "change"};
    std::size_t understood = 0;
    for (int round = 0; round < 100'000; ++round) {
        const auto& seed = seeds[below(std::size(seeds))];
        std::string target = seed[1], body = seed[2];
        for (std::size_t changes = 1 + below(3); changes > 0; --changes) {
            std::string& text = !body.empty() && below(2) == 0 ? body : target;
            const std::size_t at = below(text.size() + 1);
            switch (below(4)) {
            case 0: text.insert(at, tokens[below(std::size(tokens))]); break;
            case 1: text.erase(at, 1 + below(4)); break;
            case 2: text.insert(at, 1, static_cast<char>(below(256))); break;
            default: text += tokens[below(std::size(tokens))]; break;
            }
        }
        WebRequest request{seed[0], target};
        request.body = body;
        request.content_type = body.empty() ? "" : "application/x-www-form-urlencoded";
        request.cookie = "ZMSESSID=abc";
        const Meaning meaning = meaning_of(request, "/zm");
        if (!meaning.strange.empty() || meaning.is_open)
            continue;
        ++understood;
        CAPTURE(seed[0], target, body);
        REQUIRE(acts.contains(meaning.act));
        for (const auto* ids : {&meaning.recordings, &meaning.devices, &meaning.frames})
            for (const std::string& id : *ids)
                REQUIRE(is_id(id));
        if (target.rfind("/zm/index.php", 0) != 0)
            continue;
        std::map<std::string, std::string> seen;
        const auto question = target.find('?');
        if (question != std::string::npos)
            read_lenient(seen, target.substr(question + 1));
        read_lenient(seen, body);
        const auto is_about = [&](const char* name) { return std::find(meaning.recordings.begin(), meaning.recordings.end(), seen[name]) != meaning.recordings.end(); };
        if (seen["request"].empty() && (seen["view"] == "view_video" || seen["view"] == "image"))
            REQUIRE(is_about("eid"));
        if (seen["request"].empty() && seen["view"] == "archive")
            REQUIRE(meaning.is_export);
        if (seen["request"] == "event" && (seen["action"] == "export" || seen["action"] == "download"))
            REQUIRE(meaning.is_export);
        if (seen["action"] == "delete")
            REQUIRE(meaning.changes);
        if (!seen["password"].empty())
            REQUIRE(meaning.act == "login");
    }
    CHECK(understood > 5'000); // else it is the mutations that are not understood
}
