// Random calls: nothing crashes, and what is accepted has one meaning. The seed is printed by Catch.
#include "api/target.hpp"
#include "served.hpp"
#include <ombud/view.hpp>

#include <algorithm>
#include <random>

using namespace ombud;
using namespace ombud::api;

namespace {

using Random = std::mt19937_64;

std::size_t pick(Random& random, std::size_t below) {
    return static_cast<std::size_t>(random() % below);
}

/// Bytes that a parser is likely to trip over, more often than others.
std::string random_text(Random& random, std::size_t size_max) {
    static const std::string likely = "//??&&==%%++..{}\"\\[]:,-0123456789abcfvxAZ\r\n\t \x7f";
    std::string text;
    for (std::size_t size = pick(random, size_max + 1); size > 0; --size)
        text.push_back(pick(random, 8) == 0 ? static_cast<char>(random() & 0xffU)
                                            : likely[pick(random, likely.size())]);
    return text;
}

/// Takes parts of a good text away, doubles them, or puts random ones in.
std::string mutated(Random& random, std::string text) {
    for (std::size_t times = 1 + pick(random, 4); times > 0; --times) {
        const auto at = pick(random, text.size() + 1);
        const auto size = pick(random, std::min<std::size_t>(text.size() - at, 16) + 1);
        switch (pick(random, 3)) {
        case 0:
            text.erase(at, size);
            break;
        case 1:
            text.insert(at, text.substr(at, size));
            break;
        default:
            text.insert(at, random_text(random, 6));
            break;
        }
    }
    return text;
}

} // namespace

TEST_CASE("a target that is accepted can be encoded and is the same again", "[api][fuzz]") {
    Random random(Catch::rngSeed());
    std::size_t accepted = 0;
    for (int i = 0; i < 100'000; ++i) {
        const auto target = parse_target("/" + random_text(random, 40));
        if (!target)
            continue;
        ++accepted;
        std::string again = target->segments.empty() ? "/" : "";
        for (const auto& segment : target->segments) {
            REQUIRE(sdk::is_utf8(segment));
            again += "/" + encode_part(segment);
        }
        char mark = '?';
        for (const auto& [name, value] : target->query) {
            again += mark + encode_part(name) + "=" + encode_part(value);
            mark = '&';
        }
        const auto second = parse_target(again);
        REQUIRE(second);
        REQUIRE(second->segments == target->segments);
        REQUIRE(second->query == target->query);
    }
    CHECK(accepted > 1000);
}

TEST_CASE("whatever is asked, the router answers with JSON and a status of its table", "[api][fuzz]") {
    Random random(Catch::rngSeed());
    const Router router = example_router();
    const Peer peer{0, 0, 1, "root", Access::write};
    const std::string targets[] = {"/v1/status", "/v1/findings?limit=3", "/v1/modules/audio%20gate/mode", "/v1/fail/3"};
    const std::string bodies[] = {"", R"({"mode":"off","reason":"because"})", R"({"mode":{"a":[1,2,null]}})"};
    const std::string methods[] = {"GET", "PUT", "POST", "DELETE", "PATCH"};
    const std::vector<unsigned> known{200, 400, 403, 404, 405, 409, 500, 503};
    for (int i = 0; i < 50'000; ++i) {
        const auto answer = router.dispatch(methods[pick(random, 5)], mutated(random, targets[pick(random, 4)]),
                                            mutated(random, bodies[pick(random, 3)]), peer);

        REQUIRE(std::find(known.begin(), known.end(), answer.status) != known.end());
        REQUIRE(answer.body.front() == '{');
        REQUIRE(sdk::is_utf8(answer.body));
    }
}

TEST_CASE("whatever comes over the socket, the next caller is served", "[api][fuzz]") {
    Random random(Catch::rngSeed());
    const Served served;
    const std::string good = "PUT /v1/modules/a/mode HTTP/1.1\r\nHost: ombud\r\nConnection: close\r\n"
                             "Content-Length: 14\r\n\r\n{\"mode\":\"off\"}";
    for (int i = 0; i < 400; ++i) {
        RawPeer peer(served.socket());
        peer.send(mutated(random, good));
        peer.finish_sending();
        const auto answer = peer.read_all();
        REQUIRE((answer.empty() || answer.substr(0, 9) == "HTTP/1.1 "));
    }
    CHECK(statuses(served.exchange(get("/v1/status"))) == "200 ");
}
