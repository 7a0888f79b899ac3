#pragma once
// The gate as a camera's client: requests and their answers, authentication, keep-alives. [loop]

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "gates/stream/digest_access.hpp"
#include "gates/stream/loop.hpp"
#include "gates/stream/rtsp.hpp"
#include "gates/stream/source_state.hpp"
#include "gates/stream/wire.hpp"

namespace ombud::stream {

class Camera {
  public:
    using Answered = std::function<void(Result<Message>)>;

    /// @param source  outlives the camera
    /// @param gone    the camera did not answer a keep-alive, or cannot be spoken to any more
    Camera(Loop& loop, SourceState& source, std::function<void(const std::string&)> gone);
    ~Camera();

    /// Connects. Calls `done` once, unless this object ends before; its wire then belongs to the owner's reading.
    void connect(std::function<void(Result<void>)> done);
    [[nodiscard]] const std::shared_ptr<Wire>& wire() const { return wire_; }

    /// Sends a request with CSeq, Session and credentials added. Calls `answered` once with whatever the camera answers.
    /// Errors  unavailable  no answer in time;  refused  it does not take our credentials
    void ask(Message request, Answered answered);
    /// A message that came in on the wire.
    void take(Message message);

    /// A SETUP made a session, which is kept alive from then on.
    [[nodiscard]] bool has_session() const { return !session_.empty(); }
    /// The URL of the whole stream, as its description tells it.
    void set_aggregate(std::string url) { aggregate_ = std::move(url); }
    [[nodiscard]] const std::string& aggregate() const { return aggregate_; }
    /// Ends the session at the camera, without waiting for its answer, and the connection.
    void leave();

  private:
    struct Waiting {
        Message request;
        Answered answered;
        int tries = 0;
        std::unique_ptr<Timer> deadline;
    };
    void send(Waiting waiting);
    Result<void> authorize(Message& request);
    void keep_alive();
    void on_unauthorized(Waiting waiting, const Message& answer);

    Loop& loop_;
    SourceState& source_;
    std::function<void(const std::string&)> gone_;
    std::unique_ptr<Connecting> connecting_;
    std::shared_ptr<Wire> wire_;
    std::map<unsigned long, Waiting> waiting_; // by CSeq
    unsigned long next_cseq_ = 1;
    std::optional<Challenge> challenge_;
    std::string aggregate_, session_, keep_alive_method_ = "OPTIONS";
    std::chrono::nanoseconds keep_alive_every_{};
    Timer keep_alive_timer_;
};

} // namespace ombud::stream
