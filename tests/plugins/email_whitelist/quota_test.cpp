#include <catch2/catch.hpp>

#include "email_whitelist/quota.hpp"

using ombud::email_whitelist::Quota;

TEST_CASE("a quota counts the last hour, not a clock's hours", "[whitelist]") {
    Quota quota(2);
    CHECK(quota.take("a", 1));
    CHECK(quota.take("a", Quota::hour_ns - 1));
    CHECK_FALSE(quota.take("a", Quota::hour_ns));
    CHECK(quota.take("a", Quota::hour_ns + 1));
    CHECK_FALSE(quota.take("a", Quota::hour_ns + 2));
}

TEST_CASE("a quota of 0 is none", "[whitelist]") {
    Quota quota(0);
    for (int i = 0; i < 1000; ++i)
        REQUIRE(quota.take("a", 1));
}

TEST_CASE("recipients beyond what is counted wait until others are an hour old", "[whitelist]") {
    Quota quota(5);
    for (std::size_t i = 0; i < Quota::recipients_max; ++i)
        REQUIRE(quota.take("r" + std::to_string(i), 1));
    CHECK_FALSE(quota.take("one more", 2));
    CHECK(quota.take("r1", 2));
    CHECK(quota.take("one more", Quota::hour_ns + 1));
}
