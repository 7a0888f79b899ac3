#include "approvals/person.hpp"

#include <catch2/catch.hpp>

namespace ombud::approvals {
namespace {

constexpr std::uint32_t root = 0, anna = 1000, bert = 1001, service = 990;
constexpr auto unknown = std::nullopt;

TEST_CASE("whoever may be the same person is taken for the same", "[approvals]") {
    struct Row {
        const char* behaviour;
        Person a, b;
        bool same;
    };
    const Row rows[] = {
        {"one account", {anna, unknown, "anna", ""}, {anna, unknown, "anna", ""}, true},
        {"two accounts", {anna, unknown, "anna", ""}, {bert, unknown, "bert", ""}, false},
        {"two accounts, each logged in", {anna, anna, "anna", ""}, {bert, bert, "bert", ""}, false},
        {"one account, used from two logins", {service, anna, "service", "anna"}, {service, bert, "service", "bert"}, true},
        {"two accounts, from one login", {service, anna, "service", "anna"}, {bert, anna, "bert", "anna"}, true},
        {"root twice, from one login", {root, anna, "root", "anna"}, {root, anna, "root", "anna"}, true},
        {"root, from two logins", {root, anna, "root", "anna"}, {root, bert, "root", "bert"}, false},
        {"root twice, no login known", {root, unknown, "root", ""}, {root, unknown, "root", ""}, true},
        {"root twice, one login known", {root, anna, "root", "anna"}, {root, unknown, "root", ""}, true},
        {"a person, and root from their login", {anna, anna, "anna", ""}, {root, anna, "root", "anna"}, true},
        {"a person whose login is not told, and root from it", {anna, unknown, "anna", ""}, {root, anna, "root", "anna"}, true},
        {"a person, and root from another login", {anna, anna, "anna", ""}, {root, bert, "root", "bert"}, false},
        {"the host, and a person", host_person(), {root, unknown, "root", ""}, false},
        {"the host twice", host_person(), host_person(), true},
    };
    for (const Row& row : rows) {
        DYNAMIC_SECTION(row.behaviour) {
            CHECK(may_be_same(row.a, row.b) == row.same);
            CHECK(may_be_same(row.b, row.a) == row.same);
        }
    }
}

TEST_CASE("a person who became root is named with both names", "[approvals]") {
    CHECK(name_of({root, anna, "root", "anna"}) == "root (anna)");
    CHECK(name_of({anna, anna, "anna", ""}) == "anna");
}

} // namespace
} // namespace ombud::approvals
