#pragma once
// What second persons approved, and which exports were let through: each approval opens one export, once.

#include "events/clock.hpp"
#include "ledger/ledger.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace ombud::web {

/// An export as the gate knows it.
struct Export {
    std::string attachment, user, act;
    std::string id;                  ///< the VMS's own; empty: it has none
    std::string recordings, devices; ///< ids, one a line
    /// Of attachment, user, act and recordings in order: what an approval is for. Of unknown recordings the id stands for them.
    [[nodiscard]] std::string digest() const;
};

/// An approval that waits to be used.
struct Grant {
    std::int64_t proposal = 0;
    std::string approver; ///< account; kept until it is used or over
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
    static Result<void> grant(ledger::Ledger::Transaction& transaction, const std::string& digest, const Grant& grant,
                              std::int64_t now_utc_ns, std::int64_t until_utc_ns);
    /// The approval for exactly this that waits to be used; nothing: there is none.
    [[nodiscard]] Result<std::optional<Grant>> find_grant(const Export& wanted) const;

    /// Writes down elsewhere what leaves, so that both stand or neither. [ledger's writer]
    /// @return what to do once it is durable; may be empty
    using Enter = std::function<Result<std::function<void()>>(ledger::Ledger::Transaction&)>;

    /// Uses up an approval, where there is one, and remembers the export for the fetching of its archive.
    /// @param remembers  false: its id belongs to another export already
    /// Errors  refused  the approval was used already, or its time is over;  or an export of that id was let through before
    ///         those of `enter`: nothing was used
    Result<void> use(const Export& wanted, const std::optional<Grant>& grant, bool remembers, const Enter& enter) const;
    /// The export whose archive this user fetches; nothing: none that was let through, or too long ago.
    [[nodiscard]] Result<std::optional<Release>> find(const Export& fetched) const;
    /// Whether an export of that id was let through before, for whomever.
    [[nodiscard]] Result<bool> is_known(const std::string& attachment, const std::string& id) const;

  private:
    static Result<void> use_up(ledger::Ledger::Transaction& transaction, const Export& wanted, const Grant& grant, std::int64_t now);
    Releases(ledger::Ledger& ledger, const Clock& clock) : ledger_(&ledger), clock_(&clock) {}
    ledger::Ledger* ledger_;
    const Clock* clock_;
};

} // namespace ombud::web
