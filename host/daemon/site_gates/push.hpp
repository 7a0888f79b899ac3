#pragma once
// The gate that pushes pass.

#include <memory>
#include <mutex>
#include <optional>

#include "daemon/push_devices.hpp"
#include "daemon/site_gates/shown_certificate.hpp"
#include "daemon/site_gates/site_gate.hpp"
#include "gates/push/push_gate.hpp"

namespace ombud::daemon {

class PushSiteGate final : public SiteGate {
  public:
    explicit PushSiteGate(const GateParts& parts) : parts_(parts), devices_(parts.registers) {}

    Result<void> apply(const config::Site& site) override;
    [[nodiscard]] std::vector<Hook> hooks() const override;
    void tell(boost::json::object& status) const override;
    Result<void> renew(signing::Looking looking) override;
    [[nodiscard]] std::vector<std::string> warnings() const override;
    using SiteGate::coverage;
    [[nodiscard]] std::optional<Coverage> coverage(std::string_view control) const override;

    /// PUSH-5: what waits for a lost device is dropped at once. Whether there is a push gate or not.
    Result<void> drop_device(const std::string& device);

  private:
    Result<std::unique_ptr<push::PushGate>> begin(const config::PushGate& wanted);

    const GateParts parts_;
    mutable std::mutex mutex_; // the members below
    PushDevices devices_;
    std::unique_ptr<push::PushGate> gate_;
    std::optional<config::PushGate> now_; // as it runs
    ShownCertificate certificate_{"push gate"};
};

} // namespace ombud::daemon
