// Keys on tokens. Debian 12's OpenSSL reaches PKCS #11 by an engine only; OpenSSL 3 calls engines deprecated.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "signing/cms/openssl.hpp"

#include <openssl/engine.h>
#include <openssl/ui.h>

namespace ombud::signing {
namespace {

struct FreeEngine {
    void operator()(ENGINE* engine) const {
        ENGINE_finish(engine);
        ENGINE_free(engine);
    }
};

} // namespace

Result<PrivateKey> PrivateKey::from_token(const std::string& uri, const std::optional<std::string>& pin) {
    if (!uri.starts_with("pkcs11:"))
        return fail(ErrorCode::invalid_input,
                    "'" + uri + "' is no address of a key on a token; it begins with pkcs11:");
    if (uri.find("pin-value") != std::string::npos)
        return fail(ErrorCode::invalid_input,
                    "the address of a key must not hold its PIN, which would be shown in logs");
    ENGINE_load_dynamic();
    ENGINE* found = ENGINE_by_id("pkcs11");
    if (!found || ENGINE_init(found) != 1) {
        ENGINE_free(found);
        return fail(ErrorCode::unavailable,
                    "OpenSSL has no engine for tokens: " + openssl_reason() +
                        "\nhint: install libengine-pkcs11-openssl and the token's PKCS #11 module");
    }
    const std::unique_ptr<ENGINE, FreeEngine> engine(found);
    ENGINE_ctrl_cmd_string(engine.get(), "QUIET", nullptr, 0); // it would write to standard error what we return
    if (pin && ENGINE_ctrl_cmd_string(engine.get(), "PIN", pin->c_str(), 0) != 1)
        return fail(ErrorCode::unavailable, uri + ": the engine does not take a PIN: " + openssl_reason());
    // UI_null: a missing PIN must not stop the program at a prompt.
    Owned<EVP_PKEY> key(ENGINE_load_private_key(engine.get(), uri.c_str(), const_cast<UI_METHOD*>(UI_null()), nullptr));
    if (!key)
        return fail(ErrorCode::invalid_input, uri + ": there is no such key, or the PIN is wrong: " + openssl_reason());
    return PrivateKey(std::make_shared<const Handle>(Handle{std::move(key), true}));
}

} // namespace ombud::signing
