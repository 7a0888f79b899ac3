#include "gates/push/state.hpp"
#include "temp_folder.hpp"

#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>
#include <sys/stat.h>

namespace ombud::push {
namespace {

std::unique_ptr<PushState> open(const std::filesystem::path& file, const PushState::Limits& limits = {}) {
    auto state = PushState::open(file, limits);
    if (!state)
        throw std::runtime_error(state.error().message);
    return std::move(*state);
}

Original original(const std::string& reference, std::int64_t expires, const std::string& content = "{}") {
    return {reference, "guard01", "phone-1", content, 1, expires};
}

Delivery delivery(const std::string& device = "phone-1") {
    Delivery made;
    made.device = device;
    made.forwarder = "phones";
    made.provider = "Mozilla";
    made.country = "US";
    made.content = R"({"reference":"r"})";
    made.expires_utc_ns = 1000;
    return made;
}

void keep(PushState& state, const std::vector<Original>& originals, std::vector<Delivery> deliveries = {}) {
    const auto kept = state.keep(originals, deliveries);
    REQUIRE(kept);
}

std::string bytes_of_files(const std::filesystem::path& file) {
    std::string all;
    for (const char* suffix : {"", "-wal"}) {
        std::ifstream in(file.string() + suffix, std::ios::binary);
        all.append(std::istreambuf_iterator<char>(in), {});
    }
    return all;
}

} // namespace

TEST_CASE("originals and deliveries are there again after a restart", "[state]") {
    const TempFolder folder;
    {
        const auto state = open(folder / "push.db");
        std::vector<Delivery> deliveries{delivery(), delivery("phone-2")};
        REQUIRE(state->keep({original("a", 100, R"({"title":"Ü"})")}, deliveries));
        CHECK(deliveries[0].id != 0);
        REQUIRE(state->postpone(deliveries[1].id, 3));
    }
    const auto state = open(folder / "push.db");
    CHECK(state->find("a", 99).value()->content == R"({"title":"Ü"})");
    const auto left = state->deliveries().value();
    REQUIRE(left.size() == 2);
    CHECK(left[1].device == "phone-2");
    CHECK(left[1].attempts == 3);
    CHECK(left[1].country == "US");
    CHECK(state->size().deliveries == 2);
    CHECK(state->size().original_bytes == 14); // Ü has two
}

TEST_CASE("the state belongs to its owner alone", "[state]") {
    const TempFolder folder;
    const auto state = open(folder / "push.db");
    struct stat found {};
    REQUIRE(::stat((folder / "push.db").c_str(), &found) == 0);
    CHECK((found.st_mode & 0777) == 0600);
}

TEST_CASE("an original is erased at its end, down to its bytes", "[state][PUSH-2]") {
    const TempFolder folder;
    const auto state = open(folder / "push.db");
    keep(*state, {original("a", 100, R"({"title":"Anna Meier"})"), original("b", 200)});
    REQUIRE_THAT(bytes_of_files(folder / "push.db"), Catch::Contains("Anna Meier"));

    CHECK_FALSE(state->find("a", 100).value().has_value());
    CHECK(state->expire(100).value() == 1);

    CHECK(state->find("b", 100).value().has_value());
    CHECK_THAT(bytes_of_files(folder / "push.db"), !Catch::Contains("Anna Meier"));
}

TEST_CASE("beyond the limit the oldest originals go", "[state]") {
    const TempFolder folder;
    PushState::Limits limits;
    SECTION("of count") { limits.originals_max = 10; }
    SECTION("of bytes") { limits.original_bytes_max = 20; }
    const auto state = open(folder / "push.db", limits);
    for (int i = 1; i <= 11; ++i)
        keep(*state, {original("r" + std::to_string(i), 100 + i)});

    CHECK(state->size().originals <= 10);
    CHECK_FALSE(state->find("r1", 0).value().has_value());
    CHECK(state->find("r11", 0).value().has_value());
    CHECK(state->size().evicted == 11 - state->size().originals);
}

TEST_CASE("a delivery too many is refused, and nothing of it is kept", "[state]") {
    const TempFolder folder;
    PushState::Limits limits;
    SECTION("by count") { limits.deliveries_max = 1; }
    SECTION("by bytes") { limits.delivery_bytes_max = 20; } // one has 17
    const auto state = open(folder / "push.db", limits);
    std::vector<Delivery> two{delivery(), delivery()};

    const auto kept = state->keep({original("a", 100)}, two);

    REQUIRE_FALSE(kept);
    CHECK(kept.error().code == ErrorCode::unavailable);
    CHECK_FALSE(state->find("a", 0).value().has_value());
    CHECK(state->deliveries()->empty());
    two.resize(1);
    CHECK(state->keep({}, two));
    CHECK(state->size().delivery_bytes == 17);
}

TEST_CASE("a delivery ends once, however often it is told", "[state]") {
    const TempFolder folder;
    const auto state = open(folder / "push.db");
    std::vector<Delivery> one{delivery()};
    REQUIRE(state->keep({}, one));
    REQUIRE(state->end(one[0].id));
    REQUIRE(state->end(one[0].id));
    CHECK(state->size().deliveries == 0);
    CHECK(state->size().delivery_bytes == 0);
}

TEST_CASE("a dropped device leaves nothing of its own, and others all of theirs", "[state][PUSH-5]") {
    const TempFolder folder;
    const auto state = open(folder / "push.db");
    Original other = original("b", 100);
    other.device = "phone-2";
    keep(*state, {original("a", 100), other}, {delivery(), delivery("phone-2"), delivery()});

    const auto dropped = state->drop_device("phone-1").value();

    CHECK(dropped.originals == 1);
    CHECK(dropped.deliveries == 2);
    CHECK_FALSE(state->find("a", 0).value().has_value());
    CHECK(state->find("b", 0).value().has_value());
    CHECK(state->deliveries()->size() == 1);
}

} // namespace ombud::push
