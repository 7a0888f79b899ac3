#include "ledger/kind_index.hpp"

#include <catch2/catch.hpp>

namespace ombud::ledger {
namespace {

KindSums sums(std::initializer_list<std::pair<const char*, int>> entries) {
    KindSums all(10, 0x1234'5678'9ABC'DEF0U);
    for (const auto& [kind, index] : entries)
        all.add(kind, index);
    return all;
}

TEST_CASE("entries that trade kinds with others of the same plain sum are told apart", "[kinds]") {
    const KindSums told = sums({{"a", 1}, {"a", 4}, {"b", 2}, {"b", 3}});

    CHECK(told.differing(sums({{"b", 2}, {"a", 4}, {"b", 3}, {"a", 1}})).empty());
    CHECK(told.differing(sums({{"a", 2}, {"a", 3}, {"b", 1}, {"b", 4}})) == std::vector<std::string>{"a", "b"});
}

TEST_CASE("an entry that the index hides, adds or lists beyond the end", "[kinds]") {
    const KindSums told = sums({{"a", 1}, {"b", 2}});

    CHECK(told.differing(sums({{"b", 2}})) == std::vector<std::string>{"a"});
    CHECK(told.differing(sums({{"a", 1}, {"b", 2}, {"c", 3}})) == std::vector<std::string>{"c"});
    CHECK(told.differing(sums({{"a", 1}, {"b", 2}, {"b", 10}})).empty()); // newer than what is verified
}

} // namespace
} // namespace ombud::ledger
