#pragma once
// The half that has the keys: it signs what goes on from what it signed, whoever asks.

#include "events/result.hpp"
#include "ledger/epoch_signer.hpp"
#include "ledger/tree.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace ombud::signer {

/// Keeps in a folder: the keys of EpochSigner, and `signed`, the tree that it signed last.
///
/// It computes each root itself, from the tree that it signed last and the hashes of what came since: a smaller ledger, or another history, is
/// nothing that it could sign. The tree is durable before a signature is given, so the host asks for durable entries only.
/// Thread  one at a time
class Service {
  public:
    explicit Service(std::filesystem::path folder) : folder_(std::move(folder)) {}

    /// Answers one request of message.hpp.
    [[nodiscard]] std::string answer(std::string_view request);

  private:
    Result<std::string> handle(std::string_view word, std::string_view body);
    Result<std::string> hello(std::string_view name);
    Result<std::string> grow(std::string_view leaves);
    Result<std::string> sign(std::string_view text);
    Result<std::string> resume(std::string_view keys);

    const std::filesystem::path folder_;
    std::unique_ptr<ledger::EpochSigner> keys_; // null before `hello`
    ledger::Tree signed_, growing_;
};

} // namespace ombud::signer
