#include "signing/key.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <sys/stat.h>
#include <unistd.h>

namespace ombud::signing {
namespace {

struct Free {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
    void operator()(BIO* bio) const { BIO_free_all(bio); }
};
using PkeyPtr = std::unique_ptr<EVP_PKEY, Free>;
using BioPtr = std::unique_ptr<BIO, Free>;

constexpr std::size_t pem_bytes_max = 16'384; // an Ed25519 key has 119

std::string content_of(BIO* bio) {
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio, &data);
    return {data, static_cast<std::size_t>(size)};
}

struct Asked {
    const std::optional<std::string>& passphrase;
    bool was_asked = false;
};

// A file that asks for a passphrase must not stop the daemon at a prompt.
int give_passphrase(char* to, int size, int, void* data) {
    auto* asked = static_cast<Asked*>(data);
    if (asked == nullptr)
        return -1;
    asked->was_asked = true;
    const auto& passphrase = asked->passphrase;
    if (!passphrase || passphrase->size() > static_cast<std::size_t>(size))
        return -1;
    std::copy(passphrase->begin(), passphrase->end(), to);
    return static_cast<int>(passphrase->size());
}

PublicKey::Raw raw_public_of(const EVP_PKEY* key) {
    PublicKey::Raw raw{};
    std::size_t size = raw.size();
    EVP_PKEY_get_raw_public_key(key, raw.data(), &size);
    return raw;
}

bool is_ed25519(const EVP_PKEY* key) {
    return EVP_PKEY_is_a(key, "ED25519") == 1;
}

std::string errno_text() {
    return std::strerror(errno);
}

struct Fd {
    explicit Fd(int opened) : number(opened) {}
    ~Fd() {
        if (number >= 0)
            ::close(number);
    }
    Fd(const Fd&) = delete;
    Fd& operator=(const Fd&) = delete;
    int number;
};

Result<std::string> read_private(const std::filesystem::path& file) {
    const Fd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    if (fd.number < 0) {
        if (errno == ENOENT)
            return fail(ErrorCode::not_found, file.string() + ": no such key file");
        if (errno == ELOOP)
            return fail(ErrorCode::refused, file.string() + ": is a symbolic link; name the key file itself");
        return fail(ErrorCode::unavailable, file.string() + ": cannot open: " + errno_text());
    }
    struct stat found {};
    if (::fstat(fd.number, &found) != 0)
        return fail(ErrorCode::unavailable, file.string() + ": " + errno_text());
    if (!S_ISREG(found.st_mode))
        return fail(ErrorCode::refused, file.string() + ": is not a plain file");
    if ((found.st_mode & 077) != 0)
        return fail(ErrorCode::refused, file.string() +
                                            ": others than its owner may use this private key; run: chmod 600 " +
                                            file.string());
    std::string pem(pem_bytes_max, '\0');
    const ssize_t size = ::read(fd.number, pem.data(), pem.size());
    if (size < 0)
        return fail(ErrorCode::unavailable, file.string() + ": cannot read: " + errno_text());
    pem.resize(static_cast<std::size_t>(size));
    return pem;
}

} // namespace

struct PublicKey::Handle {
    PkeyPtr key;
};

Result<PublicKey> PublicKey::from_raw(std::span<const std::uint8_t> raw) {
    Raw copy{};
    if (raw.size() != copy.size())
        return fail(ErrorCode::invalid_input,
                    "an Ed25519 public key has 32 bytes, this has " + std::to_string(raw.size()));
    std::copy(raw.begin(), raw.end(), copy.begin());
    PkeyPtr key(EVP_PKEY_new_raw_public_key_ex(nullptr, "ED25519", nullptr, copy.data(), copy.size()));
    if (!key)
        return fail(ErrorCode::internal, "OpenSSL refused an Ed25519 public key");
    return PublicKey(copy, std::make_shared<const Handle>(Handle{std::move(key)}));
}

Result<PublicKey> PublicKey::parse_pem(std::string_view pem) {
    const BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(std::min(pem.size(), pem_bytes_max))));
    const PkeyPtr key(PEM_read_bio_PUBKEY(bio.get(), nullptr, give_passphrase, nullptr));
    ERR_clear_error();
    if (!key || !is_ed25519(key.get()))
        return fail(ErrorCode::invalid_input, "not a public Ed25519 key in PEM");
    return from_raw(raw_public_of(key.get()));
}

Result<PublicKey> PublicKey::read(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    if (!in)
        return fail(ErrorCode::not_found, file.string() + ": no such key file, or it cannot be read");
    std::string pem(pem_bytes_max, '\0');
    in.read(pem.data(), static_cast<std::streamsize>(pem.size()));
    pem.resize(static_cast<std::size_t>(in.gcount()));
    auto key = parse_pem(pem);
    if (!key)
        return fail(std::move(key.error()).within(file.string()));
    return key;
}

std::string PublicKey::pem() const {
    const BioPtr bio(BIO_new(BIO_s_mem()));
    PEM_write_bio_PUBKEY(bio.get(), handle_->key.get());
    return content_of(bio.get());
}

bool PublicKey::verifies(std::span<const std::uint8_t> message, std::span<const std::uint8_t> signature) const {
    const std::unique_ptr<EVP_MD_CTX, Free> context(EVP_MD_CTX_new());
    const bool good =
        context && EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, handle_->key.get()) == 1 &&
        EVP_DigestVerify(context.get(), signature.data(), signature.size(), message.data(), message.size()) == 1;
    if (!good)
        ERR_clear_error();
    return good;
}

struct SigningKey::Private {
    PkeyPtr key;
    PublicKey half;
};

SigningKey::SigningKey(std::unique_ptr<Private> key) : key_(std::move(key)) {}
SigningKey::SigningKey(SigningKey&&) noexcept = default;
SigningKey& SigningKey::operator=(SigningKey&&) noexcept = default;
SigningKey::~SigningKey() = default;

Result<SigningKey> SigningKey::generate() {
    PkeyPtr key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
    if (!key)
        return fail(ErrorCode::unavailable, "OpenSSL cannot make an Ed25519 key; the random generator failed");
    auto half = PublicKey::from_raw(raw_public_of(key.get()));
    if (!half)
        return fail(half.error());
    return SigningKey(std::make_unique<Private>(Private{std::move(key), std::move(*half)}));
}

Result<SigningKey> SigningKey::load(const std::filesystem::path& file, const std::optional<std::string>& passphrase) {
    auto pem = read_private(file);
    if (!pem)
        return fail(pem.error());
    const BioPtr bio(BIO_new_mem_buf(pem->data(), static_cast<int>(pem->size())));
    Asked asked{passphrase};
    PkeyPtr key(PEM_read_bio_PrivateKey(bio.get(), nullptr, give_passphrase, &asked));
    OPENSSL_cleanse(pem->data(), pem->size());
    ERR_clear_error();
    if (!key && asked.was_asked)
        return fail(ErrorCode::invalid_input, file.string() + (passphrase ? ": the passphrase does not open this private key"
                                                                          : ": this private key is under a passphrase; name its file"));
    if (!key || !is_ed25519(key.get()))
        return fail(ErrorCode::invalid_input, file.string() + ": not an Ed25519 private key in PEM");
    auto half = PublicKey::from_raw(raw_public_of(key.get()));
    if (!half)
        return fail(half.error());
    return SigningKey(std::make_unique<Private>(Private{std::move(key), std::move(*half)}));
}

Result<void> SigningKey::save(const std::filesystem::path& file, const std::optional<std::string>& passphrase) const {
    const BioPtr bio(BIO_new(BIO_s_secmem()));
    const char* secret = passphrase ? passphrase->data() : nullptr;
    const int secret_size = passphrase ? static_cast<int>(passphrase->size()) : 0;
    if (!bio || PEM_write_bio_PKCS8PrivateKey(bio.get(), key_->key.get(), passphrase ? EVP_aes_256_cbc() : nullptr, secret,
                                              secret_size, nullptr, nullptr) != 1)
        return fail(ErrorCode::internal, "OpenSSL cannot write a private key as PEM");
    const Fd fd(::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (fd.number < 0) {
        if (errno == EEXIST)
            return fail(ErrorCode::refused, file.string() + ": exists; a key is never overwritten");
        return fail(ErrorCode::unavailable, file.string() + ": cannot create: " + errno_text());
    }
    char* pem = nullptr;
    const auto size = static_cast<std::size_t>(BIO_get_mem_data(bio.get(), &pem));
    // Some hundred bytes: a write that is not whole is as bad as none.
    if (::write(fd.number, pem, size) != static_cast<ssize_t>(size) || ::fsync(fd.number) != 0) {
        const std::string why = errno_text();
        ::unlink(file.c_str());
        return fail(ErrorCode::unavailable, file.string() + ": cannot write: " + why);
    }
    return {};
}

const PublicKey& SigningKey::public_key() const {
    return key_->half;
}

Result<Signature> SigningKey::sign(std::span<const std::uint8_t> message) const {
    Signature signature{};
    std::size_t size = signature.size();
    const std::unique_ptr<EVP_MD_CTX, Free> context(EVP_MD_CTX_new());
    if (!context || EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_->key.get()) != 1 ||
        EVP_DigestSign(context.get(), signature.data(), &size, message.data(), message.size()) != 1) {
        ERR_clear_error();
        return fail(ErrorCode::internal, "OpenSSL cannot sign with the Ed25519 key");
    }
    return signature;
}

} // namespace ombud::signing
