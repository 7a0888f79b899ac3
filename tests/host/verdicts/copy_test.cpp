#include "verdicts/verdict.hpp"

#include <catch2/catch.hpp>
#include <cstring>
#include <functional>
#include <random>

namespace ombud {
namespace {

ombud_view view(std::string_view text) { return {text.data(), text.size()}; }

ombud_verdict verdict_of(std::int32_t action) {
    ombud_verdict given{};
    given.struct_size = sizeof given;
    given.action = action;
    given.reason = view("because");
    return given;
}

const ombud_track_rule no_audio{OMBUD_TRACK_AUDIO, OMBUD_TRACK_REMOVE, 0, 0};

ombud_verdict transform_of(const ombud_track_rule* rules, std::uint32_t count) {
    ombud_verdict given = verdict_of(OMBUD_TRANSFORM);
    given.transform_kind = OMBUD_TRANSFORM_TRACKS;
    given.track_rules = rules;
    given.track_rule_count = count;
    given.track_rule_stride = sizeof *rules;
    return given;
}

TEST_CASE("copy_verdict keeps what a module said after its memory has changed", "[copy]") {
    char reason[] = "audio without a purpose";
    ombud_track_rule rules[] = {no_audio, {OMBUD_TRACK_DATA, OMBUD_TRACK_KEEP_WITHIN, 5, 9}};
    ombud_verdict given = transform_of(rules, 2);
    given.rule_id = view("AMG-2");
    given.reason = view(reason);
    given.reason_code = 7;

    const auto copied = copy_verdict(given);
    std::memset(reason, 'x', sizeof reason);
    std::memset(static_cast<void*>(rules), 0, sizeof rules);

    REQUIRE(copied);
    CHECK(copied->action == VerdictAction::transform);
    CHECK(copied->rule == "AMG-2");
    CHECK(copied->reason == "audio without a purpose");
    CHECK(copied->reason_code == 7);
    CHECK(copied->tracks == std::vector<TrackRule>{{OMBUD_TRACK_AUDIO, OMBUD_TRACK_REMOVE, 0, 0},
                                                   {OMBUD_TRACK_DATA, OMBUD_TRACK_KEEP_WITHIN, 5, 9}});
}

TEST_CASE("copy_verdict says what is wrong with an answer", "[copy]") {
    static const std::string long_text(8193, 'x');
    static const std::vector<ombud_track_rule> many(257, no_audio);
    static const ombud_track_rule video{OMBUD_TRACK_VIDEO, OMBUD_TRACK_REMOVE, 0, 0};
    static const ombud_track_rule backwards{OMBUD_TRACK_AUDIO, OMBUD_TRACK_KEEP_WITHIN, 9, 9};
    static const ombud_track_rule pseudonymous_sound{OMBUD_TRACK_AUDIO, OMBUD_TRACK_PSEUDONYMISE, 0, 0};
    static const ombud_track_rule unknown{OMBUD_TRACK_AUDIO, 99, 0, 0};
    struct Row {
        const char* behaviour;
        std::function<ombud_verdict()> given;
        const char* says;
    };
    const auto allow_with = [](auto change) {
        return [change] {
            ombud_verdict given = verdict_of(OMBUD_ALLOW);
            change(given);
            return given;
        };
    };
    const Row rows[] = {
        {"a forgotten answer", [] { return verdict_of(OMBUD_UNSET); }, "no verdict was set"},
        {"an action above the last", [] { return verdict_of(OMBUD_DEFER + 1); }, "unknown verdict 6"},
        {"a negative action", [] { return verdict_of(-1); }, "unknown verdict -1"},
        {"a reason that is not UTF-8", allow_with([](auto& v) { v.reason = view("\xC3("); }), "reason is not UTF-8"},
        {"a rule id that is too long", allow_with([](auto& v) { v.rule_id = {long_text.data(), 65}; }),
         "rule_id of 65 bytes; at most 64"},
        {"a reason that is too long", allow_with([](auto& v) { v.reason = {long_text.data(), 1025}; }), "at most 1024"},
        {"evidence that is too long", allow_with([](auto& v) { v.evidence_json = view(long_text); }), "at most 8192"},
        {"a null reason with a length", allow_with([](auto& v) { v.reason = {nullptr, 3}; }), "null pointer"},
        {"a length that no memory has", allow_with([](auto& v) { v.reason = {long_text.data(), UINT64_MAX}; }), "at most 1024"},
        {"a transform of no kind", [] { auto v = transform_of(&no_audio, 1); v.transform_kind = 0; return v; }, "unknown transform 0"},
        {"a transform with no rule", [] { return transform_of(&no_audio, 0); }, "changes nothing"},
        {"a transform with a null table", [] { auto v = transform_of(&no_audio, 1); v.track_rules = nullptr; return v; }, "pointer and stride"},
        {"a stride shorter than a rule", [] { auto v = transform_of(&no_audio, 1); v.track_rule_stride = 8; return v; }, "pointer and stride"},
        {"a stride that would misalign", [] { auto v = transform_of(&no_audio, 1); v.track_rule_stride = sizeof no_audio + 1; return v; }, "pointer and stride"},
        {"too many rules", [] { return transform_of(many.data(), 257); }, "at most 256"},
        {"a rule for video", [] { return transform_of(&video, 1); }, "allowed are audio, data and other"},
        {"a rule that ends before it begins", [] { return transform_of(&backwards, 1); }, "ends before it begins"},
        {"pseudonyms for sound", [] { return transform_of(&pseudonymous_sound, 1); }, "allowed is data"},
        {"an unknown rule", [] { return transform_of(&unknown, 1); }, "unknown track rule 99"},
    };
    for (const Row& row : rows) {
        DYNAMIC_SECTION(row.behaviour) {
            const auto copied = copy_verdict(row.given());

            REQUIRE_FALSE(copied);
            CHECK(copied.error().code == ErrorCode::invalid_input);
            CHECK_THAT(copied.error().message, Catch::Contains(row.says));
        }
    }
}

TEST_CASE("a DENY stands whatever its words are", "[copy]") {
    ombud_verdict given = verdict_of(OMBUD_DENY);
    given.rule_id = {nullptr, 9};
    given.reason = view("\xFF\xFE");
    given.evidence_json = {nullptr, UINT64_MAX};

    const auto copied = copy_verdict(given);

    REQUIRE(copied);
    CHECK(copied->action == VerdictAction::deny);
    CHECK(copied->reason == "the module gave no usable reason");
}

TEST_CASE("copy_verdict takes fields and parts in one transform", "[copy]") {
    const ombud_field_text fields[] = {{7, 0, view("Sun, 29 Nov 2026 10:00:00 +0000")}, {9, 0, view("")}};
    const std::uint32_t parts[] = {4, 2, 4};
    ombud_verdict given = verdict_of(OMBUD_TRANSFORM);
    given.transform_kind = OMBUD_TRANSFORM_FIELDS | OMBUD_TRANSFORM_PARTS;
    given.field_texts = fields;
    given.field_text_count = 2;
    given.field_text_stride = sizeof fields[0];
    given.parts = parts;
    given.part_count = 3;
    given.advice = view("did you mean guard@example.org?");

    const auto copied = copy_verdict(given);

    REQUIRE(copied);
    CHECK(copied->fields == std::vector<FieldText>{{7, "Sun, 29 Nov 2026 10:00:00 +0000"}, {9, ""}});
    CHECK(copied->parts == std::vector<std::uint32_t>{2, 4});
    CHECK(copied->advice == "did you mean guard@example.org?");
}

TEST_CASE("copy_verdict refuses fields and parts that mean nothing", "[copy]") {
    const ombud_field_text twice[] = {{7, 0, view("a")}, {7, 0, view("b")}};
    const ombud_field_text nameless[] = {{0, 0, view("a")}};
    const std::uint32_t none = 0;
    ombud_verdict given = verdict_of(OMBUD_TRANSFORM);
    given.transform_kind = OMBUD_TRANSFORM_FIELDS;
    given.field_text_stride = sizeof twice[0];

    SECTION("two texts for one field") {
        given.field_texts = twice;
        given.field_text_count = 2;
    }
    SECTION("a text for no field") {
        given.field_texts = nameless;
        given.field_text_count = 1;
    }
    SECTION("nothing at all") {}
    SECTION("part 0") {
        given.transform_kind = OMBUD_TRANSFORM_PARTS;
        given.parts = &none;
        given.part_count = 1;
    }
    SECTION("what was not announced does not count") {
        given.transform_kind = OMBUD_TRANSFORM_TRACKS;
        given.field_texts = twice;
        given.field_text_count = 1;
    }

    CHECK_FALSE(copy_verdict(given));
}

TEST_CASE("no bytes in a verdict's plain fields make copy_verdict accept what it does not know", "[copy]") {
    std::mt19937 random(7);
    const std::string words("words that a plugin left there");
    for (int round = 0; round < 20'000; ++round) {
        ombud_verdict given{};
        for (std::size_t i = 0; i < sizeof given; ++i)
            reinterpret_cast<unsigned char*>(&given)[i] = static_cast<unsigned char>(random());
        given.action = static_cast<std::int32_t>(random() % 8) - 1;
        // A pointer that a plugin gives must point to memory: what cannot be checked is not tried. Lengths can.
        for (ombud_view* text : {&given.rule_id, &given.reason, &given.evidence_json, &given.advice})
            *text = {random() % 4 == 0 ? nullptr : words.data(), random() % 3 == 0 ? random() * 0x1'0000'0000ULL : random() % words.size()};
        given.track_rules = random() % 2 == 0 ? nullptr : &no_audio;
        if (random() % 2 == 0)
            given.track_rule_count = 1;
        else
            given.track_rule_count |= 0x100; // too many, however many
        if (given.track_rule_count == 1 && given.track_rule_stride % 8 != 0)
            given.track_rule_stride = sizeof no_audio;

        const ombud_field_text field{static_cast<std::uint32_t>(random() % 2), 0, view("text")};
        given.field_texts = random() % 2 == 0 ? nullptr : &field;
        given.field_text_count = random() % 2 == 0 ? 1 : given.field_text_count | 0x100;
        if (given.field_text_stride % 8 != 0)
            given.field_text_stride = sizeof field;
        const std::uint32_t part = static_cast<std::uint32_t>(random() % 2);
        given.parts = random() % 2 == 0 ? nullptr : &part;
        given.part_count = random() % 2 == 0 ? 1 : given.part_count | 0x1000;
        if (random() % 2 == 0)
            given.transform_kind &= 7;

        const auto copied = copy_verdict(given);

        if (copied) {
            REQUIRE(copied->action != VerdictAction::unset);
            REQUIRE(copied->action <= VerdictAction::defer);
            const bool changes = !copied->tracks.empty() || !copied->fields.empty() || !copied->parts.empty();
            REQUIRE(changes == (copied->action == VerdictAction::transform));
        } else {
            REQUIRE(given.action != OMBUD_DENY);
            REQUIRE(copied.error().code == ErrorCode::invalid_input);
        }
    }
}

} // namespace
} // namespace ombud
