#include "outbox.hpp"

#include <catch2/catch.hpp>

using namespace ombud::zoneminder;

namespace {
const std::string identity = "418fb2ed-e640-11f1-bb67-02fc00000001";
}

TEST_CASE("a position names the same rows after it was kept as text", "[outbox]") {
    const OutboxPosition position{identity, 1795329411123456, {7, 1001, 1002, 1003, 1010, 18446744073709551615ULL}};

    const auto read = OutboxPosition::parse(position.text());

    CHECK(position.text() == "1 " + identity + " 1795329411123456 7,1001-1003,1010,18446744073709551615");
    REQUIRE(read);
    CHECK(read->identity == identity);
    CHECK(read->newest_utc_us == position.newest_utc_us);
    CHECK(read->ids == position.ids);
}

TEST_CASE("a position of nothing is one, too", "[outbox]") {
    const auto read = OutboxPosition::parse(OutboxPosition{identity, 0, {}}.text());

    REQUIRE(read);
    CHECK(read->ids.empty());
}

TEST_CASE("what is no position of this feed is refused", "[outbox]") {
    const std::string head = "1 " + identity + " 5 ";
    for (const std::string& text :
         {std::string("2 17 "), std::string("1"), std::string("1 short 5 7"), head + "x", head + "5-4", head + "5,5",
          head + "7,6", head + "1-999999999", head + "5;6", "1 " + identity + " x 7", std::string("\xff\xfe")}) {
        INFO(text);
        const auto read = OutboxPosition::parse(text);

        REQUIRE_FALSE(read);
        CHECK(read.error().code == ErrorCode::invalid_input);
    }
}
