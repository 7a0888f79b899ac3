// How a session comes about: the camera is connected, describes itself, modules are asked, tracks are set up.
#include <array>

#include "events/printable.hpp"
#include "gates/stream/datagrams.hpp"
#include "gates/stream/session.hpp"
#include "signing/encoding.hpp"
#include "signing/random.hpp"

namespace ombud::stream {
namespace {

constexpr std::string_view control_prefix = "track-";

std::string_view without_query(std::string_view url) {
    return url.substr(0, url.find('?'));
}

/// The number in ".../track-N"; nothing when it names no track.
std::optional<std::size_t> track_in(std::string_view url) {
    url = without_query(url);
    if (url.ends_with('/'))
        url.remove_suffix(1);
    const std::size_t slash = url.rfind('/');
    if (slash == std::string_view::npos || !url.substr(slash + 1).starts_with(control_prefix))
        return std::nullopt;
    return parse_number(url.substr(slash + 1 + control_prefix.size()), 3);
}

bool asks_for_backchannel(const Message& request) {
    for (const std::string_view value : request.all("Require"))
        if (lower(value).find("backchannel") != std::string::npos)
            return true;
    return false;
}

} // namespace

void Session::open(const Message& request, Then then) {
    const auto url = parse_url(request.url);
    if (!url)
        return reply(answer(400, url.error().message));
    std::string_view name = without_query(url->path);
    name.remove_prefix(std::min(name.find_first_not_of('/'), name.size()));
    name = name.substr(0, name.find('/'));
    const auto found = house_.sources.find(name);
    if (found == house_.sources.end())
        return reply(answer(404, "no stream '" + printable(name.substr(0, 100)) + "' is configured"));
    if (camera_ && source_ != found->second)
        return reply(answer(455, "this connection is for stream '" + source_->source.name + "'; open another"));
    origin_ = url->origin;
    if (camera_)
        return describe(request, std::move(then));

    SourceState& source = *found->second;
    const std::int64_t now = house_.clock.mono_ns();
    if (const std::int64_t wait = source.wait_ns(now); wait > 0) {
        const std::int64_t seconds = (wait + 999'999'999) / 1'000'000'000;
        Message later = answer(503, "the camera was not to be had (" + source.last_error + "); it is tried again in " +
                                        std::to_string(seconds) + " s");
        later.set("Retry-After", std::to_string(seconds));
        return reply(std::move(later));
    }
    if (source.sessions >= house_.limits.sessions_per_source_max)
        return reply(answer(503, "stream '" + source.source.name + "' has " + std::to_string(source.sessions) +
                                     " viewers, which is its limit"));
    source_ = found->second;
    ++source_->sessions;
    source_->is_trying = true;
    connect(request, std::move(then));
}

void Session::connect(const Message& request, Then then) {
    camera_ = std::make_unique<Camera>(house_.loop, *source_, [this](const std::string& why) { end("the camera: " + why); });
    camera_->connect([this, request, then = std::move(then)](Result<void> connected) mutable {
        const auto self = shared_from_this();
        if (!connected) {
            source_->failed(connected.error().message, house_.clock.mono_ns());
            refuse(503, "the camera cannot be reached: " + connected.error().message);
            return leave_camera("not opened");
        }
        camera_->wire()->own({[this] { on_camera_input(); }, [this](const std::string& why) { on_camera_failed("is gone: " + why); },
                              [this] { on_drained(false); }});
        camera_->wire()->read(frame_bytes_max + 32 * 1024);
        describe(request, std::move(then));
    });
}

void Session::on_camera_failed(const std::string& why) {
    const auto self = shared_from_this();
    if (description_.tracks.empty())
        source_->failed("it " + why, house_.clock.mono_ns());
    const bool is_open = !session_id_.empty();
    if (busy_)
        refuse(502, "the camera " + why);
    is_open ? end("the camera " + why) : leave_camera("the camera " + why);
}

void Session::describe(const Message& original, Then then) {
    Message request = ombud::stream::request("DESCRIBE", source_->source.url);
    if (original.method == "DESCRIBE")
        copy_headers(original, request);
    request.set("Accept", "application/sdp");
    camera_->ask(std::move(request), [this, original, then = std::move(then)](Result<Message> answered) mutable {
        const auto self = shared_from_this();
        if (!answered) {
            source_->failed(answered.error().message, house_.clock.mono_ns());
            refuse(502, "the camera: " + answered.error().message);
            return leave_camera("not opened");
        }
        on_described(original, *answered, std::move(then));
    });
}

void Session::on_described(const Message& original, const Message& answered, Then then) {
    const auto give_up = [this, &answered](int status, const std::string& why) {
        source_->last_error = source_->last_reason = why;
        Message told = answer(status, "the camera: " + why);
        if (status == answered.status)
            copy_headers(answered, told); // e.g. Unsupported: what it cannot do
        reply(std::move(told));
        leave_camera("not opened");
    };
    source_->succeeded();
    if (answered.status >= 300 && answered.status < 400)
        return give_up(502, "it sends us to " + printable(answered.header("Location").substr(0, 200)) +
                                "; configure that URL if it is right");
    if (answered.status != 200)
        return give_up(answered.status, std::to_string(answered.status) + " " + printable(answered.reason.substr(0, 200)));
    auto description = parse_description(answered.body, asks_for_backchannel(original));
    if (!description)
        return give_up(502, description.error().message);
    base_ = answered.header("Content-Base").empty() ? answered.header("Content-Location") : answered.header("Content-Base");
    if (base_.empty())
        base_ = source_->source.url;
    description_ = std::move(*description);
    described_headers_ = answer(200);
    copy_headers(answered, described_headers_);
    camera_->set_aggregate(resolve_control(base_, description_.control));
    described_.assign(description_.tracks.size(), false);
    set_up_.assign(description_.tracks.size(), false);

    asking_ = true;
    ask_modules([this, then = std::move(then)](const Result<Decision>& decided) {
        asking_ = false;
        if (!decided) {
            refuse(503, "modules could not be asked: " + decided.error().message);
            return leave_camera("not opened");
        }
        Permit permit(*decided);
        if (permit.refusal()) {
            refuse(403, *permit.refusal());
            note("stream.refused", {{"reason", *permit.refusal()}, {"tracks", description_.tracks_to_viewer()}});
            return leave_camera("not opened");
        }
        adopt(std::move(permit));
        for (std::size_t track = 0; track < described_.size(); ++track)
            described_[track] = is_shown(track);
        if (std::find(described_.begin(), described_.end(), true) == described_.end()) {
            refuse(403, permit_.reason().empty() ? "it has no track" : permit_.reason());
            return leave_camera("not opened");
        }
        then();
        if (std::exchange(ask_again_, false))
            reconsider();
    });
}

Lane Session::lane_of(std::size_t track) const {
    const Track& one = description_.tracks[track];
    return {one.kind, false, true, one.payload_types, one.codec == "vnd.onvif.metadata"};
}

bool Session::is_shown(std::size_t track) const {
    return permit_.rules_at(house_.clock.utc_ns()).is_open(lane_of(track));
}

void Session::show_description() {
    Message message = described_headers_;
    message.set("Content-Base", origin_ + "/" + source_->source.name + "/");
    message.set("Content-Type", "application/sdp");
    message.body = description_.text([this](std::size_t track) { return described_[track]; },
                                     [](std::size_t track) { return std::string(control_prefix) + std::to_string(track); });
    reply(std::move(message));
}

std::string Session::camera_url(std::string_view viewer_url) const {
    const auto track = track_in(viewer_url);
    if (track && *track < description_.tracks.size())
        return resolve_control(base_, description_.tracks[*track].control);
    return camera_->aggregate();
}

std::string Session::viewer_url_of(std::string_view camera_url) const {
    const auto url_of = [this](std::size_t track) {
        return origin_ + "/" + source_->source.name + "/" + std::string(control_prefix) + std::to_string(track);
    };
    for (std::size_t track = 0; track < description_.tracks.size(); ++track) {
        const std::string& control = description_.tracks[track].control;
        // Some tell it relative, some with another host name of theirs.
        if (camera_url == resolve_control(base_, control) || camera_url == control ||
            (!control.empty() && control != "*" && camera_url.ends_with("/" + control)))
            return set_up_[track] ? url_of(track) : "";
    }
    // A name of no track at all: where there is but one, some tell that of the stream.
    const auto only = std::find(set_up_.begin(), set_up_.end(), true);
    return std::count(set_up_.begin(), set_up_.end(), true) == 1 ? url_of(static_cast<std::size_t>(only - set_up_.begin())) : "";
}

void Session::set_up(const Message& original) {
    auto track = track_in(original.url);
    if (!track && std::count(described_.begin(), described_.end(), true) == 1) // its only one goes by the stream's own URL
        track = static_cast<std::size_t>(std::find(described_.begin(), described_.end(), true) - described_.begin());
    if (!track)
        return reply(answer(459, "name one track, as the description does"));
    if (*track >= description_.tracks.size())
        return reply(answer(404, "it has no track " + std::to_string(*track)));
    const Track& one = description_.tracks[*track];
    if (!is_shown(*track))
        return refuse(403, permit_.reason());
    auto ways = parse_transport(original.header("Transport"));
    if (!ways)
        return reply(answer(400, ways.error().message));
    // Who asks for TLS on either side does not want the packets beside it in the clear.
    const bool is_secret = viewer_->is_tls() || source_->tls;
    const auto fits = [is_secret](const Transport& way) {
        return way.carrier == Transport::Carrier::interleaved || (!is_secret && way.client_ports);
    };
    std::string refused = is_secret ? "over TLS packets are interleaved only"
                                    : "interleaved, and UDP unicast with client_port, are what the gate carries";
    std::unique_ptr<DatagramTrack> datagrams;
    auto way = std::find_if(ways->begin(), ways->end(), fits);
    for (; way != ways->end(); way = std::find_if(way + 1, ways->end(), fits)) {
        if (way->carrier == Transport::Carrier::interleaved)
            break;
        auto opened = open_datagrams(*track);
        if (opened) {
            datagrams = std::move(*opened);
            break;
        }
        refused = opened.error().message + "; interleaved needs none"; // by 461 clients know to ask for that instead
    }
    if (way == ways->end())
        return refuse(461, refused);
    Transport wanted = *way;
    Transport towards = wanted;
    wanted.server_ports.reset();
    towards.server_ports.reset();
    if (wanted.carrier == Transport::Carrier::interleaved) {
        if (!wanted.channels) {
            std::uint16_t free = 0;
            while (free < 254 && (down_.taken[free] || down_.taken[free + 1u]))
                free = static_cast<std::uint16_t>(free + 2);
            wanted.channels = Pair{free, static_cast<std::uint16_t>(free + 1)};
        }
        towards.channels = wanted.channels; // the same numbers where the camera agrees
    } else {
        towards.client_ports = datagrams->ports_for_camera();
        datagrams_[*track] = std::move(datagrams);
    }
    Message request = ombud::stream::request("SETUP", resolve_control(base_, one.control));
    copy_headers(original, request);
    request.set("Transport", towards.text());
    camera_->ask(std::move(request), [this, track = *track, wanted](Result<Message> answered) {
        const auto self = shared_from_this();
        if (!answered) {
            source_->failed(answered.error().message, house_.clock.mono_ns());
            refuse(504, "the camera does not answer: " + answered.error().message);
            return end("the camera: " + answered.error().message);
        }
        on_set_up(track, wanted, *answered);
    });
}

Result<std::unique_ptr<DatagramTrack>> Session::open_datagrams(std::size_t track) {
    const Track& one = description_.tracks[track];
    auto opened = DatagramTrack::open(house_.loop, house_.clock,
                                      {viewer_->peer(), viewer_->local(), camera_->wire()->peer(), camera_->wire()->local(), lane_of(track),
                                       one.to_viewer, one.to_camera, [this]() -> const Rules& { return refresh_rules(), rules_; },
                                       down_counts_, up_counts_, rewriter_, track, house_.udp_ports});
    if (!opened)
        note("stream.no_udp_ports", {{"reason", opened.error().message}});
    return opened;
}

void Session::on_set_up(std::size_t track, Transport wanted, const Message& answered) {
    if (answered.status != 200) {
        datagrams_.erase(track);
        Message told = answer(answered.status, answered.reason);
        copy_headers(answered, told);
        return reply(std::move(told));
    }
    const auto ways = parse_transport(answered.header("Transport"));
    const auto misled = [this](const std::string& why) {
        refuse(502, why);
        end(why);
    };
    if (!ways || ways->size() > 1 || (ways->size() == 1 && (*ways)[0].carrier != wanted.carrier))
        return misled("the camera answers with a transport that was not asked for: " +
                      printable(answered.header("Transport").substr(0, 200)));
    const Transport got = ways->empty() ? wanted : (*ways)[0];
    if (wanted.carrier == Transport::Carrier::interleaved) {
        datagrams_.erase(track);
        if (!join_channels(track, *wanted.channels, got.channels.value_or(*wanted.channels)))
            return misled("two tracks in one channel");
    } else {
        down_.leave(track);
        up_.leave(track);
        datagrams_[track]->join(*wanted.client_ports, got.server_ports);
        wanted.server_ports = datagrams_[track]->ports_for_viewer();
    }
    if (session_id_.empty()) {
        std::array<std::uint8_t, 8> random{};
        if (auto filled = signing::random_bytes(random); !filled)
            return misled(filled.error().message);
        session_id_ = signing::hex(random);
    }
    set_up_[track] = true;
    wanted.others = got.others;
    wanted.profile = got.profile;
    Message message = answer(200);
    copy_headers(answered, message);
    message.set("Transport", wanted.text());
    reply(std::move(message));
}

bool Session::join_channels(std::size_t track, const Pair& viewer, const Pair& camera) {
    const Track& one = description_.tracks[track];
    for (Channels* direction : {&down_, &up_}) // set up again, another way
        direction->leave(track);
    const auto join = [&](std::uint16_t at_viewer, std::uint16_t at_camera, bool is_rtcp) {
        Lane lane = lane_of(track);
        lane.is_rtcp = is_rtcp;
        lane.is_forward = one.to_viewer;
        const bool joined = down_.join(at_camera, at_viewer, lane, track);
        lane.is_forward = one.to_camera;
        return joined && up_.join(at_viewer, at_camera, lane, track);
    };
    return join(viewer.rtp, camera.rtp, false) && join(viewer.rtcp, camera.rtcp, true);
}

} // namespace ombud::stream
