#include "contained/host_calls.hpp"

#include <algorithm>
#include <vector>

#include "contained/channel.hpp"

namespace ombud::contained {
namespace {

void put_event(Writer& answer, ombud_status status, const ombud_event* event) {
    answer.put(status);
    if (status == OMBUD_OK)
        answer.bytes(event, event->total_size);
}

} // namespace

HostCalls::HostCalls(const ombud_host* host)
    : host_(host), names_(table<ombud_names>(OMBUD_NAMES_ID)), findings_(table<ombud_findings>(OMBUD_FINDINGS_ID)),
      actions_(table<ombud_actions>(OMBUD_ACTIONS_ID)), inventory_(table<ombud_inventory>(OMBUD_INVENTORY_ID)),
      registers_(table<ombud_register>(OMBUD_REGISTER_ID)), state_(table<ombud_state>(OMBUD_STATE_ID)),
      media_(table<ombud_media>(OMBUD_MEDIA_ID)) {}

std::uint32_t HostCalls::lent() const {
    return (findings_ != nullptr ? lent_findings : 0U) | (actions_ != nullptr ? lent_actions : 0U) |
           (inventory_ != nullptr ? lent_inventory : 0U) | (registers_ != nullptr ? lent_registers : 0U) |
           (state_ != nullptr ? lent_state : 0U) | (media_ != nullptr ? lent_media : 0U);
}

bool HostCalls::is_for_any_thread(std::uint32_t function) {
    switch (static_cast<Ask>(function)) {
    case Ask::log:
    case Ask::set_error:
    case Ask::now:
    case Ask::intern:
    case Ask::name:
    case Ask::coverage: return true;
    default: return false;
    }
}

bool HostCalls::serve(std::uint32_t function, std::span<const std::byte> payload, Writer& answer) const {
    Reader from(payload);
    const auto ask = static_cast<Ask>(function);
    switch (ask) {
    case Ask::log: {
        const auto level = from.get<std::int32_t>();
        const ombud_view message = from.view(), more = from.view();
        if (!from.ended())
            return false;
        host_->log(host_->ctx, level, message, more);
        return true;
    }
    case Ask::set_error: {
        const auto code = from.get<ombud_status>();
        const ombud_view message = from.view();
        if (!from.ended())
            return false;
        host_->set_error(host_->ctx, code, message);
        return true;
    }
    case Ask::now: {
        const auto clock = from.get<std::uint32_t>();
        answer.put(host_->now(host_->ctx, clock));
        return from.ended();
    }
    case Ask::intern: {
        const ombud_view name = from.view();
        if (!from.ended())
            return false;
        answer.put(name.ptr == nullptr ? std::uint32_t{0} : names_->intern(host_->ctx, name));
        return true;
    }
    case Ask::name: {
        const ombud_view name = names_->name(host_->ctx, from.get<std::uint32_t>());
        answer.bytes(name.ptr, name.len);
        return from.ended();
    }
    case Ask::raise:
    case Ask::clear: return findings_ != nullptr && serve_findings(ask, from, answer);
    case Ask::request: return actions_ != nullptr && request(from, answer);
    case Ask::scan:
    case Ask::recording_count:
    case Ask::recording:
    case Ask::device:
    case Ask::storage:
    case Ask::coverage: return inventory_ != nullptr && serve_inventory(ask, from, answer);
    case Ask::register_revision:
    case Ask::register_find:
    case Ask::register_next: return registers_ != nullptr && serve_records(ask, from, answer);
    case Ask::state_put:
    case Ask::state_next: return state_ != nullptr && serve_records(ask, from, answer);
    case Ask::probe: return media_ != nullptr && probe(from, answer);
    case Ask::progress: {
        const auto done = from.get<std::uint64_t>(), total = from.get<std::uint64_t>();
        if (!from.ended() || audit == nullptr)
            return false;
        answer.put(audit->progress(audit->ctx, done, total));
        return true;
    }
    }
    return false;
}

bool HostCalls::serve_findings(Ask ask, Reader& from, Writer& answer) const {
    if (ask == Ask::clear) {
        const ombud_view key = from.view();
        if (from.ended())
            answer.put(findings_->clear(host_->ctx, key));
        return from.ended();
    }
    ombud_finding finding{};
    finding.struct_size = sizeof finding;
    finding.severity = from.get<std::uint32_t>();
    for (ombud_view* view : {&finding.key, &finding.control, &finding.attachment, &finding.device, &finding.recording, &finding.text,
                             &finding.person, &finding.evidence_json})
        *view = from.view();
    if (from.ended())
        answer.put(findings_->raise(host_->ctx, &finding));
    return from.ended();
}

bool HostCalls::request(Reader& from, Writer& answer) const {
    ombud_action action{};
    action.struct_size = sizeof action;
    for (ombud_view* view : {&action.kind, &action.attachment, &action.device, &action.recording, &action.control, &action.reason,
                             &action.export_id, &action.user})
        *view = from.view();
    const auto rules = from.bytes();
    std::vector<ombud_track_rule> copied(rules.size() / sizeof(ombud_track_rule)); // aligned
    if (!from.ended() || copied.size() > UINT32_MAX || copied.size() * sizeof(ombud_track_rule) != rules.size())
        return false;
    if (!copied.empty())
        std::memcpy(copied.data(), rules.data(), rules.size());
    action.track_rules = copied.data();
    action.track_rule_count = static_cast<std::uint32_t>(copied.size());
    action.track_rule_stride = sizeof(ombud_track_rule);
    answer.put(actions_->request(host_->ctx, &action));
    return true;
}

bool HostCalls::serve_inventory(Ask ask, Reader& from, Writer& answer) const {
    switch (ask) {
    case Ask::scan: {
        const auto after = from.get<std::uint64_t>();
        constexpr std::uint64_t most = (box_bytes - 64) / sizeof(ombud_recording);
        std::vector<ombud_recording> rows(std::min(from.get<std::uint64_t>(), most));
        if (!from.ended())
            return false;
        std::uint64_t count = 0;
        const ombud_status status = inventory_->scan(host_->ctx, after, rows.data(), rows.size(), sizeof(ombud_recording), &count);
        answer.put(status).bytes(rows.data(), status == OMBUD_OK ? std::min<std::uint64_t>(count, rows.size()) * sizeof(ombud_recording) : 0);
        return true;
    }
    case Ask::recording_count: {
        std::uint64_t count = 0;
        answer.put(inventory_->recording_count(host_->ctx, &count)).put(count);
        return from.ended();
    }
    case Ask::coverage: {
        const ombud_view attachment = from.view(), control = from.view();
        answer.put(inventory_->coverage(host_->ctx, attachment, control));
        return from.ended();
    }
    default: {
        const auto number = from.get<std::uint64_t>();
        if (!from.ended() || (ask != Ask::recording && number > UINT32_MAX))
            return false;
        const ombud_event* event = nullptr;
        const auto small = static_cast<std::uint32_t>(number);
        const ombud_status status = ask == Ask::recording ? inventory_->recording(host_->ctx, number, &event)
                                    : ask == Ask::device  ? inventory_->device(host_->ctx, small, &event)
                                                          : inventory_->storage(host_->ctx, small, &event);
        put_event(answer, status, event);
        return true;
    }
    }
}

bool HostCalls::serve_records(Ask ask, Reader& from, Writer& answer) const {
    const ombud_view name = from.view();
    if (ask == Ask::register_revision) {
        std::uint64_t revision = 0;
        answer.put(registers_->revision(host_->ctx, name, &revision)).put(revision);
        return from.ended();
    }
    if (ask == Ask::state_next) {
        ombud_view key{}, value{};
        const ombud_status status = state_->next(host_->ctx, name, &key, &value);
        answer.put(status).bytes(key.ptr, key.len).bytes(value.ptr, value.len);
        return from.ended();
    }
    const ombud_view second = from.view();
    if (!from.ended())
        return false;
    if (ask == Ask::state_put) {
        answer.put(state_->put(host_->ctx, name, second));
        return true;
    }
    const ombud_event* event = nullptr;
    const auto read = ask == Ask::register_find ? registers_->find : registers_->next;
    const ombud_status status = read(host_->ctx, name, second, &event);
    put_event(answer, status, event);
    return true;
}

bool HostCalls::probe(Reader& from, Writer& answer) const {
    const ombud_view path = from.view();
    if (!from.ended())
        return false;
    ombud_media_info info{};
    info.struct_size = sizeof info;
    answer.put(media_->probe(host_->ctx, path, &info));
    answer.put(info.size_bytes).put(info.duration_ns).put(info.creation_utc_ns);
    for (const ombud_view& view : {info.container, info.tracks, info.problem})
        answer.bytes(view.ptr, view.len);
    return true;
}

} // namespace ombud::contained
