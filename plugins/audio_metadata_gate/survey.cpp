#include "survey.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>

namespace ombud::audio_metadata {

namespace {

constexpr uint32_t devices_max = 1'000'000; // past it a camera is looked up when a row names it

/// Neither to be judged nor to be altered: not finished, or nothing there.
constexpr uint32_t out_of_reach = OMBUD_RECORDING_OPEN | OMBUD_RECORDING_GONE | OMBUD_RECORDING_NO_FILE;

uint32_t flag_of(Kind kind) {
    return kind == Kind::audio ? OMBUD_RECORDING_AUDIO : OMBUD_RECORDING_DATA;
}

std::string moment(int64_t utc_ns) {
    using namespace std::chrono;
    if (utc_ns <= 0)
        return "an unknown time";
    const sys_time<nanoseconds> instant{nanoseconds{utc_ns}};
    const auto day = floor<days>(instant);
    const year_month_day date{day};
    const auto minute = static_cast<int>(floor<minutes>(instant - day).count());
    std::array<char, 48> text{};
    std::snprintf(text.data(), text.size(), "%04d-%02u-%02u %02d:%02d UTC", static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), minute / 60, minute % 60);
    return text.data();
}

struct Telling {
    Severity severity;
    const char* key;
    const char* one;  // "Recording 'x' of camera 'y' …", TRACK stands for the kind
    const char* many; // "3 recordings of camera 'y' …"
    const char* next_step;
};

const Telling& telling_of(Matter matter) {
    static constexpr std::array<Telling, matter_count> tellings{{
        {Severity::violation, "held", "holds TRACK that no purpose allows", "hold TRACK that no purpose allows",
         "have it removed, or document its purpose"},
        {Severity::violation, "held-locked", "is under evidence lock and holds TRACK that no purpose allows",
         "are under evidence lock and hold TRACK that no purpose allows",
         "nothing under lock is altered; decide when the lock is reviewed"},
        {Severity::info, "partly", "reaches beyond the documented hours of TRACK",
         "reach beyond the documented hours of TRACK",
         "nothing tells whether it was cut there; the option cut-existing has corrections cut all of them"},
        {Severity::warning, "untimed", "holds TRACK with limited hours and tells no plausible time",
         "hold TRACK with limited hours and tell no plausible time", "find its date, or have the track removed"},
        {Severity::info, "unknown", "does not tell its tracks", "do not tell their tracks",
         "make the file readable for Ombud, so that sound and metadata in it can be seen"},
        {Severity::warning, "damaged", "cannot be read, so nothing shows that it holds no track without a purpose",
         "cannot be read, so nothing shows that they hold no track without a purpose",
         "repair it, or have corrections set it aside, out of use and not deleted"},
    }};
    return tellings[static_cast<size_t>(matter)];
}

std::string with_track(std::string text, Kind kind) {
    if (const size_t at = text.find("TRACK"); at != std::string::npos)
        text.replace(at, 5, title_of(kind));
    return text;
}

} // namespace

Survey::Survey(const Site& site, const Rules& rules, Directory& directory)
    : site_(site), rules_(rules), directory_(directory) {
    while (cameras_.size() < devices_max) {
        Watched next = make_watched(static_cast<uint32_t>(cameras_.size()));
        if (!next.is_listed)
            break;
        cameras_.push_back(std::move(next));
    }
}

Survey::Watched Survey::make_watched(uint32_t number) {
    Watched made;
    if (auto device = directory_.device(number)) {
        made.is_listed = true;
        made.device = std::move(*device);
        made.camera = site_.find_camera(made.device.camera, made.device.name.attachment, made.device.name.device);
    } else {
        made.device.name = {"", "", "unknown camera " + std::to_string(number)};
    }
    DeviceName& name = made.device.name;
    if (name.name.empty())
        name.name = made.camera && !made.camera->name.empty() ? made.camera->name : name.device;
    if (name.attachment.empty() && made.camera)
        name.attachment = made.camera->attachment;
    for (const Kind kind : kinds)
        made.timeless[static_cast<size_t>(kind)] = permission_of(made.camera, kind, std::nullopt, false, rules_);
    return made;
}

Survey::Watched& Survey::watched(uint32_t number) {
    if (number < cameras_.size())
        return cameras_[number];
    const auto at = strays_.find(number);
    return at != strays_.end() ? at->second : strays_.emplace(number, make_watched(number)).first->second;
}

Permission Survey::permission(const Watched& camera, Kind kind, const ombud_recording& row) const {
    const Permission& timeless = camera.timeless[static_cast<size_t>(kind)];
    if (timeless.extent != Permission::Extent::untold)
        return timeless;
    const auto time = plausible_time(row.begin_utc_ns, row.end_utc_ns);
    return time ? permission_of(camera.camera, kind, time, false, rules_) : timeless;
}

bool Survey::is_cleaned(Permission::Extent extent) const {
    return extent == Permission::Extent::nothing ||
           (extent == Permission::Extent::parts && rules_.settings.cut_existing);
}

void Survey::note(Watched& camera, Kind kind, Matter matter, const ombud_recording& row) {
    if (!camera.tallies)
        camera.tallies = std::make_unique<std::array<std::array<Tally, matter_count>, 2>>();
    Tally& tally = (*camera.tallies)[static_cast<size_t>(kind)][static_cast<size_t>(matter)];
    ++tally.count;
    tally.first_begin = std::min(tally.first_begin, row.begin_utc_ns);
    tally.last_end = std::max(tally.last_end, row.end_utc_ns);
    const bool is_told_singly = matter != Matter::partly && matter != Matter::unknown;
    if (is_told_singly && tally.count <= rules_.settings.findings_per_camera_max)
        tally.examples.push_back({row.id, row.begin_utc_ns});
    else if (!tally.examples.empty())
        std::vector<Example>().swap(tally.examples); // too many: the counts will be told instead
}

void Survey::add(const ombud_recording& row) {
    using Extent = Permission::Extent;
    constexpr uint32_t seen = OMBUD_RECORDING_TRACKS_KNOWN | OMBUD_RECORDING_AUDIO | OMBUD_RECORDING_DATA;
    if ((row.flags & out_of_reach) || (row.flags & seen) == OMBUD_RECORDING_TRACKS_KNOWN)
        return; // by far the most: video alone
    Watched& camera = watched(row.device);
    if (row.flags & OMBUD_RECORDING_UNREADABLE) { // whatever may be there: as when it was finished
        note(camera, Kind::audio, Matter::damaged, row); // of both kinds; counted once
        correctable_count_ += row.flags & OMBUD_RECORDING_LOCKED ? 0 : 1;
        return;
    }
    if (!(row.flags & OMBUD_RECORDING_TRACKS_KNOWN)) {
        const bool may_hold_any =
            camera.timeless[0].extent == Extent::whole && camera.timeless[1].extent == Extent::whole;
        if (!may_hold_any)
            note(camera, Kind::audio, Matter::unknown, row); // of both kinds; counted once
        return;
    }
    bool is_correctable = false;
    for (const Kind kind : kinds) {
        if (!(row.flags & flag_of(kind)))
            continue;
        const Extent extent = permission(camera, kind, row).extent;
        if (extent == Extent::whole)
            continue;
        const bool is_locked = row.flags & OMBUD_RECORDING_LOCKED;
        note(camera, kind,
             extent == Extent::untold  ? Matter::untimed
             : extent == Extent::parts ? Matter::partly
             : is_locked               ? Matter::held_locked
                                       : Matter::held,
             row);
        is_correctable = is_correctable || (!is_locked && is_cleaned(extent));
    }
    correctable_count_ += is_correctable ? 1 : 0;
}

std::optional<Correction> Survey::correction(const ombud_recording& row) {
    const bool is_damaged = row.flags & OMBUD_RECORDING_UNREADABLE;
    if ((row.flags & (out_of_reach | OMBUD_RECORDING_LOCKED)) ||
        (!is_damaged && !(row.flags & OMBUD_RECORDING_TRACKS_KNOWN)))
        return std::nullopt;
    Correction correction;
    Watched& camera = watched(row.device);
    if (is_damaged)
        correction.reason = "it cannot be read, so nothing shows that it holds no track without a purpose";
    for (const Kind kind : kinds) {
        if (is_damaged || !(row.flags & flag_of(kind)))
            continue;
        const Permission allowed = permission(camera, kind, row);
        if (!is_cleaned(allowed.extent))
            continue;
        const auto lines = track_rules_of(kind, allowed);
        correction.track_rules.insert(correction.track_rules.end(), lines.begin(), lines.end());
        correction.reason += (correction.reason.empty() ? "" : "; ") + allowed.why;
    }
    if (!is_damaged && correction.track_rules.empty())
        return std::nullopt;
    auto name = directory_.recording(row.id);
    if (!name)
        return std::nullopt;
    correction.attachment = name->attachment.empty() ? camera.device.name.attachment : std::move(name->attachment);
    correction.device = camera.device.name.device;
    correction.recording = std::move(name->recording);
    return correction;
}

void Survey::describe(const Watched& camera, Kind kind, std::vector<Finding>& findings) {
    const DeviceName& device = camera.device.name;
    for (size_t index = 0; index < matter_count; ++index) {
        const Tally& tally = (*camera.tallies)[static_cast<size_t>(kind)][index];
        const Telling& telling = telling_of(static_cast<Matter>(index));
        const std::string prefix = std::string("AMG-5/") + telling.key + "/" + device.attachment;
        const std::string suffix = std::string("/") + name_of(kind);
        if (tally.count == 0)
            continue;
        if (tally.examples.empty()) {
            findings.push_back({telling.severity, prefix + "/camera/" + device.device + suffix, "AMG-5",
                                device.attachment, device.device, "",
                                std::to_string(tally.count) + (tally.count == 1 ? " recording" : " recordings") +
                                    " of camera '" + device.name + "' " + with_track(telling.many, kind) + " (from " +
                                    moment(tally.first_begin) + " to " + moment(tally.last_end) +
                                    "): " + telling.next_step + ".",
                                "",
                                "{\"count\":" + std::to_string(tally.count) +
                                    ",\"first_begin_utc_ns\":" + std::to_string(tally.first_begin) +
                                    ",\"last_end_utc_ns\":" + std::to_string(tally.last_end) + "}"});
            continue;
        }
        for (const Example& example : tally.examples)
            if (const auto name = directory_.recording(example.id)) // else gone since its row passed
                findings.push_back({telling.severity, prefix + "/recording/" + name->recording + suffix, "AMG-5",
                                    device.attachment, device.device, name->recording,
                                    "Recording '" + name->recording + "' of camera '" + device.name + "' (" +
                                        moment(example.begin) + ") " + with_track(telling.one, kind) + ": " +
                                        telling.next_step + ".",
                                    "", ""});
    }
}

std::vector<Finding> Survey::findings() {
    std::vector<Finding> findings;
    const auto tell = [&](const Watched& camera) {
        if (camera.tallies)
            for (const Kind kind : kinds)
                describe(camera, kind, findings);
    };
    for (const Watched& camera : cameras_)
        tell(camera);
    for (const auto& [number, camera] : strays_)
        tell(camera);
    return findings;
}

std::vector<Survey::Listed> Survey::devices() const {
    std::vector<Listed> listed;
    for (const Watched& camera : cameras_)
        listed.push_back({camera.device, camera.camera});
    return listed;
}

} // namespace ombud::audio_metadata
