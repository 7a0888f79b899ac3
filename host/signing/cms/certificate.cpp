#include "signing/cms/certificate.hpp"

#include "signing/cms/openssl.hpp"
#include "signing/random.hpp"

#include <array>
#include <fstream>
#include <openssl/pem.h>

namespace ombud::signing {
namespace {

constexpr std::size_t file_bytes_max = 1'000'000;

// A PEM that asks for a passphrase must not stop the program at a prompt.
int no_passphrase(char*, int, int, void*) {
    return 0;
}

Result<Certificate> certificate_of(Owned<X509> x509) {
    Digest digest{};
    unsigned size = 0;
    if (X509_digest(x509.get(), EVP_sha256(), digest.data(), &size) != 1 || size != digest.size())
        return fail(ErrorCode::internal, "OpenSSL cannot digest a certificate: " + openssl_reason());
    if (!X509_get0_pubkey(x509.get())) {
        ERR_clear_error();
        return fail(ErrorCode::invalid_input, "the certificate's public key cannot be read");
    }
    return Certificate(std::make_shared<const Certificate::Handle>(Certificate::Handle{std::move(x509), digest}));
}

bool add_extension(X509* certificate, int nid, const char* value) {
    X509V3_CTX context{};
    X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value);
    const bool added = extension && X509_add_ext(certificate, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    return added;
}

bool set_serial(X509* certificate) {
    std::array<std::uint8_t, 16> bytes{};
    if (!random_bytes(bytes))
        return false;
    bytes[0] = static_cast<std::uint8_t>((bytes[0] & 0x7f) | 0x40); // positive, and of full length
    BIGNUM* number = BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr);
    const bool set = number && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate));
    BN_free(number);
    return set;
}

} // namespace

Result<std::vector<Certificate>> Certificate::parse_all_pem(std::string_view pem, std::size_t max) {
    if (pem.size() > file_bytes_max)
        return fail(ErrorCode::invalid_input, "more than 1 MB is no list of certificates");
    const auto bio = reading(bytes_of(pem));
    std::vector<Certificate> all;
    while (Owned<X509> x509{PEM_read_bio_X509(bio.get(), nullptr, no_passphrase, nullptr)}) {
        if (all.size() == max)
            return fail(ErrorCode::invalid_input, "more than " + std::to_string(max) + " certificates");
        auto certificate = certificate_of(std::move(x509));
        if (!certificate)
            return fail(certificate.error());
        all.push_back(std::move(*certificate));
    }
    const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
    const std::string reason = openssl_reason();
    if (!at_end)
        return fail(ErrorCode::invalid_input, "a certificate in it cannot be read: " + reason);
    if (all.empty())
        return fail(ErrorCode::invalid_input, "no X.509 certificate in PEM");
    return all;
}

Result<Certificate> Certificate::parse_pem(std::string_view pem) {
    auto all = parse_all_pem(pem, 100);
    if (!all)
        return fail(all.error());
    return std::move(all->front());
}

Result<std::vector<Certificate>> Certificate::read_all(const std::filesystem::path& file, std::size_t max) {
    std::ifstream in(file, std::ios::binary);
    std::string pem(file_bytes_max + 1, '\0');
    if (!in || (in.read(pem.data(), static_cast<std::streamsize>(pem.size())), in.bad()))
        return fail(ErrorCode::not_found, file.string() + ": no such certificate file, or it cannot be read");
    pem.resize(static_cast<std::size_t>(in.gcount()));
    auto all = parse_all_pem(pem, max);
    if (!all)
        return fail(std::move(all.error()).within(file.string()));
    return all;
}

Result<Certificate> Certificate::self_signed(const PrivateKey& key, const std::string& common_name,
                                             std::int64_t not_before_utc_ns, std::int64_t not_after_utc_ns) {
    if (common_name.empty() || common_name.size() > 64)
        return fail(ErrorCode::invalid_input,
                    "a certificate's name has 1 to 64 bytes, this has " + std::to_string(common_name.size()));
    Owned<X509> x509(X509_new());
    EVP_PKEY* pkey = key.handle().key.get();
    const auto before = asn1_time_of(not_before_utc_ns);
    const auto after = asn1_time_of(not_after_utc_ns);
    X509_NAME* name = x509 ? X509_get_subject_name(x509.get()) : nullptr;
    if (!name || !before || !after || X509_set_version(x509.get(), X509_VERSION_3) != 1 || !set_serial(x509.get()) ||
        X509_set1_notBefore(x509.get(), before.get()) != 1 || X509_set1_notAfter(x509.get(), after.get()) != 1 ||
        X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8,
                                   reinterpret_cast<const unsigned char*>(common_name.data()),
                                   static_cast<int>(common_name.size()), -1, 0) != 1 ||
        X509_set_issuer_name(x509.get(), name) != 1 || X509_set_pubkey(x509.get(), pkey) != 1 ||
        !add_extension(x509.get(), NID_basic_constraints, "critical,CA:FALSE") ||
        !add_extension(x509.get(), NID_key_usage, "critical,digitalSignature,nonRepudiation") ||
        !add_extension(x509.get(), NID_subject_key_identifier, "hash") ||
        X509_sign(x509.get(), pkey, EVP_sha256()) <= 0)
        return fail(ErrorCode::internal, "OpenSSL cannot make a certificate: " + openssl_reason());
    return certificate_of(std::move(x509));
}

std::string Certificate::pem() const {
    const Owned<BIO> bio(BIO_new(BIO_s_mem()));
    PEM_write_bio_X509(bio.get(), handle_->x509.get());
    const auto bytes = bytes_in(bio.get());
    return {bytes.begin(), bytes.end()};
}

const Digest& Certificate::sha256() const {
    return handle_->sha256;
}

std::string Certificate::subject() const {
    const Owned<BIO> bio(BIO_new(BIO_s_mem()));
    X509_NAME_print_ex(bio.get(), X509_get_subject_name(handle_->x509.get()), 0,
                       XN_FLAG_RFC2253 & ~static_cast<unsigned long>(ASN1_STRFLGS_ESC_MSB));
    const auto bytes = bytes_in(bio.get());
    return {bytes.begin(), bytes.end()};
}

std::int64_t Certificate::not_before_utc_ns() const {
    return utc_ns_of(X509_get0_notBefore(handle_->x509.get())).value_or(INT64_MAX);
}

std::int64_t Certificate::not_after_utc_ns() const {
    return utc_ns_of(X509_get0_notAfter(handle_->x509.get())).value_or(INT64_MIN);
}

KeyKind Certificate::key_kind() const {
    const EVP_PKEY* key = X509_get0_pubkey(handle_->x509.get());
    return EVP_PKEY_is_a(key, "RSA") == 1 ? KeyKind::rsa : EVP_PKEY_is_a(key, "EC") == 1 ? KeyKind::ec : KeyKind::other;
}

int Certificate::key_bits() const {
    return EVP_PKEY_get_bits(X509_get0_pubkey(handle_->x509.get()));
}

bool Certificate::allows_encryption() const {
    X509* x509 = handle_->x509.get();
    const std::uint32_t usage = X509_get_key_usage(x509); // all bits, when it has no such extension
    return (usage & (key_kind() == KeyKind::ec ? KU_KEY_AGREEMENT : KU_KEY_ENCIPHERMENT)) != 0;
}

} // namespace ombud::signing
