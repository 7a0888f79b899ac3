#pragma once
// What people keep in the host for a module: host extension "ombud.register/1".

#include <cstdint>
#include <ombud/event_reader.hpp>
#include <ombud/growable.hpp>
#include <ombud/register.h>
#include <ombud/result.hpp>
#include <ombud/view.hpp>
#include <string>
#include <string_view>

namespace ombud::sdk {

/// Thread: worker. not_found: the manifest names no such register, or there is no such record.
class Registers {
  public:
    Registers(const ombud_register* table, void* host_ctx) noexcept : table_(table), host_ctx_(host_ctx) {}

    /// Number of the newest change; 0: empty and never changed.
    [[nodiscard]] Result<std::uint64_t> revision(std::string_view name) const {
        if (!has_function(table_, &ombud_register::revision))
            return none();
        std::uint64_t number = 0;
        const auto told = to_result(table_->revision(host_ctx_, to_view(name), &number), "register revision");
        if (!told)
            return fail(told.error());
        return number;
    }

    /// Borrowed until the next call of this class.
    [[nodiscard]] Result<EventReader> find(std::string_view name, std::string_view key) const {
        return record(&ombud_register::find, name, key, "register find");
    }

    /// Calls visit(const EventReader&) -> Result<> for each record in order of key; its first error ends the walk.
    template <class Visit>
    [[nodiscard]] Result<> each(std::string_view name, std::uint32_t key_id, Visit visit) const {
        std::string behind;
        while (true) {
            const auto next = record(&ombud_register::next, name, behind, "register next");
            if (!next)
                return next.error().code == ErrorCode::not_found ? Result<>() : fail(next.error());
            const auto key = next->get_text(key_id);
            if (!key || key->empty())
                return fail(ErrorCode::internal, "register next: a record without a key");
            behind = *key;
            if (auto visited = visit(*next); !visited)
                return visited;
        }
    }

  private:
    static Failure none() { return fail(ErrorCode::unavailable, "this host has no registers"); }

    Result<EventReader> record(ombud_status (*ombud_register::*function)(void*, ombud_view, ombud_view, const ombud_event**),
                               std::string_view name, std::string_view key, const char* what) const {
        if (!has_function(table_, function))
            return none();
        const ombud_event* event = nullptr;
        const auto got = to_result((table_->*function)(host_ctx_, to_view(name), to_view(key), &event), what);
        if (!got)
            return fail(got.error());
        return EventReader::open(event);
    }

    const ombud_register* table_;
    void* host_ctx_;
};

} // namespace ombud::sdk
