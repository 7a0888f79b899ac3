#pragma once
// What second persons approved, and which exports were let through: each approval opens one export, once.

#include "events/clock.hpp"
#include "ledger/ledger.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace ombud::web {

/// An export as the gate knows it.
struct Export {
    std::string attachment, user, act;
    std::string id;                  ///< the VMS's own; empty: it has none
    std::string recordings, devices; ///< ids, one a line
    [[nodiscard]] std::string digest() const; ///< of attachment, user, act and recordings in order: what an approval is for
};

struct Release {
    std::string user_digest;
    std::string recordings, devices;
    bool approved = false;
};

/// In tables of the ledger's file, changed together with its entries; users only as digests.
/// Thread any; not from inside a unit of work
class Releases {
  public:
    static constexpr std::int64_t fetch_within_ns = 24 * 3'600'000'000'000; ///< an archive is fetched as part of its export

    static Result<Releases> open(ledger::Ledger& ledger, const Clock& clock);

    /// In the transaction of the approval. [ledger's writer]
    static Result<void> grant(ledger::Ledger::Transaction& transaction, const std::string& digest, std::int64_t proposal,
                              std::int64_t until_utc_ns);
    /// Whether an approval for exactly this waits to be used.
    [[nodiscard]] Result<bool> is_granted(const Export& wanted) const;

    /// Uses up an approval, where `approved`, and remembers the export for the fetching of its archive.
    /// Errors  refused  the approval was used already, or its time is over;  or an export of that id was let through before
    Result<void> use(const Export& wanted, bool approved) const;
    /// The export whose archive this user fetches; nothing: none that was let through, or too long ago.
    [[nodiscard]] Result<std::optional<Release>> find(const Export& fetched) const;
    /// Whether an export of that id was let through before, for whomever.
    [[nodiscard]] Result<bool> is_known(const std::string& attachment, const std::string& id) const;

  private:
    Releases(ledger::Ledger& ledger, const Clock& clock) : ledger_(&ledger), clock_(&clock) {}
    ledger::Ledger* ledger_;
    const Clock* clock_;
};

} // namespace ombud::web
