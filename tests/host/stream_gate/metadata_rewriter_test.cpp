#include <catch2/catch.hpp>

#include "gates/stream/metadata_rewriter.hpp"

using namespace ombud;
using namespace ombud::stream;

namespace {

const std::string head = R"(<tt:MetadataStream xmlns:tt="http://www.onvif.org/ver10/schema"><tt:VideoAnalytics><tt:Frame UtcTime="2026-01-05T12:00:00Z">)";
const std::string foot = "</tt:Frame></tt:VideoAnalytics></tt:MetadataStream>";
const std::string document = head + R"(<tt:Object ObjectId="7"><tt:Appearance><tt:Extension>B-AD 1815</tt:Extension></tt:Appearance></tt:Object>)" + foot;

using Packet = MetadataRewriter::Packet;

Packet packet(unsigned sequence, unsigned timestamp, std::string_view payload, bool ends) {
    Packet bytes{0x80, static_cast<std::uint8_t>(107 | (ends ? 0x80 : 0)), static_cast<std::uint8_t>(sequence >> 8), static_cast<std::uint8_t>(sequence)};
    for (int shift = 24; shift >= 0; shift -= 8)
        bytes.push_back(static_cast<std::uint8_t>(timestamp >> shift));
    bytes.insert(bytes.end(), {1, 2, 3, 4});
    bytes.insert(bytes.end(), payload.begin(), payload.end());
    return bytes;
}

std::string payload(std::span<const Packet> packets) {
    std::string all;
    for (const Packet& one : packets)
        all.append(one.begin() + 12, one.end());
    return all;
}

} // namespace

TEST_CASE("a document leaves when it is whole, with pseudonyms", "[AMG-6]") {
    FakeClock clock;
    MetadataRewriter rewriter(clock);

    CHECK(rewriter.packets(2, packet(65535, 9, document.substr(0, 100), false)).empty());
    const auto sent = rewriter.packets(2, packet(0, 9, document.substr(100), true)); // the number begins anew

    REQUIRE(sent.size() == 1);
    CHECK(sent[0][1] == (0x80 | 107));
    CHECK(sent[0][7] == 9);
    CHECK_THAT(payload(sent), Catch::StartsWith("<tt:MetadataStream") && Catch::Contains("ObjectId=") && !Catch::Contains("\"7\"") && !Catch::Contains("B-AD"));
    CHECK(rewriter.refused() == 0);
}

TEST_CASE("a long document leaves in packets of ours, numbered one after another", "[AMG-6]") {
    FakeClock clock;
    MetadataRewriter rewriter(clock);
    std::string objects;
    for (int number = 0; number < 200; ++number)
        objects += "<tt:Object ObjectId=\"" + std::to_string(number) + "\"></tt:Object>";
    (void)rewriter.packets(2, packet(5, 9, document, true));

    const auto sent = rewriter.packets(2, packet(6, 10, head + objects + foot, true));

    REQUIRE(sent.size() > 1);
    for (std::size_t at = 0; at < sent.size(); ++at) {
        CHECK(sent[at].size() <= 12 + MetadataRewriter::payload_bytes_max);
        CHECK(sent[at][3] == 6 + at);
        CHECK((sent[at][1] & 0x80) == (at + 1 == sent.size() ? 0x80 : 0));
    }
    CHECK_THAT(payload(sent), Catch::EndsWith("</tt:MetadataStream>"));
}

TEST_CASE("of a document that lost a packet nothing leaves, and the next one does", "[AMG-6]") {
    FakeClock clock;
    MetadataRewriter rewriter(clock);
    struct Row {
        const char* behaviour;
        std::vector<Packet> before;
        std::uint64_t refused;
    };
    const Row rows[] = {
        {"its middle", {packet(1, 9, document.substr(0, 100), false), packet(3, 9, document.substr(150), true)}, 1},
        {"its beginning", {packet(3, 9, document.substr(150), true)}, 1},
        {"its end", {packet(3, 9, document.substr(0, 100), false)}, 0},
        {"what is no RTP", {Packet{1, 2, 3}}, 1},
        {"what says more than it has", {Packet{0x9f, 107, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0}}, 1},
        {"padding of more than there is", {Packet{0xa0, 107, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 255}}, 1},
        {"what is no document", {packet(3, 9, "B-AD 1815", true)}, 1},
    };
    for (const Row& row : rows) {
        DYNAMIC_SECTION(row.behaviour) {
            for (const Packet& one : row.before)
                CHECK(rewriter.packets(2, one).empty());
            CHECK(rewriter.refused() == row.refused);

            (void)rewriter.packets(2, packet(9, 10, document, true)); // may still suffer from the loss
            CHECK_FALSE(rewriter.packets(2, packet(10, 11, document, true)).empty());
        }
    }
}

TEST_CASE("pseudonyms are others after an hour, and in another session", "[AMG-6]") {
    FakeClock clock;
    MetadataRewriter rewriter(clock);
    const std::string first = payload(rewriter.packets(2, packet(1, 9, document, true)));
    CHECK(payload(rewriter.packets(2, packet(2, 9, document, true))) == first);

    clock.advance_ns(MetadataRewriter::pseudonyms_ns);
    const std::string later = payload(rewriter.packets(2, packet(3, 9, document, true)));
    rewriter.leave();
    const std::string other = payload(rewriter.packets(2, packet(4, 9, document, true)));

    CHECK_FALSE(first.empty());
    CHECK(first != later);
    CHECK(later != other);
}

TEST_CASE("frames are in the viewer's channel and stay until they are forgotten", "[AMG-6]") {
    FakeClock clock;
    MetadataRewriter rewriter(clock);

    const auto one = rewriter.frames(2, 14, packet(1, 9, document, true));
    const std::string before(one.begin(), one.end());
    for (unsigned number = 2; number < 50; ++number)
        (void)rewriter.frames(2, 14, packet(number, 9, document, true));

    REQUIRE(one.size() > 4);
    CHECK(std::string(one.begin(), one.end()) == before);
    CHECK(one[0] == '$');
    CHECK(one[1] == 14);
    CHECK((one[2] << 8 | one[3]) == static_cast<int>(one.size()) - 4);
}
