#pragma once
// Rows of the inventory's tables, and the flat records they come from and go to.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <ombud/names.hpp>

#include "events/event.hpp"
#include "plugin_runtime/services.hpp"
#include "store/database.hpp"

namespace ombud::inventory {

struct DeviceRow {
    std::string device, name;
    std::optional<std::int64_t> audio, metadata;
    friend bool operator==(const DeviceRow&, const DeviceRow&) = default;
};

struct RecordingRow {
    std::string device, recording, path, tracks;
    std::uint32_t flags = 0; ///< OMBUD_RECORDING_*
    std::int64_t begin_utc_ns = 0, end_utc_ns = 0, size_bytes = -1, lock_review_utc_ns = 0;
    std::string lock_reason, lock_case, lock_owner, unreadable, time_source;
    friend bool operator==(const RecordingRow&, const RecordingRow&) = default;
};

struct StorageRow {
    std::string storage, name;
    std::optional<std::int64_t> capacity, free, encrypted;
};

/// Numbers of the vocabulary in one host.
struct Keys {
    explicit Keys(Names& names);
    std::uint32_t device_record, recording_record, storage_record, recording_finished, recording_changed, recording_gone,
        device_changed, device_gone;
    std::uint32_t recording, device, path, begin, end, size, tracks, locked, lock_reason, lock_case, lock_owner, lock_review,
        no_file, no_row, unreadable, time_source, name, audio, metadata, storage, capacity, free, encrypted;
};

/// Errors  invalid_input  a record without its id
Result<DeviceRow> device_of(const Event& event, const Keys& keys);
Result<RecordingRow> recording_of(const Event& event, const Keys& keys);
Result<StorageRow> storage_of(const Event& event, const Keys& keys);

/// A record (or an event of another type with the same fields).
Result<EventRef> to_record(const DeviceRow& row, std::string_view type, std::string_view attachment, std::string_view camera,
                           Names& names, std::int64_t utc_ns, std::uint32_t flags);
Result<EventRef> to_record(const RecordingRow& row, std::string_view type, std::string_view attachment, Names& names,
                           std::int64_t utc_ns, std::uint32_t flags, std::string_view cause = {});
Result<EventRef> to_record(const StorageRow& row, std::string_view attachment, Names& names);

/// An event about a recording whose file the host itself changed: its record with what the file holds now.
/// @param media  null: the file is gone, and it was us
Result<EventRef> with_media(const Event& record, std::string_view type, const MediaInfo* media, Names& names, std::int64_t utc_ns);

/// Columns of `recording` in the order that read_recording expects; r and d are the tables recording and device.
inline constexpr std::string_view recording_columns =
    "r.recording, r.path, r.tracks, r.flags, r.begin_ns, r.end_ns, r.size, r.lock_review, r.lock_reason, r.lock_case,"
    " r.lock_owner, r.unreadable, r.time_source, d.device";
RecordingRow read_recording(const store::Statement& statement, int first_column);

} // namespace ombud::inventory
