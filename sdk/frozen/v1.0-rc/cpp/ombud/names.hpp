#pragma once
// Names of event types and field keys as numbers, each asked of the host once.

#include <cstdint>
#include <map>
#include <ombud/growable.hpp>
#include <ombud/host.h>
#include <ombud/names.h>
#include <ombud/view.hpp>
#include <ombud/vocabulary.h>
#include <string>
#include <string_view>

namespace ombud::sdk {

/// Thread: worker.
class Names {
  public:
    Names(const ombud_names* table, void* host_ctx) : table_(table), host_ctx_(host_ctx) {}

    /// The number of a name; 0 when it is no name ([a-z0-9_.], 1 to 64 bytes) or the host has no room or no table.
    [[nodiscard]] std::uint32_t id(std::string_view name) {
        if (const auto known = ids_.find(name); known != ids_.end())
            return known->second;
        if (!has_function(table_, &ombud_names::intern))
            return 0;
        const std::uint32_t number = table_->intern(host_ctx_, to_view(name));
        if (number != 0)
            ids_.emplace(name, number);
        return number;
    }

    /// The name of a number; empty when there is none. Lives as long as the host.
    [[nodiscard]] std::string_view name(std::uint32_t number) const {
        return has_function(table_, &ombud_names::name) ? to_text(table_->name(host_ctx_, number)) : std::string_view();
    }

  private:
    const ombud_names* table_;
    void* host_ctx_;
    std::map<std::string, std::uint32_t, std::less<>> ids_;
};

/// The numbers of the whole shared vocabulary (ombud/vocabulary.h); a name the host has no room for is 0.
struct Vocabulary {
    explicit Vocabulary(Names& names)
        : recording_finished(names.id(OMBUD_EVENT_RECORDING_FINISHED)),
          recording_changed(names.id(OMBUD_EVENT_RECORDING_CHANGED)),
          recording_gone(names.id(OMBUD_EVENT_RECORDING_GONE)), device_changed(names.id(OMBUD_EVENT_DEVICE_CHANGED)),
          device_gone(names.id(OMBUD_EVENT_DEVICE_GONE)), connection(names.id(OMBUD_EVENT_CONNECTION)),
          device_record(names.id(OMBUD_RECORD_DEVICE)), recording_record(names.id(OMBUD_RECORD_RECORDING)),
          storage_record(names.id(OMBUD_RECORD_STORAGE)), recording(names.id(OMBUD_KEY_RECORDING)),
          device(names.id(OMBUD_KEY_DEVICE)), path(names.id(OMBUD_KEY_PATH)), begin_utc_ns(names.id(OMBUD_KEY_BEGIN)),
          end_utc_ns(names.id(OMBUD_KEY_END)), size_bytes(names.id(OMBUD_KEY_SIZE)), tracks(names.id(OMBUD_KEY_TRACKS)),
          locked(names.id(OMBUD_KEY_LOCKED)), lock_reason(names.id(OMBUD_KEY_LOCK_REASON)),
          lock_case(names.id(OMBUD_KEY_LOCK_CASE)), lock_owner(names.id(OMBUD_KEY_LOCK_OWNER)),
          lock_review_utc_ns(names.id(OMBUD_KEY_LOCK_REVIEW)), no_file(names.id(OMBUD_KEY_NO_FILE)),
          no_row(names.id(OMBUD_KEY_NO_ROW)), unreadable(names.id(OMBUD_KEY_UNREADABLE)),
          time_source(names.id(OMBUD_KEY_TIME_SOURCE)), name(names.id(OMBUD_KEY_NAME)),
          audio(names.id(OMBUD_KEY_AUDIO)), metadata(names.id(OMBUD_KEY_METADATA)), camera(names.id(OMBUD_KEY_CAMERA)),
          storage(names.id(OMBUD_KEY_STORAGE)), capacity_bytes(names.id(OMBUD_KEY_CAPACITY)),
          free_bytes(names.id(OMBUD_KEY_FREE)), encrypted(names.id(OMBUD_KEY_ENCRYPTED)),
          attachment(names.id(OMBUD_KEY_ATTACHMENT)), cause(names.id(OMBUD_KEY_CAUSE)), user(names.id(OMBUD_KEY_USER)),
          state(names.id(OMBUD_KEY_STATE)), detail(names.id(OMBUD_KEY_DETAIL)) {}

    std::uint32_t recording_finished, recording_changed, recording_gone, device_changed, device_gone, connection;
    std::uint32_t device_record, recording_record, storage_record;
    std::uint32_t recording, device, path, begin_utc_ns, end_utc_ns, size_bytes, tracks, locked, lock_reason, lock_case,
        lock_owner, lock_review_utc_ns, no_file, no_row, unreadable, time_source;
    std::uint32_t name, audio, metadata, camera, storage, capacity_bytes, free_bytes, encrypted, attachment, cause,
        user, state, detail;
};

} // namespace ombud::sdk
