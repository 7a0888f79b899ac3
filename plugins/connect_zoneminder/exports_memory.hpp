#pragma once
// What the schema ombud keeps for watching exports: which were told, how far the access log was read, and a view of
// ZoneMinder's web sessions without their secrets. Made by outbox.sql.

#include "access_log.hpp"
#include "database.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ombud::zoneminder {

/// An export that was told, and is there as far as we know.
struct KnownExport {
    std::uint64_t inode = 0;
    std::int64_t size_bytes = 0;
    std::int64_t changed_utc_ns = 0;
    bool is_abandoned = false; ///< that was told, too
    std::vector<std::uint64_t> recordings;
};

/// A web session that asked for something lately.
struct WebSession {
    std::string user;     ///< empty: nobody is logged in, or it cannot be read
    bool exports = false; ///< it asked for an export at some time
};

/// A line of ZoneMinder's log: zmvideo.pl encodes a recording into a file of its own, beside the recording; somebody asked for it on the
/// pages, or a filter did (AutoVideo), and the line is the same.
struct EncodedVideo {
    std::uint64_t id = 0; ///< of the log's row
    std::int64_t utc_s = 0;
    std::uint64_t recording = 0;
    std::string file; ///< name in the recording's folder; any bytes but '/'
    bool may_be_filters = false; ///< there is a filter that has videos encoded
};
/// Of "Creating video file NAME for event 17"; empty: it says something else.
std::optional<EncodedVideo> encoded_video_of(std::string_view message);

/// Errors of each: those of Database; not_found and refused mean that outbox.sql has to be run anew. Thread: one at a time.
class ExportsMemory {
  public:
    explicit ExportsMemory(Database& database) : database_(&database) {}

    /// By export id.
    Result<std::map<std::string, KnownExport>> load();
    Result<> put(const std::string& id, const KnownExport& known);
    Result<> drop(const std::string& id);

    /// How far ZoneMinder's log of encoded videos was read, by its rows' ids; empty: not at all yet.
    Result<std::optional<std::uint64_t>> videos_place();
    Result<> set_videos_place(std::uint64_t id);
    /// Behind that id, oldest first; at most 1000.
    Result<std::vector<EncodedVideo>> videos_after(std::uint64_t id);
    /// The newest one's id; 0: there is none.
    Result<std::uint64_t> newest_video();

    Result<std::optional<AccessLog::Place>> log_place();
    Result<> set_log_place(const AccessLog::Place& place);

    /// Sessions that asked for anything at or after a second; at most 1000.
    Result<std::vector<WebSession>> sessions_since(std::int64_t utc_s);

  private:
    Database* database_;
};

} // namespace ombud::zoneminder
