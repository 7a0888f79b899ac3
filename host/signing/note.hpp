#pragma once
// Signed notes: a text with signature lines below it, as the Go checksum database and transparency logs use.

#include "events/result.hpp"
#include "signing/key.hpp"

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ombud::signing {

using KeyId = std::array<std::uint8_t, 4>;

/// What a key signs: the note itself, or that a witness has seen it (cosignature.hpp).
enum class NoteKeyType : std::uint8_t { ed25519 = 0x01, cosignature = 0x04 };

/// A name and an Ed25519 public key under which notes are signed.
/// Source  c2sp.org/signed-note, signature type 0x01; c2sp.org/tlog-cosignature, 0x04
class NoteVerifier {
  public:
    /// @param name  as `example.com/site`: not empty, no space, no '+', no control character
    /// Errors  invalid_input  the name breaks that rule
    static Result<NoteVerifier> create(std::string name, PublicKey key, NoteKeyType type = NoteKeyType::ed25519);
    /// Parses a verifier key: `name+hash+base64`.
    /// Errors  invalid_input  another form, another type than the one that is wanted, or a hash that does not fit
    static Result<NoteVerifier> parse(std::string_view verifier_key, NoteKeyType type = NoteKeyType::ed25519);

    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] const PublicKey& key() const { return key_; }
    [[nodiscard]] NoteKeyType type() const { return type_; }
    /// First four bytes of SHA-256(name ‖ 0x0A ‖ type ‖ public key).
    [[nodiscard]] const KeyId& key_id() const { return id_; }
    /// `name+hash+base64`, as golang.org/x/mod/sumdb/note.NewVerifier takes it.
    [[nodiscard]] std::string verifier_key() const;

  private:
    NoteVerifier(std::string name, PublicKey key, NoteKeyType type, KeyId id)
        : name_(std::move(name)), key_(std::move(key)), type_(type), id_(id) {}

    std::string name_;
    PublicKey key_;
    NoteKeyType type_;
    KeyId id_;
};

/// One line below a note: who signed, and the signature's bytes after the key id.
struct NoteSignature {
    std::string name;
    KeyId key_id{};
    std::vector<std::uint8_t> bytes;
};

/// A note taken apart; nothing in it is verified yet.
struct Note {
    std::string text; ///< what is signed; ends with a line feed
    std::vector<NoteSignature> signatures;
};

/// @param signed_note  at most 1 MB: text, empty line, one or more lines `— name base64`
/// Errors  invalid_input  another form
Result<Note> parse_note(std::string_view signed_note);

/// `— name base64(key id ‖ bytes)` and a line feed.
[[nodiscard]] std::string signature_line(const NoteVerifier& verifier, std::span<const std::uint8_t> bytes);

/// The line that goes below a note: the signature of its text.
/// @param text  the note's text; ends with a line feed
Result<std::string> sign_note(const SigningKey& key, const NoteVerifier& verifier, std::string_view text);

/// Checks that the verifier's key has signed the note; other signatures on it are ignored, as the format demands.
/// Errors  not_found  no signature under that name and key;  corrupt  there is one, and it is wrong
Result<void> verify_note(const Note& note, const NoteVerifier& verifier);

} // namespace ombud::signing
