#pragma once
// Where ZoneMinder keeps the files of its recordings.

#include "catalogue.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace ombud::zoneminder {

/// One folder with a recording's files, found on disk.
struct EventFolder {
    std::uint64_t id = 0; ///< 0: nothing in it tells
    std::uint64_t monitor = 0;
    std::uint64_t area = 0;
    std::string relative; ///< below the area's path, such as "1/2026-11-22/17"
};

/// The folder that the scheme gives a recording, whether it exists or not. Empty: the row has no start and needs one.
///   Medium  MONITOR/YYYY-MM-DD/ID
///   Deep    MONITOR/yy/mm/dd/HH/MM/SS, with a link .ID beside HH
///   Shallow MONITOR/ID
std::string relative_folder(const EventRow& row);

/// The folder of a recording as it is on disk, absolute. Web server, daemons and database each name it by the date in
/// their own zone, so the days before and after are looked into as well. Empty: there is none.
std::optional<std::filesystem::path> find_folder(const AreaRow& area, const EventRow& row);

/// Every folder of one recording's id in an area, whatever its monitor and day. For a recording without a row.
/// Errors: unavailable (the area cannot be read; the message names the folder).
Result<std::vector<EventFolder>> find_folders(const AreaRow& area, std::uint64_t id);

/// Calls `take` with the folders of one day (or monitor) after the other, so that memory does not grow with the area.
/// Errors: unavailable (a folder cannot be read), or what `take` answers, which ends the walk.
Result<> walk_folders(const AreaRow& area, const std::function<Result<>(const std::vector<EventFolder>&)>& take);

/// The media file in a folder without a row: ID-video.*, else the largest *.mp4, *.mkv or *.avi. Empty: pictures only.
std::optional<std::filesystem::path> find_media(const std::filesystem::path& folder);

/// Removes a recording's folder, and in the Deep scheme the link to it; never follows a link, never leaves the area.
/// @return files removed
/// Errors: refused (not below the area, or a link on the way), unavailable (the system says why).
Result<std::uint64_t> remove_folder(const AreaRow& area, const std::filesystem::path& folder, std::uint64_t id);

} // namespace ombud::zoneminder
