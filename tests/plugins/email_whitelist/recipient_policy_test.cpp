#include <catch2/catch.hpp>

#include "list_of_tests.hpp"

using namespace ombud::email_whitelist;
using namespace ombud::email_whitelist::testing;

TEST_CASE("listed addresses and domains may get mail, in every spelling", "[whitelist]") {
    Desk desk;
    for (const char* address : {"anna@site.example", "ANNA@Site.Example", "\"anna\"@site.example", "anybody@partner.example", "x@group.example",
                                "x@deep.below.group.example", "carl+gate@site.example", "M\xc3\x9cLLER@xn--bcher-kva.example", "ops@[192.0.2.1]"})
        DYNAMIC_SECTION(address) { CHECK(desk.recipient(address).kind == Kind::allow); }
}

TEST_CASE("everybody else is refused", "[whitelist]") {
    Desk desk;
    for (const char* address : {"stranger@far.example", "x@below.partner.example", "anna+gate@site.example", "x@[192.0.2.1]", "ops@[192.0.2.9]",
                                "ops@192.0.2.1", "anna@site.example.evil.example", "group.example@far.example", "x@notgroup.example"})
        DYNAMIC_SECTION(address) {
            const Answer answer = desk.recipient(address);
            CHECK(answer.kind == Kind::deny);
            CHECK((answer.rule == "MAIL-1" || answer.rule == "MAIL-2"));
            CHECK(answer.reason.find('@') == std::string::npos); // reasons are recorded
        }
}

TEST_CASE("a near miss is refused with the likely correction", "[whitelist]") {
    Desk desk;
    struct Row { const char* asked; const char* meant; };
    const Row rows[] = {
        {"ana@site.example", "anna@site.example"},   {"anna@sitee.example", "anna@site.example"}, {"anna@stie.example", "anna@site.example"},
        {"anna@site.com", "anna@site.example"},      {"anna+gate@site.example", "anna@site.example"}, {"x@partnr.example", "x@partner.example"},
        {"anna@mail.site.example", "anna@site.example"},
    };
    for (const Row& row : rows)
        DYNAMIC_SECTION(row.asked) {
            const Answer answer = desk.recipient(row.asked);
            CHECK(answer.kind == Kind::deny);
            CHECK(answer.rule == "MAIL-2");
            CHECK(answer.advice == "did you mean " + std::string(row.meant) + "?");
        }
}

TEST_CASE("no correction is told where several are equally near", "[whitelist]") {
    FreeMail none;
    const Whitelist list({record("anna@site.example"), record("anne@site.example")}, none);
    CHECK(list.nearest(*parse_address("ann@site.example")).empty());
    CHECK(list.nearest(*parse_address("annaa@site.example")) == "anna@site.example");
}

TEST_CASE("letters that look like others are refused as such", "[whitelist]") {
    Desk desk;
    for (const char* address : {"anna@sit\xd0\xb5.example" /* Cyrillic e */, "ann\xd0\xb0@site.example" /* Cyrillic a in the name */,
                                "x@\xd1\x80\xd0\xb0rtner.example", "x@p\xd0\xb0rtner.example"})
        DYNAMIC_SECTION(address) {
            const Answer answer = desk.recipient(address);
            CHECK(answer.kind == Kind::deny);
            CHECK(answer.rule == "MAIL-2");
            CHECK_THAT(answer.reason, Catch::Contains("look like others"));
        }
}

TEST_CASE("free-mail providers are refused even when listed, unless overridden in writing", "[whitelist]") {
    Desk desk;
    CHECK(desk.recipient("bob@gmail.com").kind == Kind::allow);
    const Answer answer = desk.recipient("eve@gmail.com");
    CHECK(answer.kind == Kind::deny);
    CHECK(answer.rule == "MAIL-4");

    desk.settings.free_mail.add("partner.example");
    CHECK(desk.recipient("x@partner.example").rule == "MAIL-4");
    for (const char* domain : {"gmail.com", "web.de", "mail.ru", "qq.com", "proton.me", "yopmail.com", "sub.gmx.net"})
        CHECK(FreeMail().holds(domain));
    for (const char* domain : {"example.org", "notgmail.com", "com", "de"})
        CHECK_FALSE(FreeMail().holds(domain));
}

TEST_CASE("an entry ends with its last day", "[whitelist]") {
    Desk desk;
    const Answer answer = desk.recipient("old@site.example");
    CHECK(answer.kind == Kind::deny);
    CHECK_THAT(answer.reason, Catch::Contains("until a day that has passed"));
}

TEST_CASE("both hops must use TLS", "[whitelist]") {
    Desk desk;
    CHECK(desk.recipient("anna@site.example", false).rule == "MAIL-6");
    CHECK(desk.recipient("anna@site.example", true, false).rule == "MAIL-6");
    CHECK(desk.recipient("anna@site.example", true, std::nullopt).kind == Kind::defer);
    desk.settings.require_tls_in = desk.settings.require_tls_out = false;
    CHECK(desk.recipient("anna@site.example", false, std::nullopt).kind == Kind::allow);
}

TEST_CASE("mail leaves by the relays that were named", "[whitelist]") {
    Desk desk;
    for (const char* relay : {"[relay.example]:587", "relay.example", "smtp:[relay.example]:587"})
        DYNAMIC_SECTION(relay) {
            desk.settings.relays = {relay};
            CHECK(desk.recipient("anna@site.example").kind == Kind::allow);
            CHECK(desk.recipient("anna@site.example", true, true, "smtp:[relay.example.evil]:587").rule == "MAIL-6");
            CHECK(desk.recipient("anna@site.example", true, true, "smtp:site.example").rule == "MAIL-6");
            CHECK(desk.recipient("anna@site.example", true, true, std::nullopt).kind == Kind::defer);
        }
}

TEST_CASE("an event storm stops at the quota, for each recipient alone", "[whitelist]") {
    Desk desk;
    for (int i = 0; i < 60; ++i)
        REQUIRE(desk.recipient("anna@site.example").kind == Kind::allow);
    CHECK(desk.recipient("ANNA@site.example").kind == Kind::deny);
    CHECK(desk.recipient("guard@site.example").kind == Kind::allow);
}

TEST_CASE("what is wrong with the list itself is told", "[whitelist]") {
    auto all = records();
    all.push_back(record("no address"));
    const Whitelist list(all, FreeMail());
    const auto flaws = flaws_of(list, now_ns);
    REQUIRE(flaws.size() == 3);
    CHECK(flaws[0].key == "no address");
    CHECK((flaws[1].control == "MAIL-4" && flaws[1].key == "eve@gmail.com"));
    CHECK((flaws[2].control == "MAIL-1" && flaws[2].key == "old@site.example"));
    for (const ListFlaw& flaw : flaws)
        CHECK(flaw.text.find('@') == std::string::npos);
}
