#include "loaded_plugin.hpp"

#include <dlfcn.h>
#include <ombud/audit.h>
#include <ombud/observer.h>
#include <ombud/view.hpp>
#include <stdexcept>

namespace ombud::testing {

using sdk::to_text;
using sdk::to_view;

namespace {
const ombud_module* load(const std::string& file) {
    void* const library = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (!library)
        throw std::runtime_error(dlerror());
    const auto entry = reinterpret_cast<decltype(&ombud_module_entry_v1)>(dlsym(library, "ombud_module_entry_v1"));
    if (!entry)
        throw std::runtime_error(file + " has no ombud_module_entry_v1");
    return entry();
}

/// Marks that the plugin is being called, as long as it lives.
class Inside {
  public:
    explicit Inside(PluginHost& host) : host_(host) { host_.is_inside = true; }
    ~Inside() { host_.is_inside = false; }
    Inside(const Inside&) = delete;
    Inside& operator=(const Inside&) = delete;

  private:
    PluginHost& host_;
};
} // namespace

LoadedPlugin::LoadedPlugin(const std::string& file, PluginHost& host) : host_(host), module_(load(file)) {
    const Inside inside(host_);
    if (const ombud_status status = module_->create(host_.host(), host_.config(), &instance_); status != OMBUD_OK)
        throw std::runtime_error("create answered " + std::to_string(status) + ": " + host_.error);
}

LoadedPlugin::~LoadedPlugin() {
    if (host_.is_started)
        stop();
    module_->destroy(instance_);
}

ombud_status LoadedPlugin::try_create(const std::string& file, PluginHost& host) {
    const ombud_module* const module = load(file);
    ombud_instance* instance = nullptr;
    const Inside inside(host);
    const ombud_status status = module->create(host.host(), host.config(), &instance);
    if (status == OMBUD_OK)
        module->destroy(instance);
    else if (instance)
        host.breaches.push_back("a failed create() set *out");
    return status;
}

template <class Table>
const Table& LoadedPlugin::extension(const char* id) const {
    const void* const table = module_->get_extension(id);
    if (!table)
        throw std::runtime_error(std::string("the plugin has no ") + id);
    return *static_cast<const Table*>(table);
}

ombud_status LoadedPlugin::start() {
    const Inside inside(host_);
    host_.is_started = true; // services may be used from within start()
    const ombud_status status = module_->start(instance_);
    host_.is_started = status == OMBUD_OK;
    return status;
}

ombud_status LoadedPlugin::stop() {
    const Inside inside(host_);
    const ombud_status status = module_->stop(instance_, INT64_MAX);
    host_.is_started = false;
    return status;
}

ombud_status LoadedPlugin::observe(const sdk::Event& event) {
    const Inside inside(host_);
    return extension<ombud_observer>(OMBUD_OBSERVER_ID).observe(instance_, event.get());
}

GivenVerdict LoadedPlugin::judge(std::uint32_t hook_id, const sdk::Event& event, std::uint32_t flags) {
    const Inside inside(host_);
    ombud_hook_call call{};
    call.struct_size = sizeof call;
    call.hook_id = hook_id;
    call.flags = flags;
    call.call_id = 1;
    call.deadline_mono_ns = INT64_MAX;
    call.event = event.get();
    ombud_verdict verdict{};
    verdict.struct_size = sizeof verdict;
    GivenVerdict given;
    given.status = extension<ombud_hook>(OMBUD_HOOK_ID).judge(instance_, &call, &verdict);
    given.action = verdict.action;
    given.rule_id = to_text(verdict.rule_id);
    given.reason = to_text(verdict.reason);
    given.evidence_json = to_text(verdict.evidence_json);
    given.transform_kind = verdict.transform_kind;
    if (verdict.track_rule_count)
        given.track_rules.assign(verdict.track_rules, verdict.track_rules + verdict.track_rule_count);
    if (verdict.part_count)
        given.parts.assign(verdict.parts, verdict.parts + verdict.part_count);
    for (std::uint32_t i = 0; i < verdict.field_text_count; ++i)
        given.field_texts[std::string(host_.name(verdict.field_texts[i].key_id))] = to_text(verdict.field_texts[i].text);
    given.advice = to_text(verdict.advice);
    return given;
}

ombud_status LoadedPlugin::progress(void* ctx, std::uint64_t, std::uint64_t) {
    auto& self = *static_cast<LoadedPlugin*>(ctx);
    ++self.progress_calls_;
    return self.cancel_at_ && self.progress_calls_ >= self.cancel_at_ ? OMBUD_CANCELLED : OMBUD_OK;
}

ombud_status LoadedPlugin::audit(bool corrects, std::uint64_t cancel_at) {
    const Inside inside(host_);
    progress_calls_ = 0;
    cancel_at_ = cancel_at;
    const ombud_audit_run run{sizeof(ombud_audit_run), corrects ? OMBUD_AUDIT_CORRECT | OMBUD_AUDIT_REQUESTED : 0U, this, &progress};
    return extension<ombud_audit>(OMBUD_AUDIT_ID).run(instance_, &run);
}

ombud_status LoadedPlugin::open(std::string_view position) {
    const Inside inside(host_);
    return extension<ombud_connector>(OMBUD_CONNECTOR_ID).open(instance_, to_view(position));
}

ombud_status LoadedPlugin::list(std::uint32_t what) {
    const Inside inside(host_);
    host_.put.clear();
    host_.put_count = 0;
    host_.is_listing = true;
    const ombud_status status = extension<ombud_connector>(OMBUD_CONNECTOR_ID).list(instance_, what);
    host_.is_listing = false;
    return status;
}

ombud_status LoadedPlugin::poll(std::int64_t wait_ns) {
    const Inside inside(host_);
    return extension<ombud_connector>(OMBUD_CONNECTOR_ID).poll(instance_, wait_ns);
}

GivenResult LoadedPlugin::act(const ombud_action& action) {
    const Inside inside(host_);
    ombud_action_result result{};
    result.struct_size = sizeof result;
    GivenResult given;
    given.status = extension<ombud_connector>(OMBUD_CONNECTOR_ID).act(instance_, &action, &result);
    given.outcome = result.outcome;
    given.proof = to_text(result.proof);
    return given;
}

GivenResult LoadedPlugin::act(std::string_view kind, std::string_view recording, std::string_view device) {
    ombud_action action{};
    action.struct_size = sizeof action;
    action.id.b[0] = 1;
    action.kind = to_view(kind);
    action.recording = to_view(recording);
    action.device = to_view(device);
    action.control = to_view("RET-3");
    action.reason = to_view("a test asked for it");
    return act(action);
}

} // namespace ombud::testing
