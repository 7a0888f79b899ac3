#include "exports_memory.hpp"

#include "server_text.hpp"

#include <charconv>

namespace ombud::zoneminder {
namespace {

std::vector<std::uint64_t> parse_ids(std::string_view text) {
    std::vector<std::uint64_t> ids;
    while (!text.empty()) {
        const auto word = text.substr(0, text.find(','));
        text.remove_prefix(std::min(word.size() + 1, text.size()));
        std::uint64_t id = 0;
        if (std::from_chars(word.data(), word.data() + word.size(), id).ec == std::errc())
            ids.push_back(id);
    }
    return ids;
}

Result<> nothing_of(Result<std::vector<Row>> rows) {
    return rows ? Result<>() : fail(std::move(rows).error());
}

} // namespace

std::optional<EncodedVideo> encoded_video_of(std::string_view message) {
    constexpr std::string_view begin = "Creating video file ", middle = " for event ";
    const auto at = message.rfind(middle); // a recording's name may hold these words, too
    if (message.substr(0, begin.size()) != begin || at == std::string_view::npos || at < begin.size())
        return std::nullopt;
    EncodedVideo video;
    video.file = message.substr(begin.size(), at - begin.size());
    const std::string_view number = message.substr(at + middle.size());
    const auto [stop, error] = std::from_chars(number.data(), number.data() + number.size(), video.recording);
    if (error != std::errc() || stop != number.data() + number.size() || video.recording == 0 || video.file.empty() ||
        video.file.find_first_of(std::string_view("/\0", 2)) != std::string::npos)
        return std::nullopt;
    return video;
}

Result<std::map<std::string, KnownExport>> ExportsMemory::load() {
    auto rows = database_->query("SELECT Id, Inode, Size, Changed, Abandoned, Recordings FROM ombud.exports");
    if (!rows)
        return fail(std::move(rows).error());
    std::map<std::string, KnownExport> known;
    for (const Row& row : *rows)
        known[row.text(0)] = {row.id(1), row.number(2).value_or(0), row.number(3).value_or(0), row.id(4) != 0,
                              parse_ids(row.text(5))};
    return known;
}

Result<> ExportsMemory::put(const std::string& id, const KnownExport& known) {
    std::string ids;
    for (const std::uint64_t recording : known.recordings)
        ids += (ids.empty() ? "" : ",") + std::to_string(recording);
    return nothing_of(database_->query(
        "REPLACE INTO ombud.exports (Id, Inode, Size, Changed, Abandoned, Recordings) VALUES (" + database_->quoted(id) +
        ", " + std::to_string(known.inode) + ", " + std::to_string(known.size_bytes) + ", " +
        std::to_string(known.changed_utc_ns) + ", " + (known.is_abandoned ? "1" : "0") + ", '" + ids + "')"));
}

Result<> ExportsMemory::drop(const std::string& id) {
    return nothing_of(database_->query("DELETE FROM ombud.exports WHERE Id = " + database_->quoted(id)));
}

Result<std::optional<std::uint64_t>> ExportsMemory::videos_place() {
    auto rows = database_->query("SELECT Id FROM ombud.videos_told");
    if (!rows)
        return fail(std::move(rows).error());
    return rows->empty() ? std::optional<std::uint64_t>() : std::optional(rows->front().id(0));
}

Result<> ExportsMemory::set_videos_place(std::uint64_t id) {
    return nothing_of(database_->query("REPLACE INTO ombud.videos_told (One, Id) VALUES (1, " + std::to_string(id) + ")"));
}

Result<std::uint64_t> ExportsMemory::newest_video() {
    auto rows = database_->query("SELECT MAX(Id) FROM ombud.videos");
    if (!rows)
        return fail(std::move(rows).error());
    return rows->empty() ? 0 : rows->front().id(0);
}

Result<std::vector<EncodedVideo>> ExportsMemory::videos_after(std::uint64_t id) {
    auto rows = database_->query("SELECT Id, CAST(TimeKey AS UNSIGNED), Message, MayBeFilters FROM ombud.videos WHERE Id > " + std::to_string(id) +
                                 " ORDER BY Id LIMIT 1000");
    if (!rows)
        return fail(std::move(rows).error());
    std::vector<EncodedVideo> videos;
    for (const Row& row : *rows) {
        EncodedVideo video = encoded_video_of(row.text(2)).value_or(EncodedVideo{});
        video.id = row.id(0);
        video.utc_s = row.number(1).value_or(0);
        video.may_be_filters = row.id(3) != 0;
        videos.push_back(std::move(video));
    }
    return videos;
}

Result<std::optional<AccessLog::Place>> ExportsMemory::log_place() {
    auto rows = database_->query("SELECT Inode, Bytes FROM ombud.access_log");
    if (!rows)
        return fail(std::move(rows).error());
    if (rows->empty())
        return std::optional<AccessLog::Place>();
    return std::optional(AccessLog::Place{rows->front().id(0), rows->front().id(1)});
}

Result<> ExportsMemory::set_log_place(const AccessLog::Place& place) {
    return nothing_of(database_->query("REPLACE INTO ombud.access_log (One, Inode, Bytes) VALUES (1, " +
                                       std::to_string(place.inode) + ", " + std::to_string(place.offset) + ")"));
}

Result<std::vector<WebSession>> ExportsMemory::sessions_since(std::int64_t utc_s) {
    auto rows = database_->query("SELECT Username, Exports FROM ombud.sessions WHERE Access >= " + std::to_string(utc_s) +
                                 " LIMIT 1000");
    if (!rows)
        return fail(std::move(rows).error());
    std::vector<WebSession> sessions;
    for (const Row& row : *rows)
        sessions.push_back({to_utf8(row.text(0)), row.id(1) != 0});
    return sessions;
}

} // namespace ombud::zoneminder
