#pragma once
// Small files of a ledger's folder, and of its signer's.

#include "events/result.hpp"

#include <filesystem>
#include <string>
#include <string_view>

namespace ombud::ledger {

/// Reads a whole file of at most 1 MB.
/// Errors  not_found  no such file;  unavailable  it cannot be read, or is larger
Result<std::string> read_file(const std::filesystem::path& file);

/// Writes a file beside it, syncs that, and renames it over `file`: whoever reads sees the old or the new content.
/// Errors  unavailable  it cannot be written; the old content is still there
Result<void> replace_file(const std::filesystem::path& file, std::string_view content);

/// An exclusive lock that ends with the process that holds it.
class FileLock {
  public:
    /// Errors  unavailable  another process, or another FileLock, holds it
    static Result<FileLock> acquire(const std::filesystem::path& file);

    FileLock(FileLock&& other) noexcept;
    FileLock& operator=(FileLock&& other) noexcept;
    ~FileLock();

  private:
    explicit FileLock(int fd) : fd_(fd) {}
    int fd_ = -1;
};

} // namespace ombud::ledger
