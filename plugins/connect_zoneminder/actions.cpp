#include "actions.hpp"

#include <algorithm>
#include <charconv>
#include <sys/stat.h>

namespace ombud::zoneminder {
namespace fs = std::filesystem;
using sdk::ActionResult;
using sdk::Outcome;

namespace {

/// 0: not a whole positive number.
std::uint64_t to_id(std::string_view text) {
    std::uint64_t id = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), id);
    return error == std::errc() && stop == text.data() + text.size() ? id : 0;
}

/// What cannot be done now may be done later; what is not allowed now may be, too, once somebody grants it.
ActionResult postponed(const sdk::Error& error) {
    return {Outcome::retry, error.message};
}

ActionResult no_such(std::string_view what, std::string_view name) {
    return {Outcome::failed, std::string(what) + " \"" + std::string(name) + "\" is not one of ZoneMinder's ids"};
}

struct Removal {
    std::uint64_t folders = 0;
    std::uint64_t files = 0;
};

/// Removes folders of a recording that has no row. Looks for the row again right before: an id is never given out
/// twice, so that a row that is gone stays gone.
Result<Removal> remove_leftovers(const ActionDesk& desk, std::uint64_t id, const std::vector<EventFolder>& folders) {
    Removal removal;
    for (const EventFolder& folder : folders) {
        const AreaRow* const area = desk.inspector.area(folder.area);
        auto row = desk.catalogue.event(id);
        if (!row)
            return fail(std::move(row).error());
        if (*row || !area)
            return fail(ErrorCode::refused, "recording " + std::to_string(id) + ": has a row again; its files stay");
        auto removed = remove_folder(*area, fs::path(area->path) / folder.relative, id);
        if (!removed)
            return fail(std::move(removed).error());
        ++removal.folders;
        removal.files += *removed;
    }
    return removal;
}

Result<std::vector<EventFolder>> folders_everywhere(const ActionDesk& desk, std::uint64_t id) {
    std::vector<EventFolder> all;
    for (const AreaRow& area : desk.inspector.areas()) {
        if (!area.is_local)
            continue;
        auto some = find_folders(area, id);
        if (!some)
            return some;
        all.insert(all.end(), some->begin(), some->end());
    }
    return all;
}

Result<> refresh_areas(const ActionDesk& desk) {
    auto areas = desk.catalogue.areas();
    if (!areas)
        return fail(std::move(areas).error());
    desk.inspector.set_areas(std::move(*areas));
    return {};
}

constexpr std::int64_t abandoned_after_ns = 600'000'000'000;

/// Whether something may still be added to a recording that is not closed.
bool is_being_written(const ActionDesk& desk, const EventRow& row) {
    if (row.end_utc_ns)
        return false;
    const AreaRow* const area = desk.has_files ? desk.inspector.area(row.area) : nullptr;
    const auto folder = area ? find_folder(*area, row) : std::nullopt;
    std::int64_t last = row.begin_utc_ns.value_or(desk.now_utc_ns);
    if (!folder)
        return !area || desk.now_utc_ns - last < abandoned_after_ns;
    for (const fs::path& part : {*folder, *folder / row.video}) {
        struct stat status {};
        if (stat(part.c_str(), &status) == 0)
            last = std::max<std::int64_t>(last, status.st_mtim.tv_sec * 1'000'000'000LL);
    }
    return desk.now_utc_ns - last < abandoned_after_ns;
}

/// The row is gone: removes what is left on disk, and says what was seen.
ActionResult finish_removal(const ActionDesk& desk, std::uint64_t id, const std::string& row_part, bool did_something) {
    if (!desk.has_files)
        return {did_something ? Outcome::done : Outcome::already, row_part + "; its files cannot be seen from here"};
    const auto folders = folders_everywhere(desk, id);
    if (!folders)
        return postponed(folders.error());
    const auto removal = remove_leftovers(desk, id, *folders);
    if (!removal)
        return {removal.error().code == ErrorCode::refused ? Outcome::refused : Outcome::retry,
                row_part + "; " + removal.error().message};
    const auto left = folders_everywhere(desk, id);
    if (!left || !left->empty())
        return {Outcome::retry, row_part + "; " + (left ? "its folder is there again" : left.error().message)};
    if (removal->folders == 0)
        return {did_something ? Outcome::done : Outcome::already, row_part + ", no folder of it in any storage area"};
    return {Outcome::done, row_part + "; removed " + std::to_string(removal->folders) + " folder" +
                               (removal->folders == 1 ? "" : "s") + " with " + std::to_string(removal->files) +
                               " files, and saw them gone"};
}

/// "ID@AREA:FOLDER": a folder that is not where its recording's row says, or whose recording nothing tells.
ActionResult delete_stray(const ActionDesk& desk, std::string_view name) {
    const auto at = name.find('@');
    const auto colon = name.find(':', at);
    if (colon == std::string_view::npos)
        return no_such("recording", name);
    const std::uint64_t id = to_id(name.substr(0, at));
    const AreaRow* const area = desk.inspector.area(to_id(name.substr(at + 1, colon - at - 1)));
    if (!area)
        return {Outcome::failed, "recording \"" + std::string(name) + "\": no such storage area"};
    const fs::path folder = (fs::path(area->path) / name.substr(colon + 1)).lexically_normal();
    std::error_code error;
    if (!fs::is_directory(folder, error))
        return {Outcome::already, folder.string() + " is not there"};
    const auto row = id ? desk.catalogue.event(id) : Result<std::optional<EventRow>>(std::nullopt);
    if (!row)
        return postponed(row.error());
    if (*row) {
        const auto real =
            (*row)->area == area->id || (*row)->secondary_area == area->id ? find_folder(*area, **row) : std::nullopt;
        if (real && *real == folder)
            return {Outcome::refused, folder.string() + " is where recording " + std::to_string(id) + " is kept"};
    }
    const auto removed = remove_folder(*area, folder, id);
    if (!removed)
        return {removed.error().code == ErrorCode::refused ? Outcome::refused : Outcome::retry,
                removed.error().message};
    return fs::exists(folder, error)
               ? ActionResult{Outcome::retry, folder.string() + " is there again"}
               : ActionResult{Outcome::done, "removed " + folder.string() + " with " + std::to_string(*removed) +
                                                 " files, which no row named"};
}

} // namespace

ActionResult switch_audio_off(const ActionDesk& desk, std::string_view device) {
    const std::uint64_t id = to_id(device);
    if (id == 0)
        return no_such("device", device);
    const auto before = desk.catalogue.monitor(id);
    if (!before)
        return postponed(before.error());
    if (!*before)
        return {Outcome::failed, "monitor " + std::to_string(id) + " does not exist"};
    if (!(*before)->records_audio)
        return {Outcome::already, "RecordAudio of monitor " + std::to_string(id) + " was 0"};
    const auto edited = desk.rest.edit("/monitors/" + std::to_string(id) + ".json", {{"Monitor[RecordAudio]", "0"}});
    const auto after = desk.catalogue.monitor(id);
    if (!after)
        return postponed(after.error());
    if (*after && !(*after)->records_audio)
        return {Outcome::done,
                "RecordAudio of monitor " + std::to_string(id) + " is 0 now; ZoneMinder restarts its capture"};
    return {Outcome::retry, edited ? "ZoneMinder accepted RecordAudio=0, but it is still 1" : edited.error().message};
}

ActionResult delete_recording(const ActionDesk& desk, std::string_view recording) {
    if (auto refreshed = refresh_areas(desk); !refreshed)
        return postponed(refreshed.error());
    if (recording.find('@') != std::string_view::npos)
        return delete_stray(desk, recording);
    const std::uint64_t id = to_id(recording);
    if (id == 0)
        return no_such("recording", recording);
    const auto before = desk.catalogue.event(id);
    if (!before)
        return postponed(before.error());
    if (!*before)
        return finish_removal(desk, id, "no row", false);
    if ((*before)->is_archived)
        return {Outcome::refused, "recording " + std::to_string(id) + " is archived"};
    if (is_being_written(desk, **before))
        return {Outcome::retry, "recording " + std::to_string(id) + " is still being written"};
    // ZoneMinder itself refuses an archived one, should it be archived since.
    const auto erased = desk.rest.erase("/events/" + std::to_string(id) + ".json");
    const auto after = desk.catalogue.event(id);
    if (!after)
        return postponed(after.error());
    if (!*after)
        return finish_removal(desk, id, "row gone", true);
    if ((*after)->is_archived)
        return {Outcome::refused, "recording " + std::to_string(id) + " was archived meanwhile"};
    return {Outcome::retry, erased ? "ZoneMinder answered 200, but the row is still there; see its log for why"
                                   : erased.error().message};
}

ActionResult archive_recording(const ActionDesk& desk, std::string_view recording) {
    const std::uint64_t id = to_id(recording);
    if (id == 0)
        return no_such("recording", recording);
    const auto before = desk.catalogue.event(id);
    if (!before)
        return postponed(before.error());
    if (!*before)
        return {Outcome::failed, "recording " + std::to_string(id) + " has no row"};
    if ((*before)->is_archived)
        return {Outcome::already, "recording " + std::to_string(id) + " was archived"};
    const auto edited = desk.rest.edit("/events/" + std::to_string(id) + ".json", {{"Event[Archived]", "1"}});
    const auto after = desk.catalogue.event(id);
    if (!after)
        return postponed(after.error());
    if (*after && (*after)->is_archived)
        return {Outcome::done, "Archived of recording " + std::to_string(id) + " is 1 now"};
    return {Outcome::retry, edited ? "ZoneMinder accepted Archived=1, but it is still 0" : edited.error().message};
}

} // namespace ombud::zoneminder
