#pragma once
// What a site says of its ledger: where checkpoints are kept outside, and whose ledgers it witnesses.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace ombud::config {

enum class AnchorKind { file, syslog, mail, witness, time_stamp };
[[nodiscard]] const char* anchor_kind_name(AnchorKind kind); ///< as site.xml has it: "file", "time-stamp", …

/// A place outside where checkpoints are kept, so that an older state of the ledger is told from the newest.
struct Anchor {
    AnchorKind kind = AnchorKind::file;
    std::filesystem::path path;    ///< absolute: where what was kept is appended; empty: of syslog, or the state's own folder
    std::string url;               ///< of witness and time-stamp: http:// or https://; of mail: the server, smtp:// or smtps://
    std::string key;               ///< of witness alone: its verifier key, `name+hash+base64`; only its form is checked
    std::string from, to;          ///< of mail alone: addresses
    std::filesystem::path ca_file; ///< absolute. witness: who signed its TLS certificate, empty: the machine's own; time-stamp: the authority
    std::int64_t every_s = 60;     ///< at most one checkpoint in that time, 1 s to 7 days

    /// What no other anchor of the site has: `file /mnt/worm/checkpoints`, `syslog`, `witness https://b.example`.
    [[nodiscard]] std::string name() const;
    bool operator==(const Anchor&) const = default;
};

/// A witness for other hosts (c2sp.org/tlog-witness).
struct WitnessService {
    std::string listen;            ///< "1.2.3.4:PORT" or "[1:2::3]:PORT", PORT 0 to 65535; plain HTTP: all that passes is signed
    std::vector<std::string> logs; ///< verifier keys of the ledgers that it witnesses, each name once; only their form is checked
    bool operator==(const WitnessService&) const = default;
};

struct LedgerSettings {
    std::vector<Anchor> anchors;
    std::optional<WitnessService> witness;
    std::int64_t keep_s = 0; ///< bodies of entries are kept so long, 30 days to 100 years; 0: for ever
};

} // namespace ombud::config
