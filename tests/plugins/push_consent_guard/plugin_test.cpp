// The built plugin behind the real ABI.
#include <catch2/catch.hpp>

#include "loaded_plugin.hpp"

#include <ombud/hook.h>
#include <optional>

using namespace ombud;
using namespace ombud::testing;

namespace {

constexpr std::int64_t day_ns = 86'400 * std::int64_t{1'000'000'000};

struct Stage {
    PluginHost host;
    std::optional<LoadedPlugin> plugin;

    Stage() {
        host.settings["options/text-version"] = std::string("2");
        host.settings["site/timezone"] = std::string("Europe/Berlin");
        consent("guard01");
        device("phone-1", "guard01");
    }
    ~Stage() { CHECK(host.breaches.empty()); }

    void start() {
        plugin.emplace(GUARD_FILE, host);
        REQUIRE(plugin->start() == OMBUD_OK);
    }
    void keep(const std::string& name, const std::string& key, sdk::EventBuilder& record) {
        record.add_text(host.id(OMBUD_KEY_KEY), key, sdk::Privacy::personal);
        host.registers[name].insert_or_assign(key, *record.finish());
        ++host.register_revision;
    }
    void consent(const std::string& person, const std::string& field = {}, std::int64_t value = 0) {
        sdk::EventBuilder record(host.id("consents"), 0);
        record.add_text(host.id("text_version"), "2").add_text(host.id("language"), "de");
        record.add_text(host.id("how"), "on paper").add_i64(host.id("given"), host.utc_ns - 10 * day_ns);
        if (!field.empty())
            record.add_i64(host.id(field), value);
        keep("consents", person, record);
    }
    void device(const std::string& id, const std::string& person, const std::string& state = "active") {
        sdk::EventBuilder record(host.id("devices"), 0);
        record.add_text(host.id(OMBUD_KEY_PERSON), person, sdk::Privacy::personal);
        record.add_text(host.id(OMBUD_KEY_STATE), state).add_text(host.id(OMBUD_KEY_FORWARDER), "phones");
        record.add_i64(host.id("registered"), host.utc_ns - 10 * day_ns);
        keep("devices", id, record);
    }
    GivenVerdict push(const std::string& person, const std::string& to, const std::string& country = "US",
                      std::uint32_t flags = 0) {
        sdk::EventBuilder event(host.id(OMBUD_EVENT_PUSH_SEND), 0);
        event.add_text(host.id(OMBUD_KEY_PERSON), person, sdk::Privacy::personal);
        event.add_text(host.id(OMBUD_KEY_DEVICE), to).add_text(host.id(OMBUD_KEY_FORWARDER), "phones");
        event.add_text(host.id(OMBUD_KEY_PROVIDER), "Mozilla").add_text(host.id(OMBUD_KEY_COUNTRY), country);
        event.add_text(host.id(OMBUD_KEY_TITLE), "Anna Meier at the gate", sdk::Privacy::personal);
        return plugin->judge(OMBUD_HOOK_PUSH_SEND, *event.finish(), flags);
    }
};

} // namespace

TEST_CASE("a push leaves with the neutral title and text alone", "[push][plugin][PUSH-2]") {
    Stage stage;
    stage.host.settings["options/neutral-text"] = std::string("Open the app.");
    stage.start();
    const auto verdict = stage.push("guard01", "phone-1");
    CHECK(verdict.action == OMBUD_TRANSFORM);
    CHECK(verdict.rule_id == "PUSH-2");
    CHECK(verdict.field_texts == std::map<std::string, std::string>{{"title", "Video system"}, {"text", "Open the app."}});
}

TEST_CASE("a withdrawal stops the very next push, and a new consent allows it again", "[push][plugin][PUSH-1]") {
    Stage stage;
    stage.start();
    REQUIRE(stage.push("guard01", "phone-1").action == OMBUD_TRANSFORM);

    stage.consent("guard01", "withdrawn", stage.host.utc_ns + day_ns); // by a clock that is ahead
    const auto refused = stage.push("guard01", "phone-1");
    CHECK(refused.action == OMBUD_DENY);
    CHECK(refused.rule_id == "PUSH-1");
    CHECK_THAT(refused.reason, Catch::Contains("withdrawn") && !Catch::Contains("guard01"));
    CHECK_THAT(refused.advice, Catch::Contains("ombud consent give guard01"));

    stage.consent("guard01");
    CHECK(stage.push("guard01", "phone-1").action == OMBUD_TRANSFORM);
}

TEST_CASE("a consent holds all of its last day on the site's clock", "[push][plugin][PUSH-1]") {
    Stage stage;
    // 2025-10-26 in Berlin has 25 hours: from 2025-10-25T22:00Z to 2025-10-26T23:00Z.
    const std::int64_t last_day = 1'761'429'600'000'000'000;
    stage.host.utc_ns = last_day - 5 * day_ns;
    stage.consent("guard01", "expires", last_day);
    stage.start();

    stage.host.utc_ns = last_day + 25 * 3600 * std::int64_t{1'000'000'000} - 1;
    CHECK(stage.push("guard01", "phone-1").action == OMBUD_TRANSFORM);
    stage.host.utc_ns += 1;
    CHECK(stage.push("guard01", "phone-1").rule_id == "PUSH-1");
}

TEST_CASE("a lost device gets nothing from the next push on", "[push][plugin][PUSH-5]") {
    Stage stage;
    stage.start();
    REQUIRE(stage.push("guard01", "phone-1").action == OMBUD_TRANSFORM);
    stage.device("phone-1", "guard01", "lost");
    CHECK(stage.push("guard01", "phone-1").rule_id == "PUSH-3");
}

TEST_CASE("registers are read again only after a change", "[push][plugin]") {
    Stage stage;
    stage.start();
    (void)stage.push("guard01", "phone-1");
    const auto reads = stage.host.register_reads;
    (void)stage.push("guard01", "phone-1");
    CHECK(stage.host.register_reads == reads);
}

TEST_CASE("a provider outside the allowed countries is told once, and cleared when it is back", "[push][plugin][PUSH-6]") {
    Stage stage;
    stage.host.settings["options/countries"] = std::string("DE FR");
    stage.start();
    (void)stage.push("guard01", "phone-1", "US", OMBUD_CALL_DRYRUN);
    CHECK(stage.host.open_findings.empty());
    (void)stage.push("guard01", "phone-1");
    (void)stage.push("guard01", "phone-1");
    CHECK(stage.host.findings.size() == 1);
    CHECK_THAT(stage.host.open_findings.at("PUSH-6/country/phones").text, Catch::Contains("Mozilla in US"));
    (void)stage.push("guard01", "phone-1", "DE");
    CHECK(stage.host.open_findings.empty());
}

TEST_CASE("an audit finds stale devices, and says that two-step login is blind", "[push][plugin][audit]") {
    Stage stage;
    stage.start();
    stage.host.utc_ns += 171 * day_ns;
    REQUIRE(stage.plugin->audit(false) == OMBUD_OK);
    CHECK(stage.host.open_findings.count("PUSH-3/stale") == 1);
    CHECK(stage.host.open_findings.at("PUSH-7/two-step").severity == OMBUD_SEVERITY_WARNING);

    stage.host.registers["devices"].clear();
    ++stage.host.register_revision;
    REQUIRE(stage.plugin->audit(false) == OMBUD_OK);
    CHECK(stage.host.open_findings.count("PUSH-3/stale") == 0);
}

TEST_CASE("a cancelled audit tells nothing", "[push][plugin][audit]") {
    Stage stage;
    stage.start();
    CHECK(stage.plugin->audit(false, 1) == OMBUD_CANCELLED);
    CHECK(stage.host.findings.empty());
}

TEST_CASE("without registers nothing is judged", "[push][plugin]") {
    Stage stage;
    stage.host.not_lent.insert(OMBUD_REGISTER_ID);
    stage.start();
    CHECK(stage.push("guard01", "phone-1").status == OMBUD_UNAVAILABLE); // a fault: the hook fails closed
}

TEST_CASE("wrong options are refused with their path", "[push][plugin]") {
    Stage stage;
    std::string says;
    SECTION("no version of the text") {
        stage.host.settings.erase("options/text-version");
        says = "options/text-version";
    }
    SECTION("a pattern that is none") {
        stage.host.settings["options/account-pattern"] = std::string("([a");
        says = "options/account-pattern: '([a'";
    }
    SECTION("a country that is none") {
        stage.host.settings["options/countries"] = std::string("DE Germany");
        says = "options/countries: 'Germany'";
    }
    SECTION("a time zone that is none") {
        stage.host.settings["site/timezone"] = std::string("Europe/Atlantis");
        says = "site/timezone";
    }
    CHECK(LoadedPlugin::try_create(GUARD_FILE, stage.host) != OMBUD_OK);
    CHECK_THAT(stage.host.error, Catch::Contains(says));
}
