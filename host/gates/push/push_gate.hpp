#pragma once
// The gate between whoever raises alarms and whoever carries them to handsets: asks before a push leaves, sends no more
// than the answer allows, and keeps the original on the site, where the device comes for it.

#include "api/https_server.hpp"
#include "bus/dispatcher.hpp"
#include "events/clock.hpp"
#include "events/event.hpp"
#include "events/names.hpp"
#include "gates/push/forwarder.hpp"
#include "gates/push/lanes.hpp"
#include "outgoing/networks.hpp"
#include "gates/push/state.hpp"
#include "ledger/entry.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ombud::push {

/// Who may send, by a bearer token of its own.
struct Sender {
    std::string name;  ///< enters the ledger
    std::string token; ///< at least 16 bytes
};

class PushGate {
  public:
    struct Options {
        api::HttpsOptions https; ///< body_bytes_max bounds a picture
        std::vector<Sender> senders;
        std::vector<ForwarderOptions> forwarders;
        std::filesystem::path state_file; ///< made, mode 0600
        PushState::Limits limits{};
        std::int64_t delivery_lifetime_ns = 3600 * 1'000'000'000LL;       ///< an alarm that late is none
        std::int64_t original_lifetime_ns = 24 * 3600 * 1'000'000'000LL;  ///< how long a reference can be resolved
        std::vector<outgoing::Network> resolving_networks = outgoing::site_networks(); ///< from where
        std::size_t lane_threads = 2;
        std::int64_t first_delay_ns = 1'000'000'000;                      ///< before a second attempt
        std::int64_t longest_delay_ns = 300 * 1'000'000'000LL;
        std::chrono::milliseconds housekeeping_interval{10'000};
    };

    /// Called from several threads at once.
    struct Parts {
        /// Asks the hook push.send; the answer is durable when it returns.
        std::function<Result<Judgement>(const EventRef&)> ask;
        /// The registered devices of a person, lost ones too; and the one of an id.
        std::function<std::vector<Device>(const std::string& person)> devices_of;
        std::function<std::optional<Device>(const std::string& id)> device;
        /// A device has shown itself; at most once a day for each.
        std::function<void(const std::string& id, std::int64_t utc_ns)> device_seen;
        /// The push service says that a device is registered no more: remove it (PUSH-3).
        std::function<void(const std::string& id, const std::string& reason)> device_gone;
        /// Makes an entry durable.
        std::function<Result<void>(const ledger::Entry&)> note;
        const Clock& clock;
        Names& names;
    };

    /// Listens, takes up what an earlier run left, and serves once it returns.
    /// Errors  invalid_input  an option is missing or wrong: which, and what is allowed
    ///         those of HttpsServer::start and PushState::open
    static Result<std::unique_ptr<PushGate>> start(Options options, Parts parts);
    /// Stops taking calls, waits for those under way, and cuts off attempts. What waits stays.
    ~PushGate();
    PushGate(const PushGate&) = delete;
    PushGate& operator=(const PushGate&) = delete;

    /// PUSH-5: nothing reaches a device any more, and it resolves nothing. The register is the caller's to change first.
    Result<Dropped> drop_device(const std::string& id);
    /// Looks at the clock again, as after it was set: what has expired goes, what is due leaves.
    void poke();

    struct Status {
        std::uint16_t port = 0;
        PushState::Size size;
        Lanes::Counts deliveries;
        std::uint64_t asked = 0, refused = 0, resolved = 0, unauthorised = 0;
    };
    [[nodiscard]] Status status() const;

    /// As HttpsServer's: what is under way goes on.
    Result<bool> look_at_certificate(signing::Looking looking);
    [[nodiscard]] const signing::Certificate& certificate() const;

  private:
    class Impl;
    explicit PushGate(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

} // namespace ombud::push
