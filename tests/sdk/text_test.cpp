#include "events/result.hpp"

#include <catch2/catch.hpp>
#include <ombud/result.hpp>
#include <ombud/shortened.hpp>
#include <ombud/tracks.hpp>
#include <ombud/view.hpp>

using namespace ombud::sdk;

TEST_CASE("status numbers, the layer's error codes and the host's are the same") {
    struct Row {
        ombud_status status;
        ErrorCode layer;
        ombud::ErrorCode host;
    };
    const Row rows[] = {
        {OMBUD_NOT_FOUND, ErrorCode::not_found, ombud::ErrorCode::not_found},
        {OMBUD_INVALID_INPUT, ErrorCode::invalid_input, ombud::ErrorCode::invalid_input},
        {OMBUD_UNAVAILABLE, ErrorCode::unavailable, ombud::ErrorCode::unavailable},
        {OMBUD_TOO_NEW, ErrorCode::too_new, ombud::ErrorCode::too_new},
        {OMBUD_REFUSED, ErrorCode::refused, ombud::ErrorCode::refused},
        {OMBUD_CORRUPT, ErrorCode::corrupt, ombud::ErrorCode::corrupt},
        {OMBUD_INTERNAL, ErrorCode::internal, ombud::ErrorCode::internal},
        {OMBUD_CANCELLED, ErrorCode::cancelled, ombud::ErrorCode::cancelled},
    };
    for (const Row& row : rows) {
        CHECK(static_cast<ombud_status>(row.layer) == row.status);
        CHECK(static_cast<ombud_status>(row.host) == row.status);
    }
}

TEST_CASE("a status that no header knows becomes an internal error naming it") {
    const auto result = to_result(4711, "asking");

    REQUIRE_FALSE(result);
    CHECK(result.error().code == ErrorCode::internal);
    CHECK_THAT(result.error().message, Catch::Contains("4711"));
}

TEST_CASE("each level adds where an error was, outermost first") {
    const Error error = Error{ErrorCode::corrupt, "no frames"}.within("1.mp4").within("cam1");

    CHECK(error.message == "cam1: 1.mp4: no frames");
}

TEST_CASE("UTF-8 is told from what only looks like it") {
    struct Row {
        const char* behaviour;
        std::string_view text;
        bool is_good;
    };
    const Row rows[] = {
        {"nothing", "", true},
        {"letters", "cam1", true},
        {"two bytes", "\xC3\xA4", true},
        {"the last of three bytes", "\xEF\xBF\xBF", true},
        {"the last code point", "\xF4\x8F\xBF\xBF", true},
        {"a NUL", std::string_view("\0", 1), true},
        {"a lone continuation", "\x80", false},
        {"a lead without its end", "\xC3", false},
        {"three bytes cut off", "\xE2\x82", false},
        {"an overlong slash", "\xC0\xAF", false},
        {"an overlong three-byte form", "\xE0\x80\xAF", false},
        {"an overlong four-byte form", "\xF0\x80\x80\xAF", false},
        {"a surrogate", "\xED\xA0\x80", false},
        {"past the last code point", "\xF4\x90\x80\x80", false},
        {"a lead that is never used", "\xF8\x88\x80\x80\x80", false},
        {"a bad third byte", "\xE2\x82(", false},
    };
    for (const Row& row : rows)
        DYNAMIC_SECTION(row.behaviour) {
            CHECK(is_utf8(row.text) == row.is_good);
        }
}

TEST_CASE("an id is spelt as RFC 9562 has it") {
    ombud_id id{};
    CHECK(is_none(id));
    for (std::uint8_t i = 0; i < 16; ++i)
        id.b[i] = static_cast<std::uint8_t>(i * 17);

    CHECK_FALSE(is_none(id));
    CHECK(to_string(id) == "00112233-4455-6677-8899-aabbccddeeff");
}

TEST_CASE("a track list gives kinds and codecs in order") {
    const auto tracks = parse_tracks("video/h264  audio/aac data/klv subtitle/mov_text attachment/png");

    REQUIRE(tracks);
    REQUIRE(tracks->size() == 5);
    CHECK((*tracks)[0].kind == TrackKind::video);
    CHECK((*tracks)[0].codec == "h264");
    CHECK((*tracks)[1].kind == TrackKind::audio);
    CHECK((*tracks)[2].kind == TrackKind::data);
    CHECK((*tracks)[3].kind == TrackKind::data);
    CHECK((*tracks)[4].kind == TrackKind::other);
    CHECK((*tracks)[4].codec == "png");
}

TEST_CASE("an empty track list has no tracks") {
    CHECK(parse_tracks("")->empty());
    CHECK(parse_tracks("  ")->empty());
}

TEST_CASE("an entry of a track list without kind or codec is named") {
    for (const char* list : {"video/h264 audio", "video/h264 /aac", "video/h264 audio/"}) {
        const auto tracks = parse_tracks(list);

        REQUIRE_FALSE(tracks);
        CHECK(tracks.error().code == ErrorCode::invalid_input);
        CHECK_THAT(tracks.error().message, Catch::Contains(std::string(list).substr(11)));
    }
}

TEST_CASE("a shortened text fits, ends in an ellipsis, and is cut between characters") {
    CHECK(shortened("abc", 3) == "abc");
    CHECK(shortened("abcd", 3) == "\xe2\x80\xa6");
    CHECK(shortened("abcdef", 5) == "ab\xe2\x80\xa6");
    CHECK(shortened("a\xc3\xa4\xc3\xa4\xc3\xa4", 5) == "a\xe2\x80\xa6"); // the second byte of the first umlaut would be the end
    CHECK(shortened(std::string(2000, 'x')).size() == reason_bytes_max);
}
