#pragma once
// ZoneMinder's rows and files as the records and events the host understands (ombud/vocabulary.h).

#include "catalogue.hpp"
#include "event_files.hpp"
#include "options.hpp"

#include <cstdint>
#include <map>
#include <ombud/event_builder.hpp>
#include <ombud/host.hpp>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace ombud::zoneminder {

/// What was seen on disk of one recording.
struct Evidence {
    std::string path; ///< of the media file; empty: not reachable, or pictures only
    std::optional<std::int64_t> size_bytes;
    std::int64_t changed_utc_ns = 0; ///< of the media file
    std::string tracks;              ///< empty: not known
    std::string unreadable;          ///< why the media could not be read
    std::optional<std::int64_t> duration_ns;
    bool is_missing = false; ///< folder or media file is not there
};

/// Looks at recordings' files, and remembers the tracks of those that did not change.
/// Thread: worker.
class Inspector {
  public:
    /// @param probes_tracks  look into each media file; else tracks are unknown
    Inspector(const sdk::Host& host, bool has_files, bool probes_tracks);

    /// The areas that are there, as they are now. Call before inspect().
    void set_areas(std::vector<AreaRow> areas);
    [[nodiscard]] const std::vector<AreaRow>& areas() const { return areas_; }
    /// nullptr: not among them, or an object store.
    [[nodiscard]] const AreaRow* area(std::uint64_t id) const;

    /// @param row  its area may be unknown: then nothing is claimed about the file
    Evidence inspect(const EventRow& row);
    /// The same for a folder without a row.
    /// @param is_whole  not still being written: then its tracks are looked at
    Evidence inspect_folder(const std::filesystem::path& folder, std::uint64_t id, const std::string& video,
                            bool is_whole = true);

  private:
    struct Seen {
        std::int64_t size_bytes;
        std::int64_t changed_utc_ns;
        std::uint32_t tracks; ///< index into tracks_
    };

    void look_into(Evidence& evidence, std::uint64_t id);

    sdk::Host host_;
    bool has_files_;
    bool probes_tracks_;
    std::vector<AreaRow> areas_;
    std::unordered_map<std::uint64_t, Seen> seen_; ///< by recording; some 40 bytes each
    std::vector<std::string> tracks_;              ///< the few combinations there are
};

/// Makes blobs. Texts of ZoneMinder that are no UTF-8 are made so; nothing else about them is changed.
class Records {
  public:
    explicit Records(const sdk::Host& host);

    /// inventory.recording
    sdk::Result<sdk::Event> recording(const EventRow& row, const Evidence& evidence) const;
    /// recording.finished, recording.changed: the same keys, with what was done and by which database user
    sdk::Result<sdk::Event> recording_event(std::uint32_t type, std::int64_t utc_ns, const EventRow& row,
                                            const Evidence& evidence, const std::string& detail,
                                            const std::string& database_user) const;
    sdk::Result<sdk::Event> recording_gone(std::int64_t utc_ns, const EventRow& row,
                                           const std::string& database_user) const;
    /// inventory.recording with no_row, for a folder that no row names
    sdk::Result<sdk::Event> orphan(const EventFolder& folder, const std::string& recording,
                                   const Evidence& evidence) const;
    /// recording.changed with no_row: the row is gone, the files are not
    sdk::Result<sdk::Event> files_stay(std::int64_t utc_ns, const EventRow& row, const Evidence& evidence,
                                       const std::string& database_user) const;

    /// inventory.device
    sdk::Result<sdk::Event> device(const MonitorRow& row) const;
    sdk::Result<sdk::Event> device_changed(std::int64_t utc_ns, const MonitorRow& row, const std::string& detail,
                                           const std::string& database_user) const;
    sdk::Result<sdk::Event> device_gone(std::int64_t utc_ns, std::uint64_t id, const std::string& database_user) const;

    /// inventory.storage; capacity and free space of the file system, where the area is here
    sdk::Result<sdk::Event> storage(const AreaRow& row, bool has_files) const;

    /// connector.connection
    sdk::Result<sdk::Event> connection(std::int64_t utc_ns, bool is_up, const std::string& detail) const;
    /// recording.sent and config.changed: names of this connector's own
    sdk::Result<sdk::Event> notice(const char* type, std::int64_t utc_ns, const EventRow* row,
                                   const std::string& detail, const std::string& database_user) const;

    [[nodiscard]] const sdk::Vocabulary& words() const { return words_; }

  private:
    void add_recording(sdk::EventBuilder& builder, const EventRow& row, const Evidence& evidence) const;
    void add_device(sdk::EventBuilder& builder, const MonitorRow& row) const;
    void add_act(sdk::EventBuilder& builder, const std::string& detail, const std::string& database_user) const;
    void add_text(sdk::EventBuilder& builder, std::uint32_t key, const std::string& text) const;

    sdk::Names* names_;
    sdk::Vocabulary words_;
    std::uint32_t database_user_;
};

} // namespace ombud::zoneminder
