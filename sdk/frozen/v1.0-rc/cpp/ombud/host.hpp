#pragma once
// What the host lends an instance: log, clock, names, and its extensions.

#include <cstdint>
#include <memory>
#include <ombud/action.hpp>
#include <ombud/feed.hpp>
#include <ombud/finding.hpp>
#include <ombud/growable.hpp>
#include <ombud/host.h>
#include <ombud/inventory.hpp>
#include <ombud/media.hpp>
#include <ombud/names.hpp>
#include <ombud/register.hpp>
#include <ombud/state.hpp>
#include <ombud/view.hpp>
#include <optional>
#include <string_view>

namespace ombud::sdk {

enum class LogLevel : std::int32_t {
    debug = OMBUD_LOG_DEBUG,
    info = OMBUD_LOG_INFO,
    warning = OMBUD_LOG_WARNING,
    error = OMBUD_LOG_ERROR,
};

/// Cheap to copy, and may be kept as long as the instance lives.
class Host {
  public:
    explicit Host(const ombud_host* table)
        : table_(table), names_(std::make_shared<Names>(find<ombud_names>(OMBUD_NAMES_ID), table->ctx)) {}

    /// One line for operators; never personal values or secrets. `kv_json`: empty or a JSON object. Thread: any.
    void log(LogLevel level, std::string_view message, std::string_view kv_json = {}) const {
        if (has_function(table_, &ombud_host::log))
            table_->log(table_->ctx, static_cast<std::int32_t>(level), to_view(message), to_view(kv_json));
    }

    /// Why the call that is about to return a status failed; the adapter does this for whatever Result it gets. Any.
    void set_error(const Error& error) const noexcept { set_error(error.code, error.message); }
    void set_error(ErrorCode code, std::string_view message) const noexcept {
        if (has_function(table_, &ombud_host::set_error))
            table_->set_error(table_->ctx, static_cast<ombud_status>(code), to_view(message));
    }

    /// Nanoseconds; a replay controls both clocks: ask here, never the system. Thread: any.
    [[nodiscard]] std::int64_t utc_ns() const { return table_->now(table_->ctx, OMBUD_CLOCK_UTC); }
    [[nodiscard]] std::int64_t mono_ns() const { return table_->now(table_->ctx, OMBUD_CLOCK_MONO); }

    /// Shared by all copies of this Host. Thread: worker.
    [[nodiscard]] Names& names() const noexcept { return *names_; }

    /// Extensions; empty when this host has none. Thread: any.
    [[nodiscard]] std::optional<Findings> findings() const { return lent<Findings, ombud_findings>(OMBUD_FINDINGS_ID); }
    [[nodiscard]] std::optional<Actions> actions() const { return lent<Actions, ombud_actions>(OMBUD_ACTIONS_ID); }
    [[nodiscard]] std::optional<Inventory> inventory() const {
        return lent<Inventory, ombud_inventory>(OMBUD_INVENTORY_ID);
    }
    [[nodiscard]] std::optional<Feed> feed() const { return lent<Feed, ombud_feed>(OMBUD_FEED_ID); }
    [[nodiscard]] std::optional<Media> media() const { return lent<Media, ombud_media>(OMBUD_MEDIA_ID); }
    [[nodiscard]] std::optional<Registers> registers() const {
        return lent<Registers, ombud_register>(OMBUD_REGISTER_ID);
    }

    [[nodiscard]] std::optional<State> state() const { return lent<State, ombud_state>(OMBUD_STATE_ID); }

    [[nodiscard]] const ombud_host* raw() const noexcept { return table_; }

  private:
    template <class Table>
    [[nodiscard]] const Table* find(const char* id) const {
        return has_function(table_, &ombud_host::get_extension)
                   ? static_cast<const Table*>(table_->get_extension(table_->ctx, id))
                   : nullptr;
    }
    template <class Wrapper, class Table>
    [[nodiscard]] std::optional<Wrapper> lent(const char* id) const {
        const Table* table = find<Table>(id);
        return table ? std::optional<Wrapper>(std::in_place, table, table_->ctx) : std::nullopt;
    }

    const ombud_host* table_;
    std::shared_ptr<Names> names_;
};

} // namespace ombud::sdk
