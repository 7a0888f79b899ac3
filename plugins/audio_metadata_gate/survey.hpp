// One walk over all recordings (AMG-5): every row is judged as it passes, and only counts, and a few examples a camera,
// are kept. Pure; the inventory is asked through Directory.
#pragma once

#include "policy.hpp"

#include <ombud/inventory.h>

#include <array>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace ombud::audio_metadata {

/// Asked rarely: for a camera once, for a recording where a finding or a correction needs its name.
class Directory {
  public:
    struct Device {
        DeviceName name;
        std::string camera;                // id of its camera record; empty: undocumented
        std::optional<bool> is_on[2] = {}; // by Kind: whether the VMS records it; absent: cannot be known
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

/// What can be wrong with recordings of a camera; the first three for each kind of track.
enum class Matter : uint32_t {
    held,        // a track without a purpose
    held_locked, // the same, under evidence lock: nobody alters it
    partly,      // reaches beyond documented hours: whether the track was cut there cannot be seen from outside, so
                 // it is counted, never told singly, and cut only where the option cut-existing asks for it
    untimed,     // its purpose is limited in time, and it tells none
    unknown,     // nothing tells its tracks; counted, never told singly
    damaged,     // it was looked into and cannot be read, so nobody knows what it holds
};
inline constexpr size_t matter_count = 6;

/// One correction that is due.
struct Correction {
    std::string attachment, device, recording, reason;
    std::vector<ombud_track_rule> track_rules; // what goes; empty: it is damaged, and set aside whole
};

class Survey {
  public:
    /// `site`, `rules` and `directory` must outlive the survey.
    Survey(const Site& site, const Rules& rules, Directory& directory);

    /// Judges and counts one row. The order of rows decides nothing.
    void add(const ombud_recording& row);

    /// What this row needs, if anything; never of one that is locked, open or gone. Independent of add().
    std::optional<Correction> correction(const ombud_recording& row);

    /// How many rows so far need a correction.
    uint64_t correctable_count() const { return correctable_count_; }

    /// All findings about recordings, in order of camera; call once, after the last add.
    std::vector<Finding> findings();

    /// Every device that the inventory lists, in order of number, with its record.
    struct Listed {
        Directory::Device device;
        const Camera* camera;
    };
    std::vector<Listed> devices() const;

  private:
    struct Example {
        uint64_t id;
        int64_t begin;
    };
    struct Tally {
        uint64_t count = 0;
        int64_t first_begin = std::numeric_limits<int64_t>::max();
        int64_t last_end = std::numeric_limits<int64_t>::min();
        std::vector<Example> examples; // at most findings_per_camera_max
    };
    struct Watched {
        Directory::Device device;
        bool is_listed = false;
        const Camera* camera = nullptr;
        std::array<Permission, 2> timeless; // by Kind, without a time: `untold` where each recording's own decides
        std::unique_ptr<std::array<std::array<Tally, matter_count>, 2>> tallies; // by Kind; made when needed
    };

    Watched& watched(uint32_t number);
    Watched make_watched(uint32_t number);
    Permission permission(const Watched& camera, Kind kind, const ombud_recording& row) const;
    bool is_cleaned(Permission::Extent extent) const;
    void note(Watched& camera, Kind kind, Matter matter, const ombud_recording& row);
    void describe(const Watched& camera, Kind kind, std::vector<Finding>& findings);

    const Site& site_;
    const Rules& rules_;
    Directory& directory_;
    std::vector<Watched> cameras_;       // by number
    std::map<uint32_t, Watched> strays_; // rows whose camera has no record
    uint64_t correctable_count_ = 0;
};

} // namespace ombud::audio_metadata
