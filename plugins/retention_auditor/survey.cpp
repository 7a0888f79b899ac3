#include "survey.hpp"

#include "wording.hpp"

#include <algorithm>

namespace ombud::retention {

namespace {

constexpr uint32_t devices_max = 1'000'000; // past it a camera is looked up when a row names it

int64_t last_moment(const ombud_recording& row) {
    return std::max(row.begin_utc_ns, row.end_utc_ns);
}

void add_saturating(int64_t& sum, int64_t amount) {
    if (__builtin_add_overflow(sum, amount, &sum))
        sum = std::numeric_limits<int64_t>::max();
}

} // namespace

Survey::Survey(const Site& site, const Settings& settings, int64_t now, Directory& directory)
    : site_(site), settings_(settings), now_(now), directory_(directory) {
    for (const Lock& lock : site.locks) {
        const LockState state = judge_lock(lock, now);
        for (const std::string& attachment : {lock.attachment, std::string()}) {
            SiteLocks& locks = locks_[attachment];
            const auto [at, is_new] = locks.by_recording.try_emplace(lock.recording, state);
            if (!is_new)
                at->second = both(at->second, state);
            locks.unseen = locks.by_recording.size();
        }
    }
    while (cameras_.size() < devices_max) {
        Watched next = make_watched(static_cast<uint32_t>(cameras_.size()));
        if (!next.is_listed)
            break;
        cameras_.push_back(std::move(next));
    }
}

Survey::SiteLocks* Survey::locks_of(const std::string& attachment) {
    const auto at = locks_.find(attachment);
    return at == locks_.end() ? nullptr : &at->second;
}

Survey::Watched Survey::make_watched(uint32_t number) {
    Watched made;
    if (auto device = directory_.device(number)) {
        made.is_listed = true;
        made.camera = site_.find_camera(device->camera, device->name.attachment, device->name.device);
        made.name = std::move(device->name);
    } else {
        made.name = {"", "", "unknown camera " + std::to_string(number)};
    }
    if (made.name.name.empty())
        made.name.name = made.camera && !made.camera->name.empty() ? made.camera->name : made.name.device;
    if (made.name.attachment.empty() && made.camera)
        made.name.attachment = made.camera->attachment;
    made.period_ns = period_of(made.camera, settings_);
    made.locks = locks_of(made.name.attachment);
    return made;
}

Survey::Watched& Survey::watched(uint32_t number) {
    if (number < cameras_.size())
        return cameras_[number];
    const auto at = strays_.find(number);
    return at != strays_.end() ? at->second : strays_.emplace(number, make_watched(number)).first->second;
}

LockState Survey::site_lock(Watched& camera, uint64_t id) {
    if (!camera.locks || camera.locks->unseen == 0)
        return LockState::none;
    const auto name = directory_.recording(id);
    if (!name)
        return LockState::none;
    const auto at = camera.locks->by_recording.find(name->recording);
    if (at == camera.locks->by_recording.end())
        return LockState::none;
    --camera.locks->unseen;
    return at->second;
}

void Survey::note(Watched& camera, Matter matter, const ombud_recording& row) {
    if (!camera.tallies)
        camera.tallies = std::make_unique<std::array<Tally, matter_count>>();
    Tally& tally = (*camera.tallies)[static_cast<size_t>(matter)];
    ++tally.count;
    if (row.size_bytes > 0)
        add_saturating(tally.size_bytes, row.size_bytes);
    const int64_t end = last_moment(row);
    tally.oldest_end = std::min(tally.oldest_end, end);
    tally.newest_end = std::max(tally.newest_end, end);
    if (tally.count <= settings_.findings_per_camera_max)
        tally.examples.push_back({row.id, end, row.size_bytes});
    else if (!tally.examples.empty())
        std::vector<Example>().swap(tally.examples); // too many: the counts will be told instead
}

void Survey::add(const ombud_recording& row) {
    Watched& camera = watched(row.device);
    const Age age = age_of(row.begin_utc_ns, row.end_utc_ns, camera.period_ns, now_);
    if (!(row.flags & (OMBUD_RECORDING_GONE | OMBUD_RECORDING_NO_FILE))) {
        ++camera.recordings;
        if (row.size_bytes < 0)
            ++camera.unsized;
        else if (age != Age::overdue)
            add_saturating(camera.kept_bytes, row.size_bytes);
        else if (row.flags & OMBUD_RECORDING_LOCKED)
            add_saturating(camera.locked_bytes, row.size_bytes);
        if (age != Age::unknown)
            camera.oldest_begin = std::min(camera.oldest_begin, std::min(row.begin_utc_ns, row.end_utc_ns));
    }
    constexpr uint32_t remarkable =
        OMBUD_RECORDING_LOCKED | OMBUD_RECORDING_NO_FILE | OMBUD_RECORDING_NO_ROW | OMBUD_RECORDING_GONE;
    if ((row.flags & remarkable) || (age != Age::kept && age != Age::due))
        judge(camera, row, age);
}

void Survey::judge(Watched& camera, const ombud_recording& row, Age age) {
    const bool is_locked = row.flags & OMBUD_RECORDING_LOCKED;
    if (row.flags & OMBUD_RECORDING_GONE) {
        const bool by_site = site_lock(camera, row.id) != LockState::none;
        if (is_locked || by_site)
            note(camera, Matter::lost_locked, row);
        if (age == Age::kept || age == Age::future)
            note(camera, Matter::lost, row); // already due by now: whether it was when it went cannot be told
        return;
    }

    if (row.flags & OMBUD_RECORDING_NO_ROW)
        note(camera, Matter::file_without_row, row);
    if (row.flags & OMBUD_RECORDING_NO_FILE)
        note(camera, age == Age::overdue || age == Age::due ? Matter::row_without_file : Matter::row_without_file_early,
             row);
    if (age == Age::unknown)
        note(camera, Matter::untimed, row);
    if (age == Age::future)
        note(camera, Matter::future, row);

    const LockState by_site = is_locked || age == Age::overdue ? site_lock(camera, row.id) : LockState::none;
    const LockState by_vms = judge_lock(row.flags, row.lock_review_utc_ns, now_);
    if (by_site == LockState::none) { // else the site documents it, and check_site_locks() judges that
        if (by_vms == LockState::undocumented)
            note(camera, Matter::lock_undocumented, row);
        if (by_vms == LockState::endless)
            note(camera, Matter::lock_endless, row);
        if (by_vms == LockState::review_passed)
            note(camera, Matter::lock_review_passed, row);
    }

    const LockState lock = both(by_vms, by_site);
    if (age != Age::overdue || lock == LockState::valid)
        return;
    const bool has_pictures = !(row.flags & OMBUD_RECORDING_NO_FILE);
    if (lock == LockState::none && !(row.flags & OMBUD_RECORDING_OPEN))
        ++overdue_count_;
    if (!has_pictures)
        return;
    if (lock != LockState::none)
        note(camera, Matter::over_retained_bad_lock, row);
    else if (row.flags & OMBUD_RECORDING_OPEN)
        note(camera, Matter::stuck_open, row);
    else
        note(camera, Matter::over_retained, row);
}

std::optional<Correction> Survey::correction(const ombud_recording& row) {
    if (row.flags & (OMBUD_RECORDING_GONE | OMBUD_RECORDING_OPEN | OMBUD_RECORDING_LOCKED))
        return std::nullopt;
    Watched& camera = watched(row.device);
    if (age_of(row.begin_utc_ns, row.end_utc_ns, camera.period_ns, now_) != Age::overdue)
        return std::nullopt;
    auto name = directory_.recording(row.id);
    if (!name)
        return std::nullopt;
    const std::string& attachment = name->attachment.empty() ? camera.name.attachment : name->attachment;
    if (!site_.find_locks(attachment, name->recording).empty())
        return std::nullopt;
    const bool is_half = row.flags & (OMBUD_RECORDING_NO_ROW | OMBUD_RECORDING_NO_FILE);
    const std::string age = in_words(elapsed_ns(last_moment(row), now_));
    return Correction{attachment, camera.name.device, name->recording, is_half ? "RET-9" : "RET-3",
                      (row.flags & OMBUD_RECORDING_NO_ROW    ? "a file that the VMS does not list, "
                       : row.flags & OMBUD_RECORDING_NO_FILE ? "a row whose file is gone, "
                                                             : "") +
                          age + " old with a period of " + in_words(camera.period_ns)};
}

std::map<std::string, Demand> Survey::demands() const {
    std::map<std::string, Demand> demands;
    const auto add_camera = [&](const Watched& camera) {
        Demand& sum = demands[camera.name.attachment];
        if (camera.recordings == 0)
            return;
        const Demand one =
            demand_of(camera.kept_bytes, camera.locked_bytes, camera.oldest_begin, camera.period_ns, now_);
        sum.need_bytes += one.need_bytes;
        sum.bytes_per_day += one.bytes_per_day;
        sum.young_cameras += one.young_cameras;
        sum.unsized_recordings += camera.unsized;
    };
    for (const Watched& camera : cameras_)
        add_camera(camera);
    for (const auto& [number, camera] : strays_)
        add_camera(camera);
    return demands;
}

} // namespace ombud::retention
