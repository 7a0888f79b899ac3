#include "config/secret.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string>
#include <system_error>

#include "config/byte_check.hpp"
#include "config/values.hpp"
#include "config/xml_reader.hpp"

namespace ombud::config {
namespace {

constexpr std::size_t secret_bytes_max = 64U << 10U;

Result<Secret> read_secret(const std::filesystem::path& file) {
    auto bytes = read_bytes(file);
    if (!bytes)
        return fail(bytes.error().error());
    if (bytes->ends_with('\n'))
        bytes->pop_back();
    if (bytes->ends_with('\r'))
        bytes->pop_back();
    if (bytes->empty())
        return fail(ErrorCode::invalid_input, file.string() + ": is empty");
    if (bytes->size() > secret_bytes_max)
        return fail(ErrorCode::invalid_input, file.string() + ": is longer than 64 KiB");
    if (bytes->find('\0') != std::string::npos || !is_utf8(*bytes))
        return fail(ErrorCode::invalid_input, file.string() + ": is not UTF-8 text");
    return Secret(std::move(*bytes));
}

} // namespace

Result<Secret> read_secret_file(const std::filesystem::path& file) {
    struct stat status {};
    if (::stat(file.c_str(), &status) != 0) {
        const int error = errno;
        return error == ENOENT
                   ? fail(ErrorCode::not_found, file.string() + ": no such file")
                   : fail(ErrorCode::unavailable, file.string() + ": cannot be looked at: " +
                                                      std::error_code(error, std::generic_category()).message());
    }
    if ((status.st_mode & 0077U) != 0)
        return fail(ErrorCode::refused, file.string() + ": others may use it; run: chmod 600 " + file.string());
    if (status.st_uid != ::geteuid() && status.st_uid != 0)
        return fail(ErrorCode::refused,
                    file.string() + ": belongs to another user (uid " + std::to_string(status.st_uid) + ")");
    return read_secret(file);
}

Result<Secret> read_credential(std::string_view name) {
    if (name.empty() || name == "." || name == ".." || name.find('/') != std::string_view::npos)
        return fail(ErrorCode::invalid_input, in_quotes(name) + " is no credential's name");
    const char* folder = std::getenv("CREDENTIALS_DIRECTORY");
    if (folder == nullptr)
        return fail(ErrorCode::not_found, "no credential " + in_quotes(name) +
                                              ": CREDENTIALS_DIRECTORY is not set; start by systemd with "
                                              "LoadCredential=, or use secret-file");
    return read_secret(std::filesystem::path(folder) / std::string(name));
}

} // namespace ombud::config
