#pragma once
// Telling that something is not as it should be: host extension "ombud.findings/1".

#include <cstdint>
#include <ombud/finding.h>
#include <ombud/growable.hpp>
#include <ombud/result.hpp>
#include <ombud/view.hpp>
#include <string_view>

namespace ombud::sdk {

enum class Severity : std::uint32_t {
    info = OMBUD_SEVERITY_INFO,
    warning = OMBUD_SEVERITY_WARNING,
    violation = OMBUD_SEVERITY_VIOLATION,
};

/// Borrowed texts: they need to live only until raise() returns. The members are those of ombud_finding.
struct Finding {
    Severity severity = Severity::warning;
    std::string_view key;
    std::string_view control;
    std::string_view attachment = {};
    std::string_view device = {};
    std::string_view recording = {};
    std::string_view text;
    std::string_view person = {};
    std::string_view evidence_json = {};
};

/// Thread: worker, from start() on.
class Findings {
  public:
    Findings(const ombud_findings* table, void* host_ctx) noexcept : table_(table), host_ctx_(host_ctx) {}

    /// Opens a finding, or says that it still holds. Errors: those of the host.
    Result<> raise(const Finding& finding) const {
        if (!has_function(table_, &ombud_findings::raise))
            return fail(ErrorCode::unavailable, "this host takes no findings");
        ombud_finding raw{};
        raw.struct_size = sizeof raw;
        raw.severity = static_cast<std::uint32_t>(finding.severity);
        raw.key = to_view(finding.key);
        raw.control = to_view(finding.control);
        raw.attachment = to_view(finding.attachment);
        raw.device = to_view(finding.device);
        raw.recording = to_view(finding.recording);
        raw.text = to_view(finding.text);
        raw.person = to_view(finding.person);
        raw.evidence_json = to_view(finding.evidence_json);
        return to_result(table_->raise(host_ctx_, &raw), "raising a finding");
    }

    /// Says that the matter `key` is no longer so; unknown keys are fine.
    Result<> clear(std::string_view key) const {
        if (!has_function(table_, &ombud_findings::clear))
            return fail(ErrorCode::unavailable, "this host takes no findings");
        return to_result(table_->clear(host_ctx_, to_view(key)), "clearing a finding");
    }

  private:
    const ombud_findings* table_;
    void* host_ctx_;
};

} // namespace ombud::sdk
