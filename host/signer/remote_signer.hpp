#pragma once
// The ledger's signer in a process of its own, and under an account of its own where there is one.

#include "ledger/signer.hpp"

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <sys/types.h>

namespace ombud::signer {

struct RemoteOptions {
    std::filesystem::path program; ///< ombud-signer
    std::filesystem::path folder;  ///< of its keys and memory; made, and given to its account
    std::filesystem::path ledger;  ///< the folder of the ledger that it signs, read for the hashes of new entries
    std::string name;              ///< of the ledger
    std::string account = "ombud-signer"; ///< whose rights it has when this process is root and there is such an account; else this process's own
};

/// Starts the process, and again when it has ended. It can read neither the ledger nor anything else of the state: what it is asked comes over a socket.
/// A ledger that is smaller than what it signed, or another, it does not sign.
/// Thread  as Signer
class RemoteSigner final : public ledger::Signer {
  public:
    /// Errors  unavailable  the process cannot be started;  those of Service's `hello`
    static Result<std::unique_ptr<RemoteSigner>> start(RemoteOptions options);
    ~RemoteSigner() override;

    [[nodiscard]] const signing::NoteVerifier& verifier() const override { return *verifier_; }
    Result<std::string> sign(std::string_view text) override;
    Result<void> resume(const ledger::EpochKeys& keys) override;
    Result<signing::NoteVerifier> prepare_epoch() override;
    Result<void> enter_epoch() override;

    [[nodiscard]] pid_t pid() const { return pid_; }

  private:
    explicit RemoteSigner(RemoteOptions options) : options_(std::move(options)) {}
    Result<void> launch();
    void end();
    /// Starts the process anew when it has ended, once.
    Result<std::string> ask(const std::string& request);
    Result<std::string> ask_once(const std::string& request);
    /// Hands over the hashes of the entries from one to another (exclusive).
    Result<void> grow(std::uint64_t from, std::uint64_t end);
    [[nodiscard]] std::string resume_request() const;

    const RemoteOptions options_;
    int fd_ = -1;
    pid_t pid_ = -1;
    std::optional<signing::NoteVerifier> verifier_;
    ledger::EpochKeys epoch_; // what a process that is started again must be told
};

} // namespace ombud::signer
