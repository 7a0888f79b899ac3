#include "records.hpp"

#include "server_text.hpp"

#include <algorithm>
#include <ombud/disk_encryption.hpp>
#include <sys/stat.h>
#include <sys/statvfs.h>

namespace ombud::zoneminder {

// -- Inspector
// ---------------------------------------------------------------------------------------------------------

Inspector::Inspector(const sdk::Host& host, bool has_files, bool probes_tracks)
    : host_(host), has_files_(has_files), probes_tracks_(probes_tracks) {}

void Inspector::set_areas(std::vector<AreaRow> areas) {
    areas_ = std::move(areas);
}

const AreaRow* Inspector::area(std::uint64_t id) const {
    const auto found = std::find_if(areas_.begin(), areas_.end(),
                                    [id](const AreaRow& area) { return area.id == id && area.is_local; });
    return found == areas_.end() ? nullptr : &*found;
}

Evidence Inspector::inspect(const EventRow& row) {
    Evidence evidence;
    const AreaRow* const at = area(row.area);
    if (!has_files_ || !at)
        return evidence;
    const auto folder = find_folder(*at, row);
    if (!folder) {
        // an open recording's folder is made after its row
        evidence.is_missing = row.end_utc_ns.has_value();
        return evidence;
    }
    if (!row.video.empty())
        return inspect_folder(*folder, row.id, row.video, row.end_utc_ns.has_value());
    evidence.size_bytes = row.disk_bytes;
    return evidence;
}

Evidence Inspector::inspect_folder(const std::filesystem::path& folder, std::uint64_t id, const std::string& video,
                                   bool is_whole) {
    Evidence evidence;
    const std::string path = (folder / video).string();
    struct stat status {};
    if (video.empty() || lstat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) {
        evidence.is_missing = is_whole;
        return evidence;
    }
    evidence.path = path;
    evidence.size_bytes = status.st_size;
    evidence.changed_utc_ns = status.st_mtim.tv_sec * 1'000'000'000LL + status.st_mtim.tv_nsec;
    if (is_whole)
        look_into(evidence, id);
    return evidence;
}

void Inspector::look_into(Evidence& evidence, std::uint64_t id) {
    if (!probes_tracks_)
        return;
    const auto known = seen_.find(id);
    if (known != seen_.end() && known->second.size_bytes == *evidence.size_bytes &&
        known->second.changed_utc_ns == evidence.changed_utc_ns) {
        evidence.tracks = tracks_[known->second.tracks];
        return;
    }
    const auto media = host_.media();
    if (!media)
        return;
    const auto info = media->probe(evidence.path);
    if (!info) {
        if (info.error().code != ErrorCode::unavailable)
            evidence.unreadable = info.error().message;
        return;
    }
    evidence.tracks = info->tracks;
    evidence.duration_ns = info->duration_ns;
    auto index = std::find(tracks_.begin(), tracks_.end(), info->tracks);
    if (index == tracks_.end())
        index = tracks_.insert(index, info->tracks);
    seen_[id] = {*evidence.size_bytes, evidence.changed_utc_ns, static_cast<std::uint32_t>(index - tracks_.begin())};
}

// -- Records
// -----------------------------------------------------------------------------------------------------------

Records::Records(const sdk::Host& host)
    : names_(&host.names()), words_(host.names()), database_user_(host.names().id("database_user")) {}

void Records::add_text(sdk::EventBuilder& builder, std::uint32_t key, const std::string& text) const {
    if (!text.empty())
        builder.add_text(key, to_utf8(text));
}

void Records::add_act(sdk::EventBuilder& builder, const std::string& detail, const std::string& database_user) const {
    add_text(builder, words_.detail, detail);
    add_text(builder, database_user_, database_user);
}

void Records::add_recording(sdk::EventBuilder& builder, const EventRow& row, const Evidence& evidence) const {
    builder.add_text(words_.recording, std::to_string(row.id));
    builder.add_text(words_.device, std::to_string(row.monitor));
    add_text(builder, words_.path, evidence.path);
    if (row.begin_utc_ns)
        builder.add_i64(words_.begin_utc_ns, *row.begin_utc_ns);
    if (row.end_utc_ns)
        builder.add_i64(words_.end_utc_ns, *row.end_utc_ns);
    if (evidence.size_bytes)
        builder.add_i64(words_.size_bytes, *evidence.size_bytes);
    add_text(builder, words_.tracks, evidence.tracks);
    builder.add_i64(words_.locked, row.is_archived ? 1 : 0);
    if (evidence.is_missing)
        builder.add_i64(words_.no_file, 1);
    add_text(builder, words_.unreadable, evidence.unreadable);
    builder.add_text(words_.time_source, "database");
}

sdk::Result<sdk::Event> Records::recording(const EventRow& row, const Evidence& evidence) const {
    sdk::EventBuilder builder(words_.recording_record, row.begin_utc_ns.value_or(0));
    add_recording(builder, row, evidence);
    return builder.finish();
}

sdk::Result<sdk::Event> Records::recording_event(std::uint32_t type, std::int64_t utc_ns, const EventRow& row,
                                                 const Evidence& evidence, const std::string& detail,
                                                 const std::string& database_user) const {
    sdk::EventBuilder builder(type, utc_ns);
    add_recording(builder, row, evidence);
    add_act(builder, detail, database_user);
    return builder.finish();
}

sdk::Result<sdk::Event> Records::recording_gone(std::int64_t utc_ns, const EventRow& row,
                                                const std::string& database_user) const {
    sdk::EventBuilder builder(words_.recording_gone, utc_ns);
    builder.add_text(words_.recording, std::to_string(row.id));
    builder.add_text(words_.device, std::to_string(row.monitor));
    if (row.begin_utc_ns)
        builder.add_i64(words_.begin_utc_ns, *row.begin_utc_ns);
    if (row.end_utc_ns)
        builder.add_i64(words_.end_utc_ns, *row.end_utc_ns);
    builder.add_i64(words_.locked, row.is_archived ? 1 : 0);
    add_act(builder, "", database_user);
    return builder.finish();
}

sdk::Result<sdk::Event> Records::orphan(const EventFolder& folder, const std::string& recording,
                                        const Evidence& evidence) const {
    const std::int64_t end = evidence.changed_utc_ns;
    const std::int64_t begin = end - evidence.duration_ns.value_or(0);
    sdk::EventBuilder builder(words_.recording_record, begin);
    add_text(builder, words_.recording, recording);
    builder.add_text(words_.device, std::to_string(folder.monitor));
    add_text(builder, words_.path, evidence.path);
    if (end != 0) {
        builder.add_i64(words_.begin_utc_ns, begin).add_i64(words_.end_utc_ns, end);
        builder.add_text(words_.time_source, evidence.duration_ns ? "container" : "file");
    }
    if (evidence.size_bytes)
        builder.add_i64(words_.size_bytes, *evidence.size_bytes);
    add_text(builder, words_.tracks, evidence.tracks);
    builder.add_i64(words_.locked, 0).add_i64(words_.no_row, 1);
    add_text(builder, words_.unreadable, evidence.unreadable);
    return builder.finish();
}

sdk::Result<sdk::Event> Records::files_stay(std::int64_t utc_ns, const EventRow& row, const Evidence& evidence,
                                            const std::string& database_user) const {
    EventRow unlocked = row;
    unlocked.is_archived = false; // the lock went with the row
    sdk::EventBuilder builder(words_.recording_changed, utc_ns);
    add_recording(builder, unlocked, evidence);
    builder.add_i64(words_.no_row, 1);
    add_act(builder, "row deleted, files stay", database_user);
    return builder.finish();
}

void Records::add_device(sdk::EventBuilder& builder, const MonitorRow& row) const {
    builder.add_text(words_.device, std::to_string(row.id));
    add_text(builder, words_.name, row.name);
    builder.add_i64(words_.audio, row.records_audio ? 1 : 0);
    builder.add_i64(words_.metadata, 0); // ZoneMinder 1.36 records pictures and sound alone
    add_text(builder, words_.state, row.function + (row.is_enabled ? "" : ", disabled"));
}

sdk::Result<sdk::Event> Records::device(const MonitorRow& row) const {
    sdk::EventBuilder builder(words_.device_record, 0);
    add_device(builder, row);
    return builder.finish();
}

sdk::Result<sdk::Event> Records::device_changed(std::int64_t utc_ns, const MonitorRow& row, const std::string& detail,
                                                const std::string& database_user) const {
    sdk::EventBuilder builder(words_.device_changed, utc_ns);
    add_device(builder, row);
    add_act(builder, detail, database_user);
    return builder.finish();
}

sdk::Result<sdk::Event> Records::device_gone(std::int64_t utc_ns, std::uint64_t id,
                                             const std::string& database_user) const {
    sdk::EventBuilder builder(words_.device_gone, utc_ns);
    builder.add_text(words_.device, std::to_string(id));
    add_act(builder, "", database_user);
    return builder.finish();
}

sdk::Result<sdk::Event> Records::storage(const AreaRow& row, bool has_files) const {
    sdk::EventBuilder builder(words_.storage_record, 0);
    builder.add_text(words_.storage, std::to_string(row.id));
    add_text(builder, words_.name, row.name);
    if (has_files && row.is_local) {
        add_text(builder, words_.path, row.path);
        struct statvfs space {};
        if (statvfs(row.path.c_str(), &space) == 0) {
            builder.add_i64(words_.capacity_bytes, static_cast<std::int64_t>(space.f_blocks * space.f_frsize));
            builder.add_i64(words_.free_bytes, static_cast<std::int64_t>(space.f_bavail * space.f_frsize));
        }
        if (const auto encryption = sdk::encryption_of(row.path))
            builder.add_i64(words_.encrypted, static_cast<std::int64_t>(*encryption));
    }
    return builder.finish();
}

sdk::Result<sdk::Event> Records::connection(std::int64_t utc_ns, bool is_up, const std::string& detail) const {
    sdk::EventBuilder builder(words_.connection, utc_ns);
    builder.add_text(words_.state, is_up ? "up" : "down");
    add_text(builder, words_.detail, detail);
    return builder.finish();
}

sdk::Result<sdk::Event> Records::notice(const char* type, std::int64_t utc_ns, const EventRow* row,
                                        const std::string& detail, const std::string& database_user) const {
    sdk::EventBuilder builder(names_->id(type), utc_ns);
    if (row) {
        builder.add_text(words_.recording, std::to_string(row->id));
        builder.add_text(words_.device, std::to_string(row->monitor));
    }
    add_act(builder, detail, database_user);
    return builder.finish();
}

} // namespace ombud::zoneminder
