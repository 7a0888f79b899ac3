#pragma once
// The files below the root, reached part by part so that no symbolic link is ever followed.

#include <cstdint>
#include <functional>
#include <ombud/result.hpp>
#include <optional>
#include <string>
#include <sys/stat.h>
#include <utility>

namespace ombud::folder {

/// An open file descriptor; closed at the end.
class Descriptor {
  public:
    explicit Descriptor(int number = -1) : number_(number) {}
    ~Descriptor();
    Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
    Descriptor& operator=(Descriptor&& other) noexcept {
        std::swap(number_, other.number_);
        return *this;
    }
    int get() const { return number_; }
    int release() { return std::exchange(number_, -1); }

  private:
    int number_;
};

/// What identifies the content of a file as far as the file system tells.
struct FileFacts {
    std::uint64_t inode = 0;
    std::int64_t size_bytes = 0, mtime_ns = 0;
    std::int64_t ctime_ns = 0; ///< of the last change to content or attributes; unlike mtime_ns nobody can set it
    std::uint64_t links = 1;
    bool is_file = false, is_folder = false;
    bool has_lock =
        false; ///< an evidence lock (evidence_lock.hpp) is beside the file, or it cannot be seen that none is

    bool is_same_content(const FileFacts& other) const {
        return inode == other.inode && size_bytes == other.size_bytes && ctime_ns == other.ctime_ns;
    }
};

/// Paths are relative to the root, without "." and ".."; "" is the root. Thread: worker.
class Tree {
  public:
    /// @param root            absolute
    /// @param wants_own_mount  the root must be a mounted file system of its own
    /// Errors  unavailable  not there, not readable, no folder, or not mounted; the message says which and what to do
    static sdk::Result<Tree> open(const std::string& root, bool wants_own_mount);

    const std::string& root() const { return root_; }
    std::string absolute(const std::string& path) const { return path.empty() ? root_ : root_ + "/" + path; }

    /// Errors: not_found (no such folder, or a symbolic link on the way), unavailable (not readable).
    sdk::Result<Descriptor> open_folder(const std::string& path) const;

    /// Of the thing itself, also when that is a symbolic link. Errors: as open_folder.
    sdk::Result<FileFacts> look(const std::string& path) const;

    /// A small file whole. Errors: as open_folder; invalid_input (no regular file, or longer than bytes_max).
    sdk::Result<std::string> read(const std::string& path, std::size_t bytes_max) const;

    /// What a walk meets: each file, each folder before what is in it. For folders, `true` walks into it.
    using Visit = std::function<sdk::Result<bool>(const std::string& path, const FileFacts& facts)>;
    /// Whether a folder that may not be read may be left out.
    using MayMiss = std::function<bool(const std::string& path)>;

    /// Visits all below `from`, in no order. What vanishes meanwhile is left out. Memory: one path and one open folder
    /// for each level.
    /// Errors  unavailable  a folder cannot be read and may not be missed, or lies deeper than 32; what visit() says
    sdk::Result<> walk(const std::string& from, const Visit& visit, const MayMiss& may_miss) const;

  private:
    Tree(std::string root, Descriptor folder) : root_(std::move(root)), folder_(std::move(folder)) {}
    sdk::Result<> walk_folder(Descriptor folder, std::string& path, int depth, const Visit& visit,
                              const MayMiss& may_miss) const;

    std::string root_;
    Descriptor folder_;
};

/// The folder part and the last part of a path.
std::pair<std::string, std::string> split_name(const std::string& path);

} // namespace ombud::folder
