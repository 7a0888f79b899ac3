#pragma once
// A file that appears under its name whole, or not at all.

#include "media/recording_file.hpp"

namespace ombud::media {

/// Written under a hidden name beside its own; removed with the object unless it was published.
class NewFile {
  public:
    /// Mode 0600.
    /// Errors  invalid_input  something of that name exists already
    ///         not_found      its folder does not
    ///         unavailable    it cannot be written there
    static Result<NewFile> create(const std::filesystem::path& path);
    NewFile(NewFile&& other) noexcept;
    NewFile& operator=(NewFile&&) = delete;
    ~NewFile();

    [[nodiscard]] int fd() const { return fd_.get(); }
    /// How much was written so far.
    /// Errors  unavailable  the disk failed
    [[nodiscard]] Result<std::uint64_t> size_bytes() const;
    /// Forces it to the disk and gives it its name.
    /// Errors  invalid_input  something of that name exists by now
    ///         unavailable    the disk failed
    [[nodiscard]] Result<> publish();

  private:
    NewFile() = default;
    std::filesystem::path path_;
    std::filesystem::path hidden_; // empty: nothing to remove
    Fd fd_;
};

} // namespace ombud::media
