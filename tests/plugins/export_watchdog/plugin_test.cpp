// The built plugin behind the real ABI.
#include <catch2/catch.hpp>

#include "loaded_plugin.hpp"

#include <algorithm>
#include <ombud/hook.h>
#include <optional>

using namespace ombud;
using namespace ombud::testing;

namespace {

constexpr std::int64_t second_ns = 1'000'000'000, day_ns = std::int64_t{86'400} * second_ns;

struct Stage {
    PluginHost host;
    std::optional<LoadedPlugin> plugin;

    Stage() {
        for (const char* name : {"media", "disclosures", "destructions"})
            host.registers[name];
        host.settings["options/exporters"] = std::string("zm-anna, zm-bert");
        host.settings["options/desk-exporters"] = std::string("anna");
        host.settings["options/usual-count"] = std::int64_t{3};
    }
    ~Stage() { CHECK(host.breaches.empty()); }

    void start() {
        plugin.emplace(WATCHDOG_FILE, host);
        REQUIRE(plugin->start() == OMBUD_OK);
    }
    void restart() {
        plugin.reset();
        start();
    }
    sdk::EventBuilder release(const std::string& user) {
        sdk::EventBuilder event(host.id(OMBUD_EVENT_EXPORT_RELEASE), host.utc_ns);
        event.add_text(host.id(OMBUD_KEY_VIA), "desk").add_text(host.id(OMBUD_KEY_USER), user, sdk::Privacy::personal);
        event.add_text(host.id(OMBUD_KEY_EXPORT), "x" + std::to_string(++exports_));
        event.add_i64(host.id(OMBUD_KEY_SEALED), 1).add_text(host.id(OMBUD_KEY_REASON), "police, case 12");
        event.add_text(host.id(OMBUD_KEY_FORMATS), "mp4\njpeg").add_text(host.id(OMBUD_KEY_RECIPIENT_CLASS), "eu");
        event.add_text(host.id(OMBUD_KEY_CAMERAS), "gate\nyard").add_text(host.id(OMBUD_KEY_MASKS), "none");
        event.add_i64(host.id(OMBUD_KEY_DESTROY_BY), host.utc_ns + 30 * day_ns).add_i64(host.id(OMBUD_KEY_SIZE), 1000);
        return event;
    }
    GivenVerdict ask_desk(const std::string& user, std::uint32_t flags = 0) {
        auto event = release(user);
        event.add_text(host.id(OMBUD_KEY_DESTINATION), "safe").add_text(host.id(OMBUD_KEY_DESTINATION_KIND), "folder");
        return plugin->judge(OMBUD_HOOK_EXPORT_RELEASE, *event.finish(), flags);
    }
    GivenVerdict ask_removable(const std::string& medium) {
        auto event = release("anna");
        event.add_text(host.id(OMBUD_KEY_DESTINATION_KIND), "removable").add_text(host.id(OMBUD_KEY_MEDIUM), medium);
        return plugin->judge(OMBUD_HOOK_EXPORT_RELEASE, *event.finish());
    }
    void see(const char* state, const std::string& id, const std::string& user = "", std::int64_t size = 1000) {
        sdk::EventBuilder event(host.id(OMBUD_EVENT_EXPORT_SEEN), host.utc_ns);
        event.add_text(host.id(OMBUD_KEY_ATTACHMENT), "zm").add_text(host.id(OMBUD_KEY_EXPORT), id).add_text(host.id(OMBUD_KEY_STATE), state);
        event.add_text(host.id(OMBUD_KEY_VIA), "vms").add_text(host.id(OMBUD_KEY_FORMATS), "zip").add_i64(host.id(OMBUD_KEY_SIZE), size);
        event.add_text(host.id(OMBUD_KEY_DEVICES), "1\n2");
        if (!user.empty())
            event.add_text(host.id(OMBUD_KEY_USER), user, sdk::Privacy::personal);
        REQUIRE(plugin->observe(*event.finish()) == OMBUD_OK);
    }
    GivenVerdict ask_web(const char* act, const char* user) {
        sdk::EventBuilder event(host.id(OMBUD_EVENT_ACCESS_REQUEST), host.utc_ns);
        event.add_text(host.id(OMBUD_KEY_ACT), act);
        if (user != nullptr)
            event.add_text(host.id(OMBUD_KEY_USER), user, sdk::Privacy::personal);
        return plugin->judge(OMBUD_HOOK_ACCESS_REQUEST, *event.finish());
    }
    void row(const std::string& name, const std::string& key, const std::function<void(sdk::EventBuilder&)>& fill) {
        sdk::EventBuilder record(host.id(name), 0);
        record.add_text(host.id(OMBUD_KEY_KEY), key);
        fill(record);
        host.registers[name].insert_or_assign(key, *record.finish());
        ++host.register_revision;
    }
    void medium(const std::string& key, std::int64_t destroy_by) {
        row("media", key, [&](sdk::EventBuilder& record) { record.add_i64(host.id("destroy_by"), destroy_by).add_i64(host.id("recipient_knows"), 1); });
    }
    void destruction(const std::string& key, const char* of, std::int64_t number) {
        row("destructions", key, [&](sdk::EventBuilder& record) { record.add_text(host.id("of"), of).add_i64(host.id("number"), number); });
    }
    std::ptrdiff_t remembered() {
        return std::count_if(host.state.begin(), host.state.end(), [](const auto& one) { return one.first.rfind("export/", 0) == 0; });
    }
    std::string open(std::string_view control) {
        std::string keys;
        for (const auto& [key, finding] : host.open_findings)
            if (finding.control == control)
                keys += key + "\n";
        return keys;
    }

  private:
    int exports_ = 0;
};

} // namespace

TEST_CASE("the plugin releases what the policy lets leave, and says why not", "[export]") {
    Stage stage;
    stage.start();
    CHECK(stage.ask_desk("anna").action == OMBUD_ALLOW);
    const GivenVerdict refused = stage.ask_desk("mallory");
    CHECK(refused.action == OMBUD_DENY);
    CHECK(refused.rule_id == "EXP-1");
    CHECK(refused.reason.find("mallory") == std::string::npos);
    CHECK(stage.ask_web("view", "zm-anna").action == OMBUD_ALLOW);
    CHECK(stage.ask_web("view", nullptr).action == OMBUD_DENY);
}

TEST_CASE("a medium counts while it is in the register and did not end", "[export]") {
    Stage stage;
    stage.start();
    CHECK(stage.ask_removable("1").action == OMBUD_DENY);
    stage.medium("1", stage.host.utc_ns + day_ns);
    CHECK(stage.ask_removable("1").action == OMBUD_DEFER);
    CHECK(stage.ask_removable("2").action == OMBUD_DENY);
    stage.destruction("1", "medium", 1);
    CHECK(stage.ask_removable("1").action == OMBUD_DENY);
}

TEST_CASE("a host that keeps no registers releases nothing that needs a medium", "[export]") {
    Stage stage;
    stage.host.not_lent.insert(OMBUD_REGISTER_ID);
    stage.start();
    const GivenVerdict verdict = stage.ask_removable("1");
    CHECK(verdict.status != OMBUD_OK);
    CHECK(verdict.action == OMBUD_UNSET);
}

TEST_CASE("an export in the video system is told, and what lay there no longer once it is gone", "[export]") {
    Stage stage;
    stage.start();
    stage.see("made", "k1/3", "zm-eve");
    CHECK(stage.open("EXP-1") == "who/made/zm/k1/3\n");
    CHECK(stage.open("EXP-2") == "unsealed/zm/k1/3\n");
    CHECK(stage.host.open_findings["who/made/zm/k1/3"].person == "zm-eve");
    stage.see("abandoned", "k1/3");
    CHECK(stage.open("EXP-11") == "abandoned/zm/k1/3\n");
    REQUIRE(stage.host.requests.size() == 1);
    CHECK(stage.host.requests[0].kind == OMBUD_ACTION_REMOVE_EXPORT);
    CHECK(stage.host.requests[0].export_id == "k1/3");
    CHECK(stage.host.requests[0].attachment == "zm");

    stage.see("gone", "k1/3");
    CHECK(stage.open("EXP-2").empty());
    CHECK(stage.open("EXP-11").empty());
    CHECK(stage.open("EXP-1") == "who/made/zm/k1/3\n");
}

TEST_CASE("that somebody exported who may not is told for as long as exports are remembered", "[export]") {
    Stage stage;
    stage.start();
    stage.see("made", "k1/3", "zm-eve");
    REQUIRE(stage.plugin->audit(false) == OMBUD_OK);
    CHECK_FALSE(stage.open("EXP-1").empty());
    stage.restart();
    stage.host.utc_ns += 28 * day_ns;
    REQUIRE(stage.plugin->audit(false) == OMBUD_OK);
    CHECK(stage.open("EXP-1").empty());
}

TEST_CASE("what is usual is remembered across a restart", "[export]") {
    Stage stage;
    stage.start();
    for (int i = 0; i < 3; ++i)
        stage.see("made", "k1/" + std::to_string(i), "zm-anna");
    CHECK(stage.open("EXP-9").empty());
    stage.restart();
    stage.see("made", "k1/4", "zm-anna");
    CHECK_THAT(stage.open("EXP-9"), Catch::Contains("unusual/burst/user-1/2025-06-15"));
    const auto& burst = stage.host.open_findings["unusual/burst/user-1/2025-06-15"];
    CHECK(burst.person == "zm-anna");
    CHECK_THAT(burst.text, Catch::Contains("4 exports were made within an hour") && Catch::Contains("limit 3"));
}

TEST_CASE("users are told apart, and a question that stays without effect does not count", "[export]") {
    Stage stage;
    stage.start();
    for (int i = 0; i < 3; ++i) {
        stage.see("made", "a" + std::to_string(i), "zm-anna");
        stage.see("made", "b" + std::to_string(i), "zm-bert");
        stage.see("made", "c" + std::to_string(i));
        CHECK(stage.ask_desk("anna").action == OMBUD_ALLOW);
        CHECK(stage.ask_desk("anna", OMBUD_CALL_DRYRUN).action == OMBUD_ALLOW);
        CHECK(stage.ask_desk("anna", OMBUD_CALL_REPLAY).action == OMBUD_ALLOW);
        CHECK(stage.ask_desk("eve").action == OMBUD_DENY);
    }
    CHECK(stage.open("EXP-9").empty());
    CHECK(stage.host.state.size() == 12 + 3 + 1); // and three findings about exports by nobody known, and since when
    stage.ask_desk("anna");
    CHECK_THAT(stage.open("EXP-9"), Catch::Contains("burst"));
}

TEST_CASE("exports are remembered for as long as the history goes", "[export]") {
    Stage stage;
    stage.start();
    stage.see("made", "a", "zm-anna");
    CHECK(stage.remembered() == 1);
    stage.host.utc_ns += 28 * day_ns + 1;
    stage.see("made", "b", "zm-bert");
    CHECK(stage.remembered() == 1);
}

TEST_CASE("an export let through at the gate and seen in the video system is one export", "[export]") {
    Stage stage;
    stage.host.settings["options/web-exports"] = std::string("second-person");
    stage.start();
    sdk::EventBuilder event(stage.host.id(OMBUD_EVENT_EXPORT_RELEASE), stage.host.utc_ns);
    event.add_text(stage.host.id(OMBUD_KEY_ATTACHMENT), "zm").add_text(stage.host.id(OMBUD_KEY_VIA), "web");
    event.add_text(stage.host.id(OMBUD_KEY_USER), "zm-anna", sdk::Privacy::personal).add_i64(stage.host.id(OMBUD_KEY_APPROVED), 1);
    REQUIRE(stage.plugin->judge(OMBUD_HOOK_EXPORT_RELEASE, *event.finish()).action == OMBUD_ALLOW);
    stage.host.utc_ns += 60 * second_ns;
    stage.see("made", "k1/3", "zm-anna", 5000);
    REQUIRE(stage.remembered() == 1);
    CHECK_THAT(stage.host.state.begin()->second, Catch::Contains("5000") && Catch::Contains("k1/3"));
    stage.see("made", "k1/4", "zm-anna");
    CHECK(stage.remembered() == 2);
}

TEST_CASE("the audit tells copies that are overdue, and follows corrections", "[export]") {
    Stage stage;
    stage.medium("1", stage.host.utc_ns - 2 * day_ns);
    stage.medium("2", stage.host.utc_ns + 100 * day_ns);
    stage.row("disclosures", "4", [&](sdk::EventBuilder& record) {
        record.add_text(stage.host.id("how"), "copied").add_i64(stage.host.id("destroy_by"), stage.host.utc_ns + 3 * day_ns);
    });
    stage.row("disclosures", "5", [&](sdk::EventBuilder& record) { record.add_text(stage.host.id("how"), "shown"); });
    stage.start();
    REQUIRE(stage.plugin->audit(false) == OMBUD_OK);
    CHECK(stage.open("EXP-11") == "due/disclosure/4\noverdue/medium/1\n");

    stage.host.open_findings.clear(); // the host closes what an audit does not raise again
    stage.destruction("1", "medium", 1);
    stage.destruction("2", "disclosure", 4);
    REQUIRE(stage.plugin->audit(false) == OMBUD_OK);
    CHECK(stage.open("EXP-11").empty());
}

TEST_CASE("names that a video system should not have given do no harm", "[export]") {
    Stage stage;
    stage.start();
    stage.see("made", std::string("k\n1\t\x01") + std::string(3000, 'x'), std::string("zm\neve") + std::string(3000, 'y'), -5);
    stage.see("made", "", "zm-eve");
    stage.see("dancing", "k1/9", "zm-eve");
    stage.host.state["export/garbage"] = "x";
    stage.host.state["export/00000000000000000001"] = "12\nmany\n";
    stage.restart();
    stage.see("made", "k1/3", "zm-anna");
    CHECK(stage.host.log.size() == 2);
}

TEST_CASE("a holiday that is no day is named", "[export]") {
    Stage stage;
    stage.host.settings["options/holidays"] = std::string("2026-12-25 2026-02-29");
    CHECK(LoadedPlugin::try_create(WATCHDOG_FILE, stage.host) == OMBUD_INVALID_INPUT);
    CHECK_THAT(stage.host.error, Catch::Contains("options/holidays") && Catch::Contains("2026-02-29"));
}

TEST_CASE("a question of another kind is not ours", "[export]") {
    Stage stage;
    stage.start();
    const sdk::EventBuilder event(stage.host.id(OMBUD_EVENT_PUSH_SEND), 0);
    CHECK(stage.plugin->judge(OMBUD_HOOK_PUSH_SEND, *event.finish()).action == OMBUD_ABSTAIN);
}
