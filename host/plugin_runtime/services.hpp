#pragma once
// What instances are lent, as the rest of the host provides it; services.cpp turns it into the ABI's tables.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <ombud/inventory.h>

#include "events/clock.hpp"
#include "events/event.hpp"
#include "events/names.hpp"
#include "events/result.hpp"
#include "verdicts/verdict.hpp"

namespace ombud {

struct Finding {
    std::uint32_t severity = 0; ///< OMBUD_SEVERITY_*
    std::string key, control, attachment, device, recording, text, person, evidence;
};

struct ActionRequest {
    std::string kind, attachment, device, recording, control, reason;
    std::vector<TrackRule> tracks;
    std::string export_id{};
    std::string user{}; ///< personal
};

/// A value that a module keeps across restarts; empty: it is forgotten.
struct StateChange {
    std::string key, value;
};

/// What one call of a plugin sent; becomes durable with the call's outcome, or not at all.
struct Outbox {
    std::vector<Finding> raised;
    std::vector<std::string> cleared; ///< keys of findings
    std::vector<ActionRequest> actions;
    std::vector<StateChange> state;
    std::vector<std::string> refused{}; ///< what it asked for and may not, in the host's words: recorded as faults
    [[nodiscard]] std::size_t size() const { return raised.size() + cleared.size() + actions.size() + state.size() + refused.size(); }
};

/// The inventory as one instance reads it. Thread: that instance's worker.
class InventoryReader {
  public:
    virtual ~InventoryReader() = default;
    /// Fills at most rows.size() rows behind id `after`; returns how many.
    virtual Result<std::size_t> scan(std::uint64_t after, std::span<ombud_recording> rows) = 0;
    virtual Result<std::uint64_t> recording_count() = 0;
    virtual Result<EventRef> recording(std::uint64_t id) = 0;
    virtual Result<EventRef> device(std::uint32_t number) = 0;
    virtual Result<EventRef> storage(std::uint32_t number) = 0;
    virtual std::uint32_t coverage(std::string_view attachment, std::string_view control) = 0;
    /// For the host: the VMS's own id of the camera that a recording is of; nothing: there is no such recording.
    virtual Result<std::optional<std::string>> device_of(const std::string& attachment, const std::string& recording) = 0;
};

/// A module's registers as one instance reads them. Thread: that instance's worker.
class RegisterReader {
  public:
    virtual ~RegisterReader() = default;
    /// Shows the newest state from now on; until it is called again, nothing changes under the reader's eyes.
    virtual void refresh() = 0;
    /// Errors of all three  not_found  no such register, or no such record
    virtual Result<std::uint64_t> revision(std::string_view name) = 0;
    virtual Result<EventRef> find(std::string_view name, std::string_view key) = 0;
    /// The first record whose key is behind `key` in byte order.
    virtual Result<EventRef> next(std::string_view name, std::string_view key) = 0;
};

/// What a module kept, as it is durable. Thread: that instance's worker.
class StateReader {
  public:
    virtual ~StateReader() = default;
    /// The first one whose key is behind `key` in byte order; nothing: there is none.
    virtual Result<std::optional<StateChange>> next(std::string_view key) = 0;
};

/// Where a connector's news go; one per attachment. Thread: that connector's worker.
class FeedSink {
  public:
    virtual ~FeedSink() = default;
    virtual Result<void> push(std::vector<EventRef> events, std::string_view position) = 0;
    virtual Result<void> put(std::vector<EventRef> records) = 0;
    virtual Result<void> coverage(std::string_view control, std::uint32_t level, std::string_view note) = 0;
};

/// What the host read from a media file.
struct MediaInfo {
    std::int64_t size_bytes = 0;
    std::int64_t duration_ns = -1;              ///< -1: unknown
    std::int64_t creation_utc_ns = INT64_MIN;   ///< INT64_MIN: not there
    std::string container;                      ///< "mp4", "matroska", "mpegts", …
    std::string tracks;                         ///< "video/h264 audio/aac data/klv"
};

/// Lent to every instance; outlives them all.
struct HostServices {
    const Clock* clock = nullptr;
    Names* names = nullptr;
    std::function<std::unique_ptr<InventoryReader>()> open_inventory;           ///< null: no inventory
    std::function<std::unique_ptr<RegisterReader>(const std::string& module)> open_registers; ///< null: no registers
    std::function<std::unique_ptr<StateReader>(const std::string& module)> open_state; ///< null: nothing is kept
    std::function<Result<MediaInfo>(const std::filesystem::path&)> probe;           ///< null: no media service
    std::function<void(const std::string& who, int level, std::string_view message)> log;
};

} // namespace ombud
