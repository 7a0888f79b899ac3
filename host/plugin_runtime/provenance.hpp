#pragma once
// Who answers for a plugin, and how far that is trusted here.

#include <cstdint>
#include <string>
#include <string_view>

namespace ombud {

/// How far a signer's plugins are trusted, least first.
enum class TrustLevel : std::uint8_t {
    unsigned_code, ///< nobody signed it; accepted for a reason that the site names, or under --dev
    development,   ///< a developer's own key: under --dev alone
    community,     ///< somebody whom this site allows to judge, and nothing else
    organisation,  ///< the site's own organisation
    ours,          ///< who installed Ombud
};
/// `unsigned`, `development`, `community`, `organisation`, `ours`.
std::string_view to_string(TrustLevel level);

/// What was found out about one plugin before any of its code ran.
struct Provenance {
    TrustLevel level = TrustLevel::unsigned_code;
    std::string signer;          ///< name of the key in trust.d; empty: unsigned
    std::string signer_key;      ///< hex SHA-256 of the public key's SubjectPublicKeyInfo (DER); empty: unsigned
    std::string reason;          ///< why it is accepted though nobody signed it; empty: signed
    std::string manifest_sha256; ///< hex, of the manifest's exact bytes
    bool may_run_inline = false; ///< in the host's own process; else sandboxed only
};

/// Who may run in the host's own process: `ours` and `organisation`; under --dev everybody.
[[nodiscard]] constexpr bool may_run_inline(TrustLevel level, bool is_dev) {
    return is_dev || level >= TrustLevel::organisation;
}
/// Who may speak for a VMS, and so hold its passwords: likewise.
[[nodiscard]] constexpr bool may_be_connector(TrustLevel level, bool is_dev) {
    return is_dev || level >= TrustLevel::organisation;
}

} // namespace ombud
