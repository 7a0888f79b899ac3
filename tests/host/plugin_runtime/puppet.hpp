#pragma once
// A plugin whose every function is the test's: what it does is written where it is checked.

#include <functional>
#include <string_view>

#include <ombud/connector.h>
#include <ombud/hook.h>
#include <ombud/host.h>
#include <ombud/observer.h>

namespace ombud {

/// What the puppet's functions do. All run on the instance's worker; what is left empty succeeds and does nothing,
/// judging abstains. Outlives the instance, and its address is the instance's option "hands".
struct Hands {
    const ombud_host* host = nullptr; ///< set before create is called
    std::function<ombud_status()> create{}, start{}, stop{};
    std::function<ombud_status(const ombud_hook_call&, ombud_verdict&)> judge{};
    std::function<ombud_status(const ombud_event&)> observe{};
    std::function<ombud_status(std::string_view position)> open{};
    std::function<ombud_status(std::uint32_t what)> list{};
    std::function<ombud_status(std::int64_t wait_ns)> poll{};
    std::function<ombud_status(const ombud_action&, ombud_action_result&)> act{};

    template <class Table>
    const Table& service(const char* id) const { return *static_cast<const Table*>(host->get_extension(host->ctx, id)); }
};

} // namespace ombud
