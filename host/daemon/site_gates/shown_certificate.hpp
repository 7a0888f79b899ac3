#pragma once
// What is told of the certificate that a gate shows: that another was taken up, that one could not be, that it ends.

#include <optional>
#include <string>
#include <vector>

#include "daemon/site_gates/site_gate.hpp"
#include "signing/cms/server_identity.hpp"

namespace ombud::daemon {

/// Thread  one at a time
class ShownCertificate {
  public:
    /// @param gate  "push gate"
    explicit ShownCertificate(std::string gate) : gate_(std::move(gate)) {}

    /// The gate began with this, or was changed and shows it; nothing: it is no more, or has no TLS.
    void began(const std::optional<signing::Certificate>& now);

    /// What is worth telling, as an entry and as words for the log.
    struct News {
        ledger::Entry entry;
        int level = 0; ///< OMBUD_LOG_*
        std::string words;
    };
    /// What came of a look at the gate's files: certificate.renewed, or, once for each reason, certificate.refused.
    /// @param now  what it shows, whatever came of it
    [[nodiscard]] std::optional<News> looked(const Result<bool>& found, const std::optional<signing::Certificate>& now);
    /// Logs them and makes the entry durable.
    static void tell(const GateParts& parts, const std::string& gate, const News& news);

    [[nodiscard]] std::vector<std::string> warnings(std::int64_t now_utc_ns) const;
    /// {"sha256", "valid_until"}; null: there is none. For `status`.
    [[nodiscard]] boost::json::value json() const;

  private:
    std::string gate_;
    std::optional<signing::Certificate> shown_;
    std::string failure_; // of the pair that lies in the files now; empty: it is the one shown
};

} // namespace ombud::daemon
