#include "api/client.hpp"
#include "api/socket_file.hpp"
#include "served.hpp"

#include <future>

using namespace ombud;
using namespace ombud::api;
using namespace std::chrono_literals;

namespace {

/// Answers one connection with fixed bytes, as some other program at the socket would.
std::string answer_once(int listening, std::string_view bytes) {
    const int socket = accept(listening, nullptr, nullptr);
    std::string request(4096, '\0');
    const auto size = recv(socket, request.data(), request.size(), 0);
    request.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    close(socket);
    return request;
}

} // namespace

TEST_CASE("a client gets the answer's JSON", "[api]") {
    const Served served;
    const Client client(served.socket());

    const auto answer = client.request(Method::put, "/v1/modules/a/mode", boost::json::value{{"mode", "off"}});

    REQUIRE(answer);
    CHECK(*answer == boost::json::value{{"id", "a"}, {"mode", "off"}});
}

TEST_CASE("a client takes an answer of 8 MiB", "[api]") {
    const Served served;

    const auto answer = Client(served.socket()).request_text(Method::get, "/v1/large");

    REQUIRE(answer);
    CHECK(answer->size() == 8 * 1024 * 1024 + std::string_view(R"({"text":""})").size());
}

TEST_CASE("a client passes the daemon's error on with its code and hint", "[api]") {
    const Served served;

    const auto answer = Client(served.socket()).request(Method::post, "/v1/fail/6");

    REQUIRE_FALSE(answer);
    CHECK(answer.error().code == ErrorCode::corrupt);
    CHECK(answer.error().message == "it went wrong\nhint: try it differently");
}

TEST_CASE("a client whose body is too large still learns why", "[api]") {
    const Served served;
    const boost::json::value body{{"mode", std::string(3 * 1024 * 1024, 'x')}};

    const auto answer = Client(served.socket()).request(Method::put, "/v1/modules/a/mode", body);

    REQUIRE_FALSE(answer);
    CHECK(answer.error().code == ErrorCode::invalid_input);
    CHECK_THAT(answer.error().message, Catch::Contains("longer than 1048576 bytes"));
}

TEST_CASE("a client without a daemon says how to start one", "[api]") {
    const TempFolder folder;

    const auto answer = Client(folder / "none.sock").request(Method::get, "/v1/status");

    REQUIRE_FALSE(answer);
    CHECK(answer.error().code == ErrorCode::unavailable);
    CHECK_THAT(answer.error().message, Catch::Contains("none.sock: nobody serves this socket\nhint: is `ombud run`"));
}

TEST_CASE("a client does not wait for ever", "[api]") {
    const TempFolder folder;
    const auto file = SocketFile::listen(folder / "s", std::nullopt); // nobody accepts there

    const auto answer = Client(folder / "s", 50ms).request(Method::get, "/v1/status");

    REQUIRE_FALSE(answer);
    CHECK(answer.error().code == ErrorCode::unavailable);
    CHECK_THAT(answer.error().message, Catch::Contains("no answer within 50 ms"));
}

TEST_CASE("a client says what is wrong with a foreign answer", "[api]") {
    struct Row {
        const char* behaviour;
        const char* bytes;
        ErrorCode code;
        const char* says;
    };
    const Row rows[] = {
        {"nothing", "", ErrorCode::unavailable, "closed without an answer"},
        {"another protocol", "220 mail.example ESMTP\r\n", ErrorCode::internal, "not HTTP"},
        {"half an answer", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{", ErrorCode::internal, "not HTTP"},
        {"no JSON", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", ErrorCode::internal, "not JSON"},
        {"an error without a reason", "HTTP/1.1 502 Bad\r\nContent-Length: 0\r\n\r\n", ErrorCode::internal,
         "status 502"},
    };
    for (const Row& row : rows) {
        DYNAMIC_SECTION(row.behaviour) {
            const TempFolder folder;
            auto file = SocketFile::listen(folder / "s", std::nullopt);
            REQUIRE(file);
            const int listening = file->release_socket();
            auto asked = std::async(std::launch::async, answer_once, listening, row.bytes);

            const auto answer = Client(folder / "s").request(Method::get, "/v1/status");

            CHECK_THAT(asked.get(), Catch::StartsWith("GET /v1/status HTTP/1.1\r\n"));
            REQUIRE_FALSE(answer);
            CHECK(answer.error().code == row.code);
            CHECK_THAT(answer.error().message, Catch::Contains(row.says));
            close(listening);
        }
    }
}
