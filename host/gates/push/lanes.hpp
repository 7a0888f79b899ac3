#pragma once
// The ways to the forwarders: a lane each, so that a slow one holds up nobody else.

#include "events/clock.hpp"
#include "gates/push/forwarder.hpp"
#include "gates/push/state.hpp"
#include "ledger/entry.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ombud::push {

/// Carries deliveries to their end: delivered, failed, expired, or gone with their device. Each end is an entry, written
/// before the delivery is forgotten; a crash in between sends it again.
class Lanes {
  public:
    struct Parts {
        PushState& state;
        const Clock& clock;
        /// The registered device, lost ones too; empty: there is none.
        std::function<std::optional<Device>(const std::string& id)> device;
        /// The carrier says that the device is no more.
        std::function<void(const std::string& id, const std::string& reason)> device_gone;
        /// Makes an entry durable.
        std::function<Result<void>(const ledger::Entry&)> note;
        /// Makes one forwarder; called for each of a lane's threads.
        std::function<Result<std::unique_ptr<Forwarder>>(const ForwarderOptions&)> make = make_forwarder;
    };
    struct Options {
        std::vector<ForwarderOptions> forwarders;
        std::size_t threads = 2;                             ///< a lane
        std::int64_t first_delay_ns = 1'000'000'000;         ///< before the second attempt; doubles with each
        std::int64_t longest_delay_ns = 300 * 1'000'000'000LL;
    };
    struct Counts {
        std::uint64_t delivered = 0, failed = 0, expired = 0, retried = 0;
    };

    /// Starts, with the deliveries that an earlier run left. Errors  those of make_forwarder and PushState::deliveries
    static Result<std::unique_ptr<Lanes>> start(Options options, Parts parts);
    /// Cuts off the attempts that run; they and what waits stay in the state.
    ~Lanes();
    Lanes(const Lanes&) = delete;
    Lanes& operator=(const Lanes&) = delete;

    /// Empty: there is no such forwarder. Lives as long as this.
    [[nodiscard]] const ForwarderOptions* forwarder(std::string_view id) const;
    /// Takes what is durable in the state. Thread any.
    void send(Delivery delivery);
    /// Forgets what waits for a device; its rows are the caller's. What is under way at this moment may still arrive.
    void drop_device(std::string_view device);
    /// Looks at the clock again, as after it was set.
    void poke();
    [[nodiscard]] Counts counts() const;

  private:
    class Impl;
    explicit Lanes(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

} // namespace ombud::push
