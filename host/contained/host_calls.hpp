#pragma once
// The host's half of what a contained plugin asks: the very tables that an inline plugin gets, called with what came over.

#include <span>

#include <ombud/action.h>
#include <ombud/audit.h>
#include <ombud/finding.h>
#include <ombud/host.h>
#include <ombud/inventory.h>
#include <ombud/media.h>
#include <ombud/names.h>
#include <ombud/register.h>
#include <ombud/state.h>

#include "contained/wire.hpp"

namespace ombud::contained {

/// Serves one instance. Thread  its worker's, but for what the ABI tags [any]
class HostCalls {
  public:
    explicit HostCalls(const ombud_host* host);

    /// Lent bits of what the host has for this instance.
    std::uint32_t lent() const;

    /// Carries out what a runner asks, and writes the answer.
    /// @return whether it was a question at all; false: the runner does not keep to the protocol, nothing was done
    bool serve(std::uint32_t function, std::span<const std::byte> payload, Writer& answer) const;

    /// Whether the ABI lets any thread ask it.
    static bool is_for_any_thread(std::uint32_t function);

    const ombud_audit_run* audit = nullptr; ///< the audit under way, for its progress

  private:
    template <class Table>
    const Table* table(const char* id) const {
        return static_cast<const Table*>(host_->get_extension(host_->ctx, id));
    }
    bool serve_findings(Ask ask, Reader& from, Writer& answer) const;
    bool serve_inventory(Ask ask, Reader& from, Writer& answer) const;
    bool serve_records(Ask ask, Reader& from, Writer& answer) const;
    bool request(Reader& from, Writer& answer) const;
    bool probe(Reader& from, Writer& answer) const;

    const ombud_host* host_;
    const ombud_names* names_;
    const ombud_findings* findings_;
    const ombud_actions* actions_;
    const ombud_inventory* inventory_;
    const ombud_register* registers_;
    const ombud_state* state_;
    const ombud_media* media_;
};

} // namespace ombud::contained
