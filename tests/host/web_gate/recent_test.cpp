#include "gates/web/recent.hpp"

#include <catch2/catch.hpp>
#include <string>

namespace ombud::web {

TEST_CASE("an answer is remembered until its time, and never across a change", "[web_gate]") {
    RecentAnswers<int> recent;
    const auto generation = recent.generation();
    recent.keep("a", 7, 0, 100, generation);
    CHECK(recent.find("a", 99) == 7);
    CHECK_FALSE(recent.find("a", 100));
    CHECK_FALSE(recent.find("b", 0));

    recent.clear();
    CHECK_FALSE(recent.find("a", 0));
    recent.keep("a", 8, 0, 100, generation); // asked before the change, answered after it
    CHECK_FALSE(recent.find("a", 0));
}

TEST_CASE("strangers cannot make it grow", "[web_gate]") {
    RecentAnswers<int> recent;
    const auto size = RecentAnswers<int>::answers_max;
    for (std::size_t i = 0; i < 3 * size; ++i)
        recent.keep(std::to_string(i), 1, 0, 100, recent.generation());
    std::size_t found = 0;
    for (std::size_t i = 0; i < 3 * size; ++i)
        found += recent.find(std::to_string(i), 0) ? 1U : 0U;
    CHECK(found <= size);
    CHECK(recent.find(std::to_string(3 * size - 1), 0));
}

} // namespace ombud::web
