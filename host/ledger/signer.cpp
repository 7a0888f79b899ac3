#include "ledger/signer.hpp"

namespace ombud::ledger {

Result<KeySigner> KeySigner::open(const std::filesystem::path& key_file, std::string name) {
    auto key = signing::SigningKey::load(key_file);
    if (!key && key.error().code == ErrorCode::not_found) {
        key = signing::SigningKey::generate();
        if (key)
            if (auto saved = key->save(key_file); !saved)
                return fail(saved.error());
    }
    if (!key)
        return fail(key.error());
    auto verifier = signing::NoteVerifier::create(std::move(name), key->public_key());
    if (!verifier)
        return fail(verifier.error());
    return KeySigner(std::move(*key), std::move(*verifier));
}

} // namespace ombud::ledger
