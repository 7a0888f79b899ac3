#include "api/https_server.hpp"
#include "certificate.hpp"

#include <array>
#include <arpa/inet.h>
#include <atomic>
#include <catch2/catch.hpp>
#include <future>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

using namespace ombud;
using namespace ombud::api;
using namespace std::chrono_literals;

namespace {

HttpsOptions options_of() {
    HttpsOptions options;
    options.listen = "127.0.0.1:0";
    options.certificate = Certificate::shared().pem();
    options.key = Certificate::shared().key();
    return options;
}

HttpsReply echo(const HttpsCall& call) {
    return {{200,
             std::string(call.method) + "|" + std::string(call.target) + "|" + std::string(call.body) + "|" +
                 std::string(bearer_token(call.authorization)) + "|" + std::string(call.client),
             {}},
            {}};
}

std::unique_ptr<HttpsServer> serve(const HttpsOptions& options = options_of(), HttpsHandler handler = echo) {
    auto server = HttpsServer::start(options, std::move(handler));
    if (!server)
        throw std::runtime_error(server.error().message);
    return std::move(*server);
}

/// A TCP connection that says what it likes.
class RawTcp {
  public:
    explicit RawTcp(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
        if (connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
            throw std::runtime_error("cannot connect");
    }
    ~RawTcp() { close(socket_); }
    RawTcp(const RawTcp&) = delete;
    RawTcp& operator=(const RawTcp&) = delete;
    void send(std::string_view bytes) const { (void)::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL); }
    /// Waits until the server closes.
    void read_to_end() const {
        std::array<char, 4096> part{};
        while (recv(socket_, part.data(), part.size(), 0) > 0) {
        }
    }

  private:
    int socket_;
};

} // namespace

TEST_CASE("a call comes to its handler whole, and its answer goes back", "[https]") {
    const auto server = serve();

    const auto answer = https_call(server->port(), "POST", "/v1/push?x=1", "{}", {"Authorization: Bearer t0ken"});

    CHECK(answer.error.empty());
    CHECK(answer.status == 200);
    CHECK(answer.body == "POST|/v1/push?x=1|{}|t0ken|127.0.0.1");
}

TEST_CASE("a bearer token is read in any case of its scheme, and nothing else is one", "[https]") {
    struct Row {
        const char* behaviour;
        const char* field;
        const char* token;
    };
    const Row rows[] = {
        {"as RFC 6750 writes it", "Bearer abc", "abc"},
        {"lower case", "bearer abc", "abc"},
        {"two spaces", "Bearer  abc", "abc"},
        {"another scheme", "Basic abc", ""},
        {"no token", "Bearer ", ""},
        {"nothing", "", ""},
    };
    for (const Row& row : rows)
        DYNAMIC_SECTION(row.behaviour) { CHECK(bearer_token(row.field) == row.token); }
}

TEST_CASE("status 401 says how to log in", "[https]") {
    const auto server = serve(options_of(), [](const HttpsCall&) {
        return HttpsReply{answer_of({ErrorCode::refused, "no token"}), "Bearer realm=\"ombud\""};
    });
    CHECK_THAT(https_call(server->port(), "GET", "/").headers,
               Catch::Contains("WWW-Authenticate: Bearer realm=\"ombud\"", Catch::CaseSensitive::No));
}

TEST_CASE("TLS older than 1.2 is refused", "[https]") {
    const auto server = serve();
    const auto answer = https_call(server->port(), "GET", "/", {}, {}, CURL_SSLVERSION_MAX_TLSv1_1);
    CHECK(answer.status == 0);
    CHECK(https_call(server->port(), "GET", "/", {}, {}, CURL_SSLVERSION_MAX_TLSv1_2).status == 200);
}

TEST_CASE("what is no TLS loses its connection, and the next caller is served", "[https]") {
    const auto server = serve();
    for (const char* bytes : {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "\x16\x03\x01\xff\xff garbage", "SSH-2.0-x\r\n"}) {
        const RawTcp peer(server->port());
        peer.send(std::string(bytes) + std::string(70'000, 'x'));
        peer.read_to_end();
    }
    CHECK(https_call(server->port(), "GET", "/").status == 200);
}

TEST_CASE("a peer that never finishes its handshake loses the connection", "[https]") {
    HttpsOptions options = options_of();
    options.request_timeout = 100ms;
    const auto server = serve(options);
    const RawTcp slow(server->port());
    slow.send("\x16\x03\x01");
    slow.read_to_end(); // or the test would hang here
    CHECK(https_call(server->port(), "GET", "/").status == 200);
}

TEST_CASE("a body over the limit is refused with its limit, though the peer still sends", "[https]") {
    const auto server = serve();
    const auto answer = https_call(server->port(), "POST", "/", std::string(3 * 1024 * 1024, 'x'), {"Expect:"});
    CHECK(answer.status == 413);
    CHECK_THAT(answer.body, Catch::Contains("longer than 1048576 bytes"));
}

TEST_CASE("a stranger is refused before the body is read", "[https]") {
    std::atomic<int> handled = 0;
    auto server = HttpsServer::start(
        options_of(),
        [&](const HttpsCall& call) {
            ++handled;
            return echo(call);
        },
        [](const HttpsCall& call) -> std::optional<HttpsReply> {
            if (bearer_token(call.authorization) == "t0ken")
                return std::nullopt;
            return HttpsReply{{401, "{}", {}}, "Bearer"};
        });
    REQUIRE(server);
    const std::string body(900 * 1024, 'x');
    CHECK(https_call((*server)->port(), "POST", "/", body).status == 401);
    CHECK(handled == 0);
    CHECK(https_call((*server)->port(), "POST", "/", body, {"Authorization: Bearer t0ken"}).status == 200);
}

TEST_CASE("a GET with a body is refused before it is read", "[https]") {
    const auto server = serve();
    CHECK(https_call(server->port(), "GET", "/", "x").status == 400);
    CHECK(https_call(server->port(), "GET", "/", {}, {"Content-Length: 0"}).status == 200);
}

TEST_CASE("connections beyond the limit are closed, and there is room again when one goes", "[https]") {
    HttpsOptions options = options_of();
    options.connections_max = 2;
    const auto server = serve(options);
    {
        const RawTcp one(server->port());
        const RawTcp two(server->port());
        const RawTcp three(server->port());
        three.read_to_end();
    }
    HttpsAnswer answer;
    while (answer.status != 200)
        answer = https_call(server->port(), "GET", "/");
    CHECK(answer.status == 200);
}

TEST_CASE("a handler that throws is answered 500", "[https]") {
    const auto server =
        serve(options_of(), [](const HttpsCall&) -> HttpsReply { throw std::runtime_error("a library threw"); });
    const auto answer = https_call(server->port(), "GET", "/");
    CHECK(answer.status == 500);
    CHECK_THAT(answer.body, Catch::Contains("a library threw"));
}

TEST_CASE("stopping waits for the handler that runs and lets its answer go out", "[https]") {
    std::promise<void> entered;
    std::promise<void> leave;
    auto server = serve(options_of(), [&](const HttpsCall& call) {
        entered.set_value();
        leave.get_future().wait();
        return echo(call);
    });
    HttpsAnswer answer;
    std::thread caller([&, port = server->port()] { answer = https_call(port, "GET", "/late"); });
    entered.get_future().wait();

    std::thread stopper([&] { server.reset(); });
    leave.set_value();
    stopper.join();
    caller.join();

    CHECK(answer.status == 200);
}

TEST_CASE("what cannot be served is refused with the place and the value", "[https]") {
    const Certificate& good = Certificate::shared();
    make_certificate(good.folder(), "other");
    std::filesystem::copy_file(good.key(), good.folder() / "open.key", std::filesystem::copy_options::overwrite_existing);
    std::filesystem::permissions(good.folder() / "open.key", std::filesystem::perms(0644));
    HttpsOptions options = options_of();
    std::string says;
    ErrorCode code = ErrorCode::invalid_input;
    SECTION("no port") {
        options.listen = "127.0.0.1";
        says = "listen: '127.0.0.1'";
    }
    SECTION("a port that is none") {
        options.listen = "127.0.0.1:99999";
        says = "127.0.0.1:99999";
    }
    SECTION("a name") {
        options.listen = "localhost:8443";
        says = "localhost:8443";
    }
    SECTION("IPv6 without brackets") {
        options.listen = "::1:8443";
        says = "::1:8443";
    }
    SECTION("no certificate") {
        options.certificate = good.folder() / "none.pem";
        says = "none.pem: no such certificate";
        code = ErrorCode::not_found;
    }
    SECTION("a key of another certificate") {
        options.key = good.folder() / "other.key";
        says = "other.key: not the private key";
    }
    SECTION("a key that others may read") {
        options.key = good.folder() / "open.key";
        says = "chmod 600";
        code = ErrorCode::refused;
    }
    SECTION("a certificate that is none") {
        options.certificate = options.key;
        says = "not a certificate in PEM";
    }
    const auto started = HttpsServer::start(options, echo);
    REQUIRE_FALSE(started);
    CHECK(started.error().code == code);
    CHECK_THAT(started.error().message, Catch::Contains(says));
}

TEST_CASE("an address in use is told", "[https]") {
    const auto server = serve();
    HttpsOptions options = options_of();
    options.listen = "127.0.0.1:" + std::to_string(server->port());
    const auto second = HttpsServer::start(options, echo);
    REQUIRE_FALSE(second);
    CHECK_THAT(second.error().message, Catch::Contains(options.listen));
}
