#include "signing/cms/signed_message.hpp"

#include "signing/cms/openssl.hpp"
#include "signing/encoding.hpp"

#include <algorithm>

namespace ombud::signing {
namespace {

constexpr int certificates_max = 20;

Result<Certificate> copy_of(X509* x509) {
    const Owned<BIO> bio(BIO_new(BIO_s_mem()));
    unsigned char* der = nullptr;
    const int size = i2d_X509(x509, &der);
    if (size <= 0)
        return fail(ErrorCode::corrupt, "a certificate in it cannot be read: " + openssl_reason());
    const unsigned char* at = der;
    Owned<X509> copy(d2i_X509(nullptr, &at, size));
    OPENSSL_free(der);
    Digest digest{};
    if (!copy || !X509_get0_pubkey(copy.get()) || X509_digest(copy.get(), EVP_sha256(), digest.data(), nullptr) != 1)
        return fail(ErrorCode::corrupt, "a certificate in it cannot be read: " + openssl_reason());
    return Certificate(std::make_shared<const Certificate::Handle>(Certificate::Handle{std::move(copy), digest}));
}

Result<std::int64_t> signing_time_of(CMS_SignerInfo* signer) {
    const int at = CMS_signed_get_attr_by_NID(signer, NID_pkcs9_signingTime, -1);
    X509_ATTRIBUTE* attribute = at < 0 ? nullptr : CMS_signed_get_attr(signer, at);
    const ASN1_TYPE* type = attribute ? X509_ATTRIBUTE_get0_type(attribute, 0) : nullptr;
    if (!type || (type->type != V_ASN1_UTCTIME && type->type != V_ASN1_GENERALIZEDTIME))
        return fail(ErrorCode::corrupt, "the signature does not say when it was made");
    return utc_ns_of(type->value.asn1_string);
}

bool add_signing_time(CMS_SignerInfo* signer, std::int64_t utc_ns) {
    const auto time = asn1_time_of(utc_ns);
    return time && CMS_signed_add1_attr_by_NID(signer, NID_pkcs9_signingTime, time->type, time.get(), -1) == 1;
}

std::string who(const Certificate& certificate) {
    return certificate.subject() + " (SHA-256 " + hex(certificate.sha256()) + ")";
}

Result<void> verify_time(const Certificate& certificate, std::int64_t at_utc_ns) {
    if (certificate.is_valid_at(at_utc_ns))
        return {};
    return fail(ErrorCode::refused, "the certificate of " + who(certificate) +
                                        " was not valid when it was signed: valid " +
                                        utc_text(certificate.not_before_utc_ns()) + " to " +
                                        utc_text(certificate.not_after_utc_ns()) + ", signed " + utc_text(at_utc_ns));
}

} // namespace

Result<std::vector<std::uint8_t>> sign_message(std::span<const std::uint8_t> message, const PrivateKey& key,
                                               const Certificate& certificate, std::int64_t signed_at_utc_ns) {
    constexpr unsigned flags = CMS_PARTIAL | CMS_BINARY | CMS_NOSMIMECAP | CMS_CADES;
    const auto content = reading(message);
    const Owned<CMS_ContentInfo> cms(CMS_sign(nullptr, nullptr, nullptr, content.get(), flags));
    CMS_SignerInfo* signer =
        cms ? CMS_add1_signer(cms.get(), certificate.handle().x509.get(), key.handle().key.get(), EVP_sha256(), flags)
            : nullptr;
    if (!signer || !add_signing_time(signer, signed_at_utc_ns) ||
        CMS_final(cms.get(), content.get(), nullptr, flags) != 1)
        return fail(ErrorCode::unavailable,
                    "cannot sign with the key of " + certificate.subject() + ": " + openssl_reason());
    unsigned char* der = nullptr;
    const int size = i2d_CMS_ContentInfo(cms.get(), &der);
    if (size <= 0)
        return fail(ErrorCode::internal, "OpenSSL cannot write a signed message: " + openssl_reason());
    std::vector<std::uint8_t> bytes(der, der + size);
    OPENSSL_free(der);
    return bytes;
}

Result<SignedMessage> verify_message(std::span<const std::uint8_t> der) {
    const auto wrong = [](const std::string& how) { return fail(ErrorCode::corrupt, how); };
    if (der.size() > signed_message_bytes_max)
        return wrong("a signed message of " + std::to_string(der.size()) + " bytes is too long");
    const unsigned char* at = der.data();
    const Owned<CMS_ContentInfo> cms(d2i_CMS_ContentInfo(nullptr, &at, static_cast<long>(der.size())));
    if (!cms || at != der.data() + der.size() || OBJ_obj2nid(CMS_get0_type(cms.get())) != NID_pkcs7_signed ||
        CMS_is_detached(cms.get()) != 0)
        return wrong("it is no signed message: " + openssl_reason());
    STACK_OF(CMS_SignerInfo)* signers = CMS_get0_SignerInfos(cms.get());
    if (sk_CMS_SignerInfo_num(signers) != 1)
        return wrong("it has " + std::to_string(std::max(0, sk_CMS_SignerInfo_num(signers))) +
                     " signatures instead of one");
    const Owned<STACK_OF(X509)> all(CMS_get1_certs(cms.get()));
    if (sk_X509_num(all.get()) > certificates_max)
        return wrong("more than " + std::to_string(certificates_max) + " certificates");
    // Whose they are is asked later, of verify_signer: here they vouch for themselves, at any time.
    const Owned<X509_STORE> store(X509_STORE_new());
    for (int i = 0; store && i < sk_X509_num(all.get()); ++i)
        X509_STORE_add_cert(store.get(), sk_X509_value(all.get(), i));
    X509_STORE_set_flags(store.get(), X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_NO_CHECK_TIME);
    const Owned<BIO> out(BIO_new(BIO_s_mem()));
    if (CMS_verify(cms.get(), nullptr, store.get(), nullptr, out.get(), CMS_BINARY | CMS_CADES) != 1)
        return wrong("the signature does not fit: " + openssl_reason());
    const auto signed_at = signing_time_of(sk_CMS_SignerInfo_value(signers, 0));
    if (!signed_at)
        return fail(signed_at.error());
    X509* signer_x509 = nullptr;
    CMS_SignerInfo_get0_algs(sk_CMS_SignerInfo_value(signers, 0), nullptr, &signer_x509, nullptr, nullptr);
    if (!signer_x509)
        return wrong("the signer's certificate is not in it");
    auto signer = copy_of(signer_x509);
    if (!signer)
        return fail(signer.error());
    std::vector<Certificate> others;
    for (int i = 0; i < sk_X509_num(all.get()); ++i) {
        auto other = copy_of(sk_X509_value(all.get(), i));
        if (!other)
            return fail(other.error());
        if (!(*other == *signer))
            others.push_back(std::move(*other));
    }
    return SignedMessage{bytes_in(out.get()), std::move(*signer), std::move(others), *signed_at};
}

Result<void> verify_signer(const SignedMessage& message, std::span<const Certificate> trusted, std::int64_t at_utc_ns) {
    if (std::find(trusted.begin(), trusted.end(), message.signer) != trusted.end())
        return verify_time(message.signer, at_utc_ns);

    const Owned<X509_STORE> store(X509_STORE_new());
    const Owned<STACK_OF(X509)> untrusted(sk_X509_new_null());
    const Owned<X509_STORE_CTX> context(X509_STORE_CTX_new());
    if (!store || !untrusted || !context)
        return fail(ErrorCode::internal, "OpenSSL cannot verify a certificate: " + openssl_reason());
    for (const auto& certificate : trusted)
        X509_STORE_add_cert(store.get(), certificate.handle().x509.get());
    for (const auto& certificate : message.others) {
        X509_up_ref(certificate.handle().x509.get());
        sk_X509_push(untrusted.get(), certificate.handle().x509.get());
    }
    X509_STORE_CTX_init(context.get(), store.get(), message.signer.handle().x509.get(), untrusted.get());
    // What is trusted is trusted, whether it is a root or not.
    X509_STORE_CTX_set_flags(context.get(), X509_V_FLAG_PARTIAL_CHAIN);
    X509_STORE_CTX_set_time(context.get(), 0, static_cast<std::time_t>(at_utc_ns / 1'000'000'000));
    const bool fine = X509_verify_cert(context.get()) == 1;
    const int error = X509_STORE_CTX_get_error(context.get());
    ERR_clear_error();
    if (fine)
        return {};
    if (error == X509_V_ERR_CERT_HAS_EXPIRED || error == X509_V_ERR_CERT_NOT_YET_VALID) {
        if (auto own = verify_time(message.signer, at_utc_ns); !own)
            return own;
        return fail(ErrorCode::refused, "a certificate that issued that of " + who(message.signer) +
                                            " was not valid when it was signed, " + utc_text(at_utc_ns));
    }
    return fail(ErrorCode::refused,
                "signed by " + who(message.signer) +
                    ", whom nobody vouches for: " + X509_verify_cert_error_string(error) +
                    "\nhint: get the site's certificate on another way, compare that SHA-256, and trust it");
}

} // namespace ombud::signing
