// One walk over all recordings: every row is judged as it passes, and only counts, and a few examples a camera, are
// kept. So a million overdue recordings cost no more memory than ten. Pure; the inventory is asked through Directory.
#pragma once

#include "policy.hpp"
#include "storage.hpp"

#include <ombud/inventory.h>

#include <array>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace ombud::retention {

/// Asked rarely: for a camera once, for a recording where a finding, a lock or a correction needs its name.
class Directory {
  public:
    struct Device {
        DeviceName name;
        std::string camera; // id of its camera record; empty: undocumented
    };
    struct RecordingName {
        std::string attachment, recording;
    };
    virtual ~Directory() = default;
    /// Nothing past the last device.
    virtual std::optional<Device> device(uint32_t number) = 0;
    /// Nothing when it is gone by now.
    virtual std::optional<RecordingName> recording(uint64_t id) = 0;
};

/// What can be wrong with recordings of a camera; each is a finding of its own (survey_findings.cpp has the texts).
enum class Matter : uint32_t {
    over_retained,          // RET-3
    over_retained_bad_lock, // RET-3: locked, but the lock does not justify it
    stuck_open,             // RET-3: over-retained, but marked as being written
    untimed,                // RET-3 cannot be judged
    future,                 // RET-3 cannot be judged
    lost,                   // RET-4
    lost_locked,            // RET-5
    lock_undocumented,      // RET-5
    lock_endless,           // RET-5
    lock_review_passed,     // RET-5
    file_without_row,       // RET-9
    row_without_file,       // RET-9, its period has ended
    row_without_file_early, // RET-9, its period still runs: the recording is lost
};
inline constexpr size_t matter_count = 13;

/// One correction that is due: deletion of `recording`.
struct Correction {
    std::string attachment, device, recording, control, reason;
};

class Survey {
  public:
    /// `site` and `directory` must outlive the survey.
    Survey(const Site& site, const Settings& settings, int64_t now, Directory& directory);

    /// Judges and counts one row. The order of rows decides nothing but which examples are kept when there are too
    /// many.
    void add(const ombud_recording& row);

    /// The deletion that this row needs, if any: overdue, closed, locked neither by the VMS nor by the site.
    /// Independent of add().
    std::optional<Correction> correction(const ombud_recording& row);

    /// How many rows so far need a deletion, before site locks are looked at.
    uint64_t overdue_count() const { return overdue_count_; }

    /// All findings about cameras and recordings (RET-1, 3, 4, 5, 9), in order of camera; call once, after the last
    /// add.
    std::vector<Finding> findings();

    /// Attachments that have cameras, each with what its recordings need (RET-6).
    std::map<std::string, Demand> demands() const;

  private:
    struct Example {
        uint64_t id;
        int64_t end, size_bytes;
    };
    struct Tally {
        uint64_t count = 0;
        int64_t size_bytes = 0;
        int64_t oldest_end = std::numeric_limits<int64_t>::max();
        int64_t newest_end = std::numeric_limits<int64_t>::min();
        std::vector<Example> examples; // at most findings_per_camera_max
    };
    struct SiteLocks {
        std::unordered_map<std::string, LockState> by_recording;
        size_t unseen = 0; // once all were met, no further row needs its name looked up
    };
    struct Watched {
        DeviceName name;
        bool is_listed = false; // the inventory has a record of it
        const Camera* camera = nullptr;
        int64_t period_ns = 0;
        SiteLocks* locks = nullptr;
        std::unique_ptr<std::array<Tally, matter_count>> tallies; // made at the first matter: most cameras have none
        int64_t kept_bytes = 0, locked_bytes = 0;
        int64_t oldest_begin = std::numeric_limits<int64_t>::max();
        uint64_t recordings = 0, unsized = 0;
    };

    Watched& watched(uint32_t number);
    Watched make_watched(uint32_t number);
    SiteLocks* locks_of(const std::string& attachment);
    LockState site_lock(Watched& camera, uint64_t id);
    void note(Watched& camera, Matter matter, const ombud_recording& row);
    void judge(Watched& camera, const ombud_recording& row, Age age);
    void describe(const Watched& camera, std::vector<Finding>& findings);

    const Site& site_;
    const Settings settings_;
    const int64_t now_;
    Directory& directory_;
    std::map<std::string, SiteLocks> locks_; // by attachment; "": of all, for cameras of an unknown one
    std::vector<Watched> cameras_;           // by number
    std::map<uint32_t, Watched> strays_;     // rows whose camera has no record
    uint64_t overdue_count_ = 0;
};

} // namespace ombud::retention
