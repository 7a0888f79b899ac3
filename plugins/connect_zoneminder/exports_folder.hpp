#pragma once
// ZoneMinder's exports folder (ZM_DIR_EXPORTS): what is in it, what happens in it, and taking something out of it.
// ROOT.zip, ROOT.tar or ROOT.tar.gz is an archive; the folder ROOT beside it has a folder a recording, with links to the
// recording's files. Names may be any bytes.

#include "options.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace ombud::zoneminder {

/// One name at the top of the folder.
struct ExportEntry {
    std::string name;
    bool is_folder = false; ///< of links; else an archive
    std::uint64_t inode = 0;
    std::int64_t size_bytes = 0;
    std::int64_t changed_utc_ns = 0;
};
struct ExportEntries {
    std::vector<ExportEntry> found;
    bool has_more = false;
};

/// Something that happened to a name at the top.
struct ExportNotice {
    enum class Kind : std::uint8_t {
        begun,     ///< a folder was made: an export begins
        written,   ///< a file was closed after writing, or moved here
        read,      ///< a file was closed after reading
        gone,
        overflown, ///< the kernel dropped some: look at everything
    };
    Kind kind;
    std::string name;
};

/// What the links of one export lead to.
struct ExportContent {
    std::vector<std::uint64_t> recordings; ///< ascending; at most recordings_max
    bool has_more = false;                 ///< recordings than that
    bool has_mp4 = false, has_matroska = false, has_avi = false, has_jpeg = false;
    static constexpr std::size_t recordings_max = 4096;
};

/// Thread: one at a time. Follows no link below the folder, ever.
class ExportsFolder {
  public:
    /// Errors  not_found    there is no such folder (ZoneMinder makes it with the first export)
    ///         refused      this process may not read it
    ///         unavailable  it cannot be watched
    static Result<ExportsFolder> open(const std::filesystem::path& folder);
    /// Any other folder, to look into and no more: notices() has none, and nothing is removed.
    static Result<ExportsFolder> look_at(const std::filesystem::path& folder);
    ExportsFolder(ExportsFolder&& other) noexcept;
    ExportsFolder& operator=(ExportsFolder&& other) noexcept;
    ~ExportsFolder();

    /// What happened since the last call, in order; never waits.
    /// Errors  not_found  the folder itself is gone
    Result<std::vector<ExportNotice>> notices();

    /// Archives, and folders, at most 10000 of them.
    [[nodiscard]] Result<ExportEntries> entries() const;

    /// @param root  name of the folder of links; one that is not there has no content
    [[nodiscard]] ExportContent content(const std::string& root) const;

    /// Removes an entry and, of an archive, the folder of links that belongs to it.
    /// @return how many names went; 0: nothing was there
    /// Errors  refused      the name leads out of the folder, or is neither an archive nor a folder
    ///         unavailable  something could not be removed: the message says what
    Result<std::uint64_t> remove(const std::string& name);

  private:
    ExportsFolder(std::filesystem::path path, int folder, int watch) : path_(std::move(path)), folder_(folder), watch_(watch) {}

    std::filesystem::path path_;
    int folder_ = -1;
    int watch_ = -1;
};

/// "zmExport_1" of "zmExport_1.tar.gz"; empty: not an archive's name.
std::string root_of(std::string_view archive);
/// "tar.gz" of it.
std::string_view format_of(std::string_view archive);

/// A name as the text that is an export's id: letters, digits and "._-" as they are, other bytes as %XX; and back.
std::string export_id_of(std::string_view name);
/// Empty: not such a text, or it leads out of the folder.
std::string name_of_export(std::string_view id);

/// Ids of what does not lie at the top of the folder are those of a path, so that no name there has them:
/// "../events/x_1.zip", seen from the folder, and "video/17/Gate-r1-s1.mp4", a file in a recording's folder.
bool is_elsewhere(std::string_view id);
/// Empty: not an id of these.
std::string path_of_elsewhere(std::string_view id);

} // namespace ombud::zoneminder
