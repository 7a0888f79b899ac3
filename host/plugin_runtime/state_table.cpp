#include "plugin_runtime/state_table.hpp"

#include <utility>

#include <ombud/view.hpp>

#include "plugin_runtime/service_tables.hpp"

namespace ombud {

struct StateTable {
    static ServiceContext& of(void* ctx) { return *static_cast<ServiceContext*>(ctx); }

    static bool text(const ombud_view& view, std::uint64_t bytes_max, std::string& out) {
        if (view.len > bytes_max || (view.len > 0 && view.ptr == nullptr))
            return false;
        out.assign(static_cast<const char*>(view.ptr), view.ptr == nullptr ? 0 : view.len);
        return sdk::is_utf8(out);
    }

    static ombud_status put(void* ctx, ombud_view key, ombud_view value) {
        ServiceContext& self = of(ctx);
        StateChange change;
        if (!self.on_worker("state.put"))
            return OMBUD_REFUSED;
        if (!text(key, OMBUD_STATE_KEY_MAX, change.key) || change.key.empty() || !text(value, OMBUD_STATE_VALUE_MAX, change.value))
            return OMBUD_INVALID_INPUT;
        if (const auto status = self.make_room(); status != OMBUD_OK)
            return status;
        self.scope_->outbox.state.push_back(std::move(change));
        return OMBUD_OK;
    }

    static ombud_status next(void* ctx, ombud_view key, ombud_view* next_key, ombud_view* value) {
        ServiceContext& self = of(ctx);
        std::string behind;
        if (!self.on_worker("state.next") || !self.state_)
            return OMBUD_REFUSED;
        if (next_key == nullptr || value == nullptr || !text(key, OMBUD_STATE_KEY_MAX, behind))
            return OMBUD_INVALID_INPUT;
        auto found = self.state_->next(behind);
        if (!found)
            return static_cast<ombud_status>(found.error().code);
        if (!*found)
            return OMBUD_NOT_FOUND;
        self.lent_state_ = std::move(**found);
        *next_key = sdk::to_view(self.lent_state_.key);
        *value = sdk::to_view(self.lent_state_.value);
        return OMBUD_OK;
    }
};

const ombud_state* state_table() {
    static const ombud_state table{sizeof(ombud_state), 0, StateTable::put, StateTable::next};
    return &table;
}

} // namespace ombud
