#include "verdicts/verdict.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>

namespace ombud {
namespace {

constexpr TrackRule no_audio{OMBUD_TRACK_AUDIO, OMBUD_TRACK_REMOVE, 0, 0};
constexpr TrackRule no_data{OMBUD_TRACK_DATA, OMBUD_TRACK_REMOVE, 0, 0};
constexpr TrackRule some_audio{OMBUD_TRACK_AUDIO, OMBUD_TRACK_KEEP_WITHIN, 10, 20};

Answer says(const char* module, VerdictAction action, std::vector<TrackRule> tracks = {}) {
    Answer answer;
    answer.module = module;
    answer.mode = Mode::enforce;
    answer.verdict.action = action;
    answer.verdict.rule = std::string(module) + "-1";
    answer.verdict.reason = std::string(module) + " says so";
    answer.verdict.tracks = std::move(tracks);
    return answer;
}

Answer fails(const char* module, FailMode mode) {
    Answer answer;
    answer.module = module;
    answer.mode = Mode::enforce;
    answer.fail = mode;
    answer.fault = "no answer within 50 ms";
    return answer;
}

// Every sort of answer a module can give, the strongest first.
std::vector<Answer> sorts(const char* module) {
    return {says(module, VerdictAction::deny),
            fails(module, FailMode::closed),
            says(module, VerdictAction::defer),
            says(module, VerdictAction::transform, {no_audio}),
            says(module, VerdictAction::allow),
            says(module, VerdictAction::abstain),
            fails(module, FailMode::open)};
}
constexpr const char* sort_names[] = {"DENY", "a fault that fails closed", "DEFER", "TRANSFORM",
                                      "ALLOW", "ABSTAIN", "a fault that fails open"};
constexpr VerdictAction outcome_of_sort[] = {VerdictAction::deny, VerdictAction::deny, VerdictAction::defer,
                                             VerdictAction::transform, VerdictAction::allow, VerdictAction::abstain,
                                             VerdictAction::abstain};

TEST_CASE("of two answers the stronger decides, whichever came first", "[merge]") {
    const auto of_a = sorts("a"), of_b = sorts("b");
    for (std::size_t i = 0; i < of_a.size(); ++i) {
        for (std::size_t j = 0; j < of_b.size(); ++j) {
            DYNAMIC_SECTION(sort_names[i] << " and then " << sort_names[j]) {
                const std::vector<Answer> answers{of_a[i], of_b[j]};
                const std::size_t strongest = std::min(i, j);

                const Decision decision = merge(answers);

                CHECK(decision.action == outcome_of_sort[strongest]);
                CHECK(decision.by_fault == (strongest == 1));
                // The two weakest sorts decide nothing; among equals the module of the earlier manifest is named.
                CHECK(decision.module == (strongest >= 5 ? "" : i <= j ? "a" : "b"));
            }
        }
    }
}

TEST_CASE("nobody asked is ABSTAIN", "[merge]") {
    const Decision decision = merge({});

    CHECK(decision.action == VerdictAction::abstain);
    CHECK(decision.module.empty());
}

TEST_CASE("an answer that was never set counts like a fault", "[merge]") {
    Answer forgotten = says("a", VerdictAction::unset);

    CHECK(merge(std::vector{forgotten}).action == VerdictAction::deny);
    CHECK(merge(std::vector{forgotten}).by_fault);
    forgotten.fail = FailMode::open;
    CHECK(merge(std::vector{forgotten}).action == VerdictAction::abstain);
}

TEST_CASE("a refusal by fault names the module and what went wrong", "[merge]") {
    const Decision decision = merge(std::vector{fails("retention", FailMode::closed)});

    CHECK(decision.reason == "retention failed, and its hook fails closed: no answer within 50 ms");
}

TEST_CASE("transforms that do not contradict are joined, each rule once", "[merge]") {
    const std::vector answers{says("a", VerdictAction::transform, {no_audio}),
                              says("b", VerdictAction::transform, {no_audio, no_data})};

    const Decision decision = merge(answers);

    CHECK(decision.action == VerdictAction::transform);
    CHECK(decision.tracks == std::vector{no_audio, no_data});
}

TEST_CASE("transforms that contradict each other refuse, and both modules are named", "[merge]") {
    const std::vector answers{says("a", VerdictAction::transform, {no_audio}),
                              says("b", VerdictAction::transform, {no_data, some_audio})};

    const Decision decision = merge(answers);

    CHECK(decision.action == VerdictAction::deny);
    CHECK(decision.tracks.empty());
    CHECK_THAT(decision.reason, Catch::Contains("a and b"));
    CHECK_FALSE(decision.by_fault);
}

TEST_CASE("modules that keep the same two intervals agree, in whatever order they name them", "[merge]") {
    constexpr TrackRule morning{OMBUD_TRACK_AUDIO, OMBUD_TRACK_KEEP_WITHIN, 10, 20};
    constexpr TrackRule evening{OMBUD_TRACK_AUDIO, OMBUD_TRACK_KEEP_WITHIN, 30, 40};
    const std::vector agreeing{says("a", VerdictAction::transform, {morning, evening}),
                               says("b", VerdictAction::transform, {evening, morning})};
    const std::vector differing{says("a", VerdictAction::transform, {morning, evening}),
                                says("b", VerdictAction::transform, {morning})};

    CHECK(merge(agreeing).tracks == std::vector{morning, evening});
    CHECK(merge(differing).action == VerdictAction::deny);
}

TEST_CASE("what a module in monitor answers is merged and never applied", "[merge]") {
    for (std::size_t sort = 0; sort < std::size(sort_names); ++sort) {
        DYNAMIC_SECTION(sort_names[sort]) {
            Answer watching = sorts("watching")[sort];
            watching.mode = Mode::monitor;
            const std::vector answers{watching, says("acting", VerdictAction::allow)};

            CHECK(merge_enforced(answers).action == VerdictAction::allow);
            CHECK(merge_enforced(answers).module == "acting");
            CHECK(merge(answers).action == outcome_of_sort[std::min<std::size_t>(sort, 4)]);
        }
    }
}

TEST_CASE("a contradiction with a transform in monitor does not refuse", "[merge]") {
    Answer watching = says("watching", VerdictAction::transform, {some_audio});
    watching.mode = Mode::monitor;
    const std::vector answers{watching, says("acting", VerdictAction::transform, {no_audio})};

    CHECK(merge_enforced(answers).action == VerdictAction::transform);
    CHECK(merge(answers).action == VerdictAction::deny);
}

TEST_CASE("parts and fields of several modules are joined", "[merge]") {
    Answer a = says("a", VerdictAction::transform), b = says("b", VerdictAction::transform);
    a.verdict.parts = {3};
    a.verdict.fields = {{7, "neutral"}};
    b.verdict.parts = {2, 3};
    b.verdict.fields = {{8, "later"}};

    const Decision decision = merge(std::vector<Answer>{a, b});

    CHECK(decision.action == VerdictAction::transform);
    CHECK(decision.parts == std::vector<std::uint32_t>{2, 3});
    CHECK(decision.fields == std::vector<FieldText>{{7, "neutral"}, {8, "later"}});
}

TEST_CASE("two texts for one field refuse", "[merge]") {
    Answer a = says("a", VerdictAction::transform), b = says("b", VerdictAction::transform);
    a.verdict.fields = {{7, "one"}};
    b.verdict.fields = {{7, "other"}};

    const Decision decision = merge(std::vector<Answer>{a, b});

    CHECK(decision.action == VerdictAction::deny);
    CHECK(decision.fields.empty());
}

TEST_CASE("a decision holds until the first of its answers ends", "[merge]") {
    Answer a = says("a", VerdictAction::allow), b = says("b", VerdictAction::abstain), c = says("c", VerdictAction::allow);
    a.verdict.valid_until_mono_ns = 900;
    b.verdict.valid_until_mono_ns = 300;

    CHECK(merge(std::vector<Answer>{a, b, c}).valid_until_mono_ns == 300);
    CHECK(merge(std::vector<Answer>{c}).valid_until_mono_ns == 0);
}

TEST_CASE("a DENY in enforce wins among any answers in any order", "[merge]") {
    std::mt19937 random(1);
    const char* const modules[] = {"a", "b", "c", "d", "e"};
    for (int round = 0; round < 5'000; ++round) {
        std::vector<Answer> answers{says("strict", VerdictAction::deny)};
        const std::size_t others = random() % std::size(modules);
        for (std::size_t i = 0; i < others; ++i) {
            Answer other = sorts(modules[i])[2 + random() % 5]; // no other refusal, so that the name is certain
            other.mode = random() % 2 == 0 ? Mode::monitor : Mode::enforce;
            answers.push_back(std::move(other));
        }
        std::shuffle(answers.begin(), answers.end(), random);

        const Decision decision = merge_enforced(answers);

        REQUIRE(decision.action == VerdictAction::deny);
        REQUIRE(decision.module == "strict");
        REQUIRE(decision.rule == "strict-1");
        REQUIRE_FALSE(decision.by_fault);
    }
}

} // namespace
} // namespace ombud
