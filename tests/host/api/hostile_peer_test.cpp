#include "api/client.hpp"
#include "served.hpp"

#include <memory>
#include <vector>

using namespace ombud;
using namespace ombud::api;
using namespace std::chrono_literals;

TEST_CASE("bytes that are not HTTP are answered 400 and hung up on", "[api]") {
    struct Row {
        const char* behaviour;
        std::string bytes;
    };
    const Row rows[] = {
        {"garbage", std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11) + "\r\n\r\n"},
        {"a line without a version", "GET /v1/status\r\n\r\n"},
        {"another protocol", "SSH-2.0-OpenSSH_9.2\r\n\r\n"},
        {"a header without a colon", "GET /v1/status HTTP/1.1\r\nHost ombud\r\n\r\n"},
        {"a length that is no number", "POST /v1/status HTTP/1.1\r\nContent-Length: ten\r\n\r\n"},
        {"two lengths", "POST /v1/status HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n"},
        {"a chunk size that is no number", "POST /v1/status HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n"},
        {"a NUL in a header", std::string("GET / HTTP/1.1\r\nHost: a\0b\r\n\r\n", 29)},
    };
    const Served served;
    for (const Row& row : rows) {
        DYNAMIC_SECTION(row.behaviour) {
            const auto answer = served.exchange(row.bytes);

            CHECK(statuses(answer) == "400 ");
            CHECK_THAT(answer, Catch::Contains("Connection: close") && Catch::Contains("this is not HTTP/1.1"));
        }
    }
}

TEST_CASE("a header of 10 MB is cut off at 16 KiB and told so", "[api]") {
    const Served served;
    RawPeer peer(served.socket());

    peer.send("GET /v1/status HTTP/1.1\r\nX-Padding: " + std::string(10'000'000, 'a') + "\r\n\r\n");
    const auto answer = peer.read_all();

    CHECK(statuses(answer) == "431 ");
    CHECK_THAT(answer, Catch::Contains("longer than 16384 bytes"));
}

TEST_CASE("a body of 2 MiB is refused whichever way it comes", "[api]") {
    const Served served;
    const std::string body(2 * 1024 * 1024, ' ');
    const std::string head = "PUT /v1/modules/a/mode HTTP/1.1\r\nHost: ombud\r\n";

    SECTION("announced") {
        RawPeer peer(served.socket());
        peer.send(head + "Content-Length: 2097152\r\n\r\n" + body);
        CHECK(statuses(peer.read_all()) == "413 ");
    }
    SECTION("in chunks") {
        RawPeer peer(served.socket());
        peer.send(head + "Transfer-Encoding: chunked\r\n\r\n200000\r\n" + body + "\r\n0\r\n\r\n");
        CHECK(statuses(peer.read_all()) == "413 ");
    }
    SECTION("announced, and never sent") {
        RawPeer peer(served.socket());
        peer.send(head + "Content-Length: 18446744073709551615\r\n\r\n");
        CHECK(statuses(peer.read_all()) == "413 ");
    }
}

TEST_CASE("a body of exactly 1 MiB passes", "[api]") {
    const Served served;
    const std::string json = R"({"mode":"off"})";
    const std::string body = json + std::string(1024 * 1024 - json.size(), ' ');

    const auto answer = served.exchange("PUT /v1/modules/a/mode HTTP/1.1\r\nHost: ombud\r\nConnection: close\r\n"
                                        "Content-Length: 1048576\r\n\r\n" +
                                        body);

    CHECK(statuses(answer) == "200 ");
}

TEST_CASE("a peer that never finishes its request loses the connection", "[api]") {
    ServerOptions options;
    options.request_timeout = 100ms;
    const Served served(options);

    SECTION("in the header") {
        RawPeer slow(served.socket());
        slow.send("GET /v1/status HTTP/1.1\r\nHost");
        CHECK(slow.read_all().empty());
    }
    SECTION("in the body") {
        RawPeer slow(served.socket());
        slow.send("PUT /v1/modules/a/mode HTTP/1.1\r\nHost: ombud\r\nContent-Length: 14\r\n\r\n{");
        CHECK(slow.read_all().empty());
    }
    SECTION("a byte at a time") {
        // Each byte comes in time; the request as a whole does not.
        RawPeer slow(served.socket());
        slow.send("GET /v1/status HTTP/1.1\r\nX-Slow: ");
        while (!slow.hangs_up_within(1))
            slow.send("a");
        CHECK(slow.read_all().empty());
    }
    CHECK(statuses(served.exchange(get("/v1/status"))) == "200 ");
}

TEST_CASE("a peer that does not take its answer loses the connection", "[api]") {
    ServerOptions options;
    options.answer_timeout = 100ms;
    options.connections_max = 1;
    const Served served(options);
    RawPeer lazy(served.socket());
    lazy.send(get("/v1/large"));

    // There is one place, so others are refused until the lazy peer is dropped.
    std::string answer;
    while (statuses(answer) != "200 ")
        answer = served.exchange(get("/v1/status"));

    CHECK(lazy.read_all().size() < 8 * 1024 * 1024);
}

TEST_CASE("one connection too many is told so, and there is room again when one goes", "[api]") {
    ServerOptions options;
    options.connections_max = 8;
    const Served served(options);
    std::vector<std::unique_ptr<RawPeer>> peers;
    for (int i = 0; i < 8; ++i) {
        peers.push_back(std::make_unique<RawPeer>(served.socket()));
        peers.back()->send("GET /v1/status HTTP/1.1\r\nHost: ombud\r\n\r\n");
        CHECK(statuses(peers.back()->read_until("}")) == "200 "); // so it has been admitted
    }

    const auto refused = served.exchange(get("/v1/status"));
    CHECK(statuses(refused) == "503 ");
    CHECK_THAT(refused, Catch::Contains("8 connections are open already"));

    peers.pop_back();
    std::string answer;
    while (statuses(answer) != "200 ")
        answer = served.exchange(get("/v1/status"));
    CHECK_THAT(answer, Catch::EndsWith("\"}"));
}

TEST_CASE("a thousand peers that hang up in the middle leave a server that works", "[api]") {
    const Served served;

    for (int i = 0; i < 1000; ++i) {
        RawPeer peer(served.socket());
        peer.send(get("/v1/large").substr(0, static_cast<std::size_t>(i) % 60));
    }

    std::string answer;
    while (statuses(answer) != "200 ")
        answer = served.exchange(get("/v1/status"));
    CHECK_THAT(answer, Catch::EndsWith("\"}"));
}
