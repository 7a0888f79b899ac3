#include "events/clock.hpp"
#include "events/printable.hpp"
#include "events/result.hpp"

#include <catch2/catch.hpp>
#include <ombud/base.h>

namespace ombud {
namespace {

TEST_CASE("setting the time of day leaves the time that only moves forward alone", "[clock]") {
    FakeClock clock;
    clock.advance_ns(5);
    const std::int64_t mono = clock.mono_ns();

    clock.set_utc_ns(0);

    CHECK(clock.utc_ns() == 0);
    CHECK(clock.mono_ns() == mono);
}

TEST_CASE("error codes equal the ABI's status numbers", "[result]") {
    const auto number = [](ErrorCode code) { return static_cast<ombud_status>(code); };
    CHECK(number(ErrorCode::not_found) == OMBUD_NOT_FOUND);
    CHECK(number(ErrorCode::invalid_input) == OMBUD_INVALID_INPUT);
    CHECK(number(ErrorCode::unavailable) == OMBUD_UNAVAILABLE);
    CHECK(number(ErrorCode::too_new) == OMBUD_TOO_NEW);
    CHECK(number(ErrorCode::refused) == OMBUD_REFUSED);
    CHECK(number(ErrorCode::corrupt) == OMBUD_CORRUPT);
    CHECK(number(ErrorCode::internal) == OMBUD_INTERNAL);
    CHECK(number(ErrorCode::cancelled) == OMBUD_CANCELLED);
}

TEST_CASE("printable shows every byte that a terminal must not get", "[printable]") {
    struct Row {
        const char* behaviour;
        std::string_view bytes, shown;
    };
    using namespace std::string_view_literals;
    const Row rows[] = {
        {"plain text stays", "Kamera 1, Süd\t✓"sv, "Kamera 1, Süd\t✓"sv},
        {"an escape sequence is shown", "\x1b[2J"sv, "\\x1b[2J"sv},
        {"a line break is shown", "a\nb"sv, "a\\x0ab"sv},
        {"a zero byte is shown", "a\0b"sv, "a\\x00b"sv},
        {"a lone continuation byte is shown", "\x80"sv, "\\x80"sv},
        {"a character that was cut off is shown", "a\xE2\x9C"sv, "a\\xe2\\x9c"sv},
        {"a surrogate is shown", "\xED\xA0\x80"sv, "\\xed\\xa0\\x80"sv},
        {"an overlong slash is shown", "\xC0\xAF"sv, "\\xc0\\xaf"sv},
        {"good text goes on behind a bad byte", "\xFFok"sv, "\\xffok"sv},
    };
    for (const Row& row : rows)
        DYNAMIC_SECTION(row.behaviour) { CHECK(printable(row.bytes) == row.shown); }
}

} // namespace
} // namespace ombud
