#pragma once
// One audit over the whole inventory, borrowed until audit() returns.

#include <cstdint>
#include <ombud/audit.h>
#include <ombud/growable.hpp>
#include <ombud/result.hpp>

namespace ombud::sdk {

class AuditRun {
  public:
    explicit AuditRun(const ombud_audit_run& run) noexcept : run_(run) {}

    /// Whether corrections are to be asked for, too.
    [[nodiscard]] bool corrects() const noexcept { return (run_.flags & OMBUD_AUDIT_CORRECT) != 0; }
    /// Whether a person asked for this run; a scheduled one came by itself.
    [[nodiscard]] bool is_requested() const noexcept { return (run_.flags & OMBUD_AUDIT_REQUESTED) != 0; }

    /// Tells how far it is; call it every few thousand rows. Errors: cancelled (return it from audit() at once).
    [[nodiscard]] Result<> progress(std::uint64_t done, std::uint64_t total) const {
        if (!has_function(&run_, &ombud_audit_run::progress))
            return {};
        const ombud_status status = run_.progress(run_.ctx, done, total);
        if (status == OMBUD_CANCELLED)
            return fail(ErrorCode::cancelled, "the audit was cancelled");
        return to_result(status, "telling the progress of an audit");
    }

  private:
    ombud_audit_run run_;
};

} // namespace ombud::sdk
