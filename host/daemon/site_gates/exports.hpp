#pragma once
// The desk that exports leave by.

#include <memory>
#include <mutex>
#include <optional>

#include "daemon/site_gates/site_gate.hpp"
#include "gates/export/desk.hpp"
#include "seal/sealing_key.hpp"

namespace ombud::daemon {

class ExportsSiteGate final : public SiteGate {
  public:
    explicit ExportsSiteGate(const GateParts& parts);

    Result<void> apply(const config::Site& site) override;
    void reconsider() override;
    [[nodiscard]] std::vector<Hook> hooks() const override;
    void tell(boost::json::object& status) const override;
    [[nodiscard]] std::vector<std::string> warnings() const override;
    using SiteGate::coverage;
    [[nodiscard]] std::optional<Coverage> coverage(std::string_view control) const override;

    /// The desk; it may be used as long as the pointer is held.
    /// Errors  not_found  the site has none
    [[nodiscard]] Result<std::shared_ptr<exports::ExportDesk>> desk() const;

  private:
    [[nodiscard]] exports::ExportDesk::Parts desk_parts();
    Result<std::function<void()>> enter(ledger::Ledger::Transaction& transaction, const exports::Export& one);

    Result<void> note_key(const seal::KeyRecord& key);

    /// How exports are sealed, as the site says it.
    struct Sealing {
        seal::KeySource key;
        std::string time_stamp_url; ///< empty: none is asked for
        std::vector<signing::Certificate> time_stampers;
        bool is_time_stamp_required = true;
    };
    /// Errors: of the key and the authority's certificates: they are opened here, before an export needs them
    [[nodiscard]] Result<Sealing> sealing_of(const config::ExportDesk& desk, const std::string& site) const;

    const GateParts parts_;
    std::mutex noting_;
    std::string noted_key_; // in the ledger since this start
    mutable std::mutex mutex_; // the members below
    std::shared_ptr<exports::ExportDesk> desk_;
    std::shared_ptr<const exports::Options> options_; // as it runs; read on the ledger's writer, too
    std::shared_ptr<const Sealing> sealing_;
};

} // namespace ombud::daemon
