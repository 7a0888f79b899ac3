#pragma once
// A file that gets its name when it is known to be right. Private to this folder.

#include "seal/file.hpp"

namespace ombud::seal {

class PlainFile {
  public:
    /// In `folder`, without a name where the file system can do that.
    static Result<PlainFile> create(const UnfinishedFolder& folder);
    PlainFile(PlainFile&& other) noexcept;
    PlainFile& operator=(PlainFile&&) = delete;
    ~PlainFile(); ///< whatever has no name is gone

    [[nodiscard]] int fd() const { return fd_.number(); }
    /// Errors  unavailable  the folder has that name already, or cannot have it
    [[nodiscard]] Result<void> name(const std::string& name);

  private:
    PlainFile(int folder, Fd fd, bool is_nameless) : folder_(folder), fd_(std::move(fd)), is_nameless_(is_nameless) {}

    int folder_;
    Fd fd_;
    bool is_nameless_; ///< else it is called unverified_name until it gets its own
};

} // namespace ombud::seal
