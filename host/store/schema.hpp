#pragma once
// Which tables a database holds, and how an older file is brought up to date.

#include "events/result.hpp"
#include "store/database.hpp"

#include <span>
#include <string_view>

namespace ombud::store {

/// Format of the file as a whole (`PRAGMA user_version`): how parts are versioned, not what they hold.
inline constexpr int file_format = 1;

/// Brings one part of a database up to date: its tables, owned by one folder of the host.
///
/// Several parts share a file, each with a version of its own: the number of its steps that were applied.
/// A step, once released, never changes; a new one is added at the end.
/// All missing steps are applied together or not at all, inside the caller's transaction if there is one.
///
/// @param part   name of the part, such as `journal`; unique in the file
/// @param steps  SQL of each version, oldest first
/// Errors  too_new      the file or the part was written by a newer version; the file is unchanged
///         unavailable  locked, disk full, or the disk failed;  internal  a step's SQL is wrong
Result<void> apply_schema(Database& db, std::string_view part, std::span<const std::string_view> steps);

/// The same check without a change, for readers.
/// Errors  too_new    as above;  not_found  the part is missing, or older than `steps`
Result<void> check_schema(Database& db, std::string_view part, std::span<const std::string_view> steps);

} // namespace ombud::store
