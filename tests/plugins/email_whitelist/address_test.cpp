#include <catch2/catch.hpp>

#include <random>

#include "email_whitelist/address.hpp"
#include "email_whitelist/likeness.hpp"

using namespace ombud::email_whitelist;

TEST_CASE("spellings of one mailbox are one address", "[whitelist]") {
    struct Row { const char* behaviour; const char* text; const char* same; };
    const Row rows[] = {
        {"plain", "anna@example.org", "anna@example.org"},
        {"capitals", "Anna@EXAMPLE.Org", "anna@example.org"},
        {"needless quotes", "\"anna\"@example.org", "anna@example.org"},
        {"a complete domain name", "anna@example.org.", "anna@example.org"},
        {"IDN in Unicode", "anna@b\xc3\xbc" "cher.example", "anna@xn--bcher-kva.example"},
        {"IDN in capitals", "anna@B\xc3\x9c" "CHER.example", "anna@xn--bcher-kva.example"},
        {"IDN in ASCII", "anna@XN--bcher-kva.example", "anna@xn--bcher-kva.example"},
        {"a local part beyond ASCII, composed and not", "J\xc3\x96RG@example.org", "jo\xcc\x88rg@example.org"},
        {"a final dot of another script", "anna@example.org\xef\xbc\x8e", "anna@example.org"},
        {"full-width letters", "anna@\xef\xbd\x85xample.org", "anna@example.org"},
    };
    for (const Row& row : rows)
        DYNAMIC_SECTION(row.behaviour) {
            const auto address = parse_address(row.text), same = parse_address(row.same);
            REQUIRE(address);
            REQUIRE(same);
            CHECK(address->text() == same->text());
        }
}

TEST_CASE("what is allowed in an address is kept", "[whitelist]") {
    CHECK(parse_address("\"anna b\"@example.org")->local == "anna b");
    CHECK(parse_address("\"a\\\"b\"@example.org")->local == "a\"b");
    CHECK(parse_address("o'brien+x=y@example.org")->local == "o'brien+x=y");
    CHECK(parse_address("anna@[192.0.2.1]")->domain == "[192.0.2.1]");
    CHECK(parse_address("anna@[IPv6:2001:DB8::1]")->domain == "[ipv6:2001:db8::1]");
    CHECK(parse_address("anna@xn--bcher-kva.example")->shown == "b\xc3\xbc" "cher.example");
    CHECK(parse_domain("@Example.ORG")->domain == "example.org");
}

TEST_CASE("an address that is none, or may be routed elsewhere, is refused with the reason", "[whitelist]") {
    struct Row { const char* text; const char* why; };
    const Row rows[] = {
        {"", "no domain"},
        {"anna", "no domain"},
        {"@example.org", "source route"},
        {"@a.example,@b.example:anna@example.org", "source route"},
        {"anna%evil.example@example.org", "route to somewhere else"},
        {"evil.example!anna@example.org", "route to somewhere else"},
        {"\"anna@evil.example\"@example.org", "route to somewhere else"},
        {"\"anna%evil.example\"@example.org", "route to somewhere else"},
        {"anna:x@example.org", "must be quoted"},
        {"anna@evil.example@example.org", "internationalized"},
        {"anna\xef\xbc\xa0x@example.org", "route to somewhere else"},
        {"\"anna@example.org", "no end"},
        {"\"an\"na\"@example.org", "no domain"},
        {"\"\\a\"@example.org", "needs no escape"},
        {".anna@example.org", "a dot too many"},
        {"an..na@example.org", "a dot too many"},
        {"anna.@example.org", "a dot too many"},
        {"an na@example.org", "must be quoted"},
        {"-anna@example.org", "like an option"},
        {"\"\"@example.org", "empty"},
        {"anna@", "no domain"},
        {"anna@.", "internationalized"},
        {"anna@a..b", "internationalized"},
        {"anna@exa_mple.org", "internationalized"},
        {"anna@xn--\xff", "not UTF-8"},
        {"anna@xn--999999999", "internationalized"},
        {"anna@[192.0.2.1;x]", "literal"},
        {"anna\x01@example.org", "must be quoted"},
        {"\"a\x01\"@example.org", "control character"},
        {"a\\xff@example.org", "must be quoted"},
    };
    for (const Row& row : rows)
        DYNAMIC_SECTION(row.text) {
            const auto address = parse_address(row.text);
            REQUIRE_FALSE(address);
            CHECK_THAT(address.error().message, Catch::Contains(row.why));
        }
    CHECK_FALSE(parse_address(std::string(65, 'a') + "@example.org"));
    CHECK_FALSE(parse_address("a@" + std::string(400, 'b') + ".org"));
}

TEST_CASE("a plus sign divides a local part once", "[whitelist]") {
    CHECK(without_plus("anna+x") == "anna");
    CHECK(without_plus("anna+x+y") == "anna");
    CHECK(without_plus("anna").empty());
    CHECK(without_plus("+x").empty());
}

TEST_CASE("distance counts wrong, missing, extra and swapped letters", "[whitelist]") {
    CHECK(distance("anna", "anna", 2) == 0);
    CHECK(distance("ana", "anna", 2) == 1);
    CHECK(distance("annna", "anna", 2) == 1);
    CHECK(distance("naan", "anna", 2) == 2);
    CHECK(distance("nana", "anna", 2) == 1);
    CHECK(distance("", "ab", 2) == 2);
    CHECK(distance("completely", "different", 2) == 3);
    CHECK(distance("a", "abcd", 2) == 3);
}

TEST_CASE("texts that look the same have one skeleton", "[whitelist]") {
    CHECK(skeleton("p\xd0\xb0ypal.example") == skeleton("paypal.example"));
    CHECK(skeleton("exarnple") == skeleton("example"));
    CHECK(skeleton("g00gle") == skeleton("google"));
    CHECK(skeleton("anna") != skeleton("bertha"));
}

TEST_CASE("scripts that nobody writes together are told", "[whitelist]") {
    CHECK(mixes_scripts("p\xd0\xb0ypal.example"));
    CHECK_FALSE(mixes_scripts("example.org"));
    CHECK_FALSE(mixes_scripts("b\xc3\xbc" "cher.example"));
    CHECK_FALSE(mixes_scripts("\xd0\xbf\xd1\x80\xd0\xb8\xd0\xbc\xd0\xb5\xd1\x80.example"));
}

TEST_CASE("whatever is put together, what is read is safe to compare and cannot be routed on", "[whitelist]") {
    static constexpr const char* pieces[] = {"anna", "@", ".", "+", "%", "!", ":", "\"", "\\", " ", "[", "]", "<", ">", "(", "site.example", "xn--", "xn--bcher-kva",
                                             "\xc3\xbc", "\xd0\xb0", "\xef\xbc\xa0", "\xef\xbc\x8e", "\xff", "\n", "\x7f", "-", "IPv6:", "192.0.2.1", "\xe2\x80\xae"};
    std::mt19937 random(7); // the same tries in every run
    std::size_t readable = 0;
    for (int i = 0; i < 20'000; ++i) {
        std::string text = random() % 2 == 0 ? "anna@site.example" : "";
        for (std::size_t n = random() % 6; n > 0; --n)
            text.insert(random() % (text.size() + 1), pieces[random() % std::size(pieces)]);
        const auto address = parse_address(text);
        if (!address)
            continue;
        ++readable;
        INFO(text);
        REQUIRE(address->local.find_first_of("@%!:\n\x7f") == std::string::npos);
        REQUIRE(std::all_of(address->domain.begin(), address->domain.end(), [](char c) { return c > ' ' && c < 0x7f && (c < 'A' || c > 'Z'); }));
        const std::string domain = address->is_literal ? address->domain : address->shown;
        const auto again = parse_domain("@" + domain);
        REQUIRE(again);
        REQUIRE(again->domain == address->domain);
    }
    CHECK(readable > 1000);
}
