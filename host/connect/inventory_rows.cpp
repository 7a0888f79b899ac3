#include "connect/inventory_rows.hpp"

#include <ombud/inventory.h>
#include <ombud/vocabulary.h>

namespace ombud::inventory {
namespace {

std::string text(const Event& event, std::uint32_t key) { return std::string(event.text(key).value_or("")); }

void put(EventBuilder& builder, std::string_view key, const std::string& value, bool personal = false) {
    if (!value.empty())
        builder.text(key, value, personal);
}
void put(EventBuilder& builder, std::string_view key, const std::optional<std::int64_t>& value) {
    if (value)
        builder.integer(key, *value);
}

// OMBUD_RECORDING_* of a track list. What is neither picture nor sound carries data: subtitles and unknown kinds, too.
std::uint32_t track_flags(std::string_view tracks) {
    std::uint32_t flags = tracks.empty() ? 0U : OMBUD_RECORDING_TRACKS_KNOWN;
    while (!tracks.empty()) {
        const std::string_view track = tracks.substr(0, tracks.find(' '));
        flags |= track.starts_with("audio/") ? OMBUD_RECORDING_AUDIO : track.starts_with("video/") ? 0U : OMBUD_RECORDING_DATA;
        tracks.remove_prefix(std::min(track.size() + 1, tracks.size()));
    }
    return flags;
}

} // namespace

Keys::Keys(Names& names)
    : device_record(names.intern(OMBUD_RECORD_DEVICE)), recording_record(names.intern(OMBUD_RECORD_RECORDING)),
      storage_record(names.intern(OMBUD_RECORD_STORAGE)), recording_finished(names.intern(OMBUD_EVENT_RECORDING_FINISHED)),
      recording_changed(names.intern(OMBUD_EVENT_RECORDING_CHANGED)), recording_gone(names.intern(OMBUD_EVENT_RECORDING_GONE)),
      device_changed(names.intern(OMBUD_EVENT_DEVICE_CHANGED)), device_gone(names.intern(OMBUD_EVENT_DEVICE_GONE)),
      recording(names.intern(OMBUD_KEY_RECORDING)), device(names.intern(OMBUD_KEY_DEVICE)), path(names.intern(OMBUD_KEY_PATH)),
      begin(names.intern(OMBUD_KEY_BEGIN)), end(names.intern(OMBUD_KEY_END)), size(names.intern(OMBUD_KEY_SIZE)),
      tracks(names.intern(OMBUD_KEY_TRACKS)), locked(names.intern(OMBUD_KEY_LOCKED)),
      lock_reason(names.intern(OMBUD_KEY_LOCK_REASON)), lock_case(names.intern(OMBUD_KEY_LOCK_CASE)),
      lock_owner(names.intern(OMBUD_KEY_LOCK_OWNER)), lock_review(names.intern(OMBUD_KEY_LOCK_REVIEW)),
      no_file(names.intern(OMBUD_KEY_NO_FILE)), no_row(names.intern(OMBUD_KEY_NO_ROW)),
      unreadable(names.intern(OMBUD_KEY_UNREADABLE)), time_source(names.intern(OMBUD_KEY_TIME_SOURCE)),
      name(names.intern(OMBUD_KEY_NAME)), audio(names.intern(OMBUD_KEY_AUDIO)), metadata(names.intern(OMBUD_KEY_METADATA)),
      storage(names.intern(OMBUD_KEY_STORAGE)), capacity(names.intern(OMBUD_KEY_CAPACITY)), free(names.intern(OMBUD_KEY_FREE)),
      encrypted(names.intern(OMBUD_KEY_ENCRYPTED)) {}

Result<DeviceRow> device_of(const Event& event, const Keys& keys) {
    DeviceRow row{text(event, keys.device), text(event, keys.name), event.integer(keys.audio), event.integer(keys.metadata)};
    if (row.device.empty())
        return fail(ErrorCode::invalid_input, "a device without its id");
    return row;
}

Result<RecordingRow> recording_of(const Event& event, const Keys& keys) {
    RecordingRow row;
    row.device = text(event, keys.device);
    row.recording = text(event, keys.recording);
    if (row.recording.empty())
        return fail(ErrorCode::invalid_input, "a recording without its id");
    row.path = text(event, keys.path);
    row.tracks = text(event, keys.tracks);
    row.begin_utc_ns = event.integer(keys.begin).value_or(0);
    row.size_bytes = event.integer(keys.size).value_or(-1);
    row.lock_review_utc_ns = event.integer(keys.lock_review).value_or(0);
    row.lock_reason = text(event, keys.lock_reason);
    row.lock_case = text(event, keys.lock_case);
    row.lock_owner = text(event, keys.lock_owner);
    row.unreadable = text(event, keys.unreadable);
    row.time_source = text(event, keys.time_source);
    const auto end = event.integer(keys.end);
    row.end_utc_ns = end.value_or(row.begin_utc_ns);

    const auto set = [&](std::uint32_t key) { return event.integer(key).value_or(0) != 0; };
    const bool documented = !row.lock_reason.empty() && !row.lock_case.empty() && !row.lock_owner.empty() &&
                            row.lock_review_utc_ns != 0;
    row.flags = (set(keys.locked) ? OMBUD_RECORDING_LOCKED : 0U) | (end ? 0U : OMBUD_RECORDING_OPEN) |
                track_flags(row.tracks) | (set(keys.no_file) ? OMBUD_RECORDING_NO_FILE : 0U) |
                (set(keys.no_row) ? OMBUD_RECORDING_NO_ROW : 0U) | (row.unreadable.empty() ? 0U : OMBUD_RECORDING_UNREADABLE) |
                (documented ? OMBUD_RECORDING_LOCK_DOCUMENTED : 0U);
    return row;
}

Result<StorageRow> storage_of(const Event& event, const Keys& keys) {
    StorageRow row{text(event, keys.storage), text(event, keys.name), event.integer(keys.capacity), event.integer(keys.free),
                   event.integer(keys.encrypted)};
    if (row.storage.empty())
        return fail(ErrorCode::invalid_input, "a storage area without its id");
    return row;
}

Result<EventRef> to_record(const DeviceRow& row, std::string_view type, std::string_view attachment, std::string_view camera,
                           Names& names, std::int64_t utc_ns, std::uint32_t flags) {
    EventBuilder builder(names, type, utc_ns);
    builder.flags(flags).text(OMBUD_KEY_ATTACHMENT, attachment);
    put(builder, OMBUD_KEY_DEVICE, row.device);
    put(builder, OMBUD_KEY_NAME, row.name);
    put(builder, OMBUD_KEY_AUDIO, row.audio);
    put(builder, OMBUD_KEY_METADATA, row.metadata);
    put(builder, OMBUD_KEY_CAMERA, std::string(camera));
    return builder.build();
}

Result<EventRef> to_record(const RecordingRow& row, std::string_view type, std::string_view attachment, Names& names,
                           std::int64_t utc_ns, std::uint32_t flags, std::string_view cause) {
    EventBuilder builder(names, type, utc_ns);
    builder.flags(flags).text(OMBUD_KEY_ATTACHMENT, attachment);
    put(builder, OMBUD_KEY_DEVICE, row.device);
    put(builder, OMBUD_KEY_RECORDING, row.recording);
    put(builder, OMBUD_KEY_PATH, row.path);
    builder.integer(OMBUD_KEY_BEGIN, row.begin_utc_ns);
    if ((row.flags & OMBUD_RECORDING_OPEN) == 0)
        builder.integer(OMBUD_KEY_END, row.end_utc_ns);
    if (row.size_bytes >= 0)
        builder.integer(OMBUD_KEY_SIZE, row.size_bytes);
    put(builder, OMBUD_KEY_TRACKS, row.tracks);
    if ((row.flags & OMBUD_RECORDING_LOCKED) != 0)
        builder.integer(OMBUD_KEY_LOCKED, 1);
    put(builder, OMBUD_KEY_LOCK_REASON, row.lock_reason);
    put(builder, OMBUD_KEY_LOCK_CASE, row.lock_case);
    put(builder, OMBUD_KEY_LOCK_OWNER, row.lock_owner, true);
    if (row.lock_review_utc_ns != 0)
        builder.integer(OMBUD_KEY_LOCK_REVIEW, row.lock_review_utc_ns);
    if ((row.flags & OMBUD_RECORDING_NO_FILE) != 0)
        builder.integer(OMBUD_KEY_NO_FILE, 1);
    if ((row.flags & OMBUD_RECORDING_NO_ROW) != 0)
        builder.integer(OMBUD_KEY_NO_ROW, 1);
    put(builder, OMBUD_KEY_UNREADABLE, row.unreadable);
    put(builder, OMBUD_KEY_TIME_SOURCE, row.time_source);
    put(builder, OMBUD_KEY_CAUSE, std::string(cause));
    return builder.build();
}

Result<EventRef> to_record(const StorageRow& row, std::string_view attachment, Names& names) {
    EventBuilder builder(names, OMBUD_RECORD_STORAGE, 0);
    builder.text(OMBUD_KEY_ATTACHMENT, attachment);
    put(builder, OMBUD_KEY_STORAGE, row.storage);
    put(builder, OMBUD_KEY_NAME, row.name);
    put(builder, OMBUD_KEY_CAPACITY, row.capacity);
    put(builder, OMBUD_KEY_FREE, row.free);
    put(builder, OMBUD_KEY_ENCRYPTED, row.encrypted);
    return builder.build();
}

Result<EventRef> with_media(const Event& record, std::string_view type, const MediaInfo* media, Names& names, std::int64_t utc_ns) {
    const Keys keys(names);
    auto row = recording_of(record, keys);
    if (!row)
        return fail(row.error());
    if (media != nullptr) {
        row->tracks = media->tracks;
        row->size_bytes = media->size_bytes;
        row->unreadable.clear();
    }
    const std::string attachment(record.text(names.intern(OMBUD_KEY_ATTACHMENT)).value_or(""));
    return to_record(*row, type, attachment, names, utc_ns, OMBUD_EVENT_SYNTHETIC, media == nullptr ? "ombud" : "");
}

RecordingRow read_recording(const store::Statement& statement, int first) {
    RecordingRow row;
    row.recording = statement.text(first);
    row.path = statement.text(first + 1);
    row.tracks = statement.text(first + 2);
    row.flags = static_cast<std::uint32_t>(statement.integer(first + 3));
    row.begin_utc_ns = statement.integer(first + 4);
    row.end_utc_ns = statement.integer(first + 5);
    row.size_bytes = statement.integer(first + 6);
    row.lock_review_utc_ns = statement.integer(first + 7);
    row.lock_reason = statement.text(first + 8);
    row.lock_case = statement.text(first + 9);
    row.lock_owner = statement.text(first + 10);
    row.unreadable = statement.text(first + 11);
    row.time_source = statement.text(first + 12);
    row.device = statement.text(first + 13);
    return row;
}

} // namespace ombud::inventory
