#pragma once
// OpenSSL's objects as owners, and its errors as text. Private to this folder.

#include "signing/cms/certificate.hpp"
#include "signing/cms/private_key.hpp"

#include <memory>
#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ts.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <span>
#include <string>
#include <vector>

namespace ombud::signing {

struct FreeOpenssl {
    void operator()(ASN1_TIME* time) const { ASN1_TIME_free(time); }
    void operator()(BIO* bio) const { BIO_free_all(bio); }
    void operator()(CMS_ContentInfo* cms) const { CMS_ContentInfo_free(cms); }
    void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
    void operator()(X509* certificate) const { X509_free(certificate); }
    void operator()(X509_STORE* store) const { X509_STORE_free(store); }
    void operator()(X509_STORE_CTX* context) const { X509_STORE_CTX_free(context); }
    void operator()(TS_REQ* request) const { TS_REQ_free(request); }
    void operator()(TS_RESP* response) const { TS_RESP_free(response); }
    void operator()(TS_MSG_IMPRINT* imprint) const { TS_MSG_IMPRINT_free(imprint); }
    void operator()(TS_VERIFY_CTX* context) const { TS_VERIFY_CTX_free(context); }
    void operator()(X509_ALGOR* algorithm) const { X509_ALGOR_free(algorithm); }
    void operator()(STACK_OF(X509) * stack) const { sk_X509_pop_free(stack, X509_free); }
};
template <class T>
using Owned = std::unique_ptr<T, FreeOpenssl>;

struct Certificate::Handle {
    Owned<X509> x509;
    Digest sha256;
};

struct PrivateKey::Handle {
    Owned<EVP_PKEY> key;
    bool is_on_token = false;
};

/// What OpenSSL says of the failure that happened last, and forgets it.
[[nodiscard]] std::string openssl_reason();

/// The bytes of a memory BIO.
[[nodiscard]] std::vector<std::uint8_t> bytes_in(BIO* bio);

/// A BIO that reads `bytes`, which outlive it.
[[nodiscard]] Owned<BIO> reading(std::span<const std::uint8_t> bytes);

/// Nanoseconds since 1970.  Errors  invalid_input  it is no time
[[nodiscard]] Result<std::int64_t> utc_ns_of(const ASN1_TIME* time);

/// Rounded down to seconds.
[[nodiscard]] Owned<ASN1_TIME> asn1_time_of(std::int64_t utc_ns);

} // namespace ombud::signing
