#include "verdicts/verdict.hpp"

#include <catch2/catch.hpp>

namespace ombud {
namespace {

TEST_CASE("track rules come back from their words as they were", "[text]") {
    const std::vector<TrackRule> rules{{OMBUD_TRACK_AUDIO, OMBUD_TRACK_REMOVE, 0, 0},
                                       {OMBUD_TRACK_DATA, OMBUD_TRACK_KEEP_WITHIN, -5, INT64_MAX},
                                       {OMBUD_TRACK_DATA, OMBUD_TRACK_PSEUDONYMISE, 0, 0}};

    const std::string words = to_string(rules);
    const auto back = parse_track_rules(words);

    CHECK(words == "audio:remove data:keep:-5:9223372036854775807 data:pseudonymise");
    REQUIRE(back);
    CHECK(*back == rules);
}

TEST_CASE("words that are no track rules are refused with the word", "[text]") {
    struct Row {
        const char* words;
        const char* says;
    };
    const Row rows[] = {
        {"video:remove", "'video'"}, {"audio:mute", "'mute'"}, {"audio:keep:1", "begin and end"}, {"audio:keep:1:x", "begin and end"},
    };
    for (const Row& row : rows) {
        DYNAMIC_SECTION(row.words) {
            const auto rules = parse_track_rules(row.words);

            REQUIRE_FALSE(rules);
            CHECK_THAT(rules.error().message, Catch::Contains(row.says));
        }
    }
}

TEST_CASE("a mode comes back from its word, and another word is no mode", "[text]") {
    for (const Mode mode : {Mode::off, Mode::monitor, Mode::enforce})
        CHECK(parse_mode(to_string(mode)) == mode);
    CHECK_FALSE(parse_mode("Enforce"));
}

} // namespace
} // namespace ombud
