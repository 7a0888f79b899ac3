// Bytes of strangers through every parser of the stream gate. The first byte chooses the parser, the rest is what it reads.
// Beyond not crashing, each result must keep its promises.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "gates/stream/digest_access.hpp"
#include "gates/stream/frames.hpp"
#include "gates/stream/rtsp.hpp"
#include "gates/stream/sdp.hpp"
#include "gates/stream/transport.hpp"
#include "gates/stream/url.hpp"
#include "metadata/pseudonyms.hpp"

using namespace ombud::stream;

namespace {

void require(bool holds, const char* what) {
    if (holds)
        return;
    std::fprintf(stderr, "promise broken: %s\n", what);
    std::abort();
}

void messages(std::string_view bytes) {
    const MessageLimits limits{1000, 20, 500};
    const auto parsed = parse_message(bytes, limits);
    if (!parsed || !*parsed)
        return;
    const Message& message = (*parsed)->message;
    require((*parsed)->size <= bytes.size(), "no message is longer than its bytes");
    const std::string written = message.bytes();
    const auto again = parse_message(written, MessageLimits{});
    require(again && *again, "what is written can be read");
    require((*again)->size == written.size(), "what is written is one message");
    require((*again)->message.body == message.body && (*again)->message.status == message.status &&
                (*again)->message.url == message.url,
            "what is written reads the same");
    // Nothing of a message reaches into the next: a part of it is never a whole one of another size.
    const auto shorter = parse_message(bytes.substr(0, (*parsed)->size - 1), limits);
    require(!shorter || !*shorter, "a cut message is not a message");
}

void descriptions(std::string_view bytes, bool backchannel) {
    const auto description = parse_description(bytes, backchannel);
    if (!description)
        return;
    const auto kept = [&](std::size_t track) { return description->tracks[track].kind == TrackKind::video; };
    const std::string text = description->text(kept, [](std::size_t track) { return "track-" + std::to_string(track); });
    const auto again = parse_description(text, backchannel);
    require(again.has_value(), "what is shown can be read");
    std::size_t count = 0;
    for (std::size_t track = 0; track < description->tracks.size(); ++track)
        count += kept(track);
    require(again->tracks.size() == count, "as many tracks are shown as are allowed");
    for (const Track& track : again->tracks)
        require(track.kind == TrackKind::video, "nothing but what is allowed is shown");
}

void frames(std::string_view bytes) {
    std::vector<std::uint8_t> buffer(bytes.begin(), bytes.end());
    Channels channels;
    for (unsigned number = 0; number < 4; ++number) {
        Lane lane{number < 2 ? TrackKind::video : TrackKind::audio, number % 2 == 1, true, {}};
        lane.payload_types.set(96);
        channels.by_number[number] = {true, static_cast<std::uint8_t>(number + 100), lane};
        channels.taken.set(number + 100);
    }
    Rules rules;
    rules.everything = false;
    rules.open[static_cast<std::size_t>(TrackKind::audio)] = false;
    PacketCounts counts;
    std::vector<std::span<const std::uint8_t>> pass;
    std::span<std::uint8_t> rest = buffer;
    std::uint64_t passed = 0;
    SortedFrames sorted;
    do {
        sorted = sort_frames(rest, channels, rules, counts, pass, nullptr);
        require(sorted.size <= rest.size(), "no more is taken than there is");
        for (std::span<const std::uint8_t> stretch : pass) {
            require(stretch.data() >= rest.data() && stretch.data() + stretch.size() <= rest.data() + sorted.size, "stretches lie within");
            while (!stretch.empty()) {
                require(stretch.size() >= 4 && stretch[0] == '$' && (stretch[1] == 100 || stretch[1] == 101), "only video passes");
                const std::size_t size = 4 + (std::size_t{stretch[2]} << 8 | stretch[3]);
                require(stretch.size() >= size, "only whole frames pass");
                stretch = stretch.subspan(size);
                ++passed;
            }
        }
        rest = rest.subspan(sorted.size);
    } while (sorted.next == SortedFrames::Next::full);
    require(passed == counts.packets, "each packet is counted once");
}

void transports(std::string_view bytes) {
    const auto ways = parse_transport(bytes);
    if (!ways)
        return;
    for (const Transport& way : *ways) {
        if (way.text().size() > 2048)
            continue; // told in full it is over the limit
        const auto again = parse_transport(way.text());
        require(again && again->size() == 1, "a transport that is written is one that is read");
        require((*again)[0].carrier == way.carrier && (*again)[0].channels == way.channels &&
                    (*again)[0].client_ports == way.client_ports,
                "and the same");
    }
}

void authentication(std::string_view bytes) {
    static const std::vector<Guard::Login> logins{{"vms", "secret"}};
    Guard guard(logins, 1000);
    (void)guard.challenges(false, 0);
    require(guard.check(bytes, "PLAY", 0).standing != Guard::Standing::right, "nobody logs in without the password");
    if (auto challenge = Challenge::choose({bytes}))
        require(parse_auth(challenge->authorization("u\"\\", "p", "PLAY", "rtsp://c", "x")).has_value(), "our answer can be read");
}

void metadata(std::string_view bytes) {
    static const ombud::metadata::Pseudonyms names{ombud::metadata::Pseudonyms::Key{1}};
    const auto shown = ombud::metadata::pseudonymise(bytes, names);
    if (!shown)
        return;
    require(shown->starts_with("<tt:MetadataStream "), "what leaves is a document");
    require(ombud::metadata::pseudonymise(*shown, names).has_value(), "what leaves can be read");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0)
        return 0;
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    switch (static_cast<std::uint8_t>(data[0] - '0') % 9) {
    case 0: messages(bytes); break;
    case 1: descriptions(bytes, false); break;
    case 2: descriptions(bytes, true); break;
    case 3: frames(bytes); break;
    case 4: transports(bytes); break;
    case 5: authentication(bytes); break;
    case 6: (void)parse_url(bytes); break;
    case 7: (void)parse_endpoint(bytes); break;
    case 8: metadata(bytes); break;
    }
    return 0;
}
