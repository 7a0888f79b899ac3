#include "push_consent_guard/policy.hpp"

#include <catch2/catch.hpp>

namespace ombud::push_consent {
namespace {

constexpr int64_t day_ns = 86'400 * int64_t{1'000'000'000};
constexpr int64_t today = 20'000 * day_ns;

Settings settings() {
    Settings made;
    made.text_version = "2";
    made.accounts = *AccountPattern::compile("^[a-z]+[0-9]{1,4}(@[a-z0-9.-]+)?$");
    made.stale_after_ns = 180 * day_ns;
    return made;
}

Registers registers() {
    Registers made;
    made.consents["guard01"] = {"2", "de", today - 10 * day_ns, std::nullopt, false};
    made.devices["phone-1"] = {"guard01", "active", today - 10 * day_ns};
    return made;
}

} // namespace

TEST_CASE("a push to a consenting person's own device leaves as a reference", "[push][PUSH-2]") {
    const auto judgement = judge({"guard01", "phone-1"}, registers(), settings(), today);
    CHECK(judgement.is_allowed);
    CHECK(judgement.rule == "PUSH-2");
}

TEST_CASE("a push without a consent that holds is refused", "[push][PUSH-1]") {
    Registers kept = registers();
    Consent& consent = kept.consents["guard01"];
    std::string says;
    SECTION("none on record") {
        kept.consents.clear();
        says = "no consent on record";
    }
    SECTION("withdrawn") {
        consent.is_withdrawn = true;
        says = "withdrawn";
    }
    SECTION("expired at this very instant") {
        consent.until_utc_ns = today;
        says = "expired";
    }
    SECTION("to an older text") {
        consent.text_version = "1";
        says = "version '1'";
    }
    SECTION("given tomorrow") {
        consent.given_utc_ns = today + day_ns;
        says = "not hold yet";
    }
    SECTION("without a day") {
        consent.given_utc_ns.reset();
        says = "not hold yet";
    }
    const auto judgement = judge({"guard01", "phone-1"}, kept, settings(), today);
    CHECK_FALSE(judgement.is_allowed);
    CHECK(judgement.rule == "PUSH-1");
    CHECK_THAT(judgement.reason, Catch::Contains(says) && !Catch::Contains("guard01"));
    CHECK_THAT(judgement.advice, Catch::Contains("ombud consent give guard01 text_version=2"));
}

TEST_CASE("a consent holds until the instant before its end", "[push][PUSH-1]") {
    Registers kept = registers();
    kept.consents["guard01"].until_utc_ns = today + 1;
    CHECK(judge({"guard01", "phone-1"}, kept, settings(), today).is_allowed);
}

TEST_CASE("a push to a device that is not the person's, or not in use, is refused", "[push][PUSH-3]") {
    Registers kept = registers();
    Push push{"guard01", "phone-1"};
    std::string says;
    SECTION("no device at all") {
        push.device.clear();
        says = "no registered device";
    }
    SECTION("an unknown one") {
        push.device = "phone-9";
        says = "not registered for this person";
    }
    SECTION("somebody else's") {
        kept.devices["phone-1"].person = "guard02";
        says = "not registered for this person";
    }
    SECTION("lost") {
        kept.devices["phone-1"].state = "lost";
        says = "'lost'";
    }
    SECTION("of somebody who left") {
        kept.devices["phone-1"].state = "left";
        says = "'left'";
    }
    const auto judgement = judge(push, kept, settings(), today);
    CHECK_FALSE(judgement.is_allowed);
    CHECK(judgement.rule == "PUSH-3");
    CHECK_THAT(judgement.reason, Catch::Contains(says));
}

TEST_CASE("accounts name a function", "[push][PUSH-4]") {
    struct Row {
        const char* behaviour;
        const char* account;
        bool is_fine;
    };
    const Row rows[] = {
        {"a function with a number", "guard01", true},
        {"with the site's domain", "guard01@site.example", true},
        {"a name", "anna.meier", false},
        {"a name with the site's domain", "anna.meier@site.example", false},
        {"without a number", "guard", false},
        {"at a free-mail provider", "guard01@gmail.com", false},
        {"at one in capitals", "guard01@GMX.de", false},
        {"nothing", "", false},
    };
    for (const Row& row : rows)
        DYNAMIC_SECTION(row.behaviour) { CHECK(is_pseudonym(row.account, settings()) == row.is_fine); }
    Registers kept = registers();
    kept.consents["anna.meier"] = kept.consents["guard01"];
    kept.devices["phone-1"].person = "anna.meier";
    CHECK(judge({"anna.meier", "phone-1"}, kept, settings(), today).rule == "PUSH-4");
}

TEST_CASE("a free-mail account is refused whatever the pattern says", "[push][PUSH-4]") {
    Settings wide = settings();
    wide.accounts = *AccountPattern::compile(".*");
    CHECK_FALSE(is_pseudonym("guard01@gmail.com", wide));
    CHECK(is_pseudonym("anna.meier@site.example", wide));
}

TEST_CASE("an expression that is none is refused with the reason", "[push][PUSH-4]") {
    const auto pattern = AccountPattern::compile("([a-z");
    REQUIRE_FALSE(pattern);
    CHECK_THAT(pattern.error().message, Catch::Contains("([a-z"));
}

TEST_CASE("an audit tells each check once, and clears what is well", "[push][audit]") {
    Registers kept = registers();
    const auto text_of = [](const std::vector<Matter>& matters, std::string_view key) {
        for (const Matter& matter : matters)
            if (matter.key == key)
                return matter.text;
        return std::string("no such matter");
    };
    SECTION("all is well") {
        for (const Matter& matter : audit(kept, settings(), today))
            CHECK(matter.text.empty());
    }
    SECTION("a device not seen for 180 days, to the instant") {
        kept.devices["phone-1"].shown_utc_ns = today - 180 * day_ns;
        CHECK_THAT(text_of(audit(kept, settings(), today), "PUSH-3/stale"), Catch::StartsWith("1 device: phone-1"));
        CHECK(text_of(audit(kept, settings(), today - 1), "PUSH-3/stale").empty());
    }
    SECTION("lost devices are still on record, and are not called stale as well") {
        kept.devices["phone-1"] = {"guard01", "lost", 0};
        CHECK_THAT(text_of(audit(kept, settings(), today), "PUSH-3/ended"), Catch::Contains("phone-1"));
        CHECK(text_of(audit(kept, settings(), today), "PUSH-3/stale").empty());
    }
    SECTION("devices of persons without consent") {
        kept.consents.clear();
        CHECK_THAT(text_of(audit(kept, settings(), today), "PUSH-1/devices"), Catch::Contains("phone-1"));
    }
    SECTION("many are counted, and ten of them named") {
        for (int i = 10; i < 40; ++i)
            kept.devices["x" + std::to_string(i)] = {"guard01", "left", 0};
        const auto text = text_of(audit(kept, settings(), today), "PUSH-3/ended");
        CHECK_THAT(text, Catch::StartsWith("30 devices: x10, ") && Catch::Contains("x19 and others"));
    }
}

} // namespace ombud::push_consent
