#include "gates/stream/session.hpp"

#include "events/printable.hpp"
#include "gates/stream/datagrams.hpp"
#include "signing/encoding.hpp"
#include "signing/random.hpp"

namespace ombud::stream {
namespace {

constexpr std::string_view methods =
    "OPTIONS, DESCRIBE, SETUP, PLAY, PAUSE, GET_PARAMETER, SET_PARAMETER, TEARDOWN";
constexpr int wrong_logins_max = 5;
constexpr std::size_t viewer_bytes_max = 96 * 1024, stranger_bytes_max = 20 * 1024;

bool is_our_affair(std::string_view header) { // what each side of the gate has of its own
    for (const std::string_view one : {"CSeq", "Session", "Transport", "Authorization", "WWW-Authenticate", "Content-Length",
                                       "Content-Base", "Content-Location", "RTP-Info", "Connection", "Proxy-Authorization",
                                       "Proxy-Require", "Public", "Location"})
        if (equal_without_case(header, one))
            return true;
    return false;
}

} // namespace

void copy_headers(const Message& from, Message& to) {
    for (const Header& one : from.headers)
        if (!is_our_affair(one.name))
            to.headers.push_back(one);
}

Session::Session(House& house, std::shared_ptr<Wire> viewer)
    : house_(house), viewer_(std::move(viewer)), guard_(house.logins, house.limits.nonce.count()), rewriter_(house.clock),
      idle_timer_(house.loop), stall_timer_(house.loop), camera_stall_timer_(house.loop), policy_timer_(house.loop) {}

Session::~Session() = default;

void Session::start() {
    ++house_.unnamed;
    last_sign_mono_ns_ = house_.clock.mono_ns();
    viewer_->own({[this] { on_viewer_input(); }, [this](const std::string& why) { end("the viewer is gone: " + why); },
                  [this] { on_drained(true); }});
    idle_timer_.after(house_.limits.login, [this] {
        if (viewer_name_.empty())
            end("the viewer did not log in within " + std::to_string(house_.limits.login.count() / 1'000'000'000) + " s");
        else
            watch_idle();
    });
    viewer_->read(stranger_bytes_max);
}

/// Interleaved packets that a viewer takes are signs of life; by UDP only what it sends is.
void Session::watch_idle() {
    const std::int64_t now = house_.clock.mono_ns();
    const bool takes_frames = playing_ && datagrams_.empty();
    for (const auto& [track, datagrams] : datagrams_)
        last_sign_mono_ns_ = std::max(last_sign_mono_ns_, datagrams->last_sign_mono_ns());
    if (takes_frames)
        last_sign_mono_ns_ = now;
    const std::int64_t left = last_sign_mono_ns_ + house_.limits.idle.count() - now;
    if (left <= 0)
        return end("the viewer gave no sign of life for " + std::to_string(house_.limits.idle.count() / 1'000'000'000) + " s");
    idle_timer_.after(std::chrono::nanoseconds(std::max<std::int64_t>(left, 10'000'000)), [this] { watch_idle(); });
}

void Session::on_viewer_input() {
    const auto self = shared_from_this();
    MessageLimits limits;
    while (!over_ && !busy_ && up_waiting_ == 0 && !viewer_->input().empty()) {
        const auto input = viewer_->input();
        if (input[0] == '$') {
            if (!take_viewer_frames())
                break;
            continue;
        }
        auto parsed = parse_message({reinterpret_cast<const char*>(input.data()), input.size()}, limits);
        if (!parsed) {
            cseq_.clear();
            reply(answer(400, parsed.error().message));
            return end("the viewer sends what is no RTSP: " + parsed.error().message);
        }
        if (!*parsed)
            break;
        viewer_->consume((*parsed)->size);
        handle(std::move((*parsed)->message));
    }
    if (!over_ && !busy_ && up_waiting_ == 0)
        viewer_->read(viewer_name_.empty() ? stranger_bytes_max : viewer_bytes_max);
}

bool Session::take_viewer_frames() {
    const auto& camera_wire = camera_ ? camera_->wire() : nullptr;
    static const Channels nothing; // before there is a camera, frames go nowhere
    Rules rules = rules_;
    rules.everything = rules.everything && camera_wire;
    const SortedFrames sorted = sort_frames(viewer_->input(), camera_wire ? up_ : nothing, rules, up_counts_, pass_, nullptr);
    last_sign_mono_ns_ = house_.clock.mono_ns();
    if (!pass_.empty() && !camera_wire->forward(pass_)) {
        up_waiting_ = sorted.size;
        camera_stall_timer_.after(house_.limits.stalled, [this] { end("the camera takes nothing any more"); });
        return false;
    }
    viewer_->consume(sorted.size);
    return sorted.next != SortedFrames::Next::more || viewer_->input().empty();
}

void Session::reply(Message message) {
    if (over_)
        return;
    if (!cseq_.empty())
        message.headers.insert(message.headers.begin(), Header{"CSeq", cseq_});
    if (!session_id_.empty() && message.header("Session").empty())
        message.headers.push_back({"Session", session_id_ + ";timeout=60"});
    viewer_->send(message.bytes());
    if (busy_) { // go on with what came meanwhile, but not from within this call
        busy_ = false;
        house_.loop.post([self = shared_from_this()] { self->on_viewer_input(); });
    }
}

void Session::refuse(int status, const std::string& reason) {
    if (source_)
        source_->last_reason = reason;
    reply(answer(status, reason));
}

void Session::handle(Message request) {
    if (!request.is_request())
        return; // an answer to nothing that we asked
    cseq_ = request.header("CSeq");
    if (!parse_number(cseq_, 18)) {
        cseq_.clear();
        reply(answer(400, "CSeq is missing or no number"));
        return end("the viewer sends requests without CSeq");
    }
    if (request.method == "OPTIONS") {
        last_sign_mono_ns_ = house_.clock.mono_ns();
        Message reply_to = answer(200);
        reply_to.set("Public", std::string(methods));
        return reply(std::move(reply_to));
    }
    if (!is_logged_in(request))
        return;
    last_sign_mono_ns_ = house_.clock.mono_ns();
    const std::string_view told = request.header("Session");
    const std::string_view id = trimmed(told.substr(0, told.find(';')));
    if (!id.empty() && id != session_id_)
        return reply(answer(454));
    dispatch(request);
}

bool Session::is_logged_in(const Message& request) {
    const std::int64_t now = house_.clock.mono_ns();
    const Guard::Seen seen = guard_.check(request.header("Authorization"), request.method, now);
    if (seen.standing == Guard::Standing::right && (viewer_name_.empty() || viewer_name_ == seen.name)) {
        if (viewer_name_.empty())
            --house_.unnamed;
        viewer_name_ = seen.name;
        return true;
    }
    if (seen.standing == Guard::Standing::wrong && ++wrong_logins_ >= wrong_logins_max) {
        reply(answer(403, "too many wrong logins"));
        end("the viewer at " + viewer_->peer() + " sent " + std::to_string(wrong_logins_max) + " wrong logins");
        return false;
    }
    const auto challenges = guard_.challenges(seen.standing == Guard::Standing::stale, now);
    if (!challenges) {
        reply(answer(500, challenges.error().message));
        return false;
    }
    Message unauthorized = answer(401);
    for (const std::string& challenge : *challenges)
        unauthorized.headers.push_back({"WWW-Authenticate", challenge});
    reply(std::move(unauthorized));
    return false;
}

void Session::dispatch(const Message& request) {
    const std::string& method = request.method;
    if (method == "DESCRIBE") {
        if (!session_id_.empty())
            return reply(answer(455, "its tracks are set up; tear down before describing again"));
        busy_ = true;
        return open(request, [this] { show_description(); });
    }
    if (method == "SETUP") {
        busy_ = true;
        if (!camera_)
            return open(request, [this, request] { set_up(request); });
        return set_up(request);
    }
    if (method == "ANNOUNCE" || method == "RECORD")
        return reply(answer(405, "nothing is pushed here: only configured sources are served (AMG-7)"));
    if (method == "GET_PARAMETER" && request.body.empty())
        return reply(answer(200)); // a keep-alive of ours; the camera gets its own
    const bool is_parameter = method == "GET_PARAMETER" || method == "SET_PARAMETER";
    if (!is_parameter && method != "PLAY" && method != "PAUSE" && method != "TEARDOWN")
        return reply(answer(501));
    if (is_parameter ? !camera_ : session_id_.empty())
        return reply(answer(is_parameter ? 455 : 454));
    if (!is_parameter && request.header("Session").empty())
        return reply(answer(454, "the request names no session"));
    if (method == "TEARDOWN")
        return tear_down();
    busy_ = true;
    pass_on(request);
}

void Session::tear_down() {
    const bool holds_packets = down_waiting_ > 0; // of the camera's buffer, which goes
    reply(answer(200));
    holds_packets ? end("the viewer ended it") : leave_camera("the viewer ended it");
}

void Session::pass_on(const Message& original) {
    Message request = ombud::stream::request(original.method, camera_url(original.url));
    copy_headers(original, request);
    request.body = original.body;
    camera_->ask(std::move(request), [this, original](Result<Message> answered) {
        const auto self = shared_from_this();
        if (!answered) {
            source_->failed(answered.error().message, house_.clock.mono_ns());
            refuse(504, "the camera does not answer: " + answered.error().message);
            return end("the camera: " + answered.error().message);
        }
        on_passed(original, *answered);
    });
}

void Session::on_passed(const Message& request, const Message& answered) {
    Message message = answer(answered.status, answered.reason);
    copy_headers(answered, message);
    message.body = answered.body;
    // url=…;seq=…;rtptime=…, one entry a track: of tracks that the viewer has, by the names that it knows
    std::string rtp_info;
    for (std::string_view list : answered.all("RTP-Info"))
        while (!list.empty()) {
            const std::string_view entry = trimmed(list.substr(0, list.find(',')));
            list.remove_prefix(std::min(list.find(','), list.size() - 1) + 1);
            if (!entry.starts_with("url="))
                continue;
            const std::size_t end = std::min(entry.find(';'), entry.size());
            if (const std::string url = viewer_url_of(entry.substr(4, end - 4)); !url.empty())
                rtp_info.append(rtp_info.empty() ? "url=" : ",url=").append(url).append(entry.substr(end));
        }
    if (!rtp_info.empty())
        message.set("RTP-Info", rtp_info);
    const bool is_done = answered.status >= 200 && answered.status < 300;
    if (is_done && request.method == "PLAY" && !playing_) {
        playing_ = true;
        ++source_->playing;
        if (!begun_)
            note("stream.begun", {{"tracks", description_.tracks_to_viewer()}});
        begun_ = true;
    } else if (is_done && request.method == "PAUSE" && playing_) {
        playing_ = false;
        --source_->playing;
    }
    reply(std::move(message));
}

} // namespace ombud::stream
