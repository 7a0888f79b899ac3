#include "actions.hpp"
#include "http_double.hpp"
#include "listing.hpp"
#include "plugin_host.hpp"
#include "temp_folder.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <functional>
#include <map>
#include <sys/stat.h>

using namespace ombud::zoneminder;
namespace fs = std::filesystem;

namespace {

/// Rows kept in memory.
class Rows final : public Catalogue {
  public:
    Result<std::vector<MonitorRow>> monitors() override { return std::vector<MonitorRow>{}; }
    Result<std::optional<MonitorRow>> monitor(std::uint64_t) override { return std::optional<MonitorRow>(); }
    Result<std::vector<AreaRow>> areas() override { return area_rows; }
    Result<std::optional<EventRow>> event(std::uint64_t id) override {
        if (before_lookup)
            before_lookup();
        const auto found = rows.find(id);
        return found == rows.end() ? std::optional<EventRow>() : std::optional<EventRow>(found->second);
    }
    Result<std::vector<EventRow>> events_after(std::uint64_t id, std::size_t room) override {
        std::vector<EventRow> page;
        for (auto at = rows.upper_bound(id); at != rows.end() && page.size() < room; ++at)
            page.push_back(at->second);
        return page;
    }
    Result<std::vector<EventRow>> events(const std::vector<std::uint64_t>& ids) override {
        std::vector<EventRow> found;
        for (const std::uint64_t id : ids)
            if (rows.count(id))
                found.push_back(rows.at(id));
        return found;
    }

    std::map<std::uint64_t, EventRow> rows;
    std::vector<AreaRow> area_rows;
    std::function<void()> before_lookup;
};

/// A ZoneMinder made of rows and files; its web server answers 200 to everything and does nothing.
struct Site {
    Site() {
        catalogue.area_rows = {{1, "Default", disk.path.string(), true}};
        host.is_started = host.is_inside = host.is_listing = true;
        inspector.set_areas(catalogue.area_rows);
    }

    void add(std::uint64_t id, bool with_file = true) {
        EventRow row;
        row.id = id;
        row.monitor = 3;
        row.area = 1;
        row.start_local = "2026-11-22 07:36:51";
        row.begin_utc_ns = 1795329411'000'000'000;
        row.end_utc_ns = 1795329416'000'000'000;
        row.video = std::to_string(id) + "-video.mp4";
        catalogue.rows[id] = row;
        if (with_file)
            add_file(id);
    }
    void add_file(std::uint64_t id) {
        disk.write("3/2026-11-22/" + std::to_string(id) + "/" + std::to_string(id) + "-video.mp4");
    }

    std::map<std::string, const ombud::sdk::Event*> list() {
        host.put.clear();
        const auto listed = list_recordings({lent, *lent.feed(), records, inspector, catalogue, true});
        REQUIRE(listed);
        std::map<std::string, const ombud::sdk::Event*> by_name;
        for (const auto& record : host.put)
            CHECK(by_name.emplace(host.text(record, "recording"), &record).second);
        return by_name;
    }
    ombud::sdk::ActionResult remove(const std::string& recording) {
        return delete_recording({rest, catalogue, inspector, true, now_utc_ns}, recording);
    }

    std::int64_t now_utc_ns = 1795329500'000'000'000; ///< later than every recording of add()
    TempFolder disk;
    Rows catalogue;
    ombud::testing::PluginHost host;
    ombud::sdk::Host lent{host.host()};
    Records records{lent};
    Inspector inspector{lent, true, false};
    HttpDouble server{[](const HttpRequest&) {
        return http(200, "application/json", R"({"access_token":"T","access_token_expires":7200})");
    }};
    Rest rest{{server.url(), "ombud", "secret", "", 5000, 1 << 20}, [] { return std::int64_t{1}; }};
};

using ombud::sdk::Outcome;

} // namespace

TEST_CASE("rows and files are told apart both ways", "[listing]") {
    Site site;
    site.add(1);
    site.add(2, false);
    site.add_file(3);

    const auto listed = site.list();

    REQUIRE(listed.size() == 3);
    CHECK_FALSE((site.host.has(*listed.at("1"), "no_file") || site.host.has(*listed.at("1"), "no_row")));
    CHECK(site.host.i64(*listed.at("2"), "no_file") == 1);
    CHECK(site.host.i64(*listed.at("3"), "no_row") == 1);
    CHECK(site.host.text(*listed.at("3"), "device") == "3");
}

TEST_CASE("more recordings than a page are each told once", "[listing]") {
    Site site;
    for (std::uint64_t id = 1; id <= 2500; ++id)
        site.add(id, id % 100 == 0);

    CHECK(site.list().size() == 2500);
}

TEST_CASE("a folder that its recording left behind in another area is told under a name of its own", "[listing]") {
    Site site;
    const TempFolder second;
    site.catalogue.area_rows.push_back({2, "Second", second.path.string(), true});
    site.add(1);
    site.add(2);
    second.write("3/2026-11-22/1/1-video.mp4");
    second.write("3/2026-11-22/2/2-video.mp4");
    site.catalogue.rows[2].secondary_area = 2; // a copy that ZoneMinder knows of

    const auto listed = site.list();

    REQUIRE(listed.size() == 3);
    CHECK(site.host.i64(*listed.at("1@2:3/2026-11-22/1"), "no_row") == 1);

    SECTION("and can be deleted alone") {
        const auto result = site.remove("1@2:3/2026-11-22/1");

        CHECK(result.outcome == Outcome::done);
        CHECK_FALSE(fs::exists(second.path / "3/2026-11-22/1"));
        CHECK(fs::exists(site.disk.path / "3/2026-11-22/1/1-video.mp4"));
    }
    SECTION("but never where the row says it is") {
        CHECK(site.remove("1@1:3/2026-11-22/1").outcome == Outcome::refused);
        CHECK(site.remove("2@2:3/2026-11-22/2").outcome == Outcome::refused);
        CHECK(fs::exists(site.disk.path / "3/2026-11-22/1/1-video.mp4"));
        CHECK(fs::exists(second.path / "3/2026-11-22/2/2-video.mp4"));
    }
    SECTION("nor outside of the area") {
        CHECK(site.remove("1@2:../../etc").outcome != Outcome::done);
        CHECK(site.remove("@2:3").outcome == Outcome::refused);
    }
}

TEST_CASE("an area that is not mounted stops the listing", "[listing]") {
    Site site;
    site.add(1, false);

    const auto listed =
        list_recordings({site.lent, *site.lent.feed(), site.records, site.inspector, site.catalogue, true});

    REQUIRE_FALSE(listed);
    CHECK(listed.error().code == ErrorCode::unavailable);
    CHECK_THAT(listed.error().message, Catch::Contains(site.disk.path.string()) && Catch::Contains("mounted"));
}

TEST_CASE("a recording that ZoneMinder says it deleted, but did not, is tried again", "[actions]") {
    Site site;
    site.add(1);

    const auto result = site.remove("1");

    CHECK(result.outcome == Outcome::retry);
    CHECK_THAT(result.proof, Catch::Contains("still there"));
    CHECK(fs::exists(site.disk.path / "3/2026-11-22/1/1-video.mp4"));
    CHECK(site.server.requests().back().line == "DELETE /zm/api/events/1.json HTTP/1.1");
}

TEST_CASE("a recording that is archived between the first look and the last is refused", "[actions]") {
    Site site;
    site.add(1);
    int lookups = 0;
    site.catalogue.before_lookup = [&] { site.catalogue.rows[1].is_archived = ++lookups > 1; };

    CHECK(site.remove("1").outcome == Outcome::refused);
    CHECK(fs::exists(site.disk.path / "3/2026-11-22/1/1-video.mp4"));
}

TEST_CASE("files whose row comes back before they are removed stay", "[actions]") {
    Site site;
    site.add_file(1);
    int lookups = 0;
    site.catalogue.before_lookup = [&] {
        if (++lookups == 2)
            site.add(1);
    };

    CHECK(site.remove("1").outcome == Outcome::refused);
    CHECK(fs::exists(site.disk.path / "3/2026-11-22/1/1-video.mp4"));
}

TEST_CASE("a recording that was never closed can be deleted once nothing is added any more", "[actions]") {
    Site site;
    site.add(1);
    site.catalogue.rows[1].end_utc_ns.reset();
    struct stat written {};
    REQUIRE(stat((site.disk.path / "3/2026-11-22/1/1-video.mp4").c_str(), &written) == 0);

    site.now_utc_ns = (written.st_mtim.tv_sec + 599) * 1'000'000'000;
    CHECK_THAT(site.remove("1").proof, Catch::Contains("still being written"));
    CHECK(site.server.requests().empty());

    site.now_utc_ns = (written.st_mtim.tv_sec + 601) * 1'000'000'000;
    site.remove("1");
    CHECK(site.server.requests().back().line == "DELETE /zm/api/events/1.json HTTP/1.1");
}

TEST_CASE("a recording that is still open is not looked into, and not missed", "[listing]") {
    Site site;
    site.add(1);
    site.add(2, false);
    site.catalogue.rows[2].end_utc_ns.reset();
    Inspector curious(site.lent, true, true);
    curious.set_areas(site.catalogue.area_rows);

    CHECK_FALSE(curious.inspect(site.catalogue.rows[2]).is_missing);
    site.add_file(2);
    CHECK(curious.inspect(site.catalogue.rows[2]).unreadable.empty());
    CHECK(site.host.probes == 0);
    curious.inspect(site.catalogue.rows[1]);
    CHECK(site.host.probes == 1);
}

TEST_CASE("what has neither row nor files is deleted already", "[actions]") {
    Site site;
    site.add(1);

    CHECK(site.remove("7").outcome == Outcome::already);
}

TEST_CASE("names that are no recordings are not acted on", "[actions]") {
    Site site;
    site.add(1);

    for (const char* name :
         {"", "x", "-1", "1; DROP TABLE Events", "1/2", "@", "1@", "1@9:3", "99999999999999999999999"}) {
        INFO(name);
        CHECK(site.remove(name).outcome == Outcome::failed);
    }
    CHECK(site.server.requests().empty());
}
