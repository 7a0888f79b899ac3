#include "signing/cms/server_identity.hpp"

#include "signing/cms/openssl.hpp"
#include "signing/encoding.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <openssl/pem.h>
#include <sys/stat.h>
#include <unistd.h>

namespace ombud::signing {
namespace {

constexpr std::size_t file_bytes_max = 1'000'000, chain_max = 20;

// A key that asks for a passphrase must not stop the daemon at a prompt.
int no_passphrase(char*, int, int, void* was_asked) {
    *static_cast<bool*>(was_asked) = true;
    return -1;
}

/// @param what  "certificate"
Result<std::string> read_file(const std::filesystem::path& file, const char* what, bool is_private) {
    const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return fail(errno == ENOENT ? ErrorCode::not_found : ErrorCode::unavailable,
                    file.string() + (errno == ENOENT ? std::string(": no such ") + what : std::string(": ") + std::strerror(errno)));
    const auto closed = [fd](auto result) {
        ::close(fd);
        return result;
    };
    struct stat found {};
    if (::fstat(fd, &found) != 0 || !S_ISREG(found.st_mode))
        return closed(fail(ErrorCode::invalid_input, file.string() + ": is no plain file"));
    if (is_private && (found.st_mode & 077) != 0)
        return closed(fail(ErrorCode::refused, file.string() + ": others than its owner may use this private key\nhint: run chmod 600 " +
                                                   file.string()));
    std::string bytes(file_bytes_max + 1, '\0');
    std::size_t size = 0;
    for (ssize_t more = 1; more > 0 && size < bytes.size(); size += static_cast<std::size_t>(more > 0 ? more : 0))
        more = ::read(fd, bytes.data() + size, bytes.size() - size);
    ::close(fd);
    if (size > file_bytes_max)
        return fail(ErrorCode::invalid_input, file.string() + ": more than 1 MB is no " + what + " in PEM");
    bytes.resize(size);
    return bytes;
}

} // namespace

Result<ServerIdentity> ServerIdentity::read(const std::filesystem::path& certificate, const std::filesystem::path& key) {
    auto chain = read_file(certificate, "certificate", false);
    if (!chain)
        return fail(chain.error());
    auto all = Certificate::parse_all_pem(*chain, chain_max);
    if (!all)
        return fail(ErrorCode::invalid_input, certificate.string() + ": not a certificate in PEM: " + all.error().message);
    auto pem = read_file(key, "private key", true);
    if (!pem)
        return fail(pem.error());
    const auto bio = reading({reinterpret_cast<const std::uint8_t*>(pem->data()), pem->size()});
    bool was_asked = false;
    const Owned<EVP_PKEY> parsed(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, &was_asked));
    ERR_clear_error();
    const bool fits = parsed && X509_check_private_key(all->front().handle().x509.get(), parsed.get()) == 1;
    ERR_clear_error();
    if (!fits)
        return fail(ErrorCode::invalid_input,
                    key.string() + ": not the private key, in PEM and without a passphrase, of " + certificate.string() +
                        (parsed      ? " (certificate " + signing::hex(all->front().sha256()) + " is over another key)"
                         : was_asked ? std::string(" (it is under a passphrase)")
                                     : std::string(" (no private key in PEM)")));
    return ServerIdentity{std::move(*chain), std::move(*pem), std::move(all->front())};
}

IdentityFiles::Stamp IdentityFiles::stamp() const {
    Stamp stamp{};
    std::size_t at = 0;
    for (const auto* file : {&certificate_, &key_}) {
        struct stat found {};
        if (::stat(file->c_str(), &found) == 0) {
            stamp[at] = static_cast<std::int64_t>(found.st_dev);
            stamp[at + 1] = static_cast<std::int64_t>(found.st_ino);
            stamp[at + 2] = found.st_size;
            stamp[at + 3] = found.st_ctim.tv_sec;
            stamp[at + 4] = found.st_ctim.tv_nsec;
        }
        at += 5;
    }
    return stamp;
}

Result<bool> IdentityFiles::look(Looking looking, const Show& show) {
    const Stamp now = stamp(); // before reading: what is written after it is seen at the next look
    if (shown_stamp_ == now)
        return false;
    const bool is_settled = std::exchange(seen_stamp_, now) == now;
    auto read = ServerIdentity::read(certificate_, key_);
    Result<void> usable = read ? Result<void>() : fail(read.error());
    Digest pems{};
    if (read) {
        Sha256 digest;
        digest.update(read->chain_pem);
        digest.update(read->key_pem);
        pems = digest.finish();
        if (!shown_ || pems != shown_pems_)
            usable = show(*read);
    }
    if (read)
        OPENSSL_cleanse(read->key_pem.data(), read->key_pem.size());
    if (!usable)
        return looking == Looking::at_once || is_settled ? Result<bool>(fail(usable.error())) : Result<bool>(false);
    shown_stamp_ = now;
    const bool is_other = !shown_ || pems != shown_pems_;
    shown_ = std::move(read->certificate);
    shown_pems_ = pems;
    return is_other;
}

} // namespace ombud::signing
