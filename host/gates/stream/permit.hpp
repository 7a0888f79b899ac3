#pragma once
// What a decision on stream.open lets pass, and until when.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "gates/stream/frames.hpp"
#include "verdicts/verdict.hpp"

namespace ombud::stream {

class Permit {
  public:
    /// Everything passes.
    Permit() = default;
    /// DENY, DEFER and a fault refuse the whole; TRANSFORM shuts kinds, at times or always; all else passes.
    explicit Permit(const Decision& applied);

    /// Why the whole is refused, for people: "AMG-2: …"; nothing: it is not.
    [[nodiscard]] const std::optional<std::string>& refusal() const { return refusal_; }
    [[nodiscard]] const std::string& reason() const { return reason_; }
    [[nodiscard]] bool is_open(TrackKind kind, std::int64_t utc_ns) const;
    [[nodiscard]] Rules rules_at(std::int64_t utc_ns) const;
    /// Whether anything is ever shut or changed.
    [[nodiscard]] bool limits() const;
    /// The next moment after `utc_ns` at which a kind opens or shuts.
    [[nodiscard]] std::optional<std::int64_t> next_change(std::int64_t utc_ns) const;
    /// When to ask again; 0: when something else changes.
    [[nodiscard]] std::int64_t valid_until_mono_ns() const { return valid_until_mono_ns_; }

    friend bool operator==(const Permit&, const Permit&) = default;

  private:
    struct Window {
        std::int64_t begin_utc_ns = 0, end_utc_ns = 0;
        friend bool operator==(const Window&, const Window&) = default;
    };
    struct Kind {
        bool is_limited = false;
        std::vector<Window> windows; ///< open within these alone
        friend bool operator==(const Kind&, const Kind&) = default;
    };
    std::optional<std::string> refusal_;
    std::string reason_;
    std::array<Kind, kind_count> kinds_;
    bool pseudonymises_ = false; ///< metadata
    std::int64_t valid_until_mono_ns_ = 0;
};

} // namespace ombud::stream
