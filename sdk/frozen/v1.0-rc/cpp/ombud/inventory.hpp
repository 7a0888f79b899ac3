#pragma once
// What the connectors know, for audits: host extension "ombud.inventory/1".

#include <cstdint>
#include <ombud/event_reader.hpp>
#include <ombud/feed.h>
#include <ombud/growable.hpp>
#include <ombud/inventory.h>
#include <ombud/result.hpp>
#include <ombud/view.hpp>
#include <string_view>

namespace ombud::sdk {

/// How far a control reaches with one VMS.
enum class Coverage : std::uint32_t {
    blind = OMBUD_COVERAGE_BLIND,
    observable = OMBUD_COVERAGE_OBSERVABLE,
    correctable = OMBUD_COVERAGE_CORRECTABLE,
    preventable = OMBUD_COVERAGE_PREVENTABLE,
};

/// Thread: worker. Errors of each are the host's; a host without the function answers unavailable.
class Inventory {
  public:
    Inventory(const ombud_inventory* table, void* host_ctx) noexcept : table_(table), host_ctx_(host_ctx) {}

    /// Fills at most `room` rows with ids above `after`, in order of id. Returns how many; 0: the end.
    [[nodiscard]] Result<std::uint64_t> scan(std::uint64_t after, ombud_recording* rows, std::uint64_t room) const {
        if (!has_function(table_, &ombud_inventory::scan))
            return none();
        std::uint64_t count = 0;
        const auto scanned =
            to_result(table_->scan(host_ctx_, after, rows, room, std::uint32_t{sizeof(ombud_recording)}, &count),
                      "inventory scan");
        if (!scanned)
            return fail(scanned.error());
        if (count > room)
            return fail(ErrorCode::internal, "inventory scan: the host gave more rows than there is room for");
        return count;
    }

    [[nodiscard]] Result<std::uint64_t> recording_count() const {
        if (!has_function(table_, &ombud_inventory::recording_count))
            return none();
        std::uint64_t count = 0;
        const auto counted = to_result(table_->recording_count(host_ctx_, &count), "inventory count");
        if (!counted)
            return fail(counted.error());
        return count;
    }

    /// Full records, borrowed until the next call of this class. not_found: no such id, or past the last number.
    [[nodiscard]] Result<EventReader> recording(std::uint64_t id) const {
        return record(&ombud_inventory::recording, id, "inventory recording");
    }
    [[nodiscard]] Result<EventReader> device(std::uint32_t number) const {
        return record(&ombud_inventory::device, number, "inventory device");
    }
    [[nodiscard]] Result<EventReader> storage(std::uint32_t number) const {
        return record(&ombud_inventory::storage, number, "inventory storage");
    }

    /// @param attachment  empty: the worst of all. What the host does not tell is blind.
    [[nodiscard]] Coverage coverage(std::string_view attachment, std::string_view control) const {
        if (!has_function(table_, &ombud_inventory::coverage))
            return Coverage::blind;
        const std::uint32_t level = table_->coverage(host_ctx_, to_view(attachment), to_view(control));
        return level >= OMBUD_COVERAGE_OBSERVABLE && level <= OMBUD_COVERAGE_PREVENTABLE ? static_cast<Coverage>(level)
                                                                                         : Coverage::blind;
    }

  private:
    static Failure none() { return fail(ErrorCode::unavailable, "this host has no inventory"); }

    template <class Key>
    Result<EventReader> record(ombud_status (*ombud_inventory::*function)(void*, Key, const ombud_event**), Key key,
                               const char* what) const {
        if (!has_function(table_, function))
            return none();
        const ombud_event* event = nullptr;
        const auto got = to_result((table_->*function)(host_ctx_, key, &event), what);
        if (!got)
            return fail(got.error());
        return EventReader::open(event);
    }

    const ombud_inventory* table_;
    void* host_ctx_;
};

} // namespace ombud::sdk
