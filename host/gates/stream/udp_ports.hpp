#pragma once
// Which UDP ports the gate takes for packets: those that a firewall lets through, where the site says so. [loop]

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "events/result.hpp"
#include "gates/stream/options.hpp"

namespace ombud::stream {

/// Pairs of ports: RTP on an even one, RTCP on the next (RFC 3550, section 11). A pair of a range is given out to one at a time,
/// whichever address it is opened at, and in turn, so that what still comes for its last holder finds nobody.
class UdpPorts {
  public:
    /// A pair in use; its end gives it back. The ports outlive it.
    class Taken {
      public:
        Taken(Taken&& other) noexcept;
        Taken& operator=(Taken&&) = delete;
        ~Taken();

      private:
        friend class UdpPorts;
        Taken(UdpPorts& ports, std::size_t pair) : ports_(&ports), pair_(pair) {}
        UdpPorts* ports_;
        std::size_t pair_; // none_ where there is no range
    };

    /// @param range  nothing: whatever the system has free
    explicit UdpPorts(const std::optional<PortRange>& range);

    /// @param open  opens a pair whose first port is given, 0: any that is free; false: somebody else has it
    /// Errors  unavailable  all of the range are in use;  of `open`
    Result<Taken> take(const std::function<Result<bool>(std::uint16_t rtp_port)>& open);

    /// How they stand, for people.
    struct Status {
        std::string ports;         ///< "40000-40999"; empty: any that are free
        std::size_t pairs = 0;     ///< of the range
        std::size_t open = 0;      ///< pairs in use
        std::uint64_t refused = 0; ///< how often all were in use
    };
    [[nodiscard]] Status status() const;

  private:
    static constexpr std::size_t none_ = SIZE_MAX;
    std::optional<PortRange> range_;
    std::vector<bool> taken_; // by pair
    std::size_t next_ = 0, open_ = 0;
    std::uint64_t refused_ = 0;
};

} // namespace ombud::stream
