#pragma once
// The keys of a ledger's epochs, followed through its entries and checkpoints. Private to this folder of the source.

#include "ledger/verify.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace ombud::ledger {

/// Each key is named by an entry under the one before: from the first checkpoint that covers the entry on, later ones must be signed under it.
/// Thread  one at a time
class EpochChain {
  public:
    using Tell = std::function<void(ProblemKind kind, std::uint64_t index, std::string message)>;

    /// @param name  the ledger's;  @param pinned  the first key, if somebody knows it
    EpochChain(std::string name, std::optional<signing::NoteVerifier> pinned, Tell tell)
        : name_(std::move(name)), pinned_(std::move(pinned)), tell_(std::move(tell)) {}

    /// An entry of kind `ledger.epoch`, in the order of indexes and checkpoints.
    void add_entry(std::uint64_t index, std::string_view line);
    /// A checkpoint that the ledger's own key has signed.
    /// @param what  names it in messages
    void add_checkpoint(std::string_view note, std::uint64_t size, const std::string& what);
    /// Behind the last of both.
    void end(VerifyReport& report);

  private:
    std::string name_;
    std::optional<signing::NoteVerifier> pinned_;
    Tell tell_;
    EpochKeys keys_;
    std::uint64_t next_at_ = 0, count_ = 0;
    std::string first_;
};

} // namespace ombud::ledger
