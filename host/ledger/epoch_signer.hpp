#pragma once
// A signer whose second key is replaced each day, and the old one destroyed.

#include "ledger/signer.hpp"

#include <filesystem>
#include <memory>
#include <optional>

namespace ombud::ledger {

/// Signs with the ledger's key, and below it with the key of the epoch under way. Whoever takes both today cannot write
/// yesterday anew: its checkpoints need a key that is gone.
///
/// The keys of epochs are files beside the ledger's: `KEY-epoch.pem`, and until its epoch begins `KEY-epoch-next.pem`, for a key file
/// `KEY.pem`. A key is destroyed by overwriting and removing its file; what a file system or a disk keeps of it is beyond us.
class EpochSigner final : public Signer {
  public:
    /// Errors  those of KeySigner::open
    static Result<std::unique_ptr<EpochSigner>> open(const std::filesystem::path& key_file, std::string name);

    [[nodiscard]] const signing::NoteVerifier& verifier() const override { return root_.verifier(); }
    Result<std::string> sign(std::string_view text) override;
    Result<void> resume(const EpochKeys& keys) override;
    Result<signing::NoteVerifier> prepare_epoch() override;
    Result<void> enter_epoch() override;

  private:
    struct Pair {
        signing::SigningKey key;
        signing::NoteVerifier verifier;
    };
    EpochSigner(KeySigner root, std::filesystem::path current, std::filesystem::path next)
        : root_(std::move(root)), current_file_(std::move(current)), next_file_(std::move(next)) {}
    [[nodiscard]] Result<std::optional<Pair>> load(const std::filesystem::path& file) const;
    [[nodiscard]] Result<Pair> pair_of(signing::SigningKey key) const;

    KeySigner root_;
    const std::filesystem::path current_file_, next_file_;
    std::optional<Pair> current_, next_;
};

} // namespace ombud::ledger
