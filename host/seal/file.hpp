#pragma once
// Files and folders as sealing and opening need them. Private to this folder.

#include "events/result.hpp"

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <sys/stat.h>

namespace ombud::seal {

/// An open file or folder; closed with it.
class Fd {
  public:
    explicit Fd(int opened = -1) : number_(opened) {}
    Fd(Fd&& other) noexcept : number_(other.number_) { other.number_ = -1; }
    Fd& operator=(Fd&& other) noexcept;
    ~Fd();

    [[nodiscard]] int number() const { return number_; }
    [[nodiscard]] bool is_open() const { return number_ >= 0; }

  private:
    int number_;
};

[[nodiscard]] std::string errno_text();

/// What tells whether a file is still the one that it was.
struct FileMark {
    dev_t device = 0;
    ino_t inode = 0;
    std::uint64_t size_bytes = 0;
    std::int64_t modified_ns = 0, changed_ns = 0;

    explicit FileMark(const struct stat& found);
    friend bool operator==(const FileMark&, const FileMark&) = default;
};

struct OpenFile {
    Fd fd;
    FileMark mark;
};

/// Opens a plain file for reading, never through a symbolic link.
/// @param folder  AT_FDCWD, or what `name` is in
/// Errors  not_found;  refused  no plain file;  unavailable
[[nodiscard]] Result<OpenFile> open_plain_file(int folder, const std::string& name);

/// Reads until `to` is full or the file ends. @return how much
[[nodiscard]] Result<std::size_t> read_full(int fd, std::span<std::uint8_t> to);
/// Writes all of it. Errors  unavailable
[[nodiscard]] Result<void> write_all(int fd, std::span<const std::uint8_t> bytes);

/// A folder that gets its name when it is complete, and is removed with all in it if it never is.
class UnfinishedFolder {
  public:
    /// @param target  not there yet; its parent is
    /// Errors  refused  it is there;  not_found  its parent is not;  unavailable
    static Result<UnfinishedFolder> create(const std::filesystem::path& target);
    UnfinishedFolder(UnfinishedFolder&& other) noexcept;
    UnfinishedFolder& operator=(UnfinishedFolder&&) = delete;
    ~UnfinishedFolder();

    [[nodiscard]] int fd() const { return folder_.number(); }
    /// A new file in it, mode 0600.
    [[nodiscard]] Result<Fd> create_file(const std::string& name) const;
    /// Syncs the folder, gives it its name, and syncs that.
    /// Errors  refused  something of that name came in between;  unavailable
    [[nodiscard]] Result<void> publish();

  private:
    UnfinishedFolder(std::filesystem::path target, std::filesystem::path temporary, Fd folder)
        : target_(std::move(target)), temporary_(std::move(temporary)), folder_(std::move(folder)) {}

    std::filesystem::path target_;
    std::filesystem::path temporary_; ///< empty: published, or moved from
    Fd folder_;
};

} // namespace ombud::seal
