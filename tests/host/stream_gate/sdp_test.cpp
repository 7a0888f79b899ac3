#include <catch2/catch.hpp>

#include "gates/stream/sdp.hpp"

using namespace ombud;
using namespace ombud::stream;

namespace {

// As a camera with ONVIF metadata and a backchannel tells it.
constexpr std::string_view camera = "v=0\r\no=- 1 1 IN IP4 192.0.2.7\r\ns=Session\r\nc=IN IP4 192.0.2.7\r\nt=0 0\r\n"
                                    "a=control:rtsp://192.0.2.7/stream\r\na=range:npt=now-\r\n"
                                    "m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=control:trackID=1\r\na=recvonly\r\n"
                                    "m=audio 0 RTP/AVP 8\r\na=control:trackID=2\r\na=recvonly\r\n"
                                    "m=application 0 RTP/AVP 107\r\na=rtpmap:107 vnd.onvif.metadata/90000\r\na=control:trackID=3\r\n"
                                    "m=audio 0 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\na=control:trackID=4\r\na=sendonly\r\n";

Description described(std::string_view text, bool backchannel = true) {
    auto description = parse_description(text, backchannel);
    REQUIRE(description);
    return *description;
}

} // namespace

TEST_CASE("tracks are listed in the order of the description, backchannels apart") {
    const Description description = described(camera);

    CHECK(description.tracks_to_viewer() == "video/h264 audio/pcma data/vnd.onvif.metadata");
    CHECK(description.tracks_to_camera() == "audio/pcmu");
}

TEST_CASE("without a wish for a backchannel, sendonly means that the camera sends") {
    CHECK(described(camera, false).tracks_to_camera().empty());
}

TEST_CASE("a track that is not shown leaves nothing in the description") {
    const Description description = described(camera);

    const std::string text = description.text([](std::size_t track) { return track == 0; },
                                              [](std::size_t track) { return "track-" + std::to_string(track); });

    CHECK_THAT(text, Catch::Contains("m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=recvonly\r\na=control:track-0\r\n"));
    CHECK_THAT(text, !Catch::Contains("audio") && !Catch::Contains("onvif") && !Catch::Contains("PCMU"));
    CHECK_THAT(text, Catch::Contains("a=range:npt=now-"));
}

TEST_CASE("the camera's own names and address for packets are not told") {
    const std::string text = described(camera).text([](std::size_t) { return true; }, [](std::size_t) { return std::string("x"); });

    CHECK_THAT(text, !Catch::Contains("trackID") && !Catch::Contains("rtsp://192.0.2.7"));
    CHECK_THAT(text, Catch::Contains("c=IN IP4 0.0.0.0"));
}

TEST_CASE("a container in one track is of kind other, whatever its line says") {
    CHECK(described("v=0\r\nm=video 0 RTP/AVP 33\r\n").tracks_to_viewer() == "other/mp2t");
    CHECK(described("v=0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 MP2P/90000\r\n").tracks_to_viewer() == "other/mp2p");
    CHECK(described("v=0\r\nm=video 0 RTP/AVP 96 33\r\na=rtpmap:96 H264/90000\r\n").tracks_to_viewer() == "other/mp2t");
}

TEST_CASE("a codec's name cannot pretend to be more tracks") {
    CHECK(described("v=0\nm=audio 0 RTP/AVP 97\na=rtpmap:97 x\tvideo\\h264/8000\n").tracks_to_viewer() == "audio/x_video\\h264");
}

TEST_CASE("a track without format and a kind that nobody knows are still tracks") {
    CHECK(described("v=0\nm=audio 0 RTP/AVP\nm=whiteboard 0 udp wb\n").tracks_to_viewer() == "audio/unknown other/wb");
}

TEST_CASE("what is no description is refused with its line") {
    struct Row {
        std::string text;
        const char* says;
    };
    std::string many = "v=0\n", lines = "v=0\n";
    for (int count = 0; count < 65; ++count)
        many += "m=audio 0 RTP/AVP 0\n";
    for (int count = 0; count < 4000; ++count)
        lines += "a=x\n";
    const Row rows[] = {{"", "v=0"},
                        {"<html>", "line 1"},
                        {"v=0\nm=\n", "line 2"},
                        {"v=0\nm=video\n", "m= line"},
                        {std::string("v=0\na=x\0y\n", 10), "line 2"},
                        {many, "64 tracks"},
                        {lines, "4000 lines"}};
    for (const Row& row : rows) {
        const auto result = parse_description(row.text, false);
        INFO(row.says);
        REQUIRE_FALSE(result);
        CHECK_THAT(result.error().message, Catch::Contains(row.says));
    }
}
