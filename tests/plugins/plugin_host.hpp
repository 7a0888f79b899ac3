#pragma once
// A host double for plugin tests: lends every extension of the ABI, records what the plugin sends, and notes each
// breach of the ABI's rules. Tests fill the public members and read them back.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <ombud/action.h>
#include <ombud/config.h>
#include <ombud/event_builder.hpp>
#include <ombud/feed.h>
#include <ombud/finding.h>
#include <ombud/host.h>
#include <ombud/inventory.h>
#include <ombud/media.h>
#include <ombud/names.h>
#include <ombud/register.h>
#include <ombud/state.h>
#include <ombud/vocabulary.h>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace ombud::testing {

struct LogLine {
    std::int32_t level;
    std::string message, kv_json;
};

struct RaisedFinding {
    std::uint32_t severity;
    std::string key, control, attachment, device, recording, text, person, evidence_json;
};

struct RequestedAction {
    std::string kind, attachment, device, recording, control, reason;
    std::vector<ombud_track_rule> track_rules;
    std::string export_id, user;
};

struct DeclaredCoverage {
    std::uint32_t level;
    std::string note;
};

/// What the double's media service knows of a file.
struct MediaReply {
    ombud_status status = OMBUD_OK;
    std::int64_t size_bytes = 0;
    std::int64_t duration_ns = -1;
    std::int64_t creation_utc_ns = INT64_MIN;
    std::string container, tracks, problem;
};

using Setting = std::variant<std::int64_t, bool, std::string>;

/// Not copyable, not movable: plugins keep its address. Thread: one, the test's.
class PluginHost {
  public:
    PluginHost();
    PluginHost(const PluginHost&) = delete;
    PluginHost& operator=(const PluginHost&) = delete;

    const ombud_host* host() const { return &host_; }
    const ombud_config* config() const { return &config_; }

    // What the plugin is told.
    std::map<std::string, Setting> settings; ///< by whole path: {"options/root", "/srv"}; counts follow from the paths
    std::string json = "{}";
    std::int64_t utc_ns = 1'750'000'000'000'000'000; ///< moved by the test
    std::int64_t mono_ns = 1'000'000'000;
    bool real_clock = false;                                  ///< the system's clocks instead of the two above
    std::set<std::string> not_lent;                           ///< ids of extensions that this host does not have
    std::function<MediaReply(const std::string& path)> probe; ///< unset: every file is NOT_FOUND

    // The inventory that audits see. Rows in order of id; records by row id.
    std::vector<ombud_recording> rows;
    std::map<std::uint64_t, sdk::Event> recordings;
    std::vector<sdk::Event> devices, storages;
    std::map<std::string, std::uint32_t> inventory_coverage; ///< by control; not there: blind

    // The registers of the plugin's manifest, by name, and their records by key. A test that changes one counts it.
    std::map<std::string, std::map<std::string, sdk::Event>> registers;
    std::uint64_t register_revision = 0;

    // What the plugin remembers, by key. A copy of it in another double is a restart.
    std::map<std::string, std::string, std::less<>> state;

    // What the double answers, OMBUD_OK unless the test says otherwise.
    ombud_status push_status = OMBUD_OK, put_status = OMBUD_OK, raise_status = OMBUD_OK, request_status = OMBUD_OK;

    // What the plugin sent.
    std::vector<LogLine> log;
    ombud_status error_code = OMBUD_OK; ///< of the last set_error
    std::string error;
    std::map<std::string, RaisedFinding> open_findings; ///< by key: raised and not cleared
    std::vector<RaisedFinding> findings;                ///< every raise, in order
    std::vector<std::string> cleared;
    std::vector<RequestedAction> requests;
    std::vector<sdk::Event> pushed;
    std::string position; ///< the last one that push() made durable
    std::vector<sdk::Event> put;
    bool keep_records = true;    ///< false: records are checked and counted only, for listings of any length
    std::uint64_t put_count = 0; ///< records of the last listing
    std::map<std::string, DeclaredCoverage> coverage;
    std::uint64_t probes = 0;
    std::uint64_t register_reads = 0; ///< records that were read

    /// Breaches of the ABI's rules, e.g. a record put while no listing runs. Every test should end with none.
    std::vector<std::string> breaches;

    /// The number of a name, as ombud.names/1 gives it; and back.
    std::uint32_t id(std::string_view name);
    std::string_view name(std::uint32_t number) const;
    /// A field of an event by name; throws std::runtime_error naming the key when it is not there.
    std::string text(const sdk::Event& event, std::string_view key);
    std::int64_t i64(const sdk::Event& event, std::string_view key);
    bool has(const sdk::Event& event, std::string_view key);
    /// All events of `events` with that type name.
    std::vector<const sdk::Event*> of_type(const std::vector<sdk::Event>& events, std::string_view type);

    // Kept by LoadedPlugin, so that the double sees calls at forbidden moments.
    bool is_started = false, is_listing = false, is_inside = false;

  private:
    struct Tables;
    friend struct Tables;

    ombud_host host_;
    ombud_config config_;
    std::map<std::string, std::uint32_t, std::less<>> ids_;
    std::vector<std::string_view> names_;
    MediaReply media_reply_; // what the last probe's views point into
};

} // namespace ombud::testing
