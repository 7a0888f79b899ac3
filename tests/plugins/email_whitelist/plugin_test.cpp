// The built plugin behind the real ABI.
#include <catch2/catch.hpp>

#include "loaded_plugin.hpp"

#include <ombud/hook.h>
#include <optional>

using namespace ombud;
using namespace ombud::testing;

namespace {

struct Stage {
    PluginHost host;
    std::optional<LoadedPlugin> plugin;

    Stage() {
        host.registers["recipients"];
        list("anna@site.example");
        list("guard@site.example", true);
    }
    ~Stage() { CHECK(host.breaches.empty()); }

    void list(const std::string& key, bool attachments = false, std::optional<std::int64_t> until = std::nullopt) {
        sdk::EventBuilder record(host.id("recipients"), 0);
        record.add_text(host.id(OMBUD_KEY_KEY), key, sdk::Privacy::personal).add_i64(host.id("attachments"), attachments);
        if (until)
            record.add_i64(host.id("until"), *until);
        host.registers["recipients"].insert_or_assign(key, *record.finish());
        ++host.register_revision;
    }
    void start() {
        plugin.emplace(WHITELIST_FILE, host);
        REQUIRE(plugin->start() == OMBUD_OK);
    }
    GivenVerdict recipient(const std::string& address, std::uint32_t flags = 0) {
        sdk::EventBuilder event(host.id(OMBUD_EVENT_MAIL_SEND), 0);
        event.add_text(host.id(OMBUD_KEY_STAGE), "recipient").add_text(host.id(OMBUD_KEY_RECIPIENT), address, sdk::Privacy::personal);
        event.add_i64(host.id(OMBUD_KEY_TLS_IN), 1).add_i64(host.id(OMBUD_KEY_TLS_OUT), 1);
        return plugin->judge(OMBUD_HOOK_MAIL_SEND, *event.finish(), flags);
    }
    GivenVerdict message(const std::string& recipients, const std::string& parts) {
        sdk::EventBuilder event(host.id(OMBUD_EVENT_MAIL_SEND), 0);
        event.add_text(host.id(OMBUD_KEY_STAGE), "message").add_text(host.id(OMBUD_KEY_RECIPIENTS), recipients, sdk::Privacy::personal);
        event.add_text(host.id(OMBUD_KEY_PARTS), parts);
        return plugin->judge(OMBUD_HOOK_MAIL_SEND, *event.finish());
    }
};

} // namespace

TEST_CASE("the plugin answers for one recipient, with advice apart from the reason", "[whitelist]") {
    Stage stage;
    stage.start();
    CHECK(stage.recipient("anna@site.example").action == OMBUD_ALLOW);
    const GivenVerdict refused = stage.recipient("ana@site.example");
    CHECK(refused.action == OMBUD_DENY);
    CHECK(refused.rule_id == "MAIL-2");
    CHECK(refused.advice == "did you mean anna@site.example?");
    CHECK(refused.reason.find("ana") == std::string::npos);
}

TEST_CASE("the plugin takes parts out and sets the date by which the mail is to be deleted", "[whitelist]") {
    Stage stage;
    stage.host.settings["options/retention"] = std::int64_t{86'400};
    stage.start();
    GivenVerdict changed = stage.message("guard@site.example\nanna@site.example", "1:text/plain 2:picture/jpeg");
    CHECK(changed.action == OMBUD_TRANSFORM);
    CHECK(changed.transform_kind == (OMBUD_TRANSFORM_FIELDS | OMBUD_TRANSFORM_PARTS));
    CHECK(changed.parts == std::vector<std::uint32_t>{2});
    CHECK(changed.field_texts[OMBUD_KEY_DELETE_BY] == "Mon, 16 Jun 2025 15:06:40 +0000");
}

TEST_CASE("a change of the list counts from the next question on, and nothing is read without one", "[whitelist]") {
    Stage stage;
    stage.start();
    CHECK(stage.recipient("new@elsewhere.example").action == OMBUD_DENY);
    const auto reads = stage.host.register_reads;
    stage.recipient("anna@site.example");
    CHECK(stage.host.register_reads == reads);

    stage.list("new@elsewhere.example");
    CHECK(stage.recipient("new@elsewhere.example").action == OMBUD_ALLOW);
    stage.host.registers["recipients"].erase("new@elsewhere.example");
    ++stage.host.register_revision;
    CHECK(stage.recipient("new@elsewhere.example").action == OMBUD_DENY);
}

TEST_CASE("a host without registers gets no verdict", "[whitelist]") {
    Stage stage;
    SECTION("no such extension") { stage.host.not_lent.insert(OMBUD_REGISTER_ID); }
    SECTION("no such register") { stage.host.registers.clear(); }
    stage.start();
    const GivenVerdict verdict = stage.recipient("anna@site.example");
    CHECK(verdict.status != OMBUD_OK);
    CHECK(verdict.action == OMBUD_UNSET);
}

TEST_CASE("what somebody only wants to know does not count into the quota; a replay counts as the day did", "[whitelist]") {
    Stage stage;
    stage.host.settings["options/quota"] = std::int64_t{1};
    stage.start();
    CHECK(stage.recipient("anna@site.example", OMBUD_CALL_DRYRUN).action == OMBUD_ALLOW);
    CHECK(stage.recipient("anna@site.example", OMBUD_CALL_DRYRUN).action == OMBUD_ALLOW);
    CHECK(stage.recipient("anna@site.example", OMBUD_CALL_REPLAY).action == OMBUD_ALLOW);
    CHECK(stage.recipient("anna@site.example", OMBUD_CALL_REPLAY).action == OMBUD_DENY);
    CHECK(stage.recipient("anna@site.example").action == OMBUD_DENY);
    stage.host.mono_ns += std::int64_t{3600} * 1'000'000'000;
    CHECK(stage.recipient("anna@site.example").action == OMBUD_ALLOW);
}

TEST_CASE("the last day of an entry is a day of the site's zone", "[whitelist]") {
    Stage stage;
    stage.host.settings["site/timezone"] = std::string("Europe/Berlin");
    const std::int64_t midnight = 1'761'429'600'000'000'000; // 2025-10-26 00:00 in Berlin, a day of 25 hours
    stage.list("temp@site.example", false, midnight);
    stage.start();
    stage.host.utc_ns = midnight + (std::int64_t{25} * 3600 - 1) * 1'000'000'000;
    CHECK(stage.recipient("temp@site.example").action == OMBUD_ALLOW);
    stage.host.utc_ns += 1'000'000'000;
    CHECK(stage.recipient("temp@site.example").action == OMBUD_DENY);
}

TEST_CASE("flaws of the list are findings, gone when they are mended", "[whitelist]") {
    Stage stage;
    stage.list("someone@gmail.com");
    stage.start();
    stage.recipient("anna@site.example");
    REQUIRE(stage.host.open_findings.count("recipients-entry-1") == 1);
    const RaisedFinding& flaw = stage.host.open_findings["recipients-entry-1"];
    CHECK(flaw.control == "MAIL-4");
    CHECK(flaw.person == "someone@gmail.com");
    CHECK(flaw.text.find("someone") == std::string::npos);
    CHECK(stage.host.open_findings.count("mail-without-retention") == 1);

    stage.host.registers["recipients"].erase("someone@gmail.com");
    ++stage.host.register_revision;
    stage.recipient("anna@site.example");
    CHECK(stage.host.open_findings.count("recipients-entry-1") == 0);
}

TEST_CASE("the retention of alarm mail is that of the site's records where no option sets it", "[whitelist]") {
    Stage stage;
    stage.host.settings["site/records/0/kind"] = std::string("mailbox");
    stage.host.settings["site/records/0/retention_s"] = std::int64_t{86'400 * 30};
    stage.host.settings["site/records/1/kind"] = std::string("alarm");
    stage.host.settings["site/records/1/retention_s"] = std::int64_t{86'400};
    stage.start();
    CHECK(stage.message("anna@site.example", "1:text/plain").field_texts[OMBUD_KEY_DELETE_BY] == "Mon, 16 Jun 2025 15:06:40 +0000");
}

TEST_CASE("a setting that cannot be used is named", "[whitelist]") {
    Stage stage;
    stage.host.settings["options/free-mail-domains"] = std::string("fine.example not@domain");
    CHECK(LoadedPlugin::try_create(WHITELIST_FILE, stage.host) == OMBUD_INVALID_INPUT);
    CHECK_THAT(stage.host.error, Catch::Contains("options/free-mail-domains") && Catch::Contains("not@domain"));
}

TEST_CASE("a question of another kind is not ours", "[whitelist]") {
    Stage stage;
    stage.start();
    const sdk::EventBuilder event(stage.host.id(OMBUD_EVENT_PUSH_SEND), 0);
    CHECK(stage.plugin->judge(OMBUD_HOOK_PUSH_SEND, *event.finish()).action == OMBUD_ABSTAIN);
}
