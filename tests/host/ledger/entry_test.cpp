#include "ledger/entry.hpp"
#include "ledger/line.hpp"
#include "ledger/timestamp.hpp"
#include "signing/encoding.hpp"

#include <catch2/catch.hpp>
#include <string>

using namespace ombud;
using namespace ombud::ledger;

namespace {

std::string rendered(const Entry& entry) {
    auto line = entry.render(7, 0);
    if (!line)
        FAIL(line.error().message);
    return *line;
}

} // namespace

TEST_CASE("an entry is one line of JSON with sorted keys", "[entry]") {
    const Entry entry = Entry("verdict.denied").set("user", "ada").set("age_s", -5).set("camera", "gate-2");

    CHECK(rendered(entry) == R"({"age_s":-5,"at":"1970-01-01T00:00:00.000000000Z","camera":"gate-2","index":7,)"
                             R"("kind":"verdict.denied","user":"ada"})");
}

TEST_CASE("text is escaped where JSON demands it and nowhere else", "[entry]") {
    const Entry entry = Entry("a").set("z", "\"\\/\b\f\n\r\t\x01\x1f\x7f gr\xc3\xbc\xc3\x9f \xf0\x9f\x93\xb7");

    CHECK_THAT(rendered(entry), Catch::EndsWith("\"z\":\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\x7f gr\xc3\xbc\xc3\x9f "
                                                "\xf0\x9f\x93\xb7\"}"));
}

TEST_CASE("integers keep all their 64 bits", "[entry]") {
    const std::string line = rendered(Entry("a").set("high", INT64_MAX).set("low", INT64_MIN));

    const auto fields = parse_line(line);
    REQUIRE(fields);
    CHECK(std::get<std::int64_t>((*fields)[1].value) == INT64_MAX);
    CHECK(std::get<std::int64_t>((*fields)[4].value) == INT64_MIN);
}

TEST_CASE("an entry that breaks a rule is refused with the rule named", "[entry]") {
    struct Row {
        const char* behaviour;
        Entry entry;
        const char* says;
    };
    const Row rows[] = {
        {"an empty kind", Entry(""), "kind ''"},
        {"a kind with a space", Entry("a b"), "kind 'a b'"},
        {"a reserved key", Entry("a").set("index", 1), "'index' is reserved"},
        {"a key in capitals", Entry("a").set("Camera", 1), "'Camera'"},
        {"a key set twice", Entry("a").set("b", 1).set("b", "2"), "'b' is set twice"},
        {"text that is not UTF-8", Entry("a").set("b", "ok\xff"), "not UTF-8 at byte 2"},
        {"a surrogate in UTF-8", Entry("a").set("b", "\xed\xa0\x80"), "not UTF-8 at byte 0"},
        {"an overlong form", Entry("a").set("b", "\xc0\xaf"), "not UTF-8 at byte 0"},
        {"a cut sequence", Entry("a").set("b", "x\xe2\x82"), "not UTF-8 at byte 1"},
        {"a personal value that is not UTF-8", Entry("a").set("b", Personal{"\xff"}), "personal value of 'b'"},
        {"a personal value over 1 MiB", Entry("a").set("b", Personal{std::string((1 << 20) + 1, 'x')}), "1 MiB"},
    };
    for (const Row& row : rows) {
        DYNAMIC_SECTION(row.behaviour) {
            const auto line = row.entry.render(0, 0);

            REQUIRE_FALSE(line);
            CHECK(line.error().code == ErrorCode::invalid_input);
            CHECK_THAT(line.error().message, Catch::Contains(row.says));
        }
    }
}

TEST_CASE("an error about a personal value does not repeat it", "[entry]") {
    const auto line = Entry("a").set("b", Personal{"secret\xff"}).render(0, 0);

    CHECK_THAT(line.error().message, !Catch::Contains("secret"));
}

TEST_CASE("a text that makes the line too long is replaced by its digest, the longest first", "[entry]") {
    const std::string longest(50'000, 'x');
    const std::string shorter(20'000, 'y');

    const auto fields = parse_line(rendered(Entry("a").set("body", longest).set("note", shorter)));

    REQUIRE(fields);
    CHECK(std::get<std::string>((*fields)[1].value) == "sha256:" + signing::hex(signing::sha256(longest)));
    CHECK(std::get<std::string>((*fields)[4].value) == shorter);
}

TEST_CASE("a line of exactly the allowed length is kept whole", "[entry]") {
    const std::size_t rest = rendered(Entry("a").set("body", "")).size();
    const std::string fits(line_bytes_max - rest, 'x');

    CHECK(rendered(Entry("a").set("body", fits)).size() == line_bytes_max);
    CHECK(rendered(Entry("a").set("body", fits + "x")).size() == rest + 7 + 64);
}

TEST_CASE("an entry that is too long without a text to shorten is refused", "[entry]") {
    Entry entry("a");
    for (int i = 0; i < 1'000; ++i)
        entry.set("key" + std::to_string(i), std::string(100, 'x'));

    const auto line = entry.render(0, 0);

    REQUIRE_FALSE(line);
    CHECK_THAT(line.error().message, Catch::Contains("65535"));
}

TEST_CASE("a personal value appears as a commitment that its opening fulfils", "[entry]") {
    const Entry entry = Entry("a").set("user", Personal{"Ada"});

    const std::string line = rendered(entry);

    REQUIRE(entry.openings().size() == 1);
    const Opening& opening = entry.openings().front();
    CHECK(opening.key == "user");
    CHECK(opening.value == "Ada");
    CHECK(opening.commitment() ==
          "hmac-sha256:" + signing::hex(signing::hmac_sha256(opening.salt, signing::bytes_of("Ada"))));
    CHECK_THAT(line, Catch::Contains("\"user\":\"" + opening.commitment() + "\"") && !Catch::Contains("Ada"));
}

TEST_CASE("the same personal value is committed to differently each time", "[entry]") {
    CHECK(rendered(Entry("a").set("user", Personal{"Ada"})) != rendered(Entry("a").set("user", Personal{"Ada"})));
}

TEST_CASE("what an entry renders, parse_line takes apart again", "[line]") {
    const std::string odd = "\"\\\b\n\x02 \xe2\x82\xac";

    const auto fields = parse_line(rendered(Entry("a").set("n", 12).set("t", odd)));

    REQUIRE(fields);
    REQUIRE(fields->size() == 5);
    CHECK((*fields)[4].key == "t");
    CHECK(std::get<std::string>((*fields)[4].value) == odd);
}

TEST_CASE("a line in any other form than the canonical one is refused", "[line]") {
    const std::string good = R"({"a":1,"b":"x"})";
    REQUIRE(parse_line(good));
    for (const std::string& bad : {std::string(),
                                   std::string("{}"),
                                   std::string("[1]"),
                                   good + " ",
                                   " " + good,
                                   std::string(R"({"b":1,"a":2})"),
                                   std::string(R"({"a":1,"a":2})"),
                                   std::string(R"({"a":01})"),
                                   std::string(R"({"a":-0})"),
                                   std::string(R"({"a":1.5})"),
                                   std::string(R"({"a":1e3})"),
                                   std::string(R"({"a":true})"),
                                   std::string(R"({"a":null})"),
                                   std::string(R"({"a":{}})"),
                                   std::string(R"({"a":"\u0041"})"),
                                   std::string(R"({"a":"\/"})"),
                                   std::string(R"({"a":"\u001F"})"),
                                   std::string(R"({"a":"\)"),
                                   std::string(R"({"a":"\u00)"),
                                   std::string(R"({"a":")"),
                                   std::string("{\"a\":\"\xff\"}"),
                                   std::string(R"({"a":9223372036854775808})"),
                                   std::string(R"({"a":1,})"),
                                   std::string(R"({"a" :1})"),
                                   std::string(R"({"A":1})")}) {
        DYNAMIC_SECTION("'" << bad << "'") {
            CHECK_FALSE(parse_line(bad));
        }
    }
}

TEST_CASE("times are written so that text order is time order", "[timestamp]") {
    CHECK(format_utc(0) == "1970-01-01T00:00:00.000000000Z");
    CHECK(format_utc(-1) == "1969-12-31T23:59:59.999999999Z");
    CHECK(format_utc(951'782'400'123'456'789) == "2000-02-29T00:00:00.123456789Z");
    CHECK(format_utc(4'107'542'399'000'000'000) == "2100-02-28T23:59:59.000000000Z");
    CHECK(format_utc(4'107'542'400'000'000'000) == "2100-03-01T00:00:00.000000000Z");
    CHECK(format_utc(INT64_MAX) == "2262-04-11T23:47:16.854775807Z");
}
