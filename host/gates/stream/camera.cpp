#include "gates/stream/camera.hpp"

#include <array>

#include "events/printable.hpp"
#include "signing/encoding.hpp"
#include "signing/random.hpp"

namespace ombud::stream {
namespace {

constexpr std::string_view agent = "Ombud";
constexpr std::size_t session_bytes_max = 256;

/// Half the camera's timeout, so that one lost keep-alive costs nothing.
std::chrono::nanoseconds interval_of(std::string_view session_header) {
    unsigned long timeout_s = 60; // RFC 2326, section 12.37
    const std::string parameters = lower(session_header);
    if (const std::size_t at = parameters.find("timeout="); at != std::string::npos) {
        std::string_view digits = std::string_view(parameters).substr(at + 8);
        digits = digits.substr(0, digits.find_first_not_of("0123456789"));
        timeout_s = parse_number(digits, 6).value_or(timeout_s);
    }
    return std::chrono::milliseconds(std::clamp(timeout_s, 2ul, 60ul) * 500);
}

} // namespace

Camera::Camera(Loop& loop, SourceState& source, std::function<void(const std::string&)> gone)
    : loop_(loop), source_(source), gone_(std::move(gone)), aggregate_(source.source.url), keep_alive_timer_(loop) {}

Camera::~Camera() {
    if (wire_)
        wire_->close();
}

void Camera::connect(std::function<void(Result<void>)> done) {
    connecting_ = std::make_unique<Connecting>(
        loop_, source_.url, source_.tls, source_.limits.connecting,
        [this, done = std::move(done)](Result<std::shared_ptr<Wire>> wire) {
            if (!wire)
                return done(fail(wire.error()));
            wire_ = std::move(*wire);
            done({});
        });
}

Result<void> Camera::authorize(Message& request) {
    if (!challenge_)
        return {};
    std::array<std::uint8_t, 8> random{};
    if (auto filled = signing::random_bytes(random); !filled)
        return fail(filled.error());
    request.set("Authorization", challenge_->authorization(source_.source.user, source_.source.password, request.method,
                                                           request.url, signing::hex(random)));
    return {};
}

void Camera::ask(Message request, Answered answered) {
    send({std::move(request), std::move(answered), 0, nullptr});
}

void Camera::send(Waiting waiting) {
    const unsigned long cseq = next_cseq_++;
    Message& request = waiting.request;
    std::string body = std::move(request.body);
    request.set("CSeq", std::to_string(cseq));
    if (request.header("User-Agent").empty())
        request.set("User-Agent", std::string(agent));
    if (!session_.empty())
        request.set("Session", session_);
    request.body = std::move(body);
    if (auto authorized = authorize(request); !authorized)
        return waiting.answered(fail(authorized.error()));
    waiting.deadline = std::make_unique<Timer>(loop_);
    waiting.deadline->after(source_.limits.answering, [this, cseq] {
        auto late = waiting_.extract(cseq);
        if (!late.empty())
            late.mapped().answered(fail(ErrorCode::unavailable, "it did not answer " + late.mapped().request.method + " in time"));
    });
    wire_->send(request.bytes());
    waiting_.emplace(cseq, std::move(waiting));
}

void Camera::take(Message message) {
    if (message.is_request()) { // some cameras look whether we are there
        const bool is_known = message.method == "OPTIONS" || message.method == "GET_PARAMETER";
        Message reply = answer(is_known ? 200 : 501);
        reply.set("CSeq", std::string(message.header("CSeq")));
        return wire_->send(reply.bytes());
    }
    const auto cseq = parse_number(message.header("CSeq"));
    auto waiting = waiting_.extract(cseq.value_or(0));
    if (waiting.empty()) // late, twice, or of a number that was never asked: nobody waits for it
        return;
    waiting.mapped().deadline.reset();
    if (message.status < 200) { // an interim answer: the real one follows
        waiting.mapped().deadline = std::make_unique<Timer>(loop_);
        const unsigned long number = *cseq;
        waiting.mapped().deadline->after(source_.limits.answering, [this, number] {
            auto late = waiting_.extract(number);
            if (!late.empty())
                late.mapped().answered(fail(ErrorCode::unavailable, "it did not finish its answer in time"));
        });
        waiting_.insert(std::move(waiting));
        return;
    }
    if (message.status == 401)
        return on_unauthorized(std::move(waiting.mapped()), message);
    const std::string_view session = message.header("Session");
    if (message.status < 300 && session_.empty() && waiting.mapped().request.method == "SETUP" && !session.empty()) {
        session_ = trimmed(session.substr(0, session.find(';'))).substr(0, session_bytes_max);
        keep_alive_every_ = interval_of(session);
        keep_alive_timer_.after(keep_alive_every_, [this] { keep_alive(); });
    }
    waiting.mapped().answered(std::move(message));
}

void Camera::on_unauthorized(Waiting waiting, const Message& answer) {
    const std::string& user = source_.source.user;
    if (user.empty())
        return waiting.answered(fail(ErrorCode::refused, "it asks for a password, and none is configured"));
    auto challenge = Challenge::choose(answer.all("WWW-Authenticate"));
    if (!challenge)
        return waiting.answered(fail(challenge.error()));
    // A second chance for a nonce that was too old; never a third, which locks accounts.
    const bool had_answered = !waiting.request.header("Authorization").empty();
    if (waiting.tries >= 2 || (had_answered && waiting.tries >= 1 && !challenge->is_stale()))
        return waiting.answered(fail(ErrorCode::refused, "it does not take the password of user '" + printable(user) + "' (" +
                                                             challenge->name() + ")"));
    challenge_ = std::move(*challenge);
    ++waiting.tries;
    send(std::move(waiting));
}

void Camera::keep_alive() {
    ask(request(keep_alive_method_, aggregate_), [this](const Result<Message>& answered) {
        if (!answered)
            return gone_(answered.error().message);
        if (answered->status == 454)
            return gone_("it has ended the session");
        // What it tells of itself decides the next one: GET_PARAMETER where it is known, as most cameras count it.
        if (keep_alive_method_ == "OPTIONS" && lower(answered->header("Public")).find("get_parameter") != std::string::npos)
            keep_alive_method_ = "GET_PARAMETER";
        else if (answered->status >= 400)
            keep_alive_method_ = "OPTIONS";
        keep_alive_timer_.after(keep_alive_every_, [this] { keep_alive(); });
    });
}

void Camera::leave() {
    connecting_.reset();
    keep_alive_timer_.cancel();
    waiting_.clear();
    if (!wire_)
        return;
    if (!session_.empty()) {
        ask(request("TEARDOWN", aggregate_), [](const Result<Message>&) {});
        waiting_.clear();
    }
    wire_->finish();
    wire_.reset(); // it sees to its end itself
}

} // namespace ombud::stream
