#include "trust/signature.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plugin_runtime/guarded_file.hpp"
#include "signing/digest.hpp"

namespace ombud::trust {
namespace {

constexpr std::size_t signature_bytes = std::tuple_size_v<signing::Signature>;

} // namespace

std::filesystem::path signature_file(const std::filesystem::path& file) {
    return file.string() + ".sig";
}

SignatureBytes read_signature(const std::filesystem::path& file) {
    const auto path = signature_file(file);
    const auto bytes = read_guarded_text(path, signature_bytes + 1, "a signature");
    if (!bytes)
        return fail(bytes.error());
    if (bytes->size() != signature_bytes)
        return fail(ErrorCode::invalid_input, path.string() + ": " + std::to_string(bytes->size()) + " bytes; an Ed25519 signature has " +
                                                  std::to_string(signature_bytes) + " (openssl pkeyutl -sign -rawin)");
    return std::vector<std::uint8_t>(bytes->begin(), bytes->end());
}

Result<void> write_whole(const std::filesystem::path& file, std::string_view bytes) {
    const std::filesystem::path fresh = file.string() + ".new";
    const auto failed = [&](int fd) {
        const std::string why = std::strerror(errno);
        if (fd >= 0)
            ::close(fd);
        ::unlink(fresh.c_str());
        return fail(ErrorCode::unavailable, file.string() + ": cannot be written: " + why);
    };
    ::unlink(fresh.c_str()); // left behind by a crash, or put there: never written through
    const int fd = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (fd < 0)
        return failed(fd);
    if (::fchmod(fd, 0644) != 0) // whatever the umask
        return failed(fd);
    for (std::size_t done = 0; done < bytes.size();) {
        const ssize_t put = ::write(fd, bytes.data() + done, bytes.size() - done);
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return failed(fd);
        done += static_cast<std::size_t>(put);
    }
    if (::fsync(fd) != 0)
        return failed(fd);
    ::close(fd);
    if (::rename(fresh.c_str(), file.c_str()) != 0)
        return failed(-1);
    const auto folder = std::filesystem::absolute(file).parent_path();
    const int parent = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (parent < 0 || ::fsync(parent) != 0) // the name, too
        return failed(parent);
    ::close(parent);
    return {};
}

Result<void> write_signed(const std::filesystem::path& file, std::string_view document, const signing::SigningKey& key) {
    const auto signature = key.sign(signing::bytes_of(document));
    if (!signature)
        return fail(signature.error());
    if (auto written = write_whole(file, document); !written)
        return written;
    return write_whole(signature_file(file), {reinterpret_cast<const char*>(signature->data()), signature->size()});
}

} // namespace ombud::trust
