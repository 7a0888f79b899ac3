#include "signing/cosignature.hpp"

#include <catch2/catch.hpp>
#include <string>

using namespace ombud;
using namespace ombud::signing;

namespace {

const std::string text = "example.com/log\n7\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";

NoteVerifier verifier_of(const SigningKey& key, NoteKeyType type = NoteKeyType::cosignature) {
    return NoteVerifier::create("example.com/w1", key.public_key(), type).value();
}

Note note_with(const std::string& lines) { return parse_note(text + "\n" + lines).value(); }

} // namespace

TEST_CASE("a cosignature verifies, and says when the newest was made", "[cosignature]") {
    const auto key = SigningKey::generate().value();
    const auto verifier = verifier_of(key);
    const auto first = cosign_note(key, verifier, text, 1'679'315'147).value();
    const auto second = cosign_note(key, verifier, text, 1'679'315'150).value();

    CHECK(verify_cosignature(note_with(first), verifier).value() == 1'679'315'147);
    CHECK(verify_cosignature(note_with(second + first), verifier).value() == 1'679'315'150);
}

TEST_CASE("a cosignature's key is another than that of a note's signature, and reads back", "[cosignature]") {
    const auto key = SigningKey::generate().value();
    const auto cosigner = verifier_of(key);
    const auto signer = verifier_of(key, NoteKeyType::ed25519);

    CHECK(cosigner.key_id() != signer.key_id());
    CHECK(NoteVerifier::parse(cosigner.verifier_key(), NoteKeyType::cosignature)->key_id() == cosigner.key_id());
    CHECK_FALSE(NoteVerifier::parse(cosigner.verifier_key()));
    CHECK_FALSE(NoteVerifier::parse(signer.verifier_key(), NoteKeyType::cosignature));
    const auto signed_only = note_with(sign_note(key, signer, text).value());
    CHECK(verify_cosignature(signed_only, cosigner).error().code == ErrorCode::not_found);
}

TEST_CASE("a cosignature of another text, another time or cut short is corrupt", "[cosignature]") {
    const auto key = SigningKey::generate().value();
    const auto verifier = verifier_of(key);
    const auto line = cosign_note(key, verifier, text, 5).value();
    auto note = note_with(line);

    SECTION("another text") { note.text[0] = 'E'; }
    SECTION("another time") { note.signatures[0].bytes[7] ^= 1; }
    SECTION("a time beyond 2^63") { note.signatures[0].bytes[0] ^= 0x80; }
    SECTION("another signature") { note.signatures[0].bytes[20] ^= 1; }
    SECTION("cut short") { note.signatures[0].bytes.resize(71); }
    SECTION("hardly anything") { note.signatures[0].bytes.resize(3); }

    CHECK(verify_cosignature(note, verifier).error().code == ErrorCode::corrupt);
}
