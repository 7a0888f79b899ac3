#include "http_double.hpp"
#include "rest.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <catch2/catch.hpp>

using namespace ombud::zoneminder;

namespace {

const std::string password = "p\"ss wörd&=";
const std::string login =
    R"({"access_token":"TOKEN-A","access_token_expires":7200,"refresh_token":"TOKEN-R","refresh_token_expires":86400})";

bool is_login(const HttpRequest& request) {
    return request.line.find("/host/login.json") != std::string::npos;
}

/// Logs in like ZoneMinder, and answers everything else as told.
HttpAnswer after_login(std::string answer) {
    return [answer](const HttpRequest& request) {
        return is_login(request) ? http(200, "application/json", login) : answer;
    };
}

struct Client {
    explicit Client(const HttpDouble& server, std::int64_t time_limit_ms = 5000,
                    std::size_t body_bytes_max = std::size_t{1} << 20)
        : rest({server.url(), "ombud", password, "", time_limit_ms, body_bytes_max}, [this] { return mono_ns; }) {}

    std::int64_t mono_ns = 1'000'000'000;
    Rest rest;
};

} // namespace

TEST_CASE("Rest says what a wrong answer was", "[rest]") {
    struct Row {
        const char* behaviour;
        std::string answer;
        ErrorCode code;
        const char* says;
    };
    const Row rows[] = {
        {"HTML is no JSON", http(200, "text/html", "<html>It works!</html>"), ErrorCode::corrupt, "text/html"},
        {"garbage that claims to be JSON", http(200, "application/json", "{\"monitors\": [{"), ErrorCode::corrupt,
         "no JSON object"},
        {"a JSON array is no object", http(200, "application/json", "[1]"), ErrorCode::corrupt, "no JSON object"},
        {"an empty body", http(200, "application/json", ""), ErrorCode::corrupt, "0 bytes"},
        {"deep nesting is refused, not recursed into", http(200, "application/json", std::string(100'000, '[')),
         ErrorCode::corrupt, "no JSON object"},
        {"500 is for later", http(500, "application/json", R"({"data":{"exception":{"message":"SQLSTATE[42S22]"}}})"),
         ErrorCode::unavailable, "500, \"SQLSTATE[42S22]\""},
        {"503 of a proxy in HTML", http(503, "text/html", "<h1>maintenance</h1>"), ErrorCode::unavailable, "503"},
        {"404 is not found", http(404, "application/json", R"({"data":{"message":"Invalid event"}})"),
         ErrorCode::not_found, "Invalid event"},
        {"a redirect is not followed", http(302, "text/html", "", "Location: http://127.0.0.1:9/elsewhere\r\n"),
         ErrorCode::corrupt, "redirect"},
        {"no answer at all", "", ErrorCode::unavailable, "/monitors.json"},
        {"an answer that is no HTTP", "220 smtp.example ESMTP\r\n", ErrorCode::unavailable, "/monitors.json"},
        {"401 with a fresh token is a missing right",
         http(401, "application/json", R"({"data":{"message":"Insufficient Privileges"}})"), ErrorCode::refused,
         "Insufficient Privileges"},
        {"control characters do not reach the message",
         http(500, "application/json", "{\"data\":{\"message\":\"a\\u0000b\\u001bc\"}}"), ErrorCode::unavailable,
         "a b c"},
    };
    for (const Row& row : rows) {
        DYNAMIC_SECTION(row.behaviour) {
            const HttpDouble server(after_login(row.answer));
            Client client(server);

            const auto got = client.rest.get("/monitors.json?limit=3");

            REQUIRE_FALSE(got);
            CHECK(got.error().code == row.code);
            CHECK_THAT(got.error().message, Catch::Contains(row.says));
            CHECK_THAT(got.error().message, Catch::StartsWith(server.url()));
        }
    }
}

TEST_CASE("Rest gives up on a body beyond its bound", "[rest]") {
    HttpDouble server(after_login("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n"));
    Client client(server, 60'000, 256 << 10);
    REQUIRE(client.rest.get("/x.json").error().code == ErrorCode::corrupt); // logs in while answers still end
    server.never_ends = true;

    const auto got = client.rest.get("/events.json");

    REQUIRE_FALSE(got);
    CHECK(got.error().code == ErrorCode::corrupt);
    CHECK_THAT(got.error().message, Catch::Contains("larger than 262144 bytes"));
}

TEST_CASE("Rest gives up on an answer that does not come in time", "[rest]") {
    HttpDouble server(after_login("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"));
    Client client(server, 300);
    (void)client.rest.get("/x.json"); // logs in
    server.hangs = true;

    const auto got = client.rest.get("/events.json");

    REQUIRE_FALSE(got);
    CHECK(got.error().code == ErrorCode::unavailable);
    CHECK_THAT(got.error().message, Catch::Contains("within 300 ms"));
}

TEST_CASE("Rest says that nobody listens", "[rest]") {
    std::string url;
    {
        const HttpDouble gone([](const HttpRequest&) { return ""; });
        url = gone.url();
    }
    Rest rest({url, "ombud", password, "", 1000, 1 << 20}, [] { return std::int64_t{1}; });

    const auto got = rest.version();

    REQUIRE_FALSE(got);
    CHECK(got.error().code == ErrorCode::unavailable);
}

TEST_CASE("Rest never puts a token or the password into an address or a message", "[rest]") {
    const std::string leak = R"({"data":{"exception":{"message":"no TOKEN-A at ?token=TOKEN-A for )" +
                             std::string("p\\\"ss wörd&=") + R"("}}})";
    const HttpDouble server(after_login(http(500, "application/json", leak)));
    Client client(server);

    const auto got = client.rest.edit("/events/1.json", {{"Event[Archived]", "1"}});

    REQUIRE_FALSE(got);
    CHECK_THAT(got.error().message, !Catch::Contains("TOKEN-A") && !Catch::Contains("wörd") && Catch::Contains("***"));
    for (const HttpRequest& request : server.requests())
        CHECK_THAT(request.line + request.headers,
                   !Catch::Contains("TOKEN") && !Catch::Contains("rd%26") && !Catch::Contains("wörd"));
    CHECK(server.requests().back().line == "PUT /zm/api/events/1.json HTTP/1.1");
    CHECK(server.requests().back().body == "token=TOKEN-A&Event%5BArchived%5D=1");
}

TEST_CASE("Rest reads with the token in the body", "[rest]") {
    const HttpDouble server(after_login(http(200, "application/json", R"({"version":"1.36.33"})")));
    Client client(server);

    CHECK(client.rest.version().value_or("") == "1.36.33");
    CHECK(server.requests().back().line == "POST /zm/api/host/getVersion.json HTTP/1.1");
    CHECK_THAT(server.requests().back().headers, Catch::Contains("X-HTTP-Method-Override: GET"));
}

TEST_CASE("Rest logs in once, renews before the token ends, and logs in anew when it was revoked", "[rest]") {
    std::string valid = "TOKEN-A";
    const HttpDouble server([&](const HttpRequest& request) {
        if (is_login(request) && request.body == "token=TOKEN-R") {
            valid = "TOKEN-B";
            return http(200, "application/json", R"({"access_token":"TOKEN-B","access_token_expires":7200})");
        }
        if (is_login(request)) {
            valid = "TOKEN-A";
            return http(200, "application/json", login);
        }
        const bool is_valid = request.body.find("token=" + valid) == 0;
        return is_valid ? http(200, "application/json", R"({"version":"1.36.33"})")
                        : http(401, "application/json", R"({"data":{"message":"Token revoked"}})");
    });
    Client client(server);
    const auto logins = [&] {
        const auto all = server.requests();
        return std::count_if(all.begin(), all.end(), is_login);
    };
    REQUIRE(client.rest.version());
    REQUIRE(client.rest.version());
    CHECK(logins() == 1);

    SECTION("ten minutes before its end") {
        client.mono_ns += (7200 - 599) * std::int64_t{1'000'000'000};
        REQUIRE(client.rest.version());

        CHECK(logins() == 2);
        CHECK(server.requests()[server.requests().size() - 2].body == "token=TOKEN-R");
    }
    SECTION("when it was revoked") {
        valid = "none";
        REQUIRE(client.rest.version());

        CHECK(logins() == 2);
        CHECK_THAT(server.requests()[server.requests().size() - 2].body, Catch::StartsWith("user=ombud&pass="));
    }
}

TEST_CASE("Rest names the user whose login is not accepted", "[rest]") {
    const HttpDouble server(
        [](const HttpRequest&) { return http(401, "application/json", R"({"data":{"message":"Login denied"}})"); });
    Client client(server);

    const auto got = client.rest.version();

    REQUIRE_FALSE(got);
    CHECK(got.error().code == ErrorCode::refused);
    CHECK_THAT(got.error().message, Catch::Contains("user \"ombud\"") && Catch::Contains("password"));
}
