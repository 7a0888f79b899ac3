#pragma once
// One file, encrypted for its recipients: CMS AuthEnvelopedData with AES-256-GCM, written and read in windows.

#include "events/result.hpp"
#include "signing/cms/certificate.hpp"
#include "signing/cms/private_key.hpp"
#include "signing/digest.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace ombud::signing {

/// Who can open an envelope. Kept over several envelopes, since deriving a key from a passphrase takes long.
/// Thread  any
class EnvelopeRecipients {
  public:
    /// @param certificates  RSA of 2048 bits or more (OAEP with SHA-256), or EC (ECDH, X9.63 with SHA-256)
    /// Errors  invalid_input  nobody is named, somebody twice, or a key of another kind
    static Result<EnvelopeRecipients> create(std::vector<Certificate> certificates,
                                             const std::optional<std::string>& passphrase);
    struct Held; ///< for this folder
    [[nodiscard]] const Held& held() const { return *held_; }

  private:
    explicit EnvelopeRecipients(std::shared_ptr<const Held> held) : held_(std::move(held)) {}
    std::shared_ptr<const Held> held_;
};

/// Writes an envelope: head, the encrypted content, tail.
/// Thread  one at a time
/// Source  RFC 5083, RFC 5084, RFC 5652
class EnvelopeWriter {
  public:
    /// Makes a new key, for this envelope alone, and encrypts it for each recipient.
    /// Errors  invalid_input  a recipient's key cannot be used;  internal, unavailable  OpenSSL cannot
    static Result<EnvelopeWriter> begin(const EnvelopeRecipients& recipients);

    EnvelopeWriter(EnvelopeWriter&&) noexcept;
    EnvelopeWriter& operator=(EnvelopeWriter&&) noexcept;
    ~EnvelopeWriter();

    /// Hash of what AES-GCM's tag does not vouch for: the recipients, and the cipher with its IV. All other bytes
    /// before the content follow from its size. Known before anything is encrypted, so that a message inside can state
    /// it.
    [[nodiscard]] const Digest& wrapping_sha256() const;
    /// What stands before the content. Called once, before it is encrypted.
    /// @param content_bytes  how much that will be
    [[nodiscard]] std::vector<std::uint8_t> head(std::uint64_t content_bytes);
    /// Encrypts the next bytes of the content, at most 16 MB, into `out` of the same size, which may be `in`.
    [[nodiscard]] Result<void> encrypt(std::span<const std::uint8_t> in, std::uint8_t* out);
    /// What stands behind the content, once all of it was encrypted.
    /// Errors  internal  it was not as much as announced
    [[nodiscard]] Result<std::vector<std::uint8_t>> finish();

  private:
    struct State;
    explicit EnvelopeWriter(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

/// The key to envelopes: a private key with its certificate, or a passphrase.
/// Thread  one at a time: it remembers what it derived from a passphrase
class EnvelopeKey {
  public:
    /// Errors  invalid_input  key and certificate do not belong together
    static Result<EnvelopeKey> create(PrivateKey key, Certificate certificate);
    static EnvelopeKey of_passphrase(std::string passphrase);

    EnvelopeKey(EnvelopeKey&&) noexcept;
    EnvelopeKey& operator=(EnvelopeKey&&) noexcept;
    ~EnvelopeKey();

    struct Held; ///< for this folder
    [[nodiscard]] Held& held() { return *held_; }

  private:
    explicit EnvelopeKey(std::unique_ptr<Held> held);
    std::unique_ptr<Held> held_;
};

constexpr std::size_t envelope_head_bytes_max = 256 * 1'024;
constexpr std::size_t envelope_tail_bytes = 18; ///< the tag, an OCTET STRING of 16 bytes
constexpr std::size_t envelope_recipients_max = 65;

/// Where things are in an envelope.
struct EnvelopeLayout {
    std::uint64_t content_begin = 0;
    std::uint64_t content_bytes = 0;
    Digest wrapping_sha256{}; ///< as EnvelopeWriter::wrapping_sha256
};

/// Reads an envelope that an EnvelopeWriter wrote.
/// Thread  one at a time
class EnvelopeReader {
  public:
    /// @param head        the file's first envelope_head_bytes_max bytes, or all of it
    /// @param tail        its last envelope_tail_bytes
    /// @param file_bytes  its size
    /// Errors  corrupt  it is cut off, longer than it says, or of another form: what and where
    ///         refused  it is not for this certificate, or for no passphrase, or the key does not open it
    static Result<EnvelopeReader> open(std::span<const std::uint8_t> head, std::span<const std::uint8_t> tail,
                                       std::uint64_t file_bytes, EnvelopeKey& key);

    EnvelopeReader(EnvelopeReader&&) noexcept;
    EnvelopeReader& operator=(EnvelopeReader&&) noexcept;
    ~EnvelopeReader();

    [[nodiscard]] const EnvelopeLayout& layout() const;
    /// Decrypts the next bytes of the content, at most 16 MB, into `out` of the same size, which may be `in`.
    /// Nothing of it can be relied on before `finish`.
    [[nodiscard]] Result<void> decrypt(std::span<const std::uint8_t> in, std::uint8_t* out);
    /// Errors  corrupt  the content is not what was encrypted
    [[nodiscard]] Result<void> finish();

  private:
    struct State;
    explicit EnvelopeReader(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

} // namespace ombud::signing
