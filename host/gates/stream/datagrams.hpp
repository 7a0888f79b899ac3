#pragma once
// One track by UDP: two ports towards the camera, two towards the viewer, and what passes between them. [loop]

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "events/clock.hpp"
#include "gates/stream/frames.hpp"
#include "gates/stream/loop.hpp"
#include "gates/stream/metadata_rewriter.hpp"
#include "gates/stream/transport.hpp"
#include "gates/stream/udp_ports.hpp"

namespace ombud::stream {

class DatagramTrack {
  public:
    struct Parts {
        std::string viewer, viewer_side; ///< addresses: the viewer's, and ours that it talks to
        std::string camera, camera_side;
        Lane lane;              ///< of the track; is_rtcp is not looked at
        bool to_viewer = true, to_camera = false; ///< where its RTP goes; RTCP goes both ways
        std::function<const Rules&()> rules;      ///< asked once for each batch
        PacketCounts& down; ///< from the camera
        PacketCounts& up;   ///< from the viewer
        MetadataRewriter& rewriter; ///< of what comes from the camera
        std::size_t track;
        UdpPorts& ports;
    };
    /// Opens two pairs of ports. Nothing passes before both ends are known.
    /// Errors  unavailable  no ports: which are allowed
    static Result<std::unique_ptr<DatagramTrack>> open(Loop& loop, const Clock& clock, Parts parts);
    ~DatagramTrack();

    [[nodiscard]] Pair ports_for_viewer() const;
    [[nodiscard]] Pair ports_for_camera() const;
    /// Only packets from these addresses pass, from these ports where they are told: nobody else can put in pictures.
    void join(const Pair& viewer_ports, const std::optional<Pair>& camera_ports);
    /// When the viewer sent something last; 0: never.
    [[nodiscard]] std::int64_t last_sign_mono_ns() const;

  private:
    struct Impl;
    explicit DatagramTrack(std::shared_ptr<Impl> impl);
    std::shared_ptr<Impl> impl_;
};

} // namespace ombud::stream
