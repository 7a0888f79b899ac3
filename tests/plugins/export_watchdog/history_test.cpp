#include "export_watchdog/history.hpp"

#include <catch2/catch.hpp>

using namespace ombud::export_watchdog;

namespace {

constexpr int64_t minute_ns = int64_t{60} * 1'000'000'000;

PastExport one(History& history, int64_t utc_ns, const std::string& source = "zm vms", const std::string& id = "") {
    return {history.next_number(), utc_ns, 1, source, id, {"gate"}};
}

} // namespace

TEST_CASE("an export is the same after it was stored", "[history]") {
    History history;
    const PastExport kept{7, 1'234, 99, "zm vms", "k1/3", {"gate", "yard"}};

    REQUIRE(history.parse(History::key_of(7), History::value_of("zm/anna", 4, kept)));

    const History::User* user = history.find("zm/anna");
    REQUIRE(user != nullptr);
    CHECK(user->number == 4);
    const PastExport& read = user->exports.at(0);
    CHECK(read.number == 7);
    CHECK(read.utc_ns == 1'234);
    CHECK(read.size_bytes == 99);
    CHECK(read.source == "zm vms");
    CHECK(read.export_id == "k1/3");
    CHECK(read.cameras == kept.cameras);
    CHECK(history.next_number() == 8);
    CHECK(history.number_of("zm/bert") == 5);
}

TEST_CASE("what is no export is not read as one", "[history]") {
    History history;
    for (const char* value : {"", "1", "1\n2", "1\n2\nx\nu\ns\ni", "a\n2\n3\nu\ns\ni", "1\n2\n-3\nu\ns\ni"})
        CHECK_FALSE(history.parse(History::key_of(1), value));
    CHECK_FALSE(history.parse("told/x", "1\n2\n3\nu\ns\ni"));
    CHECK_FALSE(history.parse("export/x", "1\n2\n3\nu\ns\ni"));
    CHECK(history.find("u") == nullptr);
}

TEST_CASE("names cannot break a record, nor fill it", "[history]") {
    History history;
    const PastExport hostile{1, 1, 1, "zm\nvms", "k\n1", {"a\nb", std::string(300, 'x')}};
    REQUIRE(history.parse(History::key_of(1), History::value_of("zm/an\nna", 1, hostile)));
    CHECK(history.find("zm/an?na")->exports.at(0).cameras == std::vector<std::string>{"a?b", std::string(160, 'x')});
    PastExport many{2, 1, 1, "zm vms", "", {}};
    many.cameras.assign(10'000, std::string(160, 'x'));
    CHECK(History::value_of("zm/anna", 1, many).size() < 65'536);
    CHECK(one_line(std::string(159, 'x') + "ü") == std::string(159, 'x'));
}

TEST_CASE("what is too old is forgotten, of every user", "[history]") {
    History history;
    history.add("zm/anna", one(history, 0), 100);
    history.add("zm/bert", one(history, 50), 100);
    CHECK(history.add("zm/bert", one(history, 101), 100) == std::vector<std::string>{History::key_of(1)});
    CHECK(history.find("zm/anna") == nullptr);
    CHECK(history.find("zm/bert")->exports.size() == 2);
}

TEST_CASE("exports are in the order of time, however they come", "[history]") {
    History history;
    for (const int64_t at : {5, 1, 3})
        history.add("zm/anna", one(history, at), 100);
    const auto& exports = history.find("zm/anna")->exports;
    CHECK(exports[0].utc_ns == 1);
    CHECK(exports[2].utc_ns == 5);
}

TEST_CASE("memory is bounded, and the newest stay", "[history]") {
    History history;
    for (size_t i = 0; i < History::users_max; ++i)
        history.add("zm/" + std::to_string(i), one(history, static_cast<int64_t>(i)), 1'000'000);
    CHECK(history.add("zm/new", one(history, 5'000), 1'000'000) == std::vector<std::string>{History::key_of(1)});
    CHECK(history.find("zm/0") == nullptr);
    CHECK(history.find("zm/1") != nullptr);
    for (size_t i = 0; i < History::exports_max; ++i)
        history.add("zm/new", one(history, 5'001), 1'000'000);
    CHECK(history.find("zm/new")->exports.size() == History::exports_max);
}

TEST_CASE("an export of the desk is one, however late it is tried again", "[history]") {
    History history;
    history.add("desk/anna", one(history, 0, "desk", "17"), 10'000 * minute_ns);
    history.add("desk/anna", one(history, minute_ns, "desk", "18"), 10'000 * minute_ns);
    REQUIRE(history.twin("desk/anna", one(history, 3'000 * minute_ns, "desk", "17")) != nullptr);
    CHECK(history.twin("desk/anna", one(history, 3'000 * minute_ns, "desk", "17"))->utc_ns == 0);
    CHECK(history.twin("desk/anna", one(history, 3'000 * minute_ns, "desk", "19")) == nullptr);
}

TEST_CASE("an export seen two ways within ten minutes is one", "[history]") {
    History history;
    history.add("zm/anna", one(history, 0, "zm web"), 100 * minute_ns);
    CHECK(history.twin("zm/anna", one(history, 10 * minute_ns, "zm vms", "k1/3")) != nullptr);
    CHECK(history.twin("zm/anna", one(history, 10 * minute_ns + 1, "zm vms", "k1/3")) == nullptr);
    CHECK(history.twin("zm/anna", one(history, minute_ns, "zm web")) == nullptr);
    CHECK(history.twin("zm/bert", one(history, minute_ns, "zm vms", "k1/3")) == nullptr);
    history.add("zm/bert", one(history, 0, "zm vms", "k1/4"), 100 * minute_ns);
    CHECK(history.twin("zm/bert", one(history, minute_ns, "zm vms", "k1/4")) != nullptr);
    CHECK(history.twin("zm/bert", one(history, minute_ns, "zm vms", "k1/5")) == nullptr);
}
