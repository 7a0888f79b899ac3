#pragma once
// The ledger's checkpoints, kept outside this machine: without one, an older state of the whole folder cannot be told from the newest.

#include "config/ledger_settings.hpp"
#include "events/clock.hpp"
#include "events/result.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace ombud::anchors {

class Lane;
struct Offered;

/// How one anchor stands.
struct AnchorStatus {
    std::string name;               ///< as config::Anchor::name
    std::uint64_t kept_size = 0;    ///< entries that the newest kept checkpoint states; 0: none in this run
    std::int64_t kept_utc_ns = 0;   ///< when that was
    std::uint64_t waiting_size = 0; ///< of the checkpoint that waits; 0: none does
    bool is_behind = false;         ///< one has waited for more than three of its intervals
    bool contradicts = false;       ///< what is kept there is not of this ledger's past: rolled back or rewritten
    std::string failure{};          ///< why the last attempt failed; tried again
};

/// Thread  any
class Anchors {
  public:
    /// @param ledger  the ledger's folder, read for proofs;  @param folder  for evidence of anchors without a path
    Anchors(std::filesystem::path ledger, std::filesystem::path folder, const Clock& clock);
    /// Tries to keep what waits, for some seconds.
    ~Anchors();

    /// Ends anchors that are not among these, keeps those that are, and makes the others.
    /// Errors  of the first that cannot be made; then nothing has changed
    Result<void> apply(const std::vector<config::Anchor>& wanted);
    /// A new checkpoint, a signed note. Hands over and returns.
    void offer(const std::string& note);

    [[nodiscard]] std::vector<AnchorStatus> status() const;

  private:
    const std::filesystem::path ledger_, folder_;
    const Clock& clock_;
    mutable std::mutex mutex_;
    std::vector<std::shared_ptr<Lane>> lanes_;
    std::unique_ptr<Offered> newest_;
};

} // namespace ombud::anchors
