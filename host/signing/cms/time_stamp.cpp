#include "signing/cms/time_stamp.hpp"

#include "signing/cms/openssl.hpp"
#include "signing/random.hpp"

#include <array>
#include <openssl/crypto.h>

namespace ombud::signing {
namespace {

Owned<TS_RESP> parse(std::span<const std::uint8_t> bytes) {
    if (bytes.size() > time_stamp_bytes_max)
        return nullptr;
    const unsigned char* at = bytes.data();
    Owned<TS_RESP> response(d2i_TS_RESP(nullptr, &at, static_cast<long>(bytes.size())));
    if (at != bytes.data() + bytes.size())
        return nullptr;
    return response;
}

Result<std::int64_t> time_of(TS_RESP* response) {
    TS_TST_INFO* info = TS_RESP_get_tst_info(response);
    if (!info)
        return fail(ErrorCode::refused, "the time stamping authority granted none");
    return utc_ns_of(TS_TST_INFO_get_time(info));
}

Owned<TS_MSG_IMPRINT> imprint_of(const Digest& sha256) {
    Owned<TS_MSG_IMPRINT> imprint(TS_MSG_IMPRINT_new());
    const Owned<X509_ALGOR> algorithm(X509_ALGOR_new());
    if (!imprint || !algorithm ||
        X509_ALGOR_set0(algorithm.get(), OBJ_nid2obj(NID_sha256), V_ASN1_NULL, nullptr) != 1 ||
        TS_MSG_IMPRINT_set_algo(imprint.get(), algorithm.get()) != 1 ||
        TS_MSG_IMPRINT_set_msg(imprint.get(), const_cast<unsigned char*>(sha256.data()),
                               static_cast<int>(sha256.size())) != 1)
        return nullptr;
    return imprint;
}

} // namespace

Result<std::vector<std::uint8_t>> time_stamp_query(const Digest& sha256) {
    const auto failure = [] {
        return fail(ErrorCode::internal, "OpenSSL cannot make a time stamp query: " + openssl_reason());
    };
    std::array<std::uint8_t, 8> random{};
    if (auto filled = random_bytes(random); !filled)
        return fail(filled.error());
    random[0] = static_cast<std::uint8_t>((random[0] & 0x7f) | 0x40);
    std::uint64_t number = 0;
    for (const std::uint8_t byte : random)
        number = number << 8 | byte;
    const Owned<TS_REQ> request(TS_REQ_new());
    const auto imprint = imprint_of(sha256);
    ASN1_INTEGER* nonce = ASN1_INTEGER_new();
    const bool made = request && imprint && nonce && ASN1_INTEGER_set_uint64(nonce, number) == 1 &&
                      TS_REQ_set_version(request.get(), 1) == 1 &&
                      TS_REQ_set_msg_imprint(request.get(), imprint.get()) == 1 &&
                      TS_REQ_set_nonce(request.get(), nonce) == 1 && TS_REQ_set_cert_req(request.get(), 1) == 1;
    ASN1_INTEGER_free(nonce);
    unsigned char* der = nullptr;
    const int size = made ? i2d_TS_REQ(request.get(), &der) : -1;
    if (size <= 0)
        return failure();
    std::vector<std::uint8_t> bytes(der, der + size);
    OPENSSL_free(der);
    return bytes;
}

Result<std::int64_t> check_time_stamp(std::span<const std::uint8_t> bytes, std::span<const std::uint8_t> query) {
    const unsigned char* at = query.data();
    const Owned<TS_REQ> request(d2i_TS_REQ(nullptr, &at, static_cast<long>(query.size())));
    const auto response = parse(bytes);
    if (!request || !response)
        return fail(ErrorCode::corrupt, "the answer is no time stamp (RFC 3161): " + openssl_reason());
    const Owned<TS_VERIFY_CTX> context(TS_REQ_to_TS_VERIFY_CTX(request.get(), nullptr));
    if (!context)
        return fail(ErrorCode::internal, "OpenSSL cannot check a time stamp: " + openssl_reason());
    TS_VERIFY_CTX_set_flags(context.get(), TS_VFY_VERSION | TS_VFY_IMPRINT | TS_VFY_NONCE);
    const auto time = time_of(response.get());
    if (!time)
        return time;
    if (TS_RESP_verify_response(context.get(), response.get()) != 1)
        return fail(ErrorCode::corrupt, "the answer is not to what was asked: " + openssl_reason());
    return time;
}

Result<std::int64_t> verify_time_stamp(std::span<const std::uint8_t> bytes, const Digest& sha256,
                                       std::span<const Certificate> authorities, std::int64_t now_utc_ns) {
    const auto response = parse(bytes);
    if (!response)
        return fail(ErrorCode::corrupt, "it is no time stamp (RFC 3161): " + openssl_reason());
    const auto time = time_of(response.get());
    if (!time)
        return time;
    const Owned<TS_VERIFY_CTX> context(TS_VERIFY_CTX_new());
    Owned<X509_STORE> store(X509_STORE_new());
    auto* imprint = static_cast<unsigned char*>(OPENSSL_memdup(sha256.data(), sha256.size()));
    if (!context || !store || !imprint) {
        OPENSSL_free(imprint);
        return fail(ErrorCode::internal, "OpenSSL cannot verify a time stamp: " + openssl_reason());
    }
    for (const auto& authority : authorities)
        X509_STORE_add_cert(store.get(), authority.handle().x509.get());
    X509_VERIFY_PARAM_set_time(X509_STORE_get0_param(store.get()),
                               static_cast<std::time_t>(now_utc_ns / 1'000'000'000));
    X509_STORE_set_flags(store.get(), X509_V_FLAG_PARTIAL_CHAIN);
    TS_VERIFY_CTX_set_flags(context.get(), TS_VFY_VERSION | TS_VFY_IMPRINT | TS_VFY_SIGNATURE);
    TS_VERIFY_CTX_set_imprint(context.get(), imprint, static_cast<long>(sha256.size())); // takes it
    TS_VERIFY_CTX_set_store(context.get(), store.release());                             // takes it
    if (TS_RESP_verify_response(context.get(), response.get()) == 1)
        return time;
    const bool is_unknown = ERR_GET_REASON(ERR_peek_last_error()) == TS_R_CERTIFICATE_VERIFY_ERROR;
    const char* data = nullptr;
    int flags = 0;
    ERR_peek_last_error_data(&data, &flags);
    const std::string details = data && (flags & ERR_TXT_STRING) != 0 ? std::string(": ") + data : std::string();
    const std::string reason = openssl_reason() + details;
    return fail(is_unknown ? ErrorCode::refused : ErrorCode::corrupt,
                is_unknown ? "the time stamp is of an authority that is not trusted: " + reason
                           : "the time stamp does not fit: " + reason);
}

} // namespace ombud::signing
