// Sessions as PHP keeps them, tokens as ZoneMinder signs them.
#include "web/session.hpp"
#include "web/token.hpp"

#include <catch2/catch.hpp>
#include <string>

using namespace ombud::zoneminder::web;

namespace {
constexpr const char* secret = "a secret of ZoneMinder";
constexpr const char* access_token =
    "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJab25lTWluZGVyIiwiaWF0IjoxNzk1MzIxNDM4LCJle"
    "HAiOjE3OTUzMjg2MzgsInVzZXIiOiJhbm5hIiwidHlwZSI6ImFjY2VzcyJ9.NEHB5ZNBbfEyLs4k3j3LjH83I3zpg9"
    "SQUnm-7jlxb84";
constexpr const char* refresh_token =
    "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJab25lTWluZGVyIiwiaWF0IjoxNzk1MzIxNDM4LCJle"
    "HAiOjE3OTU0MDc4MzgsInVzZXIiOiJhbm5hIiwidHlwZSI6InJlZnJlc2gifQ.kYOWfIu71pJ2HSmxev-6oeLZpbiW"
    "fHdTXt-7Vi0tatM";
constexpr const char* unsigned_token =
    "eyJ0eXAiOiJKV1QiLCJhbGciOiJub25lIn0.eyJpc3MiOiJab25lTWluZGVyIiwiaWF0IjoxNzk1MzIxNDM4LCJleH"
    "AiOjE3OTUzMjg2MzgsInVzZXIiOiJhbm5hIiwidHlwZSI6ImFjY2VzcyJ9.yk_beTBeBEFQUbnl0HPqx5Od-znX-sy"
    "Us0xukg1oHA4";
constexpr const char* typeless_token =
    "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJab25lTWluZGVyIiwiaWF0IjoxNzk1MzIxNDM4LCJle"
    "HAiOjE3OTUzMjg2MzgsInVzZXIiOiJhbm5hIn0.ejCWgrbJcAaDgtZT2UfS2SygOco9SDnbCcSfDMA3u2M";
} // namespace

TEST_CASE("a session names who logged in", "[web]") {
    const auto session = parse_session("generated_at|i:1795321416;remoteAddr|s:9:\"127.0.0.1\";username|s:5:\"admin\";"
                                       "AuthHash127.0.0.1|s:4:\"beef\";export|a:2:{s:5:\"video\";s:1:\"1\";i:0;b:1;}last_time|i:17;");
    REQUIRE(session);
    CHECK(session->username == "admin");
    CHECK(session->last_time == 17);
    CHECK(parse_session("")->username.empty());
    CHECK(parse_session("username|N;")->username.empty());
}

TEST_CASE("what a visitor left in a session is not taken for who they are", "[web]") {
    const std::string planted = "view=x&y=\";username|s:5:\"admin";
    const auto session = parse_session("postLoginQuery|s:" + std::to_string(planted.size()) + ":\"" + planted + "\";skin|s:1:\"c\";");
    REQUIRE(session);
    CHECK(session->username.empty());
}

TEST_CASE("a session that does not follow PHP's format is none", "[web]") {
    for (const char* data : {"username|s:6:\"admin\";", "username|s:5:\"admin\"", "username", "username|i:5;", "username|s:-1:\"\";",
                             "username|O:1:\"X\":0:{}", "a|a:99999999999:{", "username|s:1:\"a\";username|s:1:\"b\";", "a|R:1;",
                             "username|s:99999999999999999999:\"a\";"})
        CHECK_FALSE(parse_session(data));
    std::string deep = "a|";
    for (int i = 0; i < 10'000; ++i)
        deep += "a:1:{i:0;";
    CHECK_FALSE(parse_session(deep));
}

TEST_CASE("a token is one that the secret signed", "[web]") {
    const auto token = read_token(access_token, secret);
    REQUIRE(token);
    CHECK(token->user == "anna");
    CHECK(token->issued_s == 1795321438);
    CHECK(token->expires_s == 1795328638);
    CHECK_FALSE(token->is_refresh);
    CHECK(read_token(refresh_token, secret)->is_refresh);
}

TEST_CASE("any other token is none", "[web]") {
    CHECK_FALSE(read_token(access_token, "another secret"));
    CHECK_FALSE(read_token(access_token, ""));
    CHECK_FALSE(read_token(unsigned_token, secret)); // alg=none, signed all the same
    CHECK_FALSE(read_token(typeless_token, secret));
    const std::string good = access_token;
    for (std::size_t at = 0; at < good.size(); ++at) {
        std::string bad = good;
        bad[at] = bad[at] == 'A' ? 'B' : 'A';
        CHECK_FALSE(read_token(bad, secret));
    }
    CHECK_FALSE(read_token(good + "A", secret));
    CHECK_FALSE(read_token(good + "=", secret));
    CHECK_FALSE(read_token(good.substr(0, good.rfind('.')), secret));
    CHECK_FALSE(read_token("..", secret));
}
