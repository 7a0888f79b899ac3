#include "api/peer.hpp"
#include "api/router.hpp"
#include "served.hpp"

#include <boost/json/parse.hpp>

using namespace ombud;
using namespace ombud::api;

namespace {

Peer peer(Access access) {
    return {1000, 1000, 1, "anna", access};
}

std::string message(const Answer& answer) {
    return std::string(boost::json::parse(answer.body).at("error").at("message").as_string());
}

} // namespace

TEST_CASE("a route's parameters reach the handler decoded", "[api]") {
    const auto answer = example_router().dispatch("PUT", "/v1/modules/a%2Fb/mode", R"({"mode":"enforce","reason":"r"})",
                                                  peer(Access::write));

    CHECK(answer.status == 200);
    CHECK(answer.body == R"({"id":"a/b","mode":"enforce"})");
}

TEST_CASE("what a call does wrong is answered with its place and value", "[api]") {
    struct Row {
        const char* behaviour;
        const char* method;
        const char* target;
        const char* body;
        unsigned status;
        const char* says;
    };
    const Row rows[] = {
        {"an unknown path", "GET", "/v1/nothing", "", 404, "/v1/nothing: there is no such path"},
        {"the root", "GET", "/", "", 404, "/: there is no such path"},
        {"a path that goes on", "GET", "/v1/status/more", "", 404, "no such path"},
        {"another method", "PUT", "/v1/status", "", 405, "does not answer PUT, only GET"},
        {"an invented method", "BREW", "/v1/status", "", 405, "does not answer BREW"},
        {"a misspelt query", "GET", "/v1/findings?limits=3", "", 400, "'limits' is not known here; known are: limit"},
        {"a number out of range", "GET", "/v1/findings?limit=0", "", 400, "'0' is not an integer in 1..1000"},
        {"a number with a tail", "GET", "/v1/findings?limit=5x", "", 400, "'5x' is not an integer"},
        {"a number beyond 64 bits", "GET", "/v1/findings?limit=99999999999999999999", "", 400, "is not an integer"},
        {"a body that is not JSON", "PUT", "/v1/modules/a/mode", "{", 400, "body: is not JSON"},
        {"a body that is a list", "PUT", "/v1/modules/a/mode", "[]", 400, "body: is not a JSON object"},
        {"a misspelt member", "PUT", "/v1/modules/a/mode", R"({"moed":"off"})", 400, "'moed' is not known here"},
        {"a missing member", "PUT", "/v1/modules/a/mode", "{}", 400, "body: mode is missing"},
        {"a null member", "PUT", "/v1/modules/a/mode", R"({"mode":null})", 400, "body: mode is missing"},
        {"a member of another type", "PUT", "/v1/modules/a/mode", R"({"mode":1})", 400, "body: mode is not a text"},
        {"a word out of the list", "PUT", "/v1/modules/a/mode", R"({"mode":"on"})", 400,
         "'on' is not one of off, monitor, enforce"},
        {"text that is not UTF-8", "PUT", "/v1/modules/a/mode", "{\"mode\":\"\xff\"}", 400, "body: is not JSON"},
        {"a handler that throws", "GET", "/v1/throw", "", 500, "a library threw"},
    };
    const Router router = example_router();
    for (const Row& row : rows) {
        DYNAMIC_SECTION(row.behaviour) {
            const auto answer = router.dispatch(row.method, row.target, row.body, peer(Access::write));

            CHECK(answer.status == row.status);
            CHECK_THAT(message(answer), Catch::Contains(row.says));
        }
    }
}

TEST_CASE("a body nested a thousand deep is refused", "[api]") {
    const std::string body = R"({"mode":)" + std::string(1000, '[') + std::string(1000, ']') + "}";

    const auto answer = example_router().dispatch("PUT", "/v1/modules/a/mode", body, peer(Access::write));

    CHECK(answer.status == 400);
    CHECK_THAT(message(answer), Catch::Contains("not JSON"));
}

TEST_CASE("every error code has its status, name, message and hint", "[api]") {
    struct Row {
        const char* code;
        unsigned status;
        const char* name;
    };
    const Row rows[] = {{"1", 404, "not_found"}, {"2", 400, "invalid_input"}, {"3", 503, "unavailable"},
                        {"4", 400, "too_new"},   {"5", 403, "refused"},       {"6", 500, "corrupt"},
                        {"7", 500, "internal"},  {"8", 409, "cancelled"}};
    const Router router = example_router();
    for (const Row& row : rows) {
        DYNAMIC_SECTION(row.name) {
            const auto answer = router.dispatch("POST", std::string("/v1/fail/") + row.code, "", peer(Access::write));

            CHECK(answer.status == row.status);
            CHECK(answer.body == std::string(R"({"error":{"code":")") + row.name +
                                     R"(","message":"it went wrong","hint":"try it differently"}})");
        }
    }
}

TEST_CASE("a reader may read and not change", "[api]") {
    const Router router = example_router();

    const auto reading = router.dispatch("GET", "/v1/status", "", peer(Access::read));
    const auto writing = router.dispatch("PUT", "/v1/modules/a/mode", R"({"mode":"off"})", peer(Access::read));

    CHECK(reading.status == 200);
    CHECK(writing.status == 403);
    CHECK_THAT(message(writing), Catch::Contains("anna may read, not change"));
}

TEST_CASE("who may approve does so, and changes nothing else", "[api]") {
    Router router = example_router();
    router.add({Method::post, "/v1/approvals/{id}", [](const Request&) -> Result<boost::json::value> { return boost::json::value{{"approved", true}}; },
                {}, {"decision"}, Access::approve});
    const auto decide = [&](Access access) { return router.dispatch("POST", "/v1/approvals/7", R"({"decision":"approve"})", peer(access)); };

    const auto changing = router.dispatch("PUT", "/v1/modules/a/mode", R"({"mode":"off"})", peer(Access::approve));

    CHECK(decide(Access::write).status == 200);
    CHECK(decide(Access::approve).status == 200);
    CHECK(decide(Access::read).status == 403);
    CHECK_THAT(message(decide(Access::read)), Catch::Contains("anna may read, not approve"));
    CHECK(decide(Access::none).status == 403);
    CHECK(changing.status == 403);
    CHECK_THAT(message(changing), Catch::Contains("anna may read and approve, not change"));
}

TEST_CASE("a login is read from the kernel's text, and none where there is none", "[api]") {
    CHECK(parse_login("1000") == 1000U);
    CHECK(parse_login("0") == 0U);
    CHECK_FALSE(parse_login("4294967295"));
    CHECK_FALSE(parse_login(""));
    CHECK_FALSE(parse_login("anna"));
    CHECK_FALSE(parse_login("1000x"));
}

TEST_CASE("a stranger learns nothing, not even which paths there are", "[api]") {
    const Router router = example_router();

    const auto known = router.dispatch("GET", "/v1/status", "", peer(Access::none));
    const auto unknown = router.dispatch("GET", "/v1/nothing", "", peer(Access::none));

    CHECK(known.status == 403);
    CHECK(known.body == unknown.body);
}
