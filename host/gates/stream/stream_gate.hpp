#pragma once
// The stream gate: VMSs fetch their cameras' streams from it by RTSP, and get what the modules allow.
//
// Each viewer's connection has one session of its own at the camera: nothing is mixed, and what one viewer does to its
// stream (pause, speed, backchannel) reaches no other. Packets pass from the camera's buffer to the viewer's socket.

#include <boost/json/object.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bus/dispatcher.hpp"
#include "events/clock.hpp"
#include "events/event.hpp"
#include "gates/stream/frames.hpp"
#include "gates/stream/options.hpp"
#include "gates/stream/udp_ports.hpp"
#include "signing/cms/server_identity.hpp"

namespace ombud::stream {

/// How one configured stream fares.
struct StreamStatus {
    std::string name, camera;
    std::string state;       ///< "idle", "playing", "unreachable" (the camera; see `why`)
    std::string why;         ///< of "unreachable": what the camera did
    std::string last_reason; ///< of the last refusal or shut track, or why the last session ended
    std::vector<std::string> viewers; ///< connected now, by account
    std::vector<std::string> shut;    ///< kinds that it has and that do not pass just now
    PacketCounts counts;     ///< since the gate started
};

class StreamGate {
  public:
    struct Parts {
        /// Asks the hook stream.open; what it answers is durable. May block for seconds; called on several threads.
        std::function<Result<Judgement>(const EventRef&)> ask;
        const Clock& clock;
        Names& names;
        /// A fact worth an entry: "stream.begun", "stream.ended", "stream.changed", "stream.refused", "stream.no_udp_ports". May block; one at a time.
        std::function<void(std::string_view kind, const boost::json::object& fields)> note;
    };

    /// Listens and serves until the end of this object.
    /// Errors  invalid_input  an option, named;  unavailable  an address cannot be listened on
    static Result<std::unique_ptr<StreamGate>> start(Options options, Parts parts);
    /// Ends every session, with a TEARDOWN to its camera; waits only for questions and notes that were begun.
    ~StreamGate();

    /// Modules, their modes or the site changed: sessions are asked about again, and a changed answer takes effect. [any]
    void reconsider();
    /// Takes over viewers and sources; sessions of what changed or went end, the others are asked about again. Nothing
    /// changes on an error. [any but the callbacks]
    /// Errors  invalid_input  an option, named;  refused  addresses, ports, the certificate's files or limits changed: start anew
    Result<void> apply(Options options);
    /// [any but the callbacks]
    std::vector<StreamStatus> status();

    /// [any but the callbacks]
    UdpPorts::Status udp_ports();

    /// Takes up another certificate and key where the files hold one: who connects from then on is shown it, sessions go on.
    /// [any but the callbacks; one at a time, with certificate()]
    /// Errors  as signing::IdentityFiles::look
    Result<bool> look_at_certificate(signing::Looking looking);
    /// The certificate that is shown; nothing without tls_listen.
    [[nodiscard]] const std::optional<signing::Certificate>& certificate() const;

    /// Where it listens; 0: not.
    [[nodiscard]] std::uint16_t port() const;
    [[nodiscard]] std::uint16_t tls_port() const;

  private:
    struct Impl;
    explicit StreamGate(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

} // namespace ombud::stream
