#include "temp_folder.hpp"
#include "vms.hpp"

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <catch2/catch.hpp>
#include <cstdio>
#include <fstream>
#include <functional>
#include <future>
#include <set>
#include <stdexcept>
#include <thread>

using namespace ombud::zoneminder;
namespace fs = std::filesystem;
namespace sdk = ombud::sdk;

namespace {

/// A browser: curl with a cookie jar of its own.
class Browser {
  public:
    struct Answer {
        int status = 0;
        std::string body;
    };

    /// @param arguments  of curl, each quoted here
    Answer ask(std::vector<std::string> arguments) {
        std::string command = "curl -s -m 60 -b " + jar() + " -c " + jar() + " -w '\\n%{http_code}'";
        for (const std::string& argument : arguments)
            command += " '" + argument + "'";
        std::FILE* const pipe = popen(command.c_str(), "r");
        if (!pipe)
            throw std::runtime_error("curl could not be run");
        Answer answer;
        std::array<char, 65536> buffer;
        for (std::size_t got; (got = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0;)
            answer.body.append(buffer.data(), got);
        pclose(pipe);
        const auto end = answer.body.rfind('\n');
        answer.status = std::stoi(answer.body.substr(end + 1));
        answer.body.resize(end);
        return answer;
    }
    Answer get(const std::string& query) { return ask({facts().web_url + "?" + query}); }
    void log_in(const std::string& user, const std::string& password) {
        ask({"-d", "action=login&view=console&username=" + user + "&password=" + password, facts().web_url});
        const std::string page = get("view=console").body;
        REQUIRE(page.find("logoutButton") != std::string::npos);
        const auto at = page.find("key:");
        token_ = page.substr(at, page.find('"', at) - at);
    }
    bool is_logged_in() { return get("view=console").body.find("logoutButton") != std::string::npos; }
    Answer post(const std::string& form) {
        return ask({"--data-urlencode", "__csrf_magic=" + token_, "-d", form, facts().web_url});
    }

  private:
    std::string jar() const { return (folder_.path / "cookies").string(); }
    TempFolder folder_;
    std::string token_;
};

std::string token_of(Browser& browser, const std::string& user, const std::string& password) {
    const auto answer = browser.ask({"-d", "user=" + user + "&pass=" + password, facts().api_url + "/host/login.json"});
    return answer.status == 200 ? std::string(boost::json::parse(answer.body).at("access_token").as_string()) : "";
}

/// Attached, with exports watched; without exports and sessions of other tests.
struct Watched {
    Watched() {
        start_clean();
        for (const char* table : {"Sessions", "ombud.exports", "ombud.access_log"})
            sql(std::string("DELETE FROM ") + table);
        for (const auto& entry : fs::directory_iterator(facts().exports_dir))
            fs::remove_all(entry);
        attach();
    }
    void attach(std::int64_t keep_s = 86'400) {
        zm.reset();
        zm = std::make_unique<Attached>("outbox", std::map<std::string, ombud::testing::Setting>{
                                                      {"options/exports-dir", facts().exports_dir},
                                                      {"options/access-log", facts().access_log},
                                                      {"options/exports-keep", keep_s}});
        REQUIRE(zm->open() == OMBUD_OK);
        REQUIRE(zm->plugin->poll(0) == OMBUD_OK);
    }
    /// Watches while somebody asks for something; 3 s after all that went before, so that no session of it is in doubt.
    int status_of(const std::function<Browser::Answer()>& ask, int quiet_s = 5) {
        zm->poll_until([] { return false; }, quiet_s);
        auto asked = std::async(std::launch::async, ask);
        while (asked.wait_for(std::chrono::seconds(0)) != std::future_status::ready)
            REQUIRE(zm->plugin->poll(50'000'000) == OMBUD_OK);
        return asked.get().status;
    }
    std::vector<const sdk::Event*> seen(const std::string& id, const std::string& state) {
        auto found = zm->told("export.seen", "export", id);
        std::erase_if(found, [&](const sdk::Event* event) { return zm->host.text(*event, "state") != state; });
        return found;
    }
    /// Waits, and looks at the first.
    const sdk::Event& await(const std::string& id, const std::string& state, int seconds = 20) {
        CAPTURE(id, state);
        REQUIRE(zm->poll_until([&] { return !seen(id, state).empty(); }, seconds));
        return *seen(id, state).front();
    }
    std::string text(const sdk::Event& event, std::string_view key) {
        return zm->host.has(event, key) ? zm->host.text(event, key) : "(absent)";
    }
    std::unique_ptr<Attached> zm;
};

std::string export_query(std::uint64_t recording, const std::string& key) {
    return "view=event&request=event&action=export&eids%5B%5D=" + std::to_string(recording) + "&connkey=" + key +
           "&exportVideo=1&exportFormat=zip";
}

} // namespace

TEST_CASE("an export by the page, and its fetching, are told with their user", "[vms]") {
    Watched watched;
    Browser admin;
    admin.log_in(facts().web_user, facts().web_password);
    const auto recording = finished_recording();

    REQUIRE(watched.status_of([&] { return admin.get(export_query(recording, "1001")); }) == 200);
    const auto& made = watched.await("zmExport_1001.zip", "made");

    CHECK(watched.text(made, "user") == facts().web_user);
    CHECK(watched.text(made, "via") == "vms");
    CHECK(watched.text(made, "recordings") == std::to_string(recording));
    CHECK(watched.text(made, "devices") == std::to_string(facts().monitor));
    CHECK(watched.text(made, "formats") == "zip\nmp4");

    REQUIRE(watched.status_of([&] { return admin.get("view=archive&type=zip&connkey=1001&file=zmExport_1001.zip"); }) == 200);
    const auto& fetched = watched.await("zmExport_1001.zip", "fetched");

    CHECK(watched.text(fetched, "user") == facts().web_user);
    watched.zm->poll_until([] { return false; }, 3);
    CHECK(watched.seen("zmExport_1001.zip", "made").size() == 1);
    CHECK(watched.seen("zmExport_1001.zip", "fetched").size() == 1);
    CHECK(watched.zm->host.breaches.empty());
}

TEST_CASE("an export by POST, by the download button, and by a token are told with their user", "[vms]") {
    Watched watched;
    Browser admin, program;
    admin.log_in(facts().web_user, facts().web_password);
    const auto recording = finished_recording();
    const auto id = std::to_string(recording);

    REQUIRE(watched.status_of([&] {
        return admin.post("view=request&request=event&action=export&id=" + id +
                          "&connkey=1002&exportVideo=1&exportFormat=tar&exportCompress=1&exportFile=zmExport");
    }) == 200);
    CHECK(watched.text(watched.await("zmExport_1002.tar.gz", "made"), "user") == facts().web_user);
    CHECK(watched.text(*watched.seen("zmExport_1002.tar.gz", "made").front(), "formats") == "tar.gz\nmp4");

    REQUIRE(watched.status_of([&] {
        return admin.get("view=request&request=event&action=download&eids%5B%5D=" + id + "&exportFormat=zip&connkey=1003");
    }) == 200);
    CHECK(watched.text(watched.await("zmExport_1003.zip", "made"), "user") == facts().web_user);

    const auto token = token_of(program, "ombud", facts().password);
    REQUIRE(watched.status_of([&] { return program.get(export_query(recording, "1004") + "&token=" + token); }, 0) == 200);
    CHECK(watched.text(watched.await("zmExport_1004.zip", "made"), "user") == "ombud");
}

TEST_CASE("an archive that a crafted POST led out of the folder is told once, without a user, and when it is gone", "[vms]") {
    Watched watched;
    Browser admin;
    admin.log_in(facts().web_user, facts().web_password);
    const auto recording = finished_recording();
    const fs::path above = fs::path(facts().exports_dir).parent_path(), foreign = above / "swap" / "backup_of_somebody.zip";
    std::ofstream(foreign) << "no export";

    for (const auto& [to, key] : {std::pair<std::string, std::string>{"../swap/nearby", "1010"}, {"../swap/../swap/nearby", "1011"}, {"../events/nearby", "1012"}})
        REQUIRE(watched.status_of([&, to = to, key = key] {
            return admin.post("view=request&request=event&action=export&id=" + std::to_string(recording) + "&connkey=" + key +
                              "&exportVideo=1&exportFormat=zip&exportFile=" + to);
        }, 0) == 200);

    for (const std::string id : {"..%2Fswap%2Fnearby_1010.zip", "..%2Fswap%2Fnearby_1011.zip", "..%2Fevents%2Fnearby_1012.zip"}) {
        const auto& made = watched.await(id, "made", 30);
        CHECK(watched.text(made, "user") == "(absent)");
        CHECK_THAT(watched.text(made, "detail"), Catch::Contains("outside of the exports folder"));
        CHECK(watched.text(made, "recordings") == std::to_string(recording));
        CHECK(watched.text(made, "formats") == "zip");
    }
    watched.zm->poll_until([] { return false; }, 7);
    CHECK(watched.seen("..%2Fswap%2Fnearby_1010.zip", "made").size() == 1);
    CHECK(watched.seen("..%2Fswap%2Fbackup_of_somebody.zip", "made").empty());

    for (const char* name : {"swap/nearby_1010", "swap/nearby_1011", "events/nearby_1012"}) {
        fs::remove_all(above / name);
        fs::remove(above / (std::string(name) + ".zip"));
    }
    fs::remove(foreign);
    watched.await("..%2Fswap%2Fnearby_1010.zip", "gone");
    CHECK(watched.zm->host.breaches.empty());
}

TEST_CASE("a video that a filter encodes is told, and laid to nobody although somebody uses the pages", "[vms]") {
    Watched watched;
    Browser admin;
    const auto recording = finished_recording();
    const std::string id = std::to_string(recording);
    // zmvideo.pl divides by the time from the first frame to the last, and a recording of the bed has a row of one.
    sql("INSERT INTO Frames (EventId, FrameId, Type, TimeStamp, Delta, Score) SELECT Id, 50, 'Bulk', StartDateTime, 5, 0 FROM Events WHERE Id = " + id +
        " ON DUPLICATE KEY UPDATE Delta = 5");
    sql("UPDATE Events SET Videoed = 0 WHERE Id = " + id);
    sql("DELETE FROM Filters WHERE Name = 'encodes'");
    sql("INSERT INTO Filters (Name, UserId, Query_json, AutoVideo) SELECT 'encodes', Id, '{\"terms\":[{\"attr\":\"Id\",\"op\":\"=\",\"val\":\"" + id +
        "\"}],\"limit\":\"1\"}', 1 FROM Users LIMIT 1");
    const std::string filter = sql("SELECT Id FROM Filters WHERE Name = 'encodes'").front().text(0);
    const auto before = fs::directory_iterator(folder_of(recording));
    std::set<fs::path> files;
    for (const auto& file : before)
        files.insert(file.path());

    watched.status_of([&] {
        admin.log_in(facts().web_user, facts().web_password); // the only one who could be taken for it
        const int done = std::system(("runuser -u www-data -- zmfilter.pl --filter_id " + filter + " >/dev/null 2>&1").c_str());
        return Browser::Answer{done, ""};
    });

    std::string encoded;
    for (const auto& file : fs::directory_iterator(folder_of(recording)))
        if (files.count(file.path()) == 0 && file.path().extension() != ".log")
            encoded = file.path().filename();
    REQUIRE_FALSE(encoded.empty());
    const auto& made = watched.await("video%2F" + id + "%2F" + encoded, "made");
    CHECK(watched.text(made, "user") == "(absent)");
    CHECK_THAT(watched.text(made, "detail"), Catch::Contains("by a filter (AutoVideo)"));
    sql("DELETE FROM Filters WHERE Name = 'encodes'");
    fs::remove(folder_of(recording) / encoded);
}

TEST_CASE("when two could have made an export, it is laid to neither", "[vms]") {
    Watched watched;
    Browser admin, other;
    admin.log_in(facts().web_user, facts().web_password);
    other.log_in("ombud", facts().password);
    const auto id = std::to_string(finished_recording());

    REQUIRE(watched.status_of([&] {
        other.get("view=console");
        return admin.post("view=request&request=event&action=export&id=" + id +
                          "&connkey=1005&exportVideo=1&exportFormat=zip&exportFile=zmExport");
    }) == 200);
    const auto& made = watched.await("zmExport_1005.zip", "made");

    CHECK(watched.text(made, "user") == "(absent)");
    CHECK(watched.text(made, "detail") == "2 web sessions asked for something at that moment");
}

TEST_CASE("a restart tells nothing twice and misses nothing", "[vms]") {
    Watched watched;
    Browser admin;
    admin.log_in(facts().web_user, facts().web_password);
    const auto recording = finished_recording();
    for (const char* key : {"1006", "1007"}) {
        REQUIRE(admin.get(export_query(recording, key)).status == 200);
        watched.await("zmExport_" + std::string(key) + ".zip", "made");
    }
    watched.zm.reset();
    REQUIRE(admin.get(export_query(recording, "1008")).status == 200);
    REQUIRE(admin.get("view=archive&type=zip&file=zmExport_1006.zip").status == 200);
    fs::remove(fs::path(facts().exports_dir) / "zmExport_1007.zip");
    std::this_thread::sleep_for(std::chrono::seconds(4)); // an archive that nobody was seen to close is left alone so long

    watched.attach();

    CHECK(watched.text(watched.await("zmExport_1008.zip", "made"), "user") == "(absent)");
    watched.await("zmExport_1007.zip", "gone");
    watched.await("zmExport_1006.zip", "fetched");
    watched.zm->poll_until([] { return false; }, 2);
    CHECK(watched.seen("zmExport_1006.zip", "made").empty());
    CHECK(watched.seen("zmExport_1008.zip", "made").size() == 1);
}

TEST_CASE("an archive that outlives its recording is abandoned, and is removed on request, with no recording touched", "[vms]") {
    Watched watched;
    Browser admin;
    admin.log_in(facts().web_user, facts().web_password);
    const auto kept = finished_recording();
    const fs::path kept_folder = folder_of(kept);
    const auto files = std::distance(fs::directory_iterator(kept_folder), {});
    REQUIRE(admin.get(export_query(kept, "1009")).status == 200);
    REQUIRE(admin.get(export_query(kept, "1010") + "&eids%5B%5D=99999999").status == 200);
    watched.await("zmExport_1009.zip", "made");
    watched.await("zmExport_1010.zip", "made");
    fs::create_directories(fs::path(facts().exports_dir) / "zmExport_1010/99999998"); // a recording that is gone by now
    watched.attach(5); // older than that is abandoned

    const auto& abandoned = watched.await("zmExport_1009.zip", "abandoned", 30);
    CHECK_THAT(watched.text(abandoned, "detail"), Catch::Contains("exports-keep"));

    ombud_action action{};
    action.struct_size = sizeof action;
    action.kind = sdk::to_view(OMBUD_ACTION_REMOVE_EXPORT);
    action.control = sdk::to_view("EXP-11");
    action.reason = sdk::to_view("a test asked for it");
    action.export_id = sdk::to_view("zmExport_1009.zip");
    const auto removed = watched.zm->plugin->act(action);
    const auto again = watched.zm->plugin->act(action);

    CHECK(removed.outcome == OMBUD_OUTCOME_DONE);
    CHECK(again.outcome == OMBUD_OUTCOME_ALREADY);
    CHECK_FALSE(fs::exists(fs::path(facts().exports_dir) / "zmExport_1009.zip"));
    CHECK_FALSE(fs::exists(fs::path(facts().exports_dir) / "zmExport_1009"));
    CHECK(fs::exists(fs::path(facts().exports_dir) / "zmExport_1010.zip"));
    CHECK(std::distance(fs::directory_iterator(kept_folder), {}) == files);
    watched.await("zmExport_1009.zip", "gone");
}

TEST_CASE("account.disable ends login, tokens and web sessions", "[vms]") {
    Watched watched;
    sql("DELETE FROM Users WHERE Username = 'guard01'");
    sql("INSERT INTO Users (Username, Password, Enabled, APIEnabled, Events, Monitors, `Stream`)"
        " SELECT 'guard01', Password, 1, 1, 'View', 'View', 'View' FROM Users WHERE Username = 'ombud'");
    Browser guard, later;
    guard.log_in("guard01", facts().password);
    const auto token = token_of(later, "guard01", facts().password);
    const auto events = facts().api_url + "/events.json?limit=1&token=" + token;
    REQUIRE(later.ask({events}).status == 200);
    ombud_action action{};
    action.struct_size = sizeof action;
    action.kind = sdk::to_view(OMBUD_ACTION_DISABLE_ACCOUNT);
    action.control = sdk::to_view("PUSH-5");
    action.reason = sdk::to_view("a test asked for it");
    action.user = sdk::to_view("guard01");

    const auto disabled = watched.zm->plugin->act(action);
    const auto again = watched.zm->plugin->act(action);

    CHECK(disabled.outcome == OMBUD_OUTCOME_DONE);
    CHECK_THAT(disabled.proof, Catch::Contains("1 web session") && !Catch::Contains("guard01"));
    CHECK(again.outcome == OMBUD_OUTCOME_ALREADY);
    CHECK_FALSE(guard.is_logged_in());
    CHECK(later.ask({events}).status == 401);
    CHECK(token_of(later, "guard01", facts().password).empty());

    sql("UPDATE Users SET Enabled = 1 WHERE Username = 'guard01'"); // people may; what was open before stays shut
    CHECK_FALSE(guard.is_logged_in());
    CHECK(later.ask({events}).status == 401);
    CHECK_FALSE(token_of(later, "guard01", facts().password).empty());

    action.user = sdk::to_view("ombud");
    CHECK(watched.zm->plugin->act(action).outcome == OMBUD_OUTCOME_REFUSED);
    action.user = sdk::to_view("admin"); // the only one with System=Edit
    CHECK(watched.zm->plugin->act(action).outcome == OMBUD_OUTCOME_REFUSED);
    action.user = sdk::to_view("nobody");
    CHECK(watched.zm->plugin->act(action).outcome == OMBUD_OUTCOME_FAILED);
    sql("DELETE FROM Users WHERE Username = 'guard01'");
}
