// A session under way: packets that pass or do not, and what modules say while it lasts.
#include "events/printable.hpp"
#include "gates/stream/datagrams.hpp"
#include "gates/stream/session.hpp"

#include <ombud/vocabulary.h>

namespace ombud::stream {
namespace {

constexpr std::size_t camera_bytes_max = frame_bytes_max + 32 * 1024;
constexpr MessageLimits camera_limits{16 * 1024, 100, 60 * 1024}; // fits into camera_bytes_max

} // namespace

void Session::on_camera_input() {
    const auto self = shared_from_this();
    while (!over_ && camera_ && down_waiting_ == 0) {
        const auto input = camera_->wire()->input();
        if (input.empty())
            break;
        if (input[0] == '$') {
            refresh_rules();
            const SortedFrames sorted = sort_frames(input, down_, rules_, down_counts_, pass_, &rewriter_);
            if (!pass_.empty() && !viewer_->forward(pass_)) {
                down_waiting_ = sorted.size; // the camera is not read on until the viewer took this
                stall_timer_.after(house_.limits.stalled, [this] { end("the viewer takes nothing any more"); });
                return;
            }
            camera_->wire()->consume(sorted.size);
            if (sorted.next == SortedFrames::Next::more)
                break;
            continue;
        }
        auto parsed = parse_message({reinterpret_cast<const char*>(input.data()), input.size()}, camera_limits);
        if (!parsed)
            return on_camera_failed("sends what is no RTSP: " + parsed.error().message);
        if (!*parsed)
            break;
        camera_->wire()->consume((*parsed)->size);
        camera_->take(std::move((*parsed)->message));
    }
    if (!over_ && camera_ && down_waiting_ == 0)
        camera_->wire()->read(camera_bytes_max);
}

void Session::on_drained(bool by_viewer) {
    if (over_ || !camera_)
        return;
    if (by_viewer) {
        stall_timer_.cancel();
        camera_->wire()->consume(std::exchange(down_waiting_, 0));
        on_camera_input();
    } else {
        camera_stall_timer_.cancel();
        viewer_->consume(std::exchange(up_waiting_, 0));
        on_viewer_input();
    }
}

/// The clock decides with every chunk, not a timer: closing is not late under load, nor when the clock is set.
void Session::refresh_rules() {
    if (!permit_.limits())
        return;
    const std::int64_t now = house_.clock.utc_ns();
    if (now >= rules_until_utc_ns_)
        on_permit_changed();
}

void Session::ask_modules(std::function<void(Result<Decision>)> answered) {
    const Source& source = source_->source;
    EventBuilder builder(house_.names, OMBUD_EVENT_STREAM_OPEN, house_.clock.utc_ns());
    builder.text(OMBUD_KEY_STREAM, source.name).text(OMBUD_KEY_VIEWER, viewer_name_);
    for (const auto& [key, value] : {std::pair(OMBUD_KEY_CAMERA, &source.camera), std::pair(OMBUD_KEY_ATTACHMENT, &source.attachment),
                                     std::pair(OMBUD_KEY_DEVICE, &source.device)})
        if (!value->empty())
            builder.text(key, *value);
    builder.text(OMBUD_KEY_TRACKS, description_.tracks_to_viewer());
    if (const std::string back = description_.tracks_to_camera(); !back.empty())
        builder.text(OMBUD_KEY_BACKCHANNEL, back);
    auto event = builder.build();
    if (!event)
        return answered(fail(event.error()));
    house_.ask(*event, [self = shared_from_this(), round = stream_round_, answered = std::move(answered)](Result<Decision> decided) {
        if (!self->over_ && self->stream_round_ == round)
            answered(std::move(decided));
    });
}

void Session::adopt(Permit permit) {
    permit_ = std::move(permit);
    unasked_since_mono_ns_ = 0;
    if (!permit_.reason().empty())
        source_->last_reason = permit_.reason();
    on_permit_changed();
}

/// The rules of this moment; a track that opens and that the viewer does not know renews its session.
void Session::on_permit_changed() {
    const std::int64_t now = house_.clock.utc_ns();
    const Rules before = rules_;
    rules_ = permit_.rules_at(now);
    rules_until_utc_ns_ = permit_.next_change(now).value_or(std::numeric_limits<std::int64_t>::max());
    schedule();
    if (session_id_.empty())
        return;
    if (rules_.open != before.open) {
        std::string open;
        for (const std::string& kind : shut())
            open.append(open.empty() ? "" : " ").append(kind);
        note("stream.changed", {{"shut", open}, {"reason", permit_.reason()}});
    }
    for (std::size_t track = 0; track < described_.size(); ++track)
        if (!described_[track] && is_shown(track))
            // Not from within the walk over packets that may have brought us here.
            return house_.loop.post([self = shared_from_this(), round = stream_round_, kind = description_.tracks[track].kind] {
                if (self->stream_round_ == round)
                    self->end("renewed: " + std::string(to_string(kind)) + " is allowed from now on, so the viewer is to describe again");
            });
}

/// Wakes at the next change of the permit, and looks at the clock at least each second before, as it may be set.
void Session::schedule() {
    std::int64_t wait = std::numeric_limits<std::int64_t>::max();
    if (const auto next = permit_.next_change(house_.clock.utc_ns()))
        wait = std::clamp<std::int64_t>(*next - house_.clock.utc_ns(), 0, 1'000'000'000);
    if (permit_.valid_until_mono_ns() > 0)
        wait = std::min(wait, std::max<std::int64_t>(permit_.valid_until_mono_ns() - house_.clock.mono_ns(), 100'000'000));
    if (wait == std::numeric_limits<std::int64_t>::max())
        return policy_timer_.cancel();
    policy_timer_.after(std::chrono::nanoseconds(wait), [this] {
        if (permit_.valid_until_mono_ns() > 0 && house_.clock.mono_ns() >= permit_.valid_until_mono_ns())
            return reconsider();
        refresh_rules();
        schedule();
    });
}

void Session::reconsider() {
    if (over_ || !camera_ || description_.tracks.empty())
        return;
    if (asking_) {
        ask_again_ = true; // what is being answered may not know yet what changed
        return;
    }
    asking_ = true;
    policy_timer_.cancel();
    ask_modules([this](const Result<Decision>& decided) {
        asking_ = false;
        if (!decided)
            return retry_asking(decided.error());
        Permit permit(*decided);
        if (permit.refusal()) {
            source_->last_reason = *permit.refusal();
            return end("refused: " + *permit.refusal());
        }
        adopt(std::move(permit));
        if (std::exchange(ask_again_, false))
            reconsider();
    });
}

void Session::retry_asking(const Error& error) {
    const std::int64_t now = house_.clock.mono_ns();
    if (unasked_since_mono_ns_ == 0)
        unasked_since_mono_ns_ = now;
    if (now - unasked_since_mono_ns_ > house_.limits.asking.count())
        return end("modules could not be asked: " + error.message);
    policy_timer_.after(std::chrono::seconds(1), [this] { reconsider(); });
}

std::vector<std::string> Session::shut() const {
    std::vector<std::string> kinds;
    for (const TrackKind kind : {TrackKind::audio, TrackKind::data, TrackKind::other}) {
        const bool has_any = std::any_of(description_.tracks.begin(), description_.tracks.end(),
                                         [kind](const Track& track) { return track.kind == kind; });
        if (has_any && !permit_.is_open(kind, house_.clock.utc_ns()))
            kinds.emplace_back(to_string(kind));
    }
    return kinds;
}

PacketCounts Session::counts() const {
    PacketCounts sum = up_counts_;
    sum.unknown = 0; // a viewer's packets that open its firewall (RFC 2326 knows none) are no news
    sum.add(down_counts_);
    return sum;
}

void Session::note(const char* kind, boost::json::object fields) {
    fields["stream"] = source_->source.name;
    fields["viewer"] = viewer_name_;
    if (!source_->source.camera.empty())
        fields["camera"] = source_->source.camera;
    house_.note(kind, std::move(fields));
}

/// The camera's side and all that belongs to it; the viewer may open another stream over the same connection.
void Session::leave_camera(const std::string& why) {
    if (!camera_)
        return;
    for (Timer* timer : {&stall_timer_, &camera_stall_timer_, &policy_timer_})
        timer->cancel();
    datagrams_.clear();
    const PacketCounts sum = counts();
    source_->counts.add(sum);
    if (begun_) {
        source_->last_reason = why;
        boost::json::object fields{{"reason", printable(why)}, {"packets", sum.packets}, {"bytes", sum.bytes}};
        for (const TrackKind kind : {TrackKind::video, TrackKind::audio, TrackKind::data, TrackKind::other})
            if (const std::uint64_t count = sum.dropped[static_cast<std::size_t>(kind)]; count > 0)
                fields["dropped_" + std::string(to_string(kind))] = count;
        if (sum.unknown > 0)
            fields["dropped_unknown"] = sum.unknown;
        if (rewriter_.refused() > 0)
            fields["refused_metadata"] = rewriter_.refused(); // documents that could not be pseudonymised
        note("stream.ended", std::move(fields));
    }
    if (playing_)
        --source_->playing;
    --source_->sessions;
    source_->is_trying = false;
    camera_->leave();
    camera_.reset();
    source_.reset();
    rewriter_.leave();
    description_ = {};
    permit_ = {};
    rules_ = {};
    down_ = up_ = {};
    down_counts_ = up_counts_ = {};
    session_id_.clear();
    playing_ = begun_ = asking_ = ask_again_ = false;
    unasked_since_mono_ns_ = 0;
    ++stream_round_;
    viewer_->consume(std::exchange(up_waiting_, 0));
}

void Session::end(const std::string& why) {
    if (std::exchange(over_, true))
        return;
    const auto self = shared_from_this();
    if (viewer_name_.empty())
        --house_.unnamed;
    idle_timer_.cancel();
    viewer_->finish(); // before the camera's buffer goes, of which it may still hold stretches
    leave_camera(why);
    house_.ended(*this);
}

} // namespace ombud::stream
