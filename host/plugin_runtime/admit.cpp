#include <atomic>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>
#include <vector>

#include <boost/dll/library_info.hpp>

#include <ombud/base.h>

#include "plugin_runtime/guarded_file.hpp"
#include "plugin_runtime/plugin.hpp"
#include "signing/digest.hpp"
#include "signing/encoding.hpp"

namespace ombud {
namespace {

constexpr std::size_t file_bytes_max = 64 * 1024 * 1024;
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
    const auto bytes = read_guarded(file, file_bytes_max, "a plugin");
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
