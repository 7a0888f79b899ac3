#include "gates/web/asked.hpp"

#include <catch2/catch.hpp>

namespace ombud::web {
namespace {

api::HttpCall call_of(std::vector<std::pair<std::string_view, std::string_view>> more = {}) {
    api::HttpCall call{"GET", "/v1/authorize", {}, {{"X-Original-URI", "/zm/index.php"}, {"X-Original-Method", "GET"}, {"X-Real-IP", "192.0.2.7"}}};
    call.fields.insert(call.fields.end(), more.begin(), more.end());
    return call;
}

} // namespace

TEST_CASE("what the proxy tells is read", "[web_gate]") {
    const auto call = call_of({{"cookie", "ZMSESSID=a"}, {"HOST", "cctv.example"}, {"Accept", "text/html,*/*"}, {"X-Ombud-Forward", "@vms"}});
    const auto asked = read_asked(call);

    REQUIRE(asked);
    CHECK(asked->target == "/zm/index.php");
    CHECK(asked->peer == "192.0.2.7");
    CHECK(asked->cookie == "ZMSESSID=a");
    CHECK(asked->host == "cctv.example");
    CHECK(asked->wants_page);
    CHECK(asked->forward == "@vms");
    CHECK(asked->strange.empty());
}

TEST_CASE("a proxy that leaves out or repeats its own fields is told so", "[web_gate]") {
    for (const char* name : {"X-Original-URI", "X-Original-Method", "X-Real-IP"}) {
        auto missing = call_of();
        std::erase_if(missing.fields, [&](const auto& field) { return field.first == name; });
        REQUIRE_FALSE(read_asked(missing));
        CHECK_THAT(read_asked(missing).error().message, Catch::Contains(name));
        CHECK_FALSE(read_asked(call_of({{name, "x"}})));
    }
    for (const char* forward : {"vms", "@", "/zm", "@VMS", "@a b"})
        CHECK_FALSE(read_asked(call_of({{"X-Ombud-Forward", forward}})));
}

TEST_CASE("fields that mean something else elsewhere are strange", "[web_gate]") {
    for (const char* name : {"X-HTTP-Method-Override", "x-rewrite-url", "X-Original-URL"})
        CHECK(read_asked(call_of({{name, "DELETE"}}))->strange != "");
    CHECK(read_asked(call_of({{"Cookie", "a"}, {"cookie", "b"}}))->strange != "");
    CHECK(read_asked(call_of({{"Host", "a"}, {"Host", "a"}}))->strange != "");
}

TEST_CASE("a body that the proxy only asks about is unseen", "[web_gate]") {
    auto post = call_of();
    post.fields[1].second = "POST";
    CHECK(read_asked(post)->is_body_unseen);
    post.fields.emplace_back("X-Ombud-Forward", "@vms");
    CHECK_FALSE(read_asked(post)->is_body_unseen);
    CHECK_FALSE(read_asked(call_of())->is_body_unseen);
}

TEST_CASE("a request shows that its own site sent it", "[web_gate]") {
    struct Row {
        const char* what;
        std::vector<std::pair<std::string_view, std::string_view>> fields;
        bool is_same;
    };
    const Row rows[] = {
        {"a page of the site", {{"Sec-Fetch-Site", "same-origin"}}, true},
        {"typed by hand", {{"Sec-Fetch-Site", "none"}}, true},
        {"a neighbour's page", {{"Sec-Fetch-Site", "same-site"}}, false},
        {"another site, whatever it claims", {{"Sec-Fetch-Site", "cross-site"}, {"Referer", "https://cctv.example/zm/"}}, false},
        {"its origin", {{"Origin", "https://cctv.example"}}, true},
        {"its origin in another case", {{"Origin", "https://CCTV.example"}}, true},
        {"another origin", {{"Origin", "https://evil.example"}, {"Referer", "https://cctv.example/"}}, false},
        {"no origin", {{"Origin", "null"}}, false},
        {"its page", {{"Referer", "https://cctv.example/zm/?view=event"}}, true},
        {"another page with its name", {{"Referer", "https://evil.example/cctv.example"}}, false},
        {"a name that begins alike", {{"Referer", "https://cctv.example.evil/"}}, false},
        {"nothing", {}, false},
    };
    for (const Row& row : rows) {
        DYNAMIC_SECTION(row.what) {
            auto call = call_of(row.fields);
            call.fields.emplace_back("Host", "cctv.example");
            CHECK(is_same_site(*read_asked(call)) == row.is_same);
        }
    }
}

} // namespace ombud::web
