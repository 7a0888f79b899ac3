#include "api/client.hpp"
#include "served.hpp"

#include <atomic>
#include <condition_variable>
#include <future>
#include <mutex>
#include <sys/stat.h>
#include <thread>
#include <vector>

using namespace ombud;
using namespace ombud::api;

namespace {

/// A door that a handler waits at until the test opens it.
class Door {
  public:
    void arrive_and_wait() {
        std::unique_lock lock(mutex_);
        ++arrived_;
        changed_.notify_all();
        changed_.wait(lock, [&] { return open_; });
    }
    void wait_for_arrival() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return arrived_ > 0; });
    }
    void open() {
        const std::lock_guard lock(mutex_);
        open_ = true;
        changed_.notify_all();
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    int arrived_ = 0;
    bool open_ = false;
};

Router router_with(Door& door) {
    Router router = example_router();
    router.add({Method::get,
                "/v1/door",
                [&door](const Request&) -> Result<boost::json::value> {
                    door.arrive_and_wait();
                    return boost::json::value{{"through", true}};
                },
                {},
                {}});
    return router;
}

} // namespace

TEST_CASE("a call is answered with JSON and the kernel's word on who asked", "[api]") {
    const Served served;

    const auto answer = served.exchange(get("/v1/status"));

    CHECK_THAT(answer, Catch::StartsWith("HTTP/1.1 200 OK\r\n"));
    CHECK_THAT(answer, Catch::Contains("Content-Type: application/json\r\n"));
    CHECK_THAT(answer, Catch::Contains("Cache-Control: no-store\r\n"));
    CHECK_THAT(answer, Catch::EndsWith("\"}"));
}

TEST_CASE("a connection serves many calls", "[api]") {
    const Served served;
    RawPeer peer(served.socket());

    for (int i = 0; i < 3; ++i) {
        peer.send("GET /v1/findings?limit=7 HTTP/1.1\r\nHost: ombud\r\n\r\n");

        CHECK_THAT(peer.read_until("}"), Catch::EndsWith("{\"limit\":7}"));
    }
}

TEST_CASE("calls sent at once are answered in their order", "[api]") {
    const Served served;

    const auto answers = served.exchange("GET /v1/findings?limit=1 HTTP/1.1\r\nHost: ombud\r\n\r\n"
                                         "GET /v1/nothing HTTP/1.1\r\nHost: ombud\r\n\r\n" +
                                         get("/v1/status"));

    CHECK(statuses(answers) == "200 404 200 ");
}

TEST_CASE("a peer that has finished sending still gets its answer", "[api]") {
    const Served served;
    RawPeer peer(served.socket());

    peer.send("GET /v1/status HTTP/1.1\r\nHost: ombud\r\n\r\n");
    peer.finish_sending();

    CHECK(statuses(peer.read_all()) == "200 ");
}

TEST_CASE("a wrong method is told which would be right", "[api]") {
    const Served served;

    const auto answer = served.exchange("DELETE /v1/status HTTP/1.1\r\nHost: ombud\r\nConnection: close\r\n\r\n");

    CHECK(statuses(answer) == "405 ");
    CHECK_THAT(answer, Catch::Contains("Allow: GET\r\n"));
}

TEST_CASE("a peer that asks before it sends its body is told to go on", "[api]") {
    const Served served;
    RawPeer peer(served.socket());

    peer.send("PUT /v1/modules/a/mode HTTP/1.1\r\nHost: ombud\r\nConnection: close\r\nExpect: 100-continue\r\n"
              "Content-Length: 14\r\n\r\n");
    CHECK(statuses(peer.read_until("\r\n\r\n")) == "100 ");
    peer.send(R"({"mode":"off"})");

    CHECK(statuses(peer.read_all()) == "200 ");
}

TEST_CASE("a handler that blocks does not keep others waiting", "[api]") {
    Door door;
    const Served served({}, router_with(door));
    RawPeer blocked(served.socket());
    blocked.send(get("/v1/door"));
    door.wait_for_arrival();

    CHECK(statuses(served.exchange(get("/v1/status"))) == "200 ");

    door.open();
    CHECK(statuses(blocked.read_all()) == "200 ");
}

TEST_CASE("a server that stops lets a running call end and delivers its answer", "[api]") {
    Door door;
    Served served({}, router_with(door));
    RawPeer peer(served.socket());
    peer.send("GET /v1/door HTTP/1.1\r\nHost: ombud\r\n\r\n");
    door.wait_for_arrival();

    auto stopped = std::async(std::launch::async, [&] { served.stop(); });
    door.open();
    stopped.get();

    const auto answer = peer.read_all();
    CHECK(statuses(answer) == "200 ");
    CHECK_THAT(answer, Catch::EndsWith("{\"through\":true}"));
}

TEST_CASE("a server that stops hangs up on peers that say nothing", "[api]") {
    Served served;
    RawPeer silent(served.socket());
    RawPeer halfway(served.socket());
    halfway.send("GET /v1/sta");

    served.stop();

    CHECK(silent.read_all().empty());
    CHECK(halfway.read_all().empty());
    CHECK_FALSE(std::filesystem::exists(served.socket()));
}

TEST_CASE("the socket is open to its owner and group alone", "[api]") {
    const Served served;
    struct stat status {};

    REQUIRE(stat(served.socket().c_str(), &status) == 0);

    CHECK((status.st_mode & 07777U) == 0660U);
}

TEST_CASE("a group that does not exist stops the start with its name", "[api]") {
    const TempFolder folder;
    ServerOptions options;
    options.socket_path = folder / "s";
    options.group = "no-such-group-here";

    const auto server = Server::start(options, example_router());

    REQUIRE_FALSE(server);
    CHECK(server.error().code == ErrorCode::not_found);
    CHECK_THAT(server.error().message, Catch::Contains("'no-such-group-here'"));
}

TEST_CASE("many callers at once all get their own answers", "[api]") {
    const Served served;
    std::atomic<int> right{0};
    std::vector<std::thread> callers;

    for (int caller = 0; caller < 12; ++caller)
        callers.emplace_back([&, caller] {
            const Client client(served.socket());
            for (int i = 1; i <= 40; ++i) {
                const int limit = caller * 40 + i;
                const auto answer = client.request_text(Method::get, "/v1/findings?limit=" + std::to_string(limit));
                if (answer && *answer == "{\"limit\":" + std::to_string(limit) + "}")
                    ++right;
            }
        });
    for (auto& caller : callers)
        caller.join();

    CHECK(right == 12 * 40);
}
