#include "signing/p256.hpp"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <vector>

namespace ombud::signing {
namespace {

struct Free {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
    void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
    void operator()(BIO* bio) const { BIO_free_all(bio); }
    void operator()(BIGNUM* number) const { BN_clear_free(number); }
    void operator()(ECDSA_SIG* signature) const { ECDSA_SIG_free(signature); }
    void operator()(OSSL_PARAM* params) const { OSSL_PARAM_free(params); }
    void operator()(OSSL_PARAM_BLD* builder) const { OSSL_PARAM_BLD_free(builder); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

constexpr std::size_t pem_bytes_max = 16'384;

// A PEM that asks for a passphrase must not stop the daemon at a prompt.
int no_passphrase(char*, int, int, void*) {
    return 0;
}

bool is_p256(const EVP_PKEY* key) {
    char group[32] = {};
    std::size_t size = 0;
    return EVP_PKEY_is_a(key, "EC") == 1 && EVP_PKEY_get_group_name(key, group, sizeof group, &size) == 1 &&
           std::string_view(group, size) == "prime256v1";
}

/// A key of the point, and of the scalar when there is one; null when they are no key.
Owned<EVP_PKEY> key_of(const P256Point& point, const BIGNUM* scalar) {
    const Owned<OSSL_PARAM_BLD> builder(OSSL_PARAM_BLD_new());
    if (!builder ||
        OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0) != 1 ||
        OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()) != 1 ||
        (scalar && OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_PRIV_KEY, scalar) != 1))
        return nullptr;
    const Owned<OSSL_PARAM> params(OSSL_PARAM_BLD_to_param(builder.get()));
    const Owned<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
    EVP_PKEY* made = nullptr;
    if (!params || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
        EVP_PKEY_fromdata(context.get(), &made, scalar ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY, params.get()) != 1) {
        ERR_clear_error();
        return nullptr;
    }
    return Owned<EVP_PKEY>(made);
}

Result<P256Point> point_of(EVP_PKEY* key) {
    P256Point point{};
    std::size_t size = 0;
    if (EVP_PKEY_set_utf8_string_param(key, OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT, "uncompressed") != 1 ||
        EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size(), &size) != 1 ||
        size != point.size()) {
        ERR_clear_error();
        return fail(ErrorCode::internal, "OpenSSL does not tell the public half of a P-256 key");
    }
    return point;
}

} // namespace

struct P256Key::Handle {
    Owned<EVP_PKEY> key;
};

Result<P256Key> P256Key::generate() {
    Owned<EVP_PKEY> key(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
    if (!key)
        return fail(ErrorCode::unavailable, "OpenSSL cannot make a P-256 key; the random generator failed");
    const auto point = point_of(key.get());
    if (!point)
        return fail(point.error());
    return P256Key(std::make_shared<const Handle>(Handle{std::move(key)}), *point);
}

Result<P256Key> P256Key::parse_pem(std::string_view pem) {
    const Owned<BIO> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(std::min(pem.size(), pem_bytes_max))));
    Owned<EVP_PKEY> key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr));
    ERR_clear_error();
    if (!key || !is_p256(key.get()))
        return fail(ErrorCode::invalid_input,
                    "not an unencrypted private key on P-256 in PEM\n"
                    "hint: make one with openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256");
    const auto point = point_of(key.get());
    if (!point)
        return fail(point.error());
    return P256Key(std::make_shared<const Handle>(Handle{std::move(key)}), *point);
}

Result<P256Key> P256Key::from_raw(std::span<const std::uint8_t> scalar, const P256Point& point) {
    const Owned<BIGNUM> number(BN_secure_new());
    Owned<EVP_PKEY> key;
    if (number && scalar.size() == 32 && BN_bin2bn(scalar.data(), static_cast<int>(scalar.size()), number.get()))
        key = key_of(point, number.get());
    const Owned<EVP_PKEY_CTX> context(key ? EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr) : nullptr);
    if (!context || EVP_PKEY_pairwise_check(context.get()) != 1) {
        ERR_clear_error();
        return fail(ErrorCode::invalid_input, "this scalar and this point are no key on P-256");
    }
    return P256Key(std::make_shared<const Handle>(Handle{std::move(key)}), point);
}

std::string P256Key::pem() const {
    const Owned<BIO> bio(BIO_new(BIO_s_secmem()));
    PEM_write_bio_PKCS8PrivateKey(bio.get(), handle_->key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio.get(), &data);
    return {data, static_cast<std::size_t>(size)};
}

Result<std::array<std::uint8_t, 32>> P256Key::agree(const P256Point& peer) const {
    const auto other = key_of(peer, nullptr);
    if (!other)
        return fail(ErrorCode::invalid_input, "not a point of the curve P-256");
    std::array<std::uint8_t, 32> secret{};
    std::size_t size = secret.size();
    const Owned<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new_from_pkey(nullptr, handle_->key.get(), nullptr));
    if (!context || EVP_PKEY_derive_init(context.get()) != 1 ||
        EVP_PKEY_derive_set_peer(context.get(), other.get()) != 1 ||
        EVP_PKEY_derive(context.get(), secret.data(), &size) != 1 || size != secret.size()) {
        ERR_clear_error();
        return fail(ErrorCode::internal, "OpenSSL cannot derive a secret on P-256");
    }
    return secret;
}

Result<std::array<std::uint8_t, 64>> P256Key::sign_es256(std::string_view message) const {
    const auto failure = [] {
        ERR_clear_error();
        return fail(ErrorCode::internal, "OpenSSL cannot sign with the P-256 key");
    };
    const auto* bytes = reinterpret_cast<const unsigned char*>(message.data());
    const Owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
    std::size_t size = 0;
    if (!context ||
        EVP_DigestSignInit_ex(context.get(), nullptr, "SHA256", nullptr, nullptr, handle_->key.get(), nullptr) != 1 ||
        EVP_DigestSign(context.get(), nullptr, &size, bytes, message.size()) != 1)
        return failure();
    std::vector<unsigned char> der(size);
    if (EVP_DigestSign(context.get(), der.data(), &size, bytes, message.size()) != 1)
        return failure();
    const unsigned char* at = der.data();
    const Owned<ECDSA_SIG> signature(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(size)));
    std::array<std::uint8_t, 64> raw{};
    if (!signature || BN_bn2binpad(ECDSA_SIG_get0_r(signature.get()), raw.data(), 32) != 32 ||
        BN_bn2binpad(ECDSA_SIG_get0_s(signature.get()), raw.data() + 32, 32) != 32)
        return failure();
    return raw;
}

} // namespace ombud::signing
