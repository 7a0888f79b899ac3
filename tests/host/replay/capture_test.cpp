// The form of a capture: what is read back, what is refused, and that no bytes bring the reader down.
#include <catch2/catch.hpp>

#include <boost/json/serialize.hpp>

#include "replay/capture.hpp"

using namespace ombud;

namespace {

std::string whole() {
    Names names;
    sdk::EventBuilder builder(names.intern("mail.send"), 5);
    builder.add_text(names.intern("recipient"), "x@y", sdk::Privacy::personal).add_i64(names.intern("tls_in"), -1);
    builder.add_u64(names.intern("large"), UINT64_MAX).add_f64(names.intern("real"), 0.5).add_bytes(names.intern("raw"), std::string_view("\0\xff", 2));
    const auto event = Event::copy(builder.finish()->get());
    REQUIRE(event);
    return R"({"ombud-capture":1,"site":"s","timezone":"UTC","begun_utc_ns":4})" "\n"
           R"({"register":["m","r"],"before":1,"key_personal":true,"append_only":false,"fields":[{"name":"f","personal":false}],)"
           R"("records":[{"key":"k","changed_utc_ns":3,"values":{"f":"v","g":7}}]})" "\n"
           R"({"module":"m","version":"1.0.0","library":"00","document":{"options":{}}})" "\n"
           R"({"call":2,"utc_ns":9,"mono_ns":2,"hook":0,"flags":0,"attachment":"","event":)" + boost::json::serialize(replay::event_json(**event, names)) +
           R"(,"answers":{}})" "\n"
           R"({"call":1,"utc_ns":8,"mono_ns":1,"hook":6,"flags":4,"attachment":"a","event":)" + boost::json::serialize(replay::event_json(**event, names)) +
           R"(,"answers":{"m":{"action":"deny"}}})" "\n"
           R"({"end":2,"why":"stopped"})" "\n";
}

std::string replaced(std::string text, const std::string& what, const std::string& with) {
    const auto at = text.find(what);
    REQUIRE(at != std::string::npos);
    return text.replace(at, what.size(), with);
}

} // namespace

TEST_CASE("a capture is read back as it was written, in the order of its calls", "[capture]") {
    Names names;
    const auto capture = replay::parse_capture(whole(), names);
    REQUIRE(capture);
    CHECK(capture->site == "s");
    CHECK(capture->modules.at("m").version == "1.0.0");
    REQUIRE(capture->registers.size() == 1);
    CHECK(capture->registers[0].declaration->key_personal);
    CHECK(std::get<std::int64_t>(capture->registers[0].records.at(0).values.at("g").typed) == 7);
    REQUIRE(capture->calls.size() == 2);
    const replay::CapturedCall& call = capture->calls[0];
    CHECK(call.number == 1);
    CHECK(call.hook == 6);
    CHECK(call.flags == 4);
    CHECK(call.answers.at("m").at("action") == "deny");
    const auto read = call.event->read();
    CHECK(read.get_text(names.intern("recipient")) == "x@y");
    CHECK(read.find(names.intern("recipient"))->is_personal());
    CHECK(read.get_i64(names.intern("tls_in")) == -1);
    CHECK(read.find(names.intern("large"))->as_u64() == UINT64_MAX);
    CHECK(read.find(names.intern("real"))->as_f64() == 0.5);
    CHECK(read.find(names.intern("raw"))->as_bytes() == std::string_view("\0\xff", 2));
    CHECK(names.name(call.event->type()) == "mail.send");
}

TEST_CASE("what is no whole capture is refused, with its line", "[capture]") {
    struct Row {
        const char* behaviour;
        std::string text;
        const char* says;
    };
    const std::string good = whole();
    const Row rows[] = {
        {"nothing", "", "no capture"},
        {"something else", "{\"a\":1}\n", "line 1: it is no capture"},
        {"no JSON", good + "{", "line 7: is not JSON"},
        {"another version", replaced(good, "capture\":1", "capture\":2"), "this host reads version 1"},
        {"no end", good.substr(0, good.find("{\"end\"")), "it has no end"},
        {"something behind the end", good + "{\"module\":\"x\"}\n", "behind the end"},
        {"a call that is missing", replaced(good, "{\"call\":2,", "{\"call\":3,"), "call 2 is missing"},
        {"an end that counts otherwise", replaced(good, "\"end\":2", "\"end\":3"), "says that there are 3"},
        {"times that go back", replaced(good, "\"mono_ns\":1", "\"mono_ns\":7"), "before the one before it"},
        {"a field without a value", replaced(good, "\"i64\":-1", "\"i65\":-1"), "field 'tls_in' has no value"},
        {"a field without a sign below zero", replaced(good, "\"u64\":18446744073709551615", "\"u64\":-1"), "field 'large' has no value"},
        {"a name that is none", replaced(good, "\"type\":\"mail.send\"", "\"type\":\"Mail send\""), "line 4: "},
        {"a module twice", replaced(good, "{\"module\"", "{\"module\":\"m\",\"version\":\"1\",\"library\":\"\",\"document\":{}}\n{\"module\""), "given twice"},
        {"an answer that is none", replaced(good, "{\"action\":\"deny\"}", "7"), "the answer of m is no object"},
        {"a depth that nobody writes", replaced(good, "{\"options\":{}}", std::string(64, '[') + std::string(64, ']')), "line 3: "},
    };
    for (const Row& row : rows) {
        DYNAMIC_SECTION(row.behaviour) {
            Names names;
            const auto capture = replay::parse_capture(row.text, names);
            REQUIRE_FALSE(capture);
            CHECK_THAT(capture.error().message, Catch::Contains(row.says));
        }
    }
}

TEST_CASE("a capture that was changed anywhere is read or refused, and nothing else", "[capture]") {
    const std::string good = whole();
    std::uint32_t state = 1;
    const auto below = [&](std::size_t limit) {
        state = state * 1'664'525U + 1'013'904'223U; // Numerical Recipes: the same each time
        return (state >> 8U) % limit;
    };
    std::size_t refused = 0;
    constexpr std::size_t rounds = 20'000;
    for (std::size_t round = 0; round < rounds; ++round) {
        std::string text = good;
        for (std::size_t change = 0; change <= below(3); ++change) {
            const std::size_t at = below(text.size());
            switch (below(3)) {
            case 0: text[at] = static_cast<char>(below(256)); break;
            case 1: text.erase(at, 1 + below(20)); break;
            default: text.insert(at, good.substr(below(good.size()), 1 + below(40))); break;
            }
            if (text.empty())
                break;
        }
        Names names;
        refused += replay::parse_capture(text, names) ? 0U : 1U;
    }
    CHECK(refused > rounds / 2);
    CHECK(refused < rounds); // some changes are within a text
}
