#include "puppet.hpp"

#include <cstring>

#include <ombud/module.h>

// Built with the same compiler as the test that pulls the strings, so C++ may pass here; real plugins share only the ABI.
OMBUD_DECLARE_ABI(0);

struct ombud_instance {
    ombud::Hands* hands;
};

namespace {

template <class Function, class... Args>
ombud_status pull(const Function& function, Args&&... args) {
    return function ? function(std::forward<Args>(args)...) : OMBUD_OK;
}

ombud_status create(const ombud_host* host, const ombud_config* config, ombud_instance** out) {
    std::int64_t address = 0;
    if (config->get_i64(config->ctx, "hands", &address) != OMBUD_OK)
        return OMBUD_INVALID_INPUT;
    auto* hands = reinterpret_cast<ombud::Hands*>(address);
    hands->host = host;
    const ombud_status made = pull(hands->create);
    if (made == OMBUD_OK)
        *out = new ombud_instance{hands};
    return made;
}
ombud_status start(ombud_instance* self) { return pull(self->hands->start); }
ombud_status stop(ombud_instance* self, std::int64_t) { return pull(self->hands->stop); }
void destroy(ombud_instance* self) { delete self; }

ombud_status judge(ombud_instance* self, const ombud_hook_call* call, ombud_verdict* verdict) {
    verdict->action = OMBUD_ABSTAIN;
    return pull(self->hands->judge, *call, *verdict);
}
ombud_status observe(ombud_instance* self, const ombud_event* event) { return pull(self->hands->observe, *event); }
ombud_status open(ombud_instance* self, ombud_view position) {
    return pull(self->hands->open, std::string_view(static_cast<const char*>(position.ptr), position.len));
}
ombud_status list(ombud_instance* self, std::uint32_t what) { return pull(self->hands->list, what); }
ombud_status poll(ombud_instance* self, std::int64_t wait_ns) { return pull(self->hands->poll, wait_ns); }
ombud_status act(ombud_instance* self, const ombud_action* action, ombud_action_result* result) {
    return pull(self->hands->act, *action, *result);
}

const void* get_extension(const char* id) {
    static const ombud_hook hook{sizeof hook, 0, judge};
    static const ombud_observer observer{sizeof observer, 0, observe};
    static const ombud_connector connector{sizeof connector, 0, open, list, poll, act};
    if (std::strcmp(id, OMBUD_HOOK_ID) == 0)
        return &hook;
    if (std::strcmp(id, OMBUD_OBSERVER_ID) == 0)
        return &observer;
    return std::strcmp(id, OMBUD_CONNECTOR_ID) == 0 ? &connector : nullptr;
}

} // namespace

extern "C" OMBUD_EXPORT const ombud_module* ombud_module_entry_v1(void) {
    static const ombud_module module{sizeof module, OMBUD_ABI_MINOR, 0, 0, {"puppet", 6}, {"1.0.0", 5},
                                     create, start, stop, destroy, get_extension};
    return &module;
}
