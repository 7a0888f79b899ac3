#pragma once
// Which plugins may run here: whose, which release of them, and what of that is on record.

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "config/manifest.hpp"
#include "config/plugin_index.hpp"
#include "events/clock.hpp"
#include "ledger/ledger.hpp"
#include "plugin_runtime/provenance.hpp"
#include "trust/signature.hpp"
#include "trust/signer.hpp"

namespace ombud::trust {

/// What a site allows beyond the rules, each with its reason; empty: not allowed.
struct Exceptions {
    std::string unsigned_reason; ///< may run though nobody signed it
    std::string older_reason;    ///< may run though a newer version ran here
};

/// Who signed a manifest, and what that allows. It is judged by the bytes that it was parsed from, and names the library's
/// hash, so that one signature covers both.
///
/// @param signature  read_signature() of its file; a failed one counts as such, and not_found as unsigned
/// Errors  refused  not signed and no reason why it may run all the same; a signature of nobody trusted here, of a withdrawn
///         or expired key, of a developer's outside of --dev; a signed manifest that names no library; a connector of
///         somebody who may not speak for a VMS.  others: the signature's own
Result<Provenance> judge_manifest(const config::Manifest& manifest, const SignatureBytes& signature, const Signers& signers,
                                  const std::string& unsigned_reason, bool is_dev, std::int64_t now_utc_ns);

/// An index with its signature verified.
struct SignedIndex {
    std::string signer; ///< name of its key
    std::string document;
    std::vector<std::uint8_t> signature;
    config::PluginIndex index;
};

/// Reads an index and FILE.sig. Only who may be trusted with every plugin may withdraw one: `ours` and `organisation`.
/// Errors  not_found; refused  nobody's signature here, or of too low a level;  invalid_input
Result<SignedIndex> read_index(const std::filesystem::path& file, const Signers& signers, bool is_dev, std::int64_t now_utc_ns);

/// The host's trust. What changes in the folders is noticed at start and by reload(), and each change is an entry.
/// Thread  any
class Trust {
  public:
    struct Options {
        std::vector<std::filesystem::path> folders; ///< of keys (*.pem) and indexes (*.index.xml), the weightiest last
        bool is_dev = false;                        ///< unsigned plugins and developers' keys are accepted
    };
    /// Reads the folders and records what changed since the last start.
    /// Errors  those of Signers::read;  of the ledger
    static Result<std::unique_ptr<Trust>> open(Options options, ledger::Ledger& ledger, const Clock& clock);

    struct Change {
        std::string what;                ///< for people: "key acme: community, was none"
        std::uint64_t ledger_index = 0;
    };
    /// Reads the folders anew. Keys hold whole or not at all; an index that is wrong, or older than the one that was
    /// applied, changes nothing, and problems() tells of it.
    /// @param reason  empty: what the key's file says
    Result<std::vector<Change>> reload(const std::string& reason, const std::string& who);

    /// Whether a plugin may run, by its manifest. See judge_manifest().
    Result<Provenance> judge(const config::Manifest& manifest, const SignatureBytes& signature, const Exceptions& exceptions) const;
    /// Whether this release of it may run.
    /// Errors  refused  withdrawn, or older than one that ran here, and no reason why it may all the same
    Result<void> check_release(const config::Manifest& manifest, const std::string& library_sha256, const Exceptions& exceptions) const;
    /// Why neither this library nor this manifest may run any more; empty: they may.
    std::string withdrawn(const std::string& library_sha256, const std::string& manifest_sha256) const;
    /// Remembers that a version ran, for check_release(). [ledger's writer]
    Result<void> remember(ledger::Ledger::Transaction& transaction, const std::string& plugin, const std::string& version) const;

    bool is_dev() const { return options_.is_dev; }
    Signers signers() const;
    struct AppliedIndex {
        std::string signer;
        std::int64_t serial = 0;
        std::string made, sha256;
        std::size_t releases = 0, withdrawn = 0;
    };
    std::vector<AppliedIndex> indexes() const;
    /// What reload() left as it was, and why: indexes that are wrong or older than what was applied.
    std::vector<std::string> problems() const;
    /// What an administrator should know: problems(), keys that end soon, --dev.
    std::vector<std::string> warnings() const;

  private:
    Trust(Options options, ledger::Ledger& ledger, const Clock& clock)
        : options_(std::move(options)), ledger_(ledger), clock_(clock) {}
    Result<void> load_stored();

    const Options options_;
    ledger::Ledger& ledger_;
    const Clock& clock_;
    mutable std::mutex mutex_; // the members below
    Signers signers_;
    std::map<std::string, SignedIndex> indexes_; // by the key's fingerprint
    std::vector<std::string> problems_;
};

} // namespace ombud::trust
