#pragma once
// Following a web server's access log through rotation, truncation and our own absence.

#include "options.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace ombud::zoneminder {

/// Thread: one at a time.
class AccessLog {
  public:
    /// How far a log was read: which file, and the bytes of whole lines.
    struct Place {
        std::uint64_t inode = 0, offset = 0;
        friend bool operator==(const Place&, const Place&) = default;
    };

    /// @param place  where an earlier run stopped; empty: at the end of what is there now. A file that was renamed
    ///               meanwhile is read to its end when it is FILE.1, as logrotate has it
    AccessLog(std::filesystem::path file, std::optional<Place> place);
    ~AccessLog();
    AccessLog(const AccessLog&) = delete;
    AccessLog& operator=(const AccessLog&) = delete;

    /// Whole lines that are new, at most some 256 KiB of them; a line longer than line_bytes_max is left out. Empty:
    /// none for now.
    /// Errors  not_found    there is no such file (yet: ask again)
    ///         unavailable  it cannot be read
    Result<std::vector<std::string>> read();

    [[nodiscard]] Place place() const { return {current_.inode, current_.offset}; }
    /// Whether lines may have been missed since the last call, because a file was rotated away out of reach.
    bool take_gap() { return std::exchange(has_gap_, false); }

  private:
    struct Source {
        int fd = -1;
        std::uint64_t inode = 0, offset = 0; ///< behind the last whole line
        std::string partial;                 ///< read, without its end yet
        bool skips = false;                  ///< the line under way is too long

        Result<bool> read(std::vector<std::string>& lines, const std::filesystem::path& file);
        void close();
    };
    Result<> open_next();

    std::filesystem::path file_;
    std::optional<Place> resume_;
    bool is_first_ = true;
    Source current_;
    Source previous_; ///< rotated away: requests that were under way then end in it
    int previous_idle_ = 0;
    bool has_gap_ = false;
};

} // namespace ombud::zoneminder
