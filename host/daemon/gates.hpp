#pragma once
// The gates in the path of data that a site has: brought up, changed with the site, shown.

#include <boost/json/object.hpp>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "bus/dispatcher.hpp"
#include "config/site.hpp"
#include "connect/inventory.hpp"
#include "daemon/push_devices.hpp"
#include "gates/mail/mail_gate.hpp"
#include "gates/push/push_gate.hpp"
#include "gates/stream/stream_gate.hpp"
#include "ledger/ledger.hpp"


namespace ombud::daemon {

/// Thread  any, unless said otherwise.
class Gates {
  public:
    struct Parts {
        ledger::Ledger& ledger;
        Dispatcher& dispatcher;
        Names& names;
        const Clock& clock;
        Registers& registers;
        std::filesystem::path push_state; ///< file of pushes under way and their originals
        std::function<void(const std::string& who, int level, std::string_view message)> log;
    };
    explicit Gates(Parts parts);
    /// Ends every gate; returns when no question of theirs is under way.
    ~Gates();

    /// Brings gates to what the site says: those that are new begin, those that are gone end, changed ones change or begin anew.
    /// A gate that cannot begin is put back as it was. Thread  one at a time
    /// Errors  of the gate: which, and why
    Result<void> apply(const config::Site& site);
    /// PUSH-5: what waits for a lost device is dropped at once. Whether there is a push gate or not.
    Result<void> drop_device(const std::string& device);
    /// Modules, their modes or settings changed: what is open is asked about again.
    void reconsider();

    /// By gate: where it listens and what passed. For `status`.
    [[nodiscard]] boost::json::object status() const;
    /// How far a control reaches at gates alone; nothing: no gate of this site has to do with it.
    [[nodiscard]] std::optional<Coverage> coverage(std::string_view control) const;
    /// The same for what one attachment's cameras send through the stream gate; nothing: none of them does. Blind, with a
    /// note: some do, which raises nothing for the whole attachment.
    [[nodiscard]] std::optional<Coverage> coverage(std::string_view control, const config::Site& site, std::string_view attachment) const;

  private:
    std::function<Result<Judgement>(const EventRef&)> asker(std::uint32_t hook);
    Result<void> apply_streams(const config::Site& site);
    Result<void> apply_mail(const config::Site& site);
    Result<void> apply_push(const config::Site& site);
    Result<std::unique_ptr<push::PushGate>> begin_push(const config::PushGate& wanted);

    Parts parts_;
    mutable std::mutex mutex_; // the members below
    config::Gates now_; // of mail and push, as they run
    std::unique_ptr<stream::StreamGate> streams_;
    std::optional<stream::Options> stream_options_; // of the gate that runs, to put it back
    std::unique_ptr<mail::MailGate> mail_;
    PushDevices devices_;
    std::unique_ptr<push::PushGate> push_;
};

} // namespace ombud::daemon
