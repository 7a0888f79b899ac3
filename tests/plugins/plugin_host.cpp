#include "plugin_host.hpp"

#include <algorithm>
#include <cstring>
#include <ctime>
#include <ombud/view.hpp>
#include <stdexcept>

namespace ombud::testing {

using sdk::to_text;
using sdk::to_view;

namespace {
std::string copy(ombud_view view) {
    return std::string(to_text(view));
}

bool is_name(std::string_view name) {
    return !name.empty() && name.size() <= 64 &&
           name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_.") == std::string_view::npos;
}

std::int64_t system_ns(clockid_t clock) {
    timespec now{};
    clock_gettime(clock, &now);
    return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}
} // namespace

/// The C functions; each gets the PluginHost as its context.
struct PluginHost::Tables {
    static PluginHost& of(void* ctx) { return *static_cast<PluginHost*>(ctx); }

    static void sends(PluginHost& host, const char* what) {
        if (!host.is_started)
            host.breaches.push_back(std::string(what) + " before start()");
        if (!host.is_inside)
            host.breaches.push_back(std::string(what) + " outside of any call");
    }

    static void log(void* ctx, std::int32_t level, ombud_view message, ombud_view kv_json) {
        of(ctx).log.push_back({level, copy(message), copy(kv_json)});
    }
    static void set_error(void* ctx, ombud_status code, ombud_view message) {
        of(ctx).error_code = code;
        of(ctx).error = copy(message);
    }
    static std::int64_t now(void* ctx, std::uint32_t clock) {
        if (clock == OMBUD_CLOCK_UTC)
            return of(ctx).real_clock ? system_ns(CLOCK_REALTIME) : of(ctx).utc_ns;
        if (clock == OMBUD_CLOCK_MONO)
            return of(ctx).real_clock ? system_ns(CLOCK_MONOTONIC) : of(ctx).mono_ns;
        return -1;
    }

    static std::uint32_t intern(void* ctx, ombud_view name) { return of(ctx).id(to_text(name)); }
    static ombud_view name(void* ctx, std::uint32_t number) { return to_view(of(ctx).name(number)); }

    template <class T>
    static const T* setting(void* ctx, const char* path, ombud_status& status) {
        const auto found = of(ctx).settings.find(path);
        const T* value = found == of(ctx).settings.end() ? nullptr : std::get_if<T>(&found->second);
        status = value ? OMBUD_OK : found == of(ctx).settings.end() ? OMBUD_NOT_FOUND : OMBUD_INVALID_INPUT;
        return value;
    }
    static ombud_status get_i64(void* ctx, const char* path, std::int64_t* out) {
        ombud_status status;
        if (const auto* value = setting<std::int64_t>(ctx, path, status))
            *out = *value;
        return status;
    }
    static ombud_status get_bool(void* ctx, const char* path, std::uint32_t* out) {
        ombud_status status;
        if (const auto* value = setting<bool>(ctx, path, status))
            *out = *value ? 1 : 0;
        return status;
    }
    static ombud_status get_str(void* ctx, const char* path, ombud_view* out) {
        ombud_status status;
        if (const auto* value = setting<std::string>(ctx, path, status))
            *out = to_view(*value);
        return status;
    }
    static ombud_status get_count(void* ctx, const char* path, std::uint64_t* out) {
        const std::string prefix = std::string(path) + "/";
        std::set<std::string> children;
        for (auto at = of(ctx).settings.lower_bound(prefix);
             at != of(ctx).settings.end() && at->first.compare(0, prefix.size(), prefix) == 0; ++at)
            children.insert(at->first.substr(prefix.size(), at->first.find('/', prefix.size()) - prefix.size()));
        if (children.empty())
            return of(ctx).settings.count(path) ? OMBUD_INVALID_INPUT : OMBUD_NOT_FOUND;
        *out = children.size();
        return OMBUD_OK;
    }
    static ombud_view json_text(void* ctx) { return to_view(of(ctx).json); }

    static ombud_status raise(void* ctx, const ombud_finding* in) {
        PluginHost& host = of(ctx);
        sends(host, "a finding");
        if (host.raise_status != OMBUD_OK)
            return host.raise_status;
        RaisedFinding finding{in->severity,         copy(in->key),    copy(in->control),
                              copy(in->attachment), copy(in->device), copy(in->recording),
                              copy(in->text),       copy(in->person), copy(in->evidence_json)};
        if (in->severity < OMBUD_SEVERITY_INFO || in->severity > OMBUD_SEVERITY_VIOLATION || finding.key.empty() ||
            finding.control.empty() || finding.text.empty()) {
            host.breaches.push_back("a finding without key, control, text or severity: \"" + finding.key + "\"");
            return OMBUD_INVALID_INPUT;
        }
        host.open_findings[finding.key] = finding;
        host.findings.push_back(std::move(finding));
        return OMBUD_OK;
    }
    static ombud_status clear(void* ctx, ombud_view key) {
        sends(of(ctx), "a cleared finding");
        of(ctx).cleared.push_back(copy(key));
        of(ctx).open_findings.erase(copy(key));
        return OMBUD_OK;
    }

    static ombud_status request(void* ctx, const ombud_action* in) {
        PluginHost& host = of(ctx);
        sends(host, "an action");
        if (host.request_status != OMBUD_OK)
            return host.request_status;
        RequestedAction action{copy(in->kind),
                               copy(in->attachment),
                               copy(in->device),
                               copy(in->recording),
                               copy(in->control),
                               copy(in->reason),
                               {},
                               copy(in->export_id),
                               copy(in->user)};
        if (in->track_rule_count && in->track_rule_stride == sizeof(ombud_track_rule))
            action.track_rules.assign(in->track_rules, in->track_rules + in->track_rule_count);
        if (action.kind.empty() || action.control.empty() || action.reason.empty()) {
            host.breaches.push_back("an action without kind, control or reason: \"" + action.kind + "\"");
            return OMBUD_INVALID_INPUT;
        }
        host.requests.push_back(std::move(action));
        return OMBUD_OK;
    }

    static ombud_status take(PluginHost& host, const ombud_event* const* events, std::uint64_t count,
                             std::vector<sdk::Event>& into, const char* what) {
        for (std::uint64_t i = 0; i < count; ++i)
            if (const char* problem = sdk::malformation(events[i], events[i] ? events[i]->total_size : 0)) {
                host.breaches.push_back(std::string(what) + " is malformed: " + problem);
                return OMBUD_INVALID_INPUT;
            }
        for (std::uint64_t i = 0; i < count; ++i)
            into.push_back(sdk::Event::copy_of(sdk::EventReader(events[i])));
        return OMBUD_OK;
    }
    static ombud_status push(void* ctx, const ombud_event* const* events, std::uint64_t count, ombud_view position) {
        PluginHost& host = of(ctx);
        sends(host, "an event");
        if (host.push_status != OMBUD_OK)
            return host.push_status;
        if (position.len > 1024) {
            host.breaches.push_back("a position of " + std::to_string(position.len) + " bytes");
            return OMBUD_INVALID_INPUT;
        }
        const ombud_status status = take(host, events, count, host.pushed, "a pushed event");
        if (status == OMBUD_OK && position.len)
            host.position = copy(position);
        return status;
    }
    static ombud_status put(void* ctx, const ombud_event* const* records, std::uint64_t count) {
        PluginHost& host = of(ctx);
        if (!host.is_listing)
            host.breaches.push_back("a record while no listing runs");
        if (host.put_status != OMBUD_OK)
            return host.put_status;
        const ombud_status status = take(host, records, count, host.put, "a put record");
        host.put_count += status == OMBUD_OK ? count : 0;
        if (!host.keep_records)
            host.put.clear();
        return status;
    }
    static ombud_status declare(void* ctx, ombud_view control, std::uint32_t level, ombud_view note) {
        PluginHost& host = of(ctx);
        sends(host, "coverage");
        if (level < OMBUD_COVERAGE_BLIND || level > OMBUD_COVERAGE_PREVENTABLE || !control.len || !note.len)
            host.breaches.push_back("coverage without control, level or note: \"" + copy(control) + "\"");
        host.coverage[copy(control)] = {level, copy(note)};
        return OMBUD_OK;
    }

    static ombud_status scan(void* ctx, std::uint64_t after, ombud_recording* rows, std::uint64_t room,
                             std::uint32_t stride, std::uint64_t* count) {
        const auto& all = of(ctx).rows;
        if (stride != sizeof(ombud_recording))
            return OMBUD_INVALID_INPUT;
        const auto from = std::upper_bound(all.begin(), all.end(), after,
                                           [](std::uint64_t id, const ombud_recording& row) { return id < row.id; });
        *count = std::min<std::uint64_t>(room, static_cast<std::uint64_t>(all.end() - from));
        std::copy_n(from, *count, rows);
        return OMBUD_OK;
    }
    static ombud_status recording_count(void* ctx, std::uint64_t* count) {
        *count = of(ctx).rows.size();
        return OMBUD_OK;
    }
    static ombud_status recording(void* ctx, std::uint64_t id, const ombud_event** out) {
        const auto found = of(ctx).recordings.find(id);
        if (found == of(ctx).recordings.end())
            return OMBUD_NOT_FOUND;
        *out = found->second.get();
        return OMBUD_OK;
    }
    static ombud_status numbered(const std::vector<sdk::Event>& records, std::uint32_t number,
                                 const ombud_event** out) {
        if (number >= records.size())
            return OMBUD_NOT_FOUND;
        *out = records[number].get();
        return OMBUD_OK;
    }
    static ombud_status device(void* ctx, std::uint32_t number, const ombud_event** out) {
        return numbered(of(ctx).devices, number, out);
    }
    static ombud_status storage(void* ctx, std::uint32_t number, const ombud_event** out) {
        return numbered(of(ctx).storages, number, out);
    }
    static std::uint32_t level(void* ctx, ombud_view, ombud_view control) {
        const auto found = of(ctx).inventory_coverage.find(copy(control));
        return found == of(ctx).inventory_coverage.end() ? OMBUD_COVERAGE_BLIND : found->second;
    }

    static ombud_status probe(void* ctx, ombud_view path, ombud_media_info* out) {
        PluginHost& host = of(ctx);
        ++host.probes;
        host.media_reply_ = host.probe ? host.probe(copy(path)) : MediaReply{};
        if (!host.probe)
            host.media_reply_.status = OMBUD_NOT_FOUND;
        const MediaReply& reply = host.media_reply_;
        out->size_bytes = reply.size_bytes;
        out->duration_ns = reply.duration_ns;
        out->creation_utc_ns = reply.creation_utc_ns;
        out->container = to_view(reply.container);
        out->tracks = to_view(reply.tracks);
        out->problem = to_view(reply.problem);
        return reply.status;
    }

    static ombud_status revision(void* ctx, ombud_view name, std::uint64_t* out) {
        *out = of(ctx).register_revision;
        return of(ctx).registers.count(copy(name)) ? OMBUD_OK : OMBUD_NOT_FOUND;
    }
    static ombud_status lend(void* ctx, ombud_view name, const std::string& key, bool is_next, const ombud_event** out) {
        const auto found = of(ctx).registers.find(copy(name));
        if (found == of(ctx).registers.end())
            return OMBUD_NOT_FOUND;
        const auto record = is_next ? found->second.upper_bound(key) : found->second.find(key);
        if (record == found->second.end())
            return OMBUD_NOT_FOUND;
        ++of(ctx).register_reads;
        *out = record->second.get();
        return OMBUD_OK;
    }
    static ombud_status find_record(void* ctx, ombud_view name, ombud_view key, const ombud_event** out) {
        return lend(ctx, name, copy(key), false, out);
    }
    static ombud_status next_record(void* ctx, ombud_view name, ombud_view key, const ombud_event** out) {
        return lend(ctx, name, copy(key), true, out);
    }

    static ombud_status put_state(void* ctx, ombud_view key, ombud_view value) {
        PluginHost& host = of(ctx);
        if (key.len == 0 || key.len > OMBUD_STATE_KEY_MAX || value.len > OMBUD_STATE_VALUE_MAX || !sdk::is_utf8(copy(key)) || !sdk::is_utf8(copy(value)))
            return OMBUD_INVALID_INPUT;
        sends(host, "state.put");
        if (value.len == 0)
            host.state.erase(copy(key));
        else
            host.state.insert_or_assign(copy(key), copy(value));
        return OMBUD_OK;
    }
    static ombud_status next_state(void* ctx, ombud_view key, ombud_view* next_key, ombud_view* value) {
        const auto found = of(ctx).state.upper_bound(copy(key));
        if (found == of(ctx).state.end())
            return OMBUD_NOT_FOUND;
        *next_key = to_view(found->first);
        *value = to_view(found->second);
        return OMBUD_OK;
    }

    static const void* get_extension(void* ctx, const char* id) {
        static const ombud_names names_table{sizeof(ombud_names), 0, &intern, &name};
        static const ombud_findings findings_table{sizeof(ombud_findings), 0, &raise, &clear};
        static const ombud_actions actions_table{sizeof(ombud_actions), 0, &request};
        static const ombud_feed feed_table{sizeof(ombud_feed), 0, &push, &put, &declare};
        static const ombud_inventory inventory_table{
            sizeof(ombud_inventory), 0, &scan, &recording_count, &recording, &device, &storage, &level};
        static const ombud_media media_table{sizeof(ombud_media), 0, &probe};
        static const ombud_register register_table{sizeof(ombud_register), 0, &revision, &find_record, &next_record};
        static const ombud_state state_table{sizeof(ombud_state), 0, &put_state, &next_state};
        static const std::map<std::string_view, const void*> lent = {
            {OMBUD_NAMES_ID, &names_table}, {OMBUD_FINDINGS_ID, &findings_table},   {OMBUD_ACTIONS_ID, &actions_table},
            {OMBUD_FEED_ID, &feed_table},   {OMBUD_INVENTORY_ID, &inventory_table}, {OMBUD_MEDIA_ID, &media_table},
            {OMBUD_REGISTER_ID, &register_table}, {OMBUD_STATE_ID, &state_table}};
        const auto found = lent.find(id);
        return found == lent.end() || of(ctx).not_lent.count(id) ? nullptr : found->second;
    }
};

PluginHost::PluginHost()
    : host_{sizeof(ombud_host), OMBUD_ABI_MINOR,    this,        &Tables::get_extension,
            &Tables::log,       &Tables::set_error, &Tables::now},
      config_{sizeof(ombud_config), 0, this, &Tables::get_i64, &Tables::get_bool, &Tables::get_str, &Tables::get_count,
              &Tables::json_text} {}

std::uint32_t PluginHost::id(std::string_view name) {
    if (!is_name(name))
        return 0;
    const auto [at, is_new] = ids_.try_emplace(std::string(name), static_cast<std::uint32_t>(names_.size() + 1));
    if (is_new)
        names_.push_back(at->first);
    return at->second;
}

std::string_view PluginHost::name(std::uint32_t number) const {
    return number == 0 || number > names_.size() ? std::string_view() : names_[number - 1];
}

std::string PluginHost::text(const sdk::Event& event, std::string_view key) {
    const auto value = event.reader().get_text(id(key));
    if (!value)
        throw std::runtime_error("the event has no text \"" + std::string(key) + "\"");
    return std::string(*value);
}

std::int64_t PluginHost::i64(const sdk::Event& event, std::string_view key) {
    const auto value = event.reader().get_i64(id(key));
    if (!value)
        throw std::runtime_error("the event has no integer \"" + std::string(key) + "\"");
    return *value;
}

bool PluginHost::has(const sdk::Event& event, std::string_view key) {
    return event.reader().find(id(key)).has_value();
}

std::vector<const sdk::Event*> PluginHost::of_type(const std::vector<sdk::Event>& events, std::string_view type) {
    std::vector<const sdk::Event*> found;
    for (const sdk::Event& event : events)
        if (event.reader().type() == id(type))
            found.push_back(&event);
    return found;
}

} // namespace ombud::testing
