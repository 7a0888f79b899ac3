#include <atomic>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

#include <boost/dll/library_info.hpp>

#include <ombud/base.h>

#include "plugin_runtime/plugin.hpp"
#include "signing/digest.hpp"
#include "signing/encoding.hpp"

namespace ombud {
namespace {

constexpr std::int64_t file_bytes_max = 64 * 1024 * 1024;
constexpr const char* entry_symbol = "ombud_module_entry_v1";

struct Descriptor {
    int number;
    explicit Descriptor(int fd) : number(fd) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() {
        if (number >= 0)
            ::close(number);
    }
};

// Whoever may write the file or swap it in its folder runs code as us.
Result<void> check_owner(const struct stat& info, const std::filesystem::path& path) {
    if (info.st_uid != 0 && info.st_uid != ::geteuid())
        return fail(ErrorCode::refused, path.string() + ": belongs to user " + std::to_string(info.st_uid) +
                                            "; a plugin and its folder must belong to root or to the host's own user");
    const bool sticky_dir = S_ISDIR(info.st_mode) && (info.st_mode & S_ISVTX) != 0;
    if ((info.st_mode & (S_IWGRP | S_IWOTH)) != 0 && !sticky_dir) {
        char mode[8];
        std::snprintf(mode, sizeof mode, "%04o", info.st_mode & 07777U);
        return fail(ErrorCode::refused, path.string() + ": writable by group or others (mode " + mode +
                                            "); take that away with: chmod go-w " + path.string());
    }
    return {};
}

Result<std::vector<std::byte>> read_checked(const std::filesystem::path& file) {
    const Descriptor fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    if (fd.number < 0) {
        const int why = errno;
        if (why == ENOENT)
            return fail(ErrorCode::not_found, file.string() + ": no such file");
        if (why == ELOOP)
            return fail(ErrorCode::refused, file.string() + ": is a symbolic link; name the file itself");
        return fail(ErrorCode::unavailable, file.string() + ": " + std::strerror(why));
    }
    struct stat info{};
    if (::fstat(fd.number, &info) != 0 || !S_ISREG(info.st_mode))
        return fail(ErrorCode::refused, file.string() + ": not a regular file");
    if (auto ok = check_owner(info, file); !ok)
        return fail(ok.error());
    struct stat folder{};
    const auto parent = std::filesystem::absolute(file).parent_path();
    if (::stat(parent.c_str(), &folder) != 0)
        return fail(ErrorCode::unavailable, parent.string() + ": " + std::strerror(errno));
    if (auto ok = check_owner(folder, parent); !ok)
        return fail(ok.error());
    if (info.st_size == 0 || info.st_size > file_bytes_max)
        return fail(ErrorCode::invalid_input, file.string() + ": " + std::to_string(info.st_size) +
                                                  " bytes; a plugin has 1 to " + std::to_string(file_bytes_max));
    std::vector<std::byte> bytes(static_cast<std::size_t>(info.st_size));
    for (std::size_t done = 0; done < bytes.size();) {
        const ssize_t got = ::read(fd.number, bytes.data() + done, bytes.size() - done);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return fail(ErrorCode::unavailable, file.string() + ": changed or failed while it was read");
        done += static_cast<std::size_t>(got);
    }
    return bytes;
}

Result<void> write_copy(const std::filesystem::path& copy, const std::vector<std::byte>& bytes) {
    std::error_code error;
    std::filesystem::create_directories(copy.parent_path(), error);
    const Descriptor fd(::open(copy.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0500));
    if (fd.number < 0)
        return fail(ErrorCode::unavailable, copy.string() + ": " + std::strerror(errno));
    for (std::size_t done = 0; done < bytes.size();) {
        const ssize_t put = ::write(fd.number, bytes.data() + done, bytes.size() - done);
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0) {
            const int why = errno;
            ::unlink(copy.c_str());
            return fail(ErrorCode::unavailable, copy.string() + ": " + std::strerror(why));
        }
        done += static_cast<std::size_t>(put);
    }
    return {};
}

bool exports_entry(const std::filesystem::path& copy) {
    try {
        boost::dll::library_info info(copy.string());
        for (const std::string& symbol : info.symbols())
            if (symbol == entry_symbol)
                return true;
    } catch (const std::exception&) {
        // An ELF file that the reader cannot follow exports nothing that we could call.
    }
    return false;
}

} // namespace

Result<AdmittedPlugin> admit_plugin(const std::filesystem::path& file, const std::filesystem::path& private_dir,
                                    const std::string& sha256) {
    const auto bytes = read_checked(file);
    if (!bytes)
        return fail(bytes.error());
    const auto abi = read_abi_note(*bytes);
    if (!abi)
        return fail(Error(abi.error()).within(file.string()));
    if (abi->major != OMBUD_ABI_MAJOR)
        return fail(ErrorCode::too_new, file.string() + ": built for ABI " + std::to_string(abi->major) +
                                            ", this host speaks " + std::to_string(OMBUD_ABI_MAJOR));
    if (abi->lowest_minor > OMBUD_ABI_MINOR)
        return fail(ErrorCode::too_new, file.string() + ": needs ABI 1." + std::to_string(abi->lowest_minor) +
                                            ", this host has 1." + std::to_string(OMBUD_ABI_MINOR) + "; update Ombud");

    AdmittedPlugin admitted;
    admitted.file = file;
    admitted.abi = *abi;
    admitted.sha256 = signing::hex(signing::sha256({reinterpret_cast<const std::uint8_t*>(bytes->data()), bytes->size()}));
    if (!sha256.empty() && sha256 != admitted.sha256)
        return fail(ErrorCode::refused, file.string() + ": its SHA-256 is " + admitted.sha256 + ", the manifest demands " +
                                            sha256);
    // A path is never opened twice: the loader would hand out the old code. Process id and counter make it new.
    static std::atomic<unsigned> generation{0};
    admitted.copy = private_dir / admitted.sha256 /
                    (std::to_string(::getpid()) + "-" + std::to_string(++generation) + ".so");
    if (auto written = write_copy(admitted.copy, *bytes); !written)
        return fail(written.error());
    if (!exports_entry(admitted.copy)) {
        std::error_code ignored;
        std::filesystem::remove(admitted.copy, ignored);
        return fail(ErrorCode::invalid_input, file.string() + ": exports no " + entry_symbol);
    }
    return admitted;
}

} // namespace ombud
