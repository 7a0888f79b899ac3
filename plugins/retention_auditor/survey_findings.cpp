#include "survey.hpp"

#include "wording.hpp"

namespace ombud::retention {

namespace {

struct Telling {
    Severity severity;
    const char* control;
    const char* key;   // between control and attachment
    const char* one;   // "Recording 'x' of camera 'y' …"
    const char* many;  // "3 recordings of camera 'y' …"
    bool tells_period; // "… of 7 days"
    const char* next_step;
};

const Telling& telling_of(Matter matter) {
    static constexpr std::array<Telling, matter_count> tellings{{
        {Severity::violation, "RET-3", "over-retained", "is older than its period", "are older than their period", true,
         "delete it, or lock it with reason, case, owner and review date"},
        {Severity::violation, "RET-3", "over-retained-lock", "is kept by a deficient lock beyond its period",
         "are kept by deficient locks beyond their period", true, "complete the lock or release it"},
        {Severity::violation, "RET-3", "stuck-open", "is marked as being written and is older than its period",
         "are marked as being written and are older than their period", true,
         "close it in the VMS, so that it can be deleted"},
        {Severity::warning, "RET-3", "untimed", "tells no time, so its age cannot be judged",
         "tell no time, so their age cannot be judged", false, "find its date and delete it when it is due"},
        {Severity::warning, "RET-3", "future", "ends in the future, so its age cannot be judged",
         "end in the future, so their age cannot be judged", false, "correct the clock of the camera or the VMS"},
        {Severity::violation, "RET-4", "gone", "is gone before the end of its period",
         "are gone before the end of their period", true,
         "find out who or what deleted it, and restore it from a backup if a complaint may need it"},
        {Severity::violation, "RET-5", "gone", "was under evidence lock and is gone",
         "were under evidence lock and are gone", false, "find out who deleted it, and restore it from a backup"},
        {Severity::warning, "RET-5", "recording", "has a lock without a reason, a case, an owner or a review date",
         "have locks without a reason, a case, an owner or a review date", false, "document all four, or release it"},
        {Severity::warning, "RET-5", "recording", "has a lock without a review date",
         "have locks without a review date", false, "set one, or release it"},
        {Severity::warning, "RET-5", "recording", "has a lock past its review date",
         "have locks past their review date", false, "renew it with a new date, or release it"},
        {Severity::violation, "RET-9", "file-without-row", "is a file that the VMS does not list",
         "are files that the VMS does not list", false, "have the VMS list it again, or delete it when it is due"},
        {Severity::warning, "RET-9", "row-without-file", "is listed by the VMS, and its file is gone",
         "are listed by the VMS, and their files are gone", false, "delete its row, so that the deletion is complete"},
        {Severity::violation, "RET-9", "row-without-file", "has lost its file before the end of its period",
         "have lost their files before the end of their period", true,
         "find out what deleted it, and restore it from a backup if a complaint may need it"},
    }};
    return tellings[static_cast<size_t>(matter)];
}

std::string when(int64_t end, int64_t now) {
    if (end <= 0)
        return "at an unknown time";
    const int64_t age = elapsed_ns(end, now);
    return date_of(end) + ", " + in_words(age) + (age < 0 ? " ahead" : " ago");
}

} // namespace

void Survey::describe(const Watched& camera, std::vector<Finding>& findings) {
    for (size_t index = 0; index < matter_count; ++index) {
        const Tally& tally = (*camera.tallies)[index];
        const Telling& telling = telling_of(static_cast<Matter>(index));
        const std::string prefix = std::string(telling.control) + "/" + telling.key + "/" + camera.name.attachment;
        const std::string period = telling.tells_period ? " of " + in_words(camera.period_ns) : "";
        const auto add = [&](std::string key, const std::string& device, const std::string& recording, std::string text,
                             std::string json) {
            findings.push_back({telling.severity, std::move(key), telling.control, camera.name.attachment, device,
                                recording, std::move(text), "", std::move(json)});
        };
        if (tally.count == 0)
            continue;
        if (tally.examples.empty()) {
            add(prefix + "/camera/" + camera.name.device + "/" + std::to_string(index), camera.name.device, "",
                count_of(tally.count, "recording") + " of camera '" + camera.name.name + "' " + telling.many + period +
                    " (the oldest ended " + when(tally.oldest_end, now_) + "; " + size_in_words(tally.size_bytes) +
                    " together): " + telling.next_step + ".",
                evidence({{"count", static_cast<int64_t>(tally.count)},
                          {"size_bytes", tally.size_bytes},
                          {"oldest_end_utc_ns", tally.oldest_end},
                          {"newest_end_utc_ns", tally.newest_end},
                          {"period_s", camera.period_ns / 1'000'000'000}}));
            continue;
        }
        for (const Example& example : tally.examples) {
            const auto name = directory_.recording(example.id);
            if (!name)
                continue; // gone since its row passed: nothing is wrong with it any more
            add(prefix + "/recording/" + name->recording, camera.name.device, name->recording,
                "Recording '" + name->recording + "' of camera '" + camera.name.name + "' " + telling.one + period +
                    " (ended " + when(example.end, now_) + "; " + size_in_words(example.size_bytes) +
                    "): " + telling.next_step + ".",
                evidence({{"age_s", elapsed_ns(example.end, now_) / 1'000'000'000},
                          {"size_bytes", example.size_bytes},
                          {"period_s", camera.period_ns / 1'000'000'000}}));
        }
    }
}

std::vector<Finding> Survey::findings() {
    std::vector<Finding> findings;
    for (const Watched& camera : cameras_) {
        if (auto finding = check_documented(camera.name, camera.camera, settings_))
            findings.push_back(std::move(*finding));
        if (camera.tallies)
            describe(camera, findings);
    }
    for (const auto& [number, camera] : strays_)
        if (camera.tallies)
            describe(camera, findings);
    return findings;
}

} // namespace ombud::retention
