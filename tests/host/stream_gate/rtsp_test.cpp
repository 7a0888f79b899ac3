#include <catch2/catch.hpp>

#include "gates/stream/rtsp.hpp"

using namespace ombud;
using namespace ombud::stream;

namespace {

const MessageLimits limits;

Message parsed(std::string_view bytes) {
    const auto result = parse_message(bytes, limits);
    REQUIRE(result);
    REQUIRE(*result);
    CHECK((*result)->size == bytes.size());
    return (*result)->message;
}

} // namespace

TEST_CASE("a request is taken apart") {
    const Message message = parsed("SETUP rtsp://h/a/track-0 RTSP/1.0\r\nCSeq: 3\r\nTransport:RTP/AVP\r\n\r\n");

    CHECK(message.is_request());
    CHECK(message.method == "SETUP");
    CHECK(message.url == "rtsp://h/a/track-0");
    CHECK(message.header("cseq") == "3");
    CHECK(message.header("Transport") == "RTP/AVP");
}

TEST_CASE("an answer is taken apart") {
    const Message message = parsed("RTSP/1.0 454 Session Not Found\r\nCSeq: 3\r\nContent-Length: 2\r\n\r\nhi");

    CHECK(message.status == 454);
    CHECK(message.reason == "Session Not Found");
    CHECK(message.body == "hi");
}

TEST_CASE("lines may end in a bare LF, be folded, and follow empty lines") {
    CHECK(parsed("\r\nOPTIONS * RTSP/1.0\nCSeq: 1\nX: a\n b\n\n").header("X") == "a b");
}

TEST_CASE("a message that is not complete is waited for") {
    const std::string whole = "GET_PARAMETER rtsp://h/a RTSP/1.0\r\nCSeq: 9\r\nContent-Length: 4\r\n\r\nabcd";
    for (std::size_t size = 0; size < whole.size(); ++size) {
        const auto result = parse_message(std::string_view(whole).substr(0, size), limits);
        INFO(size);
        REQUIRE(result);
        CHECK_FALSE(*result);
    }
}

TEST_CASE("what is no message is refused with what is wrong") {
    struct Row {
        const char* bytes;
        const char* says;
    };
    const Row rows[] = {
        {"GET / HTTP/1.1\r\n\r\n", "does not end in RTSP/1.0"},
        {"RTSP/2.0 200 OK\r\n\r\n", "is not RTSP/1.0"},
        {"RTSP/1.0 2x0 OK\r\n\r\n", "no status"},
        {"RTSP/1.0 999 OK\r\n\r\n", "no status"},
        {"\x16\x03\x01", "begins no message"},
        {"RTSP\r\n\r\n", "no first line"},
        {"PLAY rtsp://a RTSP/1.0\r\nno colon\r\n\r\n", "is no header"},
        {"PLAY rtsp://a RTSP/1.0\r\nA: b\rC: d\r\n\r\n", "bare CR"},
        {"PLAY rtsp://a RTSP/1.0\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", "not one number"},
        {"PLAY rtsp://a RTSP/1.0\r\nContent-Length: -1\r\n\r\n", "not one number"},
        {"PLAY rtsp://a RTSP/1.0\r\nContent-Length: 999999999\r\n\r\n", "over the limit"},
        {"PLAY rtsp://a\x01 RTSP/1.0\r\n\r\n", "is no URL"},
    };
    for (const Row& row : rows) {
        INFO(row.bytes);
        const auto result = parse_message(row.bytes, limits);
        REQUIRE_FALSE(result);
        CHECK_THAT(result.error().message, Catch::Contains(row.says));
    }
}

TEST_CASE("a head without end is refused at its limit") {
    const std::string head = "OPTIONS * RTSP/1.0\r\nX: " + std::string(20'000, 'x');

    CHECK(parse_message(std::string_view(head).substr(0, 16'000), limits));
    CHECK_FALSE(parse_message(head, limits));
    CHECK_FALSE(parse_message(std::string(20'000, '\n'), limits));
}

TEST_CASE("more headers than the limit are refused") {
    std::string message = "OPTIONS * RTSP/1.0\r\n";
    for (int count = 0; count < 101; ++count)
        message += "X: y\r\n";

    CHECK_FALSE(parse_message(message + "\r\n", limits));
}

TEST_CASE("a message that was written is read as the same") {
    Message message = request("PLAY", "rtsp://h/a");
    message.set("CSeq", "4");
    message.set("Content-Length", "77");
    message.body = "abc";

    const Message again = parsed(message.bytes());

    CHECK(again.body == "abc");
    CHECK(again.header("Content-Length") == "3");
    CHECK(again.header("CSeq") == "4");
}

TEST_CASE("a reason cannot begin a new header") {
    CHECK(answer(403, "a\r\nX: y").bytes() == "RTSP/1.0 403 a??X: y\r\n\r\n");
}
