#include "signing/web_push.hpp"

#include "signing/base64url.hpp"
#include "signing/digest.hpp"
#include "signing/random.hpp"

#include <algorithm>
#include <memory>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>

namespace ombud::signing {
namespace {

struct FreeCipher {
    void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};

constexpr std::size_t tag_bytes = 16;
constexpr std::uint32_t record_bytes = 4096;

template <std::size_t N>
Result<std::array<std::uint8_t, N>> parse_fixed(std::string_view name, std::string_view text) {
    const auto bytes = parse_base64url(text);
    if (!bytes || bytes->size() != N)
        return fail(ErrorCode::invalid_input,
                    std::string(name) + ": not " + std::to_string(N) + " bytes in base64url");
    std::array<std::uint8_t, N> fixed{};
    std::copy(bytes->begin(), bytes->end(), fixed.begin());
    return fixed;
}

/// HKDF for results of one block. Source RFC 5869
Digest derive(std::span<const std::uint8_t> salt, std::span<const std::uint8_t> secret,
              std::vector<std::uint8_t> info) {
    info.push_back(1); // the number of the block
    return hmac_sha256(hmac_sha256(salt, secret), info);
}

/// The text with the zero byte that ends it, as every info of RFC 8188 and 8291 has it.
std::vector<std::uint8_t> info_of(std::string_view text) {
    const auto bytes = bytes_of(text);
    std::vector<std::uint8_t> info(bytes.begin(), bytes.end());
    info.push_back(0);
    return info;
}

Result<void> seal(std::span<const std::uint8_t> key, std::span<const std::uint8_t> nonce,
                  std::span<const std::uint8_t> plain, std::vector<std::uint8_t>& out) {
    const std::unique_ptr<EVP_CIPHER_CTX, FreeCipher> context(EVP_CIPHER_CTX_new());
    const std::size_t begin = out.size();
    out.resize(begin + plain.size() + tag_bytes);
    int size = 0;
    int rest = 0;
    if (!context || EVP_EncryptInit_ex2(context.get(), EVP_aes_128_gcm(), key.data(), nonce.data(), nullptr) != 1 ||
        EVP_EncryptUpdate(context.get(), out.data() + begin, &size, plain.data(), static_cast<int>(plain.size())) != 1 ||
        EVP_EncryptFinal_ex(context.get(), out.data() + begin + size, &rest) != 1 ||
        EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, static_cast<int>(tag_bytes),
                            out.data() + begin + plain.size()) != 1) {
        ERR_clear_error();
        return fail(ErrorCode::internal, "OpenSSL cannot encrypt with AES-128-GCM");
    }
    return {};
}

bool is_url_text(std::string_view text) {
    return std::all_of(text.begin(), text.end(),
                       [](char c) { return c > ' ' && c < '\x7f' && c != '"' && c != '\\' && c != '<' && c != '>'; });
}

} // namespace

Result<PushKeys> PushKeys::parse(std::string_view p256dh, std::string_view auth) {
    const auto point = parse_fixed<65>("p256dh", p256dh);
    if (!point)
        return fail(point.error());
    const auto secret = parse_fixed<16>("auth", auth);
    if (!secret)
        return fail(secret.error());
    return PushKeys{*point, *secret};
}

Result<std::vector<std::uint8_t>> encrypt_push(const PushKeys& keys, std::string_view plaintext) {
    const auto sender = P256Key::generate();
    if (!sender)
        return fail(sender.error());
    std::array<std::uint8_t, 16> salt{};
    if (auto filled = random_bytes(salt); !filled)
        return fail(filled.error());
    return encrypt_push(keys, plaintext, *sender, salt);
}

Result<std::vector<std::uint8_t>> encrypt_push(const PushKeys& keys, std::string_view plaintext, const P256Key& sender,
                                               const std::array<std::uint8_t, 16>& salt) {
    if (plaintext.size() > push_bytes_max)
        return fail(ErrorCode::invalid_input, "a push of " + std::to_string(plaintext.size()) +
                                                  " bytes is longer than " + std::to_string(push_bytes_max));
    auto secret = sender.agree(keys.p256dh);
    if (!secret)
        return fail(std::move(secret.error()).within("p256dh"));

    auto key_info = info_of("WebPush: info");
    key_info.insert(key_info.end(), keys.p256dh.begin(), keys.p256dh.end());
    key_info.insert(key_info.end(), sender.point().begin(), sender.point().end());
    Digest keying = derive(keys.auth, *secret, std::move(key_info));
    Digest key = derive(salt, keying, info_of("Content-Encoding: aes128gcm"));
    const Digest nonce = derive(salt, keying, info_of("Content-Encoding: nonce"));

    std::vector<std::uint8_t> body(salt.begin(), salt.end());
    for (const int shift : {24, 16, 8, 0})
        body.push_back(static_cast<std::uint8_t>(record_bytes >> shift));
    body.push_back(static_cast<std::uint8_t>(sender.point().size()));
    body.insert(body.end(), sender.point().begin(), sender.point().end());

    const auto text = bytes_of(plaintext);
    std::vector<std::uint8_t> record(text.begin(), text.end());
    record.push_back(2); // the last record
    auto sealed = seal(std::span(key).first(16), std::span(nonce).first(12), record, body);
    for (auto* secret_bytes : {&keying, &key})
        OPENSSL_cleanse(secret_bytes->data(), secret_bytes->size());
    OPENSSL_cleanse(secret->data(), secret->size());
    if (!sealed)
        return fail(std::move(sealed.error()));
    return body;
}

Result<std::string> vapid_authorization(const P256Key& key, std::string_view audience, std::string_view contact,
                                        std::int64_t expires_utc_s) {
    for (const std::string_view text : {audience, contact})
        if (!is_url_text(text))
            return fail(ErrorCode::invalid_input, "'" + std::string(text) + "' is not a URL");
    const std::string claims = R"({"aud":")" + std::string(audience) + R"(","exp":)" + std::to_string(expires_utc_s) +
                               R"(,"sub":")" + std::string(contact) + "\"}";
    std::string token = base64url(bytes_of(R"({"typ":"JWT","alg":"ES256"})")) + "." + base64url(bytes_of(claims));
    const auto signature = key.sign_es256(token);
    if (!signature)
        return fail(signature.error());
    return "vapid t=" + token + "." + base64url(*signature) + ", k=" + base64url(key.point());
}

} // namespace ombud::signing
