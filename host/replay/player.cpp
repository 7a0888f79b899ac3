#include "replay/player.hpp"

#include <algorithm>
#include <future>
#include <iterator>
#include <utility>

#include <ombud/audit.h>

#include "events/printable.hpp"

namespace ombud::replay {
namespace {

const std::string no_answer = "no answer within " + std::to_string(Player::patience.count()) + " s";

void append(Outbox& all, Outbox&& more) {
    const auto move_into = [](auto& to, auto& from) { to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end())); };
    move_into(all.raised, more.raised);
    move_into(all.cleared, more.cleared);
    move_into(all.actions, more.actions);
    move_into(all.state, more.state);
    move_into(all.refused, more.refused);
}

// Shared with a worker that may outlive the wait for it.
struct AuditCall {
    std::shared_ptr<const Plugin> plugin;
    std::uint32_t flags = 0;
    Outbox outbox;
    std::promise<std::pair<ombud_status, std::string>> ended;

    void carry_out(ombud_instance* self, CallScope& scope) {
        scope.flush = [this](Outbox&& outbox_part) -> Result<void> {
            append(outbox, std::move(outbox_part));
            return {};
        };
        ombud_audit_run run{};
        run.struct_size = sizeof run;
        run.flags = flags;
        run.ctx = this;
        run.progress = [](void*, std::uint64_t, std::uint64_t) -> ombud_status { return OMBUD_OK; };
        const ombud_status status = plugin->audit()->run(self, &run);
        append(outbox, std::move(scope.outbox));
        scope.outbox = {};
        ended.set_value({status, scope.error});
    }
};

} // namespace

Result<Player> Player::begin(const Surroundings& around, const std::shared_ptr<const Plugin>& plugin, const config::Manifest& manifest,
                             boost::json::value settings, std::uint32_t flags, std::shared_ptr<const GivenCameras> cameras) {
    if (!manifest.hooks.empty() && plugin->hook() == nullptr)
        return fail(ErrorCode::invalid_input, manifest.id + ": its manifest names hooks, its library has no " OMBUD_HOOK_ID);
    if (!manifest.events.empty() && plugin->observer() == nullptr)
        return fail(ErrorCode::invalid_input, manifest.id + ": its manifest names events, its library has no " OMBUD_OBSERVER_ID);
    Instance::Options options;
    options.name = manifest.id;
    options.plugin = plugin;
    options.document = std::move(settings);
    options.actions.emplace(manifest.actions.begin(), manifest.actions.end());
    options.cameras = std::move(cameras);
    options.lifecycle_ns = std::chrono::nanoseconds(patience).count();
    auto instance = Instance::create(std::move(options), around.services);
    if (!instance)
        return fail(instance.error());
    Player player(around, manifest, flags);
    player.instance_ = std::move(*instance);
    return player;
}

const config::HookSpec* Player::hook(std::string_view name) const {
    const auto found = std::ranges::find(manifest_->hooks, name, &config::HookSpec::name);
    return found == manifest_->hooks.end() ? nullptr : &*found;
}

bool Player::has_hook(std::uint32_t id) const { return std::ranges::find(manifest_->hooks, id, &config::HookSpec::id) != manifest_->hooks.end(); }

bool Player::concerns(std::string_view event_type) const {
    return hook(event_type) != nullptr || std::ranges::find(manifest_->events, event_type) != manifest_->events.end();
}

void Player::remember(const Outbox& outbox) {
    for (const StateChange& change : outbox.state) {
        if (change.value.empty())
            around_.memory.erase(change.key);
        else
            around_.memory[change.key] = change.value;
    }
}

Said Player::call(std::uint32_t hook, const EventRef& event, bool observe, std::uint32_t flags) {
    auto call = std::make_shared<EventCall>();
    auto ended = std::make_shared<std::promise<void>>();
    auto waiting = ended->get_future();
    call->event = event;
    call->hook = hook;
    call->observe = observe;
    call->flags = flags_ | flags;
    call->call_id = ++calls_;
    call->deadline_ns = std::chrono::nanoseconds(patience).count();
    call->done = [ended] { ended->set_value(); };
    instance_->submit(call);
    // A process of its own is ended at the deadline, and that is an answer: hence the second more.
    if (waiting.wait_for(patience + std::chrono::seconds(1)) != std::future_status::ready) {
        int state = call->state.load();
        while ((state == EventCall::queued || state == EventCall::running) && !call->state.compare_exchange_weak(state, EventCall::expired)) {
        }
        if (state != EventCall::answered)
            return {{}, no_answer, {}};
        waiting.wait();
    }
    Said said;
    said.fault = std::move(call->fault);
    if (said.fault)
        return said;
    if (hook != 0)
        said.verdict = std::move(call->verdict);
    said.outbox = std::move(call->outbox);
    remember(said.outbox);
    return said;
}

Said Player::tell(const EventRef& event, std::uint32_t flags) {
    const std::string_view type = around_.names.name(event->type());
    const config::HookSpec* asked = hook(type);
    const bool observes = std::ranges::find(manifest_->events, type) != manifest_->events.end();
    return call(asked == nullptr ? 0 : asked->id, event, observes, flags);
}

Said Player::ask(std::uint32_t hook, const EventRef& question, std::uint32_t flags) { return call(hook, question, false, flags); }

Said Player::audit(std::uint32_t audit_flags) {
    auto call = std::make_shared<AuditCall>();
    call->flags = audit_flags;
    // The instance keeps the plugin as long as its worker lives.
    call->plugin = std::shared_ptr<const Plugin>(instance_, &instance_->plugin());
    auto waiting = call->ended.get_future();
    if (!instance_->post([call](ombud_instance* self, CallScope& scope) { call->carry_out(self, scope); }))
        return {{}, "the instance has stopped", {}};
    if (waiting.wait_for(10 * patience) != std::future_status::ready)
        return {{}, "the audit took longer than " + std::to_string(10 * patience.count()) + " s", {}};
    const auto [status, error] = waiting.get();
    Said said;
    if (status != OMBUD_OK)
        said.fault = "status " + std::to_string(status) + (error.empty() ? "" : ": " + printable(error));
    else
        said.outbox = std::move(call->outbox);
    remember(said.outbox);
    return said;
}

} // namespace ombud::replay
