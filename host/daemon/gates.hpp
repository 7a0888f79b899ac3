#pragma once
// The gates in the path of data that a site has: brought up, changed with the site, shown.

#include <memory>
#include <vector>

#include "daemon/site_gates/site_gate.hpp"

namespace ombud::daemon {

class ExportsSiteGate;
class PushSiteGate;

/// Thread  any, unless said otherwise.
class Gates {
  public:
    explicit Gates(const GateParts& parts);
    ~Gates();

    /// Brings each gate to what the site says, in a fixed order; stops at the first that cannot begin. Thread  one at a time
    /// Errors  of that gate: which, and why
    Result<void> apply(const config::Site& site);
    /// PUSH-5: what waits for a lost device is dropped at once. Whether there is a push gate or not.
    Result<void> drop_device(const std::string& device);
    /// Takes up certificates that were renewed in their files, of each gate that shows one.
    /// Errors  of the first whose pair cannot be used: the one that it shows stays
    Result<void> renew_certificates(signing::Looking looking);
    /// Modules, their modes or settings changed: what is open is asked about again.
    void reconsider();

    /// The export desk, whether the site has one or not.
    [[nodiscard]] ExportsSiteGate& exports() const { return *exports_; }

    [[nodiscard]] std::vector<std::string> warnings() const;
    /// By gate: where it listens and what passed. For `status`.
    [[nodiscard]] boost::json::object status() const;
    /// One sentence for each hook of a running gate that none of these modules judges, at all or of some cameras.
    [[nodiscard]] std::vector<std::string> unjudged(const config::Site& site, const std::vector<Member>& modules) const;
    /// As SiteGate's, of the gate where the control reaches farthest.
    [[nodiscard]] std::optional<Coverage> coverage(std::string_view control) const;
    [[nodiscard]] std::optional<Coverage> coverage(std::string_view control, const config::Site& site, std::string_view attachment) const;

  private:
    std::vector<std::unique_ptr<SiteGate>> gates_;
    PushSiteGate* push_ = nullptr;       // one of them
    ExportsSiteGate* exports_ = nullptr; // likewise
};

} // namespace ombud::daemon
