#include "signing/note.hpp"

#include <catch2/catch.hpp>
#include <string>

using namespace ombud;
using namespace ombud::signing;

namespace {

// The example of golang.org/x/mod/sumdb/note's documentation.
const std::string peter_key = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const std::string peter_note =
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "\xE2\x80\x94 PeterNeumann "
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

NoteVerifier verifier_of(const SigningKey& key, const std::string& name) {
    auto verifier = NoteVerifier::create(name, key.public_key());
    REQUIRE(verifier);
    return *verifier;
}

} // namespace

TEST_CASE("a note that Go signed verifies", "[note]") {
    const auto verifier = NoteVerifier::parse(peter_key);
    REQUIRE(verifier);
    const auto note = parse_note(peter_note);
    REQUIRE(note);

    CHECK(verify_note(*note, *verifier));
    CHECK(verifier->verifier_key() == peter_key);
}

TEST_CASE("a note of which one letter was changed is corrupt", "[note]") {
    std::string changed = peter_note;
    changed[3] = 'Y';

    const auto verified = verify_note(parse_note(changed).value(), NoteVerifier::parse(peter_key).value());

    REQUIRE_FALSE(verified);
    CHECK(verified.error().code == ErrorCode::corrupt);
}

TEST_CASE("a note carries several signatures, and each key finds its own", "[note]") {
    const auto first = SigningKey::generate();
    const auto second = SigningKey::generate();
    const auto one = verifier_of(*first, "example.com/one");
    const auto two = verifier_of(*second, "example.com/two");
    const std::string text = "hello\n";
    const auto note =
        parse_note(text + "\n" + sign_note(*first, one, text).value() + sign_note(*second, two, text).value());
    REQUIRE(note);

    CHECK(note->text == text);
    CHECK(verify_note(*note, one));
    CHECK(verify_note(*note, two));
}

TEST_CASE("a note that a key has not signed is not found under it", "[note]") {
    const auto key = SigningKey::generate();
    const auto stranger = SigningKey::generate();
    const std::string text = "hello\n";
    const auto note = parse_note(text + "\n" + sign_note(*key, verifier_of(*key, "a"), text).value());

    CHECK(verify_note(*note, verifier_of(*stranger, "a")).error().code == ErrorCode::not_found);
    CHECK(verify_note(*note, verifier_of(*key, "b")).error().code == ErrorCode::not_found);
}

TEST_CASE("a text that is not a signed note is refused", "[note]") {
    struct Row {
        const char* behaviour;
        std::string text;
    };
    const Row rows[] = {
        {"nothing", ""},
        {"no signature", "text\n\n"},
        {"no empty line", "text\n\xE2\x80\x94 a AAAAAAAA\n"},
        {"no end of line", "text\n\n\xE2\x80\x94 a AAAAAAAA"},
        {"a hyphen for the dash", "text\n\n- a AAAAAAAA\n"},
        {"no name", "text\n\n\xE2\x80\x94  AAAAAAAA\n"},
        {"bad base64", "text\n\n\xE2\x80\x94 a AAA*AAAA\n"},
        {"too short for a key id", "text\n\n\xE2\x80\x94 a AAAA\n"},
        {"too large", std::string(1'000'001, 'x')},
    };
    for (const Row& row : rows) {
        DYNAMIC_SECTION(row.behaviour) {
            CHECK(parse_note(row.text).error().code == ErrorCode::invalid_input);
        }
    }
}

TEST_CASE("a verifier key that contradicts itself is refused", "[note]") {
    for (const std::string& key : {std::string("PeterNeumann"), std::string("Peter+Neumann"),
                                   "PeterNeumanx" + peter_key.substr(12), // another name, another hash
                                   "PeterNeumann+c74f20a4" + peter_key.substr(21), peter_key.substr(0, 40),
                                   std::string("a b") + peter_key.substr(12)}) {
        DYNAMIC_SECTION("'" << key << "'") {
            CHECK(NoteVerifier::parse(key).error().code == ErrorCode::invalid_input);
        }
    }
}
