#include "signing/cms/private_key.hpp"

#include "signing/cms/openssl.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <openssl/pem.h>
#include <sys/stat.h>
#include <unistd.h>

namespace ombud::signing {
namespace {

constexpr std::size_t pem_bytes_max = 65'536;

struct Asked {
    const std::optional<std::string>* passphrase;
    bool was_asked = false;
};

int give_passphrase(char* to, int size, int, void* data) {
    auto& asked = *static_cast<Asked*>(data);
    asked.was_asked = true;
    const auto& passphrase = *asked.passphrase;
    if (!passphrase || passphrase->size() > static_cast<std::size_t>(size))
        return -1;
    std::copy(passphrase->begin(), passphrase->end(), to);
    return static_cast<int>(passphrase->size());
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

} // namespace

Result<PrivateKey> PrivateKey::generate_p256() {
    Owned<EVP_PKEY> key(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
    if (!key)
        return fail(ErrorCode::unavailable, "OpenSSL cannot make a P-256 key: " + openssl_reason());
    return PrivateKey(std::make_shared<const Handle>(Handle{std::move(key)}));
}

Result<PrivateKey> PrivateKey::parse_pem(std::string_view pem, const std::optional<std::string>& passphrase) {
    const auto bio = reading({reinterpret_cast<const std::uint8_t*>(pem.data()), std::min(pem.size(), pem_bytes_max)});
    Asked asked{&passphrase};
    Owned<EVP_PKEY> key(PEM_read_bio_PrivateKey(bio.get(), nullptr, give_passphrase, &asked));
    ERR_clear_error();
    if (!key && asked.was_asked)
        return fail(ErrorCode::invalid_input, passphrase ? "the passphrase does not open this private key"
                                                         : "this private key is under a passphrase; name its file");
    // Somebody believes it to be under one: whoever gets at the file has the key.
    if (key && passphrase && !asked.was_asked)
        return fail(ErrorCode::invalid_input, "a passphrase is given, and this private key is not under any: leave the passphrase out, or put "
                                              "the key under it (openssl pkey -aes256)");
    if (!key || (EVP_PKEY_is_a(key.get(), "RSA") != 1 && EVP_PKEY_is_a(key.get(), "EC") != 1))
        return fail(ErrorCode::invalid_input, "no private RSA or EC key in PEM");
    return PrivateKey(std::make_shared<const Handle>(Handle{std::move(key)}));
}

Result<PrivateKey> PrivateKey::load(const std::filesystem::path& file, const std::optional<std::string>& passphrase) {
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
                                            ": others than its owner may use this private key\nhint: chmod 600 " +
                                            file.string());
    std::string pem(pem_bytes_max, '\0');
    const ssize_t size = ::read(fd.number, pem.data(), pem.size());
    if (size < 0)
        return fail(ErrorCode::unavailable, file.string() + ": cannot read: " + errno_text());
    auto key = parse_pem({pem.data(), static_cast<std::size_t>(size)}, passphrase);
    OPENSSL_cleanse(pem.data(), pem.size());
    if (!key)
        return fail(std::move(key.error()).within(file.string()));
    return key;
}

Result<void> PrivateKey::save(const std::filesystem::path& file, const std::optional<std::string>& passphrase) const {
    if (handle_->is_on_token)
        return fail(ErrorCode::unavailable, file.string() + ": a key on a token is not written to a file");
    const Owned<BIO> bio(BIO_new(BIO_s_secmem()));
    const bool written =
        bio &&
        (passphrase
             ? PEM_write_bio_PKCS8PrivateKey(bio.get(), handle_->key.get(), EVP_aes_256_cbc(), passphrase->data(),
                                             static_cast<int>(passphrase->size()), nullptr, nullptr)
             : PEM_write_bio_PKCS8PrivateKey(bio.get(), handle_->key.get(), nullptr, nullptr, 0, nullptr, nullptr)) ==
            1;
    if (!written)
        return fail(ErrorCode::internal, "OpenSSL cannot write a private key as PEM: " + openssl_reason());
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

bool PrivateKey::belongs_to(const Certificate& certificate) const {
    const bool same = EVP_PKEY_eq(X509_get0_pubkey(certificate.handle().x509.get()), handle_->key.get()) == 1;
    ERR_clear_error();
    return same;
}

} // namespace ombud::signing
