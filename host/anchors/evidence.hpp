#pragma once
// What was kept outside, as evidence about a ledger: read back, and its witnesses and time stamps checked.

#include "events/result.hpp"
#include "ledger/verify.hpp"
#include "signing/cms/certificate.hpp"
#include "signing/note.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ombud::anchors {

/// Whose word counts, as pinned outside.
struct Trusted {
    std::vector<signing::NoteVerifier> witnesses; ///< of type cosignature
    std::vector<signing::Certificate> authorities; ///< that sign the certificates of time stamping authorities
    std::int64_t now_utc_ns = 0;
};

/// The newest checkpoint that somebody vouches for.
struct Vouched {
    std::string by; ///< the witness's name, or `time stamp`
    std::uint64_t size = 0;
    std::int64_t at_utc_ns = 0;
};

struct Evidence {
    std::vector<ledger::KeptCheckpoint> kept; ///< of that ledger, for ledger::verify, which checks its signatures
    std::vector<Vouched> vouched;             ///< one a witness, and one of all time stamps
    std::size_t damaged = 0;                  ///< lines that cannot be read
};

/// @param text    lines as kept_line writes them, among any others
/// @param source  names it in messages
/// @param origin  the ledger's name; checkpoints of others are passed over
/// Errors  not_found  no line is of this ledger, or one of those trusted vouches for none
///         corrupt    a cosignature or a time stamp of those trusted is wrong
Result<Evidence> read_evidence(std::string_view text, const std::string& source, const std::string& origin, const Trusted& trusted);

} // namespace ombud::anchors
