#pragma once
// What a module remembers across restarts: host extension "ombud.state/1".

#include <ombud/growable.hpp>
#include <ombud/result.hpp>
#include <ombud/state.h>
#include <ombud/view.hpp>
#include <string>
#include <string_view>

namespace ombud::sdk {

/// Thread: worker.
class State {
  public:
    State(const ombud_state* table, void* host_ctx) noexcept : table_(table), host_ctx_(host_ctx) {}

    /// Durable with the outcome of the current call, or not at all; an empty value forgets the key.
    /// Errors: those of the host; invalid_input  a key or value that is too long.
    Result<> put(std::string_view key, std::string_view value) const {
        if (!has_function(table_, &ombud_state::put))
            return fail(ErrorCode::unavailable, "this host keeps no state");
        return to_result(table_->put(host_ctx_, to_view(key), to_view(value)), "keeping state");
    }
    Result<> forget(std::string_view key) const { return put(key, {}); }

    /// Calls visit(std::string_view key, std::string_view value) -> Result<> for each, in order of key; its first error
    /// ends the walk. The views hold until visit returns.
    template <class Visit>
    [[nodiscard]] Result<> each(Visit visit) const {
        if (!has_function(table_, &ombud_state::next))
            return fail(ErrorCode::unavailable, "this host keeps no state");
        std::string behind;
        while (true) {
            ombud_view key{}, value{};
            const ombud_status status = table_->next(host_ctx_, to_view(behind), &key, &value);
            if (status == OMBUD_NOT_FOUND)
                return {};
            if (const auto got = to_result(status, "reading state"); !got)
                return got;
            behind = to_text(key);
            if (auto visited = visit(std::string_view(behind), to_text(value)); !visited)
                return visited;
        }
    }

  private:
    const ombud_state* table_;
    void* host_ctx_;
};

} // namespace ombud::sdk
