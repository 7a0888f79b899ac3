#pragma once
// One gate of a site, as the daemon holds it: begun, changed and ended with the site. A file here for each.

#include <boost/json/object.hpp>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "approvals/approvals.hpp"
#include "bus/dispatcher.hpp"
#include "config/site.hpp"
#include "connect/inventory.hpp"
#include "ledger/ledger.hpp"
#include "media/masks/pixelated_copy.hpp"
#include "plugin_runtime/instance.hpp"
#include "registers/registers.hpp"
#include "signing/cms/server_identity.hpp"

namespace ombud::daemon {

/// What gates are lent; all of it outlives them.
struct GateParts {
    ledger::Ledger& ledger;
    Dispatcher& dispatcher;
    Names& names;
    const Clock& clock;
    approvals::Approvals& approvals;
    Registers& registers;
    /// An instance of an attachment's connector, apart from the one that feeds; it has no feed.
    std::function<Result<std::shared_ptr<Instance>>(const config::Site&, const config::Attachment&)> connector;
    /// media::pixelate by the site's module, as the site is now.
    /// Errors  not_found  the site has no such module, or it is off
    std::function<Result<media::PixelatedCopy>(const std::filesystem::path& input, const std::filesystem::path& output,
                                               media::PixelateOptions options)>
        pixelate;
    std::filesystem::path state; ///< the host's folder: a gate that keeps files there has one of its own
    std::function<void(const std::string& who, int level, std::string_view message)> log;

    /// Asks a hook about an event; the event's attachment, where it has one, is the question's.
    [[nodiscard]] std::function<Result<Judgement>(const EventRef&)> asker(std::uint32_t hook) const;
};

/// Thread  apply: one at a time; the others any, also while apply runs
class SiteGate {
  public:
    /// Ends it; returns when no question of its is under way.
    virtual ~SiteGate() = default;

    /// Begins, changes or ends it as the site says. One that cannot begin is put back as it was.
    /// Errors  of the gate, with its name
    virtual Result<void> apply(const config::Site& site) = 0;
    /// Modules, their modes or settings changed: what is open is asked about again.
    virtual void reconsider() {}

    /// Takes up a certificate that was renewed in its files; nothing under way ends. Told in log, ledger and warnings.
    /// Errors  invalid_input, refused, not_found  the pair that lies there cannot be used: the one that is shown stays
    virtual Result<void> renew(signing::Looking /*looking*/) { return {}; }

    /// A hook that it asks while it runs: what no module judges passes.
    struct Hook {
        std::uint32_t id = 0; ///< OMBUD_HOOK_*
        std::string_view name;
    };
    [[nodiscard]] virtual std::vector<Hook> hooks() const { return {}; }

    /// Adds where it listens and what passed, under its name; nothing when it is not there. For `status`.
    virtual void tell(boost::json::object& status) const = 0;
    /// What people should look at. For `status`.
    [[nodiscard]] virtual std::vector<std::string> warnings() const { return {}; }
    /// How far a control reaches at this gate, whichever VMS what passes comes from; nothing: it has to do with none of it.
    [[nodiscard]] virtual std::optional<Coverage> coverage(std::string_view /*control*/) const { return std::nullopt; }
    /// The same for what comes from one attachment; nothing: none of that passes here. Blind, with a note: some of it does,
    /// which raises nothing for the whole attachment.
    [[nodiscard]] virtual std::optional<Coverage> coverage(std::string_view /*control*/, const config::Site& /*site*/,
                                                           std::string_view /*attachment*/) const {
        return std::nullopt;
    }
};

std::unique_ptr<SiteGate> make_stream_gate(const GateParts& parts);
std::unique_ptr<SiteGate> make_mail_gate(const GateParts& parts);
std::unique_ptr<SiteGate> make_web_gate(const GateParts& parts);

} // namespace ombud::daemon
