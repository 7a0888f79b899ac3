#include "gates/stream/sdp.hpp"

#include <algorithm>
#include <array>

#include "events/printable.hpp"
#include "gates/stream/rtsp.hpp"

namespace ombud::stream {
namespace {

constexpr std::size_t tracks_max = 64, lines_max = 4000, codec_bytes_max = 64;

struct StaticType {
    unsigned long number;
    const char* codec;
};
constexpr StaticType static_types[] = { // RFC 3551, tables 4 and 5
    {0, "pcmu"}, {3, "gsm"},  {4, "g723"}, {5, "dvi4"},  {6, "dvi4"},  {7, "lpc"},   {8, "pcma"},  {9, "g722"},
    {10, "l16"}, {11, "l16"}, {12, "qcelp"}, {13, "cn"}, {14, "mpa"},  {15, "g728"}, {16, "dvi4"}, {17, "dvi4"},
    {18, "g729"}, {25, "celb"}, {26, "jpeg"}, {28, "nv"}, {31, "h261"}, {32, "mpv"}, {33, "mp2t"}, {34, "h263"}};

std::string_view take_word(std::string_view& rest) {
    rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
    const std::string_view word = rest.substr(0, rest.find(' '));
    rest.remove_prefix(word.size());
    return word;
}

/// Fit for a list of tracks in an event: lower case, without space and slash.
std::string codec_name(std::string_view told) {
    std::string name = lower(told.substr(0, codec_bytes_max));
    for (char& c : name)
        c = c <= ' ' || c >= 127 || c == '/' ? '_' : c;
    return name;
}

bool is_container(std::string_view codec) {
    constexpr std::array<std::string_view, 6> containers{"mp2t", "mp2p", "mp1s", "ps", "mpeg4-systems", "x-mp2t"};
    return std::find(containers.begin(), containers.end(), codec) != containers.end();
}

/// A section while it is read.
struct Draft {
    Track track;
    std::vector<std::pair<unsigned long, std::string>> codecs; // a=rtpmap
    std::vector<unsigned long> types;
    std::string format; // the first one told
    bool sendonly = false, sendrecv = false;

    std::string codec_of(unsigned long type) const {
        for (const auto& [number, codec] : codecs)
            if (number == type)
                return codec;
        for (const StaticType& one : static_types)
            if (one.number == type)
                return one.codec;
        return {};
    }

    Track finished(bool backchannel_asked) {
        for (const unsigned long type : types) {
            track.payload_types.set(type);
            const std::string codec = codec_of(type);
            if (track.codec.empty())
                track.codec = codec;
            if (is_container(codec)) {
                track.kind = TrackKind::other;
                track.codec = codec;
            }
        }
        if (track.codec.empty())
            track.codec = format.empty() ? "unknown" : codec_name(format);
        if (backchannel_asked && track.kind != TrackKind::video) {
            track.to_camera = sendonly || sendrecv;
            track.to_viewer = !sendonly;
        }
        return std::move(track);
    }
};

Result<Draft> read_media(std::string_view line) { // m=video 0 RTP/AVP 96
    Draft draft;
    std::string_view rest = line.substr(2);
    const std::string media = lower(take_word(rest));
    const std::string_view port = take_word(rest), protocol = take_word(rest);
    if (media.empty() || port.empty() || protocol.empty())
        return fail(ErrorCode::invalid_input, "\"" + printable(line.substr(0, 60)) + "\" is no m= line");
    draft.track.kind = media == "video"         ? TrackKind::video
                       : media == "audio"       ? TrackKind::audio
                       : media == "application" ? TrackKind::data
                                                : TrackKind::other;
    draft.track.lines.emplace_back(line);
    for (std::string_view word = take_word(rest); !word.empty(); word = take_word(rest)) {
        if (draft.format.empty())
            draft.format = word;
        if (const auto type = parse_number(word, 3); type && *type < 128)
            draft.types.push_back(*type);
    }
    return draft;
}

void read_attribute(std::string_view line, Draft& draft) {
    std::string_view rest = line.substr(2);
    if (rest.starts_with("control:")) {
        draft.track.control = trimmed(rest.substr(8));
    } else if (rest.starts_with("rtpmap:")) {
        rest.remove_prefix(7);
        const auto type = parse_number(take_word(rest), 3);
        const std::string_view encoding = take_word(rest);
        if (type && !encoding.empty())
            draft.codecs.emplace_back(*type, codec_name(encoding.substr(0, encoding.find('/'))));
    } else if (trimmed(rest) == "sendonly") {
        draft.sendonly = true;
    } else if (trimmed(rest) == "sendrecv") {
        draft.sendrecv = true;
    }
}

std::string track_list(const std::vector<Track>& tracks, bool Track::*direction) {
    std::string list;
    for (const Track& track : tracks)
        if (track.*direction)
            list.append(list.empty() ? "" : " ").append(to_string(track.kind)).append("/").append(track.codec);
    return list;
}

void append_line(std::string& text, std::string_view line) {
    if (line.starts_with("c=IN IP4 "))
        line = "c=IN IP4 0.0.0.0";
    else if (line.starts_with("c=IN IP6 "))
        line = "c=IN IP6 ::";
    text.append(line).append("\r\n");
}

bool is_control(std::string_view line) {
    return line.starts_with("a=control:");
}

} // namespace

std::string_view to_string(TrackKind kind) {
    switch (kind) {
    case TrackKind::video: return "video";
    case TrackKind::audio: return "audio";
    case TrackKind::data: return "data";
    case TrackKind::other: break;
    }
    return "other";
}

std::string Description::tracks_to_viewer() const {
    return track_list(tracks, &Track::to_viewer);
}
std::string Description::tracks_to_camera() const {
    return track_list(tracks, &Track::to_camera);
}

std::string Description::text(const std::function<bool(std::size_t)>& is_shown,
                              const std::function<std::string(std::size_t)>& control_of) const {
    std::string out;
    for (const std::string& line : lines)
        if (!is_control(line))
            append_line(out, line);
    out += "a=control:*\r\n";
    for (std::size_t number = 0; number < tracks.size(); ++number) {
        if (!is_shown(number))
            continue;
        for (const std::string& line : tracks[number].lines)
            if (!is_control(line))
                append_line(out, line);
        out.append("a=control:").append(control_of(number)).append("\r\n");
    }
    return out;
}

Result<Description> parse_description(std::string_view text, bool backchannel_asked) {
    Description description;
    std::vector<Draft> drafts;
    std::size_t count = 0;
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        std::string_view line = text.substr(0, end);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        while (line.ends_with('\r') || line.ends_with('\0'))
            line.remove_suffix(1);
        if (line.empty())
            continue;
        if (++count > lines_max)
            return fail(ErrorCode::invalid_input, "SDP: more than " + std::to_string(lines_max) + " lines");
        if (line.size() < 2 || line[1] != '=' || line.find_first_of(std::string_view("\r\0", 2)) != std::string_view::npos)
            return fail(ErrorCode::invalid_input,
                        "SDP line " + std::to_string(count) + ": \"" + printable(line.substr(0, 60)) + "\" is no line of SDP");
        if (line[0] == 'm') {
            if (drafts.size() == tracks_max)
                return fail(ErrorCode::invalid_input, "SDP: more than " + std::to_string(tracks_max) + " tracks");
            auto draft = read_media(line);
            if (!draft)
                return fail(std::move(draft.error()).within("SDP line " + std::to_string(count)));
            drafts.push_back(std::move(*draft));
        } else if (drafts.empty()) {
            if (is_control(line))
                description.control = trimmed(line.substr(10));
            description.lines.emplace_back(line);
        } else {
            if (line[0] == 'a')
                read_attribute(line, drafts.back());
            drafts.back().track.lines.emplace_back(line);
        }
    }
    if (description.lines.empty() || description.lines[0] != "v=0")
        return fail(ErrorCode::invalid_input, "SDP: it does not begin with v=0");
    for (Draft& draft : drafts)
        description.tracks.push_back(draft.finished(backchannel_asked));
    return description;
}

} // namespace ombud::stream
