#pragma once
// How a checkpoint is written down outside: one line, in a file of its own or among a log's.

#include "events/result.hpp"
#include "ledger/checkpoint.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ombud::anchors {

/// A checkpoint as it was kept; nothing in it is verified yet.
struct Kept {
    std::string note;                ///< the signed note: ledger's signature, cosignatures
    ledger::Checkpoint checkpoint;   ///< what the note states
    std::vector<std::uint8_t> stamp; ///< TimeStampResp in DER over the note's bytes (RFC 3161); empty: none
};

/// `ombud-checkpoint ORIGIN SIZE NOTE` or `… NOTE STAMP`, both in base64, and a line feed: what `cut` and `base64 -d`
/// take apart. Origin and size are for people; the note is what counts.
/// @param stamp  as in Kept
[[nodiscard]] std::string kept_line(std::string_view note, const ledger::Checkpoint& checkpoint, std::span<const std::uint8_t> stamp = {});

struct KeptText {
    std::vector<Kept> all;   ///< in the order of the lines
    std::size_t damaged = 0; ///< lines that begin as such a line does, and cannot be read
};

/// All such lines of a text, whatever a log put before them; other lines are passed over.
[[nodiscard]] KeptText parse_kept(std::string_view text);

} // namespace ombud::anchors
