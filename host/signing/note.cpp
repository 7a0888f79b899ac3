#include "signing/note.hpp"

#include "signing/digest.hpp"
#include "signing/encoding.hpp"

#include <algorithm>

namespace ombud::signing {
namespace {

constexpr std::string_view dash = "\xE2\x80\x94 "; // em dash, space
constexpr std::size_t note_bytes_max = 1'000'000;

KeyId key_id_of(std::string_view name, const PublicKey& key, NoteKeyType type) {
    Sha256 hasher;
    hasher.update(name);
    const std::uint8_t separator[] = {0x0a, static_cast<std::uint8_t>(type)};
    hasher.update(separator);
    hasher.update(key.raw());
    const Digest digest = hasher.finish();
    KeyId id{};
    std::copy_n(digest.begin(), id.size(), id.begin());
    return id;
}

bool is_name(std::string_view name) {
    return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte > 0x20 && byte != 0x7f && c != '+';
    });
}

} // namespace

Result<NoteVerifier> NoteVerifier::create(std::string name, PublicKey key, NoteKeyType type) {
    if (!is_name(name))
        return fail(ErrorCode::invalid_input,
                    "'" + name + "' cannot name a signing key: it must not be empty or hold a space or a '+'");
    const KeyId id = key_id_of(name, key, type);
    return NoteVerifier(std::move(name), std::move(key), type, id);
}

Result<NoteVerifier> NoteVerifier::parse(std::string_view text, NoteKeyType type) {
    const auto wrong = [&](const std::string& what) {
        return fail(ErrorCode::invalid_input,
                    "'" + std::string(text.substr(0, 200)) + "' is not a verifier key: " + what);
    };
    const auto first = text.find('+');
    const auto second = first == std::string_view::npos ? first : text.find('+', first + 1);
    if (second == std::string_view::npos)
        return wrong("it must read name+hash+key");
    const auto blob = parse_base64(text.substr(second + 1)); // base64 may hold a '+', the two parts before may not
    if (!blob)
        return wrong(blob.error().message);
    if (blob->size() != 33 || blob->front() != static_cast<std::uint8_t>(type))
        return wrong(type == NoteKeyType::ed25519 ? "its key is not of type Ed25519"
                                                  : "its key is not of type Ed25519 cosignature (0x04)");
    auto key = PublicKey::from_raw(std::span(*blob).subspan(1));
    if (!key)
        return wrong(key.error().message);
    auto verifier = create(std::string(text.substr(0, first)), std::move(*key), type);
    if (!verifier)
        return verifier;
    if (hex(verifier->key_id()) != text.substr(first + 1, second - first - 1))
        return wrong("its hash is not that of its name and key");
    return verifier;
}

std::string NoteVerifier::verifier_key() const {
    std::vector<std::uint8_t> blob{static_cast<std::uint8_t>(type_)};
    blob.insert(blob.end(), key_.raw().begin(), key_.raw().end());
    return name_ + "+" + hex(id_) + "+" + base64(blob);
}

Result<Note> parse_note(std::string_view signed_note) {
    const auto wrong = [](const std::string& what) {
        return fail(ErrorCode::invalid_input, "not a signed note: " + what);
    };
    if (signed_note.size() > note_bytes_max)
        return wrong("larger than 1 MB");
    const auto split = signed_note.rfind("\n\n");
    if (split == std::string_view::npos)
        return wrong("no empty line between text and signatures");
    if (!signed_note.ends_with('\n'))
        return wrong("the last line does not end");
    Note note{std::string(signed_note.substr(0, split + 1)), {}};
    std::string_view lines = signed_note.substr(split + 2);
    while (!lines.empty()) {
        const auto end = lines.find('\n');
        std::string_view line = lines.substr(0, end);
        lines.remove_prefix(end + 1);
        if (!line.starts_with(dash))
            return wrong("a signature line does not start with a dash");
        line.remove_prefix(dash.size());
        const auto space = line.find(' ');
        if (space == std::string_view::npos || !is_name(line.substr(0, space)))
            return wrong("a signature line has no name");
        const auto blob = parse_base64(line.substr(space + 1));
        if (!blob || blob->size() < 5)
            return wrong("a signature line has no signature");
        NoteSignature signature{std::string(line.substr(0, space)), {}, {blob->begin() + 4, blob->end()}};
        std::copy_n(blob->begin(), 4, signature.key_id.begin());
        note.signatures.push_back(std::move(signature));
    }
    if (note.signatures.empty())
        return wrong("it has no signature");
    return note;
}

std::string signature_line(const NoteVerifier& verifier, std::span<const std::uint8_t> bytes) {
    std::vector<std::uint8_t> blob(verifier.key_id().begin(), verifier.key_id().end());
    blob.insert(blob.end(), bytes.begin(), bytes.end());
    return std::string(dash) + verifier.name() + " " + base64(blob) + "\n";
}

Result<std::string> sign_note(const SigningKey& key, const NoteVerifier& verifier, std::string_view text) {
    const auto signature = key.sign(bytes_of(text));
    if (!signature)
        return fail(signature.error());
    return signature_line(verifier, *signature);
}

Result<void> verify_note(const Note& note, const NoteVerifier& verifier) {
    for (const NoteSignature& signature : note.signatures) {
        if (signature.name != verifier.name() || signature.key_id != verifier.key_id())
            continue;
        if (!verifier.key().verifies(bytes_of(note.text), signature.bytes))
            return fail(ErrorCode::corrupt, "the signature of '" + verifier.name() + "' is wrong");
        return {};
    }
    return fail(ErrorCode::not_found, "no signature of '" + verifier.name() + "' with key " + hex(verifier.key_id()));
}

} // namespace ombud::signing
