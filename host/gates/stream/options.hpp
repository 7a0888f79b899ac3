#pragma once
// What the stream gate is to serve, and its bounds.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace ombud::stream {

/// A VMS's login at the gate; Digest only, so the password never travels.
struct Viewer {
    std::string name, password;
};

/// One camera's stream.
struct Source {
    std::string name;                       ///< rtsp://GATE/NAME; of [A-Za-z0-9._-], unique
    std::string camera, attachment, device; ///< for the event
    std::string url;                        ///< rtsp:// or rtsps://HOST[:PORT]/PATH, without a user
    std::string user, password;             ///< empty: none
    std::filesystem::path ca_file;          ///< rtsps: who signed the camera's certificate; empty: the system's store
};

/// Numbers of ports, both of them in it.
struct PortRange {
    std::uint16_t first = 0, last = 0;
    friend bool operator==(const PortRange&, const PortRange&) = default;
};

struct Limits {
    std::size_t connections_max = 512;          ///< of viewers, over all streams
    std::size_t connections_unnamed_max = 64;   ///< of these, without a right login yet
    std::size_t sessions_per_source_max = 16;   ///< each is one session at the camera too
    std::chrono::nanoseconds login = std::chrono::seconds(10);   ///< from connecting to the first right login
    std::chrono::nanoseconds idle = std::chrono::seconds(75);    ///< without a request or RTCP of the viewer, unless it takes interleaved packets
    std::chrono::nanoseconds stalled = std::chrono::seconds(5);  ///< a viewer or camera takes nothing of what waits
    std::chrono::nanoseconds connecting = std::chrono::seconds(5);
    std::chrono::nanoseconds answering = std::chrono::seconds(10); ///< the camera, to one request
    std::chrono::nanoseconds back_off_first = std::chrono::milliseconds(500);
    std::chrono::nanoseconds back_off_most = std::chrono::seconds(30);
    std::chrono::nanoseconds nonce = std::chrono::hours(12);
    std::chrono::nanoseconds asking = std::chrono::seconds(30); ///< modules cannot be asked: a stream that ran ends after this
    unsigned askers = 4; ///< threads that wait for modules
};

struct Options {
    std::string listen, tls_listen;          ///< "ADDRESS:PORT"; empty: not
    std::filesystem::path certificate, key;  ///< PEM, for tls_listen
    std::optional<PortRange> udp_ports;      ///< for RTP and RTCP, to viewers and cameras; first even, last odd; nothing: any
    std::vector<Viewer> viewers;             ///< at least one
    std::vector<Source> sources;
    Limits limits;
};

} // namespace ombud::stream
