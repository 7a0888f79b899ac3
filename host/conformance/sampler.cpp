#include "conformance/sampler.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <limits>
#include <ombud/hook.h>
#include <ombud/vocabulary.h>
#include <string>

namespace ombud::conformance {
namespace {

struct Key {
    const char* name;
    bool is_number;
    std::array<const char*, 3> texts; ///< or numbers
};

constexpr std::array keys{
    Key{OMBUD_KEY_ATTACHMENT, false, {"vms", "vms", "vms"}},
    Key{OMBUD_KEY_RECORDING, false, {"17", "entrance/2026-01-31/08", "4711"}},
    Key{OMBUD_KEY_DEVICE, false, {"1", "2", "99"}},
    Key{OMBUD_KEY_CAMERA, false, {"entrance", "entrance", "yard"}},
    Key{OMBUD_KEY_PATH, false, {"/nonexistent/a.mp4", "/nonexistent/b.mkv", "/nonexistent/c"}},
    Key{OMBUD_KEY_BEGIN, true, {"1699990000000000000", "1600000000000000000", "1699999000000000000"}},
    Key{OMBUD_KEY_END, true, {"1699990600000000000", "1600000600000000000", "1699999600000000000"}},
    Key{OMBUD_KEY_SIZE, true, {"1048576", "17", "4000000000"}},
    Key{OMBUD_KEY_TRACKS, false, {"video/h264", "video/h264 audio/aac", "video/h265 audio/opus data/klv"}},
    Key{OMBUD_KEY_LOCKED, true, {"0", "0", "1"}},
    Key{OMBUD_KEY_LOCK_REASON, false, {"theft", "theft", "accident"}},
    Key{OMBUD_KEY_NAME, false, {"Entrance", "Yard", "Gate"}},
    Key{OMBUD_KEY_AUDIO, true, {"0", "1", "1"}},
    Key{OMBUD_KEY_METADATA, true, {"0", "1", "0"}},
    Key{OMBUD_KEY_STATE, false, {"up", "down", "made"}},
    Key{OMBUD_KEY_DETAIL, false, {"connected", "refused", ""}},
    Key{OMBUD_KEY_STREAM, false, {"gate", "yard", "gate"}},
    Key{OMBUD_KEY_BACKCHANNEL, false, {"audio/pcmu", "audio/aac", "audio/pcmu"}},
    Key{OMBUD_KEY_VIEWER, false, {"recorder", "anna", "recorder"}},
    Key{OMBUD_KEY_STAGE, false, {"recipient", "message", "message"}},
    Key{OMBUD_KEY_SENDER, false, {"vms@example.org", "", "vms@example.org"}},
    Key{OMBUD_KEY_RECIPIENT, false, {"guard@example.org", "guard@exampel.org", "stranger@example.net"}},
    Key{OMBUD_KEY_RECIPIENTS, false, {"guard@example.org", "guard@example.org\nchief@example.org", ""}},
    Key{OMBUD_KEY_HEADER_RECIPIENTS, false, {"guard@example.org", "guard@example.org", ""}},
    Key{OMBUD_KEY_PARTS, false, {"1:text/plain", "1:text/plain 2:picture/jpeg", "1:opaque/zip"}},
    Key{OMBUD_KEY_TLS_IN, true, {"1", "0", "1"}},
    Key{OMBUD_KEY_TLS_OUT, true, {"1", "0", "1"}},
    Key{OMBUD_KEY_QUEUE_ID, false, {"4F2A", "4F2B", "4F2C"}},
    Key{OMBUD_KEY_PERSON, false, {"anna", "ben", "carla"}},
    Key{OMBUD_KEY_TITLE, false, {"Motion", "Alarm at the gate", ""}},
    Key{OMBUD_KEY_TEXT, false, {"Someone is at the door", "", "Motion in the yard"}},
    Key{OMBUD_KEY_DATA, false, {"{}", "{\"camera\":\"gate\"}", "null"}},
    Key{OMBUD_KEY_PICTURE, true, {"1", "0", "1"}},
    Key{OMBUD_KEY_FORWARDER, false, {"ntfy", "webhook", "ntfy"}},
    Key{OMBUD_KEY_PROVIDER, false, {"Example Ltd", "Example Ltd", "Other"}},
    Key{OMBUD_KEY_COUNTRY, false, {"DE", "US", "DE"}},
    Key{OMBUD_KEY_EXPORT, false, {"E-17", "E-18", "E-19"}},
    Key{OMBUD_KEY_VIA, false, {"desk", "web", "vms"}},
    Key{OMBUD_KEY_RECORDINGS, false, {"17", "17\n18", ""}},
    Key{OMBUD_KEY_DEVICES, false, {"1", "1\n2", "99"}},
    Key{OMBUD_KEY_CAMERAS, false, {"entrance", "entrance\nyard", ""}},
    Key{OMBUD_KEY_FORMATS, false, {"mp4", "matroska\njpeg", "zip"}},
    Key{OMBUD_KEY_SEALED, true, {"1", "0", "1"}},
    Key{OMBUD_KEY_REASON, false, {"theft 17/2026", "", "request of the police"}},
    Key{OMBUD_KEY_RECIPIENT_CLASS, false, {"other-institution", "third-country", "data-subject"}},
    Key{OMBUD_KEY_DESTINATION, false, {"evidence", "stick", "evidence"}},
    Key{OMBUD_KEY_DESTINATION_KIND, false, {"folder", "removable", "unlisted"}},
    Key{OMBUD_KEY_DESTROY_BY, true, {"1800000000000000000", "1690000000000000000", "1700000000000000001"}},
    Key{OMBUD_KEY_MASKS, false, {"none", "missing", "applied"}},
    Key{OMBUD_KEY_APPROVED, true, {"0", "1", "0"}},
    Key{OMBUD_KEY_USER, false, {"anna", "ben", "anna"}},
    Key{OMBUD_KEY_ACT, false, {"view", "delete", "login"}},
    Key{OMBUD_KEY_PEER, false, {"192.0.2.7", "2001:db8::7", "192.0.2.7"}},
    Key{OMBUD_KEY_STANDING, false, {"granted", "lacking", "strange"}},
    Key{OMBUD_KEY_CAUSE, false, {"ombud", "ombud", "ombud"}},
};

constexpr auto recording_keys = {OMBUD_KEY_ATTACHMENT, OMBUD_KEY_RECORDING, OMBUD_KEY_DEVICE, OMBUD_KEY_CAMERA, OMBUD_KEY_PATH,
                                 OMBUD_KEY_BEGIN,      OMBUD_KEY_END,       OMBUD_KEY_SIZE,   OMBUD_KEY_TRACKS, OMBUD_KEY_LOCKED};
constexpr auto device_keys = {OMBUD_KEY_ATTACHMENT, OMBUD_KEY_DEVICE, OMBUD_KEY_CAMERA, OMBUD_KEY_NAME, OMBUD_KEY_AUDIO, OMBUD_KEY_METADATA};
constexpr auto stream_keys = {OMBUD_KEY_ATTACHMENT, OMBUD_KEY_DEVICE, OMBUD_KEY_CAMERA, OMBUD_KEY_STREAM, OMBUD_KEY_TRACKS, OMBUD_KEY_BACKCHANNEL, OMBUD_KEY_VIEWER};
constexpr auto mail_keys = {OMBUD_KEY_STAGE, OMBUD_KEY_SENDER, OMBUD_KEY_RECIPIENT, OMBUD_KEY_RECIPIENTS, OMBUD_KEY_HEADER_RECIPIENTS,
                            OMBUD_KEY_PARTS, OMBUD_KEY_TLS_IN, OMBUD_KEY_TLS_OUT,   OMBUD_KEY_QUEUE_ID};
constexpr auto push_keys = {OMBUD_KEY_PERSON,  OMBUD_KEY_TITLE,     OMBUD_KEY_TEXT,     OMBUD_KEY_DATA,
                            OMBUD_KEY_PICTURE, OMBUD_KEY_FORWARDER, OMBUD_KEY_PROVIDER, OMBUD_KEY_COUNTRY};
constexpr auto export_keys = {OMBUD_KEY_ATTACHMENT, OMBUD_KEY_EXPORT, OMBUD_KEY_VIA, OMBUD_KEY_RECORDINGS, OMBUD_KEY_DEVICES, OMBUD_KEY_CAMERAS,
                              OMBUD_KEY_BEGIN, OMBUD_KEY_END, OMBUD_KEY_SIZE, OMBUD_KEY_TRACKS, OMBUD_KEY_FORMATS, OMBUD_KEY_SEALED, OMBUD_KEY_REASON,
                              OMBUD_KEY_RECIPIENT, OMBUD_KEY_RECIPIENT_CLASS, OMBUD_KEY_DESTINATION, OMBUD_KEY_DESTINATION_KIND,
                              OMBUD_KEY_DESTROY_BY, OMBUD_KEY_MASKS, OMBUD_KEY_APPROVED, OMBUD_KEY_USER};
constexpr auto access_keys = {OMBUD_KEY_ATTACHMENT, OMBUD_KEY_ACT, OMBUD_KEY_USER, OMBUD_KEY_RECORDINGS, OMBUD_KEY_DEVICES, OMBUD_KEY_CAMERAS, OMBUD_KEY_PEER, OMBUD_KEY_STANDING};
constexpr auto gone_keys = {OMBUD_KEY_ATTACHMENT, OMBUD_KEY_RECORDING, OMBUD_KEY_DEVICE, OMBUD_KEY_USER};
constexpr auto connection_keys = {OMBUD_KEY_ATTACHMENT, OMBUD_KEY_STATE, OMBUD_KEY_DETAIL};

std::initializer_list<const char*> keys_of(std::string_view type) {
    if (type == OMBUD_EVENT_DEVICE_CHANGED || type == OMBUD_EVENT_DEVICE_GONE)
        return device_keys;
    if (type == OMBUD_EVENT_STREAM_OPEN || type == "stream.packet")
        return stream_keys;
    if (type == OMBUD_EVENT_MAIL_SEND)
        return mail_keys;
    if (type == OMBUD_EVENT_PUSH_SEND)
        return push_keys;
    if (type == OMBUD_EVENT_EXPORT_RELEASE || type == OMBUD_EVENT_EXPORT_SEEN)
        return export_keys;
    if (type == OMBUD_EVENT_ACCESS_REQUEST)
        return access_keys;
    if (type == OMBUD_EVENT_RECORDING_GONE)
        return gone_keys;
    if (type == OMBUD_EVENT_CONNECTION)
        return connection_keys;
    return recording_keys;
}

} // namespace

std::string_view event_of_hook(std::uint32_t hook) {
    constexpr std::array<std::string_view, 9> types{"", OMBUD_EVENT_STREAM_OPEN, "stream.packet", OMBUD_EVENT_RECORDING_FINISHED,
                                                    "recording.delete", OMBUD_EVENT_EXPORT_RELEASE, OMBUD_EVENT_MAIL_SEND,
                                                    OMBUD_EVENT_PUSH_SEND, OMBUD_EVENT_ACCESS_REQUEST};
    return hook < types.size() ? types[hook] : std::string_view();
}

EventRef Sampler::finish(const sdk::EventBuilder& builder) {
    const auto made = builder.finish();
    assert(made);
    const auto event = Event::copy(made->get());
    assert(event);
    return (*event)->stamped(1, 1'000'000'000, ombud_id{{1, 2, 3}}, 0);
}

EventRef Sampler::usual(std::string_view type) {
    sdk::EventBuilder builder(names_.intern(type), 1'699'999'999'000'000'000);
    for (const char* name : keys_of(type)) {
        const auto* key = std::ranges::find(keys, std::string_view(name), &Key::name);
        assert(key != keys.end());
        const char* value = key->texts[below(3)];
        if (key->is_number)
            builder.add_i64(names_.intern(name), std::stoll(value));
        else
            builder.add_text(names_.intern(name), value);
    }
    return finish(builder);
}

std::int64_t Sampler::odd_number() {
    constexpr std::array numbers{std::int64_t{0}, std::int64_t{-1}, std::numeric_limits<std::int64_t>::min(),
                                 std::numeric_limits<std::int64_t>::max(), std::int64_t{1} << 33};
    return numbers[below(numbers.size())];
}

std::string Sampler::odd_text() {
    switch (below(7)) {
    case 0: return "";
    case 1: return std::string(1 + below(2400), 'x');
    case 2: return std::string("a\0b", 3);
    case 3: return "%s%n{}\"'\\<&>\n\r\t";
    case 4: return "\xc3\xa4\xe2\x82\xac\xf0\x9f\x8e\xa5\xe2\x80\xae"; // of two, three and four bytes; one turns the direction
    case 5: return std::to_string(random_());
    default: return std::string(1 + below(40), static_cast<char>(1 + below(126)));
    }
}

EventRef Sampler::odd(std::string_view type) {
    sdk::EventBuilder builder(names_.intern(type), below(2) == 0 ? odd_number() : 1'699'999'999'000'000'000);
    const auto add = [&](std::string_view name) {
        const std::uint32_t key = names_.intern(name);
        switch (below(5)) {
        case 0: builder.add_i64(key, odd_number()); break;
        case 1: builder.add_u64(key, random_()); break;
        case 2: builder.add_f64(key, std::numeric_limits<double>::quiet_NaN()); break;
        case 3: builder.add_bytes(key, odd_text()); break;
        default: builder.add_text(key, odd_text()); break;
        }
    };
    for (const char* name : keys_of(type))
        if (below(4) != 0)
            add(name);
    if (below(2) == 0)
        add(keys[below(keys.size())].name); // twice, or one that does not belong there
    add("conformance.unknown_" + std::to_string(below(4)));
    return finish(builder);
}

} // namespace ombud::conformance
