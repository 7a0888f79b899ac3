// Part of Exports: what is made elsewhere than in the exports folder. An archive that a crafted request put outside of it, by the
// access log, or by itself in the folders nearby, since a POST says nothing there; a video that was encoded into its recording's folder, by ZoneMinder's own log. Nothing of it is ever taken away.
#include "event_files.hpp"
#include "exports.hpp"

#include <set>
#include <sys/stat.h>

namespace ombud::zoneminder {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t videos_ns = 1'000'000'000;  // how often ZoneMinder's log is asked
constexpr std::int64_t beyond_ns = 10'000'000'000; // how long an archive is looked for that a line told of
constexpr std::int64_t nearby_ns = 5'000'000'000;  // how often folders nearby are looked into
constexpr std::int64_t to_come_ns = 60'000'000'000; // within which an encoded video's file appears
constexpr std::size_t id_bytes_max = 765;           // that the memory can hold: names have 255 bytes, paths more
constexpr std::string_view video_prefix = "video/";

/// What is there itself, a link not followed.
std::optional<struct stat> status_of(const fs::path& place) {
    struct stat status {};
    return ::lstat(place.c_str(), &status) == 0 && S_ISREG(status.st_mode) ? std::optional(status) : std::nullopt;
}

} // namespace

/// Whether such a way ends in the folder itself, whose own notices tell then.
bool Exports::leads_back(const std::string& beyond) const {
    std::error_code error;
    const fs::path parent = (fs::path(settings_.folder) / beyond).parent_path();
    return fs::equivalent(parent, settings_.folder, error);
}

/// Empty: its recording has no row or no folder any more.
Result<fs::path> Exports::place_of_elsewhere(const std::string& id) {
    const std::string path = path_of_elsewhere(id);
    if (path.rfind(video_prefix, 0) != 0)
        return fs::path(settings_.folder) / path;
    const auto slash = path.find('/', video_prefix.size());
    auto row = desk_.catalogue.event(std::strtoull(path.c_str() + video_prefix.size(), nullptr, 10));
    if (!row)
        return fail(std::move(row).error());
    const AreaRow* area = *row ? desk_.inspector.area((*row)->area) : nullptr;
    const auto folder = area ? find_folder(*area, **row) : std::nullopt;
    return folder && slash != std::string::npos ? *folder / path.substr(slash + 1) : fs::path();
}

/// A video is told when its encoding begins, so its file may be yet to come.
Result<bool> Exports::is_there_elsewhere(const std::string& id, KnownExport& known) {
    const auto place = place_of_elsewhere(id);
    if (!place)
        return fail(place.error());
    const auto status = status_of(*place);
    if (status && known.inode == 0) {
        known.inode = status->st_ino;
        known.size_bytes = status->st_size;
        changes_.insert_or_assign(id, known);
    }
    return status || (known.inode == 0 && desk_.host.utc_ns() - known.changed_utc_ns < to_come_ns);
}

Result<> Exports::tell_elsewhere(const std::string& id, std::vector<std::uint64_t> recordings, std::int64_t utc_ns, const Doer& doer) {
    const auto place = place_of_elsewhere(id);
    if (!place)
        return fail(place.error());
    KnownExport made{0, 0, utc_ns, false, std::move(recordings)};
    if (const auto status = status_of(*place)) {
        made.inode = status->st_ino;
        made.size_bytes = status->st_size;
    }
    if (auto told = tell("made", id, made, utc_ns, doer); !told)
        return told;
    if (id.size() <= id_bytes_max) // else that it is gone is never told
        remember(id, std::move(made));
    return {};
}

/// The line names the archive but for its ending; by then it is whole, for a line is written when the answer was.
Result<> Exports::find_archives_beyond() {
    const std::int64_t now = desk_.host.mono_ns();
    std::vector<Line> later;
    for (Line& line : beyond_lines_) {
        std::string found;
        for (const char* ending : {".zip", ".tar", ".tar.gz"})
            if (status_of(fs::path(settings_.folder) / (line.act.beyond + ending)))
                found = line.act.beyond + ending;
        if (found.empty()) {
            if (now - line.mono_ns < beyond_ns)
                later.push_back(std::move(line));
            continue;
        }
        Begin begin{now, std::nullopt, "its web session may be over"};
        const std::int64_t ago_s = desk_.host.utc_ns() / second_ns - line.act.utc_s;
        if (line.act.who == LoggedAct::Who::session && ago_s <= session_slack_s) {
            auto sessions = memory_.sessions_since(line.act.utc_s - 1);
            if (!sessions)
                return fail(std::move(sessions).error());
            begin.sessions = std::move(*sessions);
        }
        const std::set<std::uint64_t> recordings(line.act.recordings.begin(), line.act.recordings.end());
        auto told = tell_elsewhere(export_id_of(found), {recordings.begin(), recordings.end()}, line.act.utc_s * second_ns,
                                   doer_of({&line.act, &begin.sessions, begin.no_sessions}));
        if (!told)
            return told;
    }
    beyond_lines_ = std::move(later);
    return {};
}

/// The folder above, those beside, and storage areas. Deeper, or anywhere else where the web server may write, nobody looks.
std::vector<fs::path> Exports::places_nearby() {
    constexpr std::size_t places_max = 64;
    std::error_code error;
    const fs::path here = fs::canonical(settings_.folder, error), above = here.parent_path();
    std::set<fs::path> places{above};
    for (const AreaRow& area : desk_.inspector.areas())
        if (area.is_local)
            places.insert(fs::weakly_canonical(area.path, error));
    problems_.nearby.clear();
    fs::directory_iterator beside(above, error);
    if (error)
        problems_.nearby = above.string() + ": " + error.message();
    for (; !error && beside != fs::directory_iterator(); beside.increment(error))
        if (std::error_code ignored; beside->is_directory(ignored) && !beside->is_symlink(ignored)) {
            if (places.size() == places_max) {
                problems_.nearby = above.string() + ": has more folders than the " + std::to_string(places_max) + " that are looked into";
                break;
            }
            places.insert(beside->path());
        }
    places.erase(here);
    return {places.begin(), places.end()};
}

/// ZoneMinder's own are known by the folder of links beside them; other archives are none of its exports.
Result<> Exports::find_archives_nearby() {
    const std::int64_t now = desk_.host.mono_ns(), now_utc = desk_.host.utc_ns();
    if (looked_nearby_mono_ns_ != 0 && now - looked_nearby_mono_ns_ < nearby_ns)
        return {};
    looked_nearby_mono_ns_ = now;
    std::set<std::pair<std::uint64_t, std::int64_t>> told; // inode and size, however a request spelled the way
    for (const auto& [id, known] : known_)
        if (is_elsewhere(id))
            told.emplace(known.inode, known.size_bytes);
    std::error_code error;
    const fs::path here = fs::canonical(settings_.folder, error);
    for (const fs::path& place : places_nearby()) {
        const auto folder = ExportsFolder::look_at(place);
        const auto entries = folder ? folder->entries() : Result<ExportEntries>(fail(folder.error()));
        if (!entries) {
            problems_.nearby = entries.error().message;
            continue;
        }
        for (const ExportEntry& entry : entries->found) {
            if (entry.is_folder || now_utc - entry.changed_utc_ns < settled_ns || told.count({entry.inode, entry.size_bytes}) != 0)
                continue;
            auto recordings = folder->content(root_of(entry.name)).recordings;
            const std::string id = export_id_of((place / entry.name).lexically_relative(here).string());
            if (recordings.empty() || id.size() > id_bytes_max)
                continue;
            const Doer nobody{"", "made outside of the exports folder by a request that the access log does not show"};
            if (auto sent = tell_elsewhere(id, std::move(recordings), entry.changed_utc_ns, nobody); !sent)
                return sent;
        }
    }
    return {};
}

Result<> Exports::find_videos() {
    const std::int64_t now = desk_.host.mono_ns();
    if (asked_videos_mono_ns_ != 0 && now - asked_videos_mono_ns_ < videos_ns)
        return {};
    asked_videos_mono_ns_ = now;
    const auto cannot = [&](const sdk::Error& error) -> Result<> {
        if (error.code != ErrorCode::refused && error.code != ErrorCode::not_found)
            return fail(error);
        problems_.videos = "outbox.sql has to be run anew: " + error.message;
        return {};
    };
    if (!videos_) {
        const auto kept = memory_.videos_place();
        if (!kept)
            return cannot(kept.error());
        videos_kept_ = *kept;
        const auto newest = *kept ? Result<std::uint64_t>(**kept) : memory_.newest_video();
        if (!newest)
            return cannot(newest.error());
        videos_ = *newest; // what was encoded before we came is part of its recording
    }
    const auto videos = memory_.videos_after(*videos_);
    if (!videos)
        return cannot(videos.error());
    problems_.videos.clear();
    for (const EncodedVideo& video : *videos) {
        videos_ = video.id;
        if (video.recording == 0)
            continue;
        Begin begin{now, std::nullopt, video.may_be_filters ? "encoded by a filter (AutoVideo), or by somebody on the pages while there is such a filter"
                                                            : "encoded while nobody looked"};
        if (!video.may_be_filters && desk_.host.utc_ns() / second_ns - video.utc_s <= session_slack_s) {
            auto sessions = memory_.sessions_since(video.utc_s - session_slack_s);
            if (!sessions)
                return fail(std::move(sessions).error());
            begin.sessions = std::move(*sessions);
        }
        const std::string path = std::string(video_prefix) + std::to_string(video.recording) + "/" + video.file;
        if (auto told = tell_elsewhere(export_id_of(path), {video.recording}, video.utc_s * second_ns, doer_of({nullptr, &begin.sessions, begin.no_sessions}));
            !told)
            return told;
    }
    return {};
}

} // namespace ombud::zoneminder
