#include "plugin_runtime/service_tables.hpp"

#include <algorithm>
#include <cstring>
#include <string_view>
#include <utility>

#include <ombud/action.h>
#include <ombud/feed.h>
#include <ombud/finding.h>
#include <ombud/inventory.h>
#include <ombud/media.h>
#include <ombud/names.h>
#include <ombud/register.h>
#include <ombud/view.hpp>

#include "events/printable.hpp"
#include "plugin_runtime/state_table.hpp"

namespace ombud {
namespace {

constexpr std::uint64_t text_max = 4096; // bytes of any one text a plugin sends
constexpr std::uint64_t batch_max = 65'536;

ombud_status status_of(const Error& error) { return static_cast<ombud_status>(error.code); }

ombud_view view_of(std::string_view text) { return {text.data(), text.size()}; }

// The plugin's struct, cut or zero-filled to what this host knows. A tail that is not zero was written for a newer host.
template <class T>
ombud_status read_input(const T* given, T& copy) {
    if (given == nullptr || given->struct_size < 2 * sizeof(std::uint32_t) || given->struct_size > 4096)
        return OMBUD_INVALID_INPUT;
    std::memcpy(&copy, given, std::min<std::size_t>(given->struct_size, sizeof copy));
    const auto* bytes = reinterpret_cast<const unsigned char*>(given);
    const bool tail_zero = given->struct_size <= sizeof copy ||
                           std::all_of(bytes + sizeof copy, bytes + given->struct_size, [](unsigned char b) { return b == 0; });
    return tail_zero ? OMBUD_OK : OMBUD_TOO_NEW;
}

} // namespace

struct ServiceTables {
    static ServiceContext& of(void* ctx) { return *static_cast<ServiceContext*>(ctx); }

    static bool on_worker(const ServiceContext& self, const char* function) { return self.on_worker(function); }
    static ombud_status room(ServiceContext& self) { return self.make_room(); }

    static bool text(const ombud_view& view, std::string& out) {
        if (view.len > text_max || (view.len > 0 && view.ptr == nullptr))
            return false;
        out.assign(static_cast<const char*>(view.ptr), view.ptr == nullptr ? 0 : view.len);
        return sdk::is_utf8(out);
    }

    static void log(void* ctx, std::int32_t level, ombud_view message, ombud_view) {
        ServiceContext& self = of(ctx);
        const std::string_view raw(static_cast<const char*>(message.ptr), message.ptr == nullptr ? 0 : std::min(message.len, text_max));
        self.services_.log(self.name_, std::clamp(level, OMBUD_LOG_DEBUG, OMBUD_LOG_ERROR), printable(raw));
    }
    static void set_error(void* ctx, ombud_status, ombud_view message) {
        ServiceContext& self = of(ctx);
        if (std::this_thread::get_id() != self.worker_ || self.scope_ == nullptr) // in this order: it is the worker's
            return log(ctx, OMBUD_LOG_ERROR, message, {});
        self.scope_->error = printable({static_cast<const char*>(message.ptr), message.ptr == nullptr ? 0 : std::min(message.len, text_max)});
    }
    static std::int64_t now(void* ctx, std::uint32_t clock) {
        const Clock& clocks = *of(ctx).services_.clock;
        return clock == OMBUD_CLOCK_UTC ? clocks.utc_ns() : clock == OMBUD_CLOCK_MONO ? clocks.mono_ns() : -1;
    }

    static std::uint32_t intern(void* ctx, ombud_view name) {
        return of(ctx).services_.names->intern({static_cast<const char*>(name.ptr), name.ptr == nullptr ? 0 : name.len});
    }
    static ombud_view name(void* ctx, std::uint32_t number) { return view_of(of(ctx).services_.names->name(number)); }

    static ombud_status raise(void* ctx, const ombud_finding* given) {
        ServiceContext& self = of(ctx);
        ombud_finding raw{};
        if (!on_worker(self, "findings.raise"))
            return OMBUD_REFUSED;
        if (const auto status = read_input(given, raw); status != OMBUD_OK)
            return status;
        Finding finding;
        finding.severity = raw.severity;
        const bool texts = text(raw.key, finding.key) && text(raw.control, finding.control) &&
                           text(raw.attachment, finding.attachment) && text(raw.device, finding.device) &&
                           text(raw.recording, finding.recording) && text(raw.text, finding.text) &&
                           text(raw.person, finding.person) && text(raw.evidence_json, finding.evidence);
        if (!texts || finding.key.empty() || finding.control.empty() || finding.text.empty() ||
            raw.severity < OMBUD_SEVERITY_INFO || raw.severity > OMBUD_SEVERITY_VIOLATION)
            return OMBUD_INVALID_INPUT;
        if (const auto status = room(self); status != OMBUD_OK)
            return status;
        self.scope_->outbox.raised.push_back(std::move(finding));
        return OMBUD_OK;
    }
    static ombud_status clear(void* ctx, ombud_view key) {
        ServiceContext& self = of(ctx);
        std::string copied;
        if (!on_worker(self, "findings.clear"))
            return OMBUD_REFUSED;
        if (!text(key, copied) || copied.empty())
            return OMBUD_INVALID_INPUT;
        if (const auto status = room(self); status != OMBUD_OK)
            return status;
        self.scope_->outbox.cleared.push_back(std::move(copied));
        return OMBUD_OK;
    }

    static ombud_status request(void* ctx, const ombud_action* given) {
        ServiceContext& self = of(ctx);
        ombud_action raw{};
        if (!on_worker(self, "actions.request"))
            return OMBUD_REFUSED;
        if (const auto status = read_input(given, raw); status != OMBUD_OK)
            return status;
        ActionRequest request;
        auto rules = copy_track_rules(raw.track_rules, raw.track_rule_count, raw.track_rule_stride);
        const bool texts = text(raw.kind, request.kind) && text(raw.attachment, request.attachment) &&
                           text(raw.device, request.device) && text(raw.recording, request.recording) &&
                           text(raw.control, request.control) && text(raw.reason, request.reason) &&
                           text(raw.export_id, request.export_id) && text(raw.user, request.user);
        if (!texts || request.kind.empty() || !rules)
            return OMBUD_INVALID_INPUT;
        if (self.actions_ && !self.actions_->contains(request.kind))
            return self.refuse("asks for the action '" + request.kind + "', which its manifest does not declare; refused");
        if (const std::string why = self.out_of_reach(request); !why.empty())
            return self.refuse(why);
        request.tracks = std::move(*rules);
        if (const auto status = room(self); status != OMBUD_OK)
            return status;
        self.scope_->outbox.actions.push_back(std::move(request));
        return OMBUD_OK;
    }

    static ombud_status scan(void* ctx, std::uint64_t after, ombud_recording* rows, std::uint64_t room_for, std::uint32_t stride,
                             std::uint64_t* count) {
        ServiceContext& self = of(ctx);
        if (rows == nullptr || count == nullptr || stride != sizeof(ombud_recording))
            return OMBUD_INVALID_INPUT; // ombud_recording is frozen: no other stride exists
        if (!on_worker(self, "inventory.scan") || !self.inventory_)
            return OMBUD_REFUSED;
        const auto got = self.inventory_->scan(after, {rows, std::min(room_for, batch_max)});
        if (!got)
            return status_of(got.error());
        *count = *got;
        return OMBUD_OK;
    }
    static ombud_status recording_count(void* ctx, std::uint64_t* count) {
        ServiceContext& self = of(ctx);
        if (count == nullptr || !on_worker(self, "inventory.recording_count") || !self.inventory_)
            return OMBUD_REFUSED;
        const auto got = self.inventory_->recording_count();
        if (!got)
            return status_of(got.error());
        *count = *got;
        return OMBUD_OK;
    }
    static ombud_status lend(ServiceContext& self, Result<EventRef> record, const ombud_event** out) {
        if (!record)
            return status_of(record.error());
        self.lent_record_ = std::move(*record);
        *out = &self.lent_record_->header();
        return OMBUD_OK;
    }
    static ombud_status recording(void* ctx, std::uint64_t id, const ombud_event** out) {
        ServiceContext& self = of(ctx);
        if (out == nullptr || !on_worker(self, "inventory.recording") || !self.inventory_)
            return OMBUD_REFUSED;
        return lend(self, self.inventory_->recording(id), out);
    }
    static ombud_status device(void* ctx, std::uint32_t number, const ombud_event** out) {
        ServiceContext& self = of(ctx);
        if (out == nullptr || !on_worker(self, "inventory.device") || !self.inventory_)
            return OMBUD_REFUSED;
        return lend(self, self.inventory_->device(number), out);
    }
    static ombud_status storage(void* ctx, std::uint32_t number, const ombud_event** out) {
        ServiceContext& self = of(ctx);
        if (out == nullptr || !on_worker(self, "inventory.storage") || !self.inventory_)
            return OMBUD_REFUSED;
        return lend(self, self.inventory_->storage(number), out);
    }
    static std::uint32_t coverage(void* ctx, ombud_view attachment, ombud_view control) {
        ServiceContext& self = of(ctx);
        std::string at, id;
        if (!self.inventory_ || !text(attachment, at) || !text(control, id))
            return OMBUD_COVERAGE_BLIND;
        return self.inventory_->coverage(at, id);
    }

    // The reader of the call under way; null where there is none.
    static RegisterReader* registers_of(ServiceContext& self, const char* function) {
        if (!on_worker(self, function) || !self.registers_)
            return nullptr;
        if (!std::exchange(self.registers_read_, self.scope_ != nullptr))
            self.registers_->refresh();
        return self.registers_.get();
    }
    static ombud_status register_revision(void* ctx, ombud_view name, std::uint64_t* out) {
        RegisterReader* reader = registers_of(of(ctx), "register.revision");
        std::string wanted;
        if (reader == nullptr)
            return OMBUD_REFUSED;
        if (out == nullptr || !text(name, wanted))
            return OMBUD_INVALID_INPUT;
        const auto got = reader->revision(wanted);
        if (!got)
            return status_of(got.error());
        *out = *got;
        return OMBUD_OK;
    }
    static ombud_status register_record(void* ctx, ombud_view name, ombud_view key, const ombud_event** out, const char* function,
                                        Result<EventRef> (RegisterReader::*read)(std::string_view, std::string_view)) {
        ServiceContext& self = of(ctx);
        RegisterReader* reader = registers_of(self, function);
        std::string wanted, from;
        if (reader == nullptr)
            return OMBUD_REFUSED;
        if (out == nullptr || !text(name, wanted) || !text(key, from))
            return OMBUD_INVALID_INPUT;
        auto got = (reader->*read)(wanted, from);
        if (!got)
            return status_of(got.error());
        self.lent_entry_ = std::move(*got);
        *out = &self.lent_entry_->header();
        return OMBUD_OK;
    }
    static ombud_status register_find(void* ctx, ombud_view name, ombud_view key, const ombud_event** out) {
        return register_record(ctx, name, key, out, "register.find", &RegisterReader::find);
    }
    static ombud_status register_next(void* ctx, ombud_view name, ombud_view key, const ombud_event** out) {
        return register_record(ctx, name, key, out, "register.next", &RegisterReader::next);
    }

    static ombud_status copy_events(const ombud_event* const* given, std::uint64_t count, std::vector<EventRef>& out,
                                    ServiceContext& self) {
        if (count > batch_max || (count > 0 && given == nullptr))
            return OMBUD_INVALID_INPUT;
        out.reserve(count);
        for (std::uint64_t i = 0; i < count; ++i) {
            auto event = Event::copy(given[i]);
            if (!event) {
                self.services_.log(self.name_, OMBUD_LOG_ERROR, event.error().message);
                return OMBUD_INVALID_INPUT;
            }
            out.push_back(std::move(*event));
        }
        return OMBUD_OK;
    }
    static ombud_status push(void* ctx, const ombud_event* const* given, std::uint64_t count, ombud_view position) {
        ServiceContext& self = of(ctx);
        if (!on_worker(self, "feed.push") || !self.feed_)
            return OMBUD_REFUSED;
        std::vector<EventRef> events;
        if (const auto status = copy_events(given, count, events, self); status != OMBUD_OK)
            return status;
        if (position.len > 1024 || (position.len > 0 && position.ptr == nullptr))
            return OMBUD_INVALID_INPUT;
        const auto pushed = self.feed_->push(std::move(events), {static_cast<const char*>(position.ptr), position.len});
        return pushed ? OMBUD_OK : status_of(pushed.error());
    }
    static ombud_status put(void* ctx, const ombud_event* const* given, std::uint64_t count) {
        ServiceContext& self = of(ctx);
        if (!on_worker(self, "feed.put") || !self.feed_)
            return OMBUD_REFUSED;
        std::vector<EventRef> records;
        if (const auto status = copy_events(given, count, records, self); status != OMBUD_OK)
            return status;
        const auto stored = self.feed_->put(std::move(records));
        return stored ? OMBUD_OK : status_of(stored.error());
    }
    static ombud_status declare_coverage(void* ctx, ombud_view control, std::uint32_t level, ombud_view note) {
        ServiceContext& self = of(ctx);
        std::string id, words;
        if (!on_worker(self, "feed.coverage") || !self.feed_)
            return OMBUD_REFUSED;
        if (!text(control, id) || !text(note, words) || level < OMBUD_COVERAGE_BLIND || level > OMBUD_COVERAGE_PREVENTABLE)
            return OMBUD_INVALID_INPUT;
        const auto declared = self.feed_->coverage(id, level, words);
        return declared ? OMBUD_OK : status_of(declared.error());
    }

    static ombud_status probe(void* ctx, ombud_view path, ombud_media_info* out) {
        ServiceContext& self = of(ctx);
        if (out == nullptr || path.ptr == nullptr || path.len > 4096 || !on_worker(self, "media.probe"))
            return OMBUD_INVALID_INPUT;
        const std::uint32_t size = out->struct_size;
        ombud_media_info filled{};
        const std::string file(static_cast<const char*>(path.ptr), path.len);
        const bool may = self.may_probe(file);
        if (!may)
            (void)self.refuse("looks into a file that is of no camera that the site gives it; refused");
        auto info = may ? self.services_.probe(file) : fail(ErrorCode::not_found, "it is of no camera that the site gives this module");
        ombud_status status = OMBUD_OK;
        if (info) {
            self.lent_media_ = std::move(*info);
            filled.size_bytes = self.lent_media_.size_bytes;
            filled.duration_ns = self.lent_media_.duration_ns;
            filled.creation_utc_ns = self.lent_media_.creation_utc_ns;
            filled.container = view_of(self.lent_media_.container);
            filled.tracks = view_of(self.lent_media_.tracks);
        } else {
            status = status_of(info.error());
            self.lent_media_ = MediaInfo{};
            self.lent_media_.container = printable(info.error().message); // kept alive there until the next probe
            filled.problem = view_of(self.lent_media_.container);
            filled.size_bytes = -1;
            filled.duration_ns = -1;
            filled.creation_utc_ns = INT64_MIN;
        }
        filled.struct_size = size;
        std::memcpy(out, &filled, std::min<std::size_t>(size, sizeof filled));
        return status;
    }

    static const void* get_extension(void* ctx, const char* id) {
        static const ombud_names names{sizeof(ombud_names), 0, intern, name};
        static const ombud_findings findings{sizeof(ombud_findings), 0, raise, clear};
        static const ombud_actions actions{sizeof(ombud_actions), 0, request};
        static const ombud_inventory inventory{sizeof(ombud_inventory), 0,      scan,    recording_count,
                                               recording,               device, storage, coverage};
        static const ombud_feed feed{sizeof(ombud_feed), 0, push, put, declare_coverage};
        static const ombud_register registers{sizeof(ombud_register), 0, register_revision, register_find, register_next};
        static const ombud_media media{sizeof(ombud_media), 0, probe};
        if (id == nullptr)
            return nullptr;
        const std::string_view asked(id);
        const ServiceContext& self = of(ctx);
        if (asked == OMBUD_NAMES_ID)
            return &names;
        if (asked == OMBUD_MEDIA_ID)
            return self.services_.probe ? &media : nullptr;
        // A connector tells what is; judging it is a module's part, and only a connector may tell.
        if (self.feed_)
            return asked == OMBUD_FEED_ID ? &feed : nullptr;
        if (asked == OMBUD_FINDINGS_ID)
            return &findings;
        if (asked == OMBUD_ACTIONS_ID)
            return &actions;
        if (asked == OMBUD_INVENTORY_ID)
            return self.inventory_ ? &inventory : nullptr;
        if (asked == OMBUD_REGISTER_ID)
            return self.registers_ ? &registers : nullptr;
        if (asked == OMBUD_STATE_ID)
            return self.state_ ? state_table() : nullptr;
        return nullptr;
    }
};

bool ServiceContext::on_worker(const char* function) const {
    if (std::this_thread::get_id() == worker_)
        return true;
    services_.log(name_, OMBUD_LOG_ERROR, std::string(function) + " was called from a thread of the plugin's own");
    return false;
}

ombud_status ServiceContext::make_room() {
    if (scope_ == nullptr || !scope_->sends)
        return OMBUD_REFUSED; // nothing could become durable together with it
    if (scope_->outbox.size() < CallScope::flush_at)
        return OMBUD_OK;
    if (!scope_->flush)
        return OMBUD_REFUSED;
    const auto flushed = scope_->flush(std::move(scope_->outbox));
    scope_->outbox = {};
    return flushed ? OMBUD_OK : status_of(flushed.error());
}

ServiceContext::ServiceContext(std::string name, const HostServices& services, std::shared_ptr<FeedSink> feed,
                               std::optional<std::set<std::string>> actions, std::shared_ptr<const GivenCameras> cameras)
    : name_(std::move(name)), services_(services), feed_(std::move(feed)), actions_(std::move(actions)), cameras_(std::move(cameras)) {
    if (!feed_ && services_.open_inventory)
        inventory_ = cameras_ ? given_part_of(services_.open_inventory(), cameras_) : services_.open_inventory();
    if (!feed_ && services_.open_registers)
        registers_ = services_.open_registers(name_);
    if (!feed_ && services_.open_state)
        state_ = services_.open_state(name_);
    table_.struct_size = sizeof table_;
    table_.abi_minor = OMBUD_ABI_MINOR;
    table_.ctx = this;
    table_.get_extension = ServiceTables::get_extension;
    table_.log = ServiceTables::log;
    table_.set_error = ServiceTables::set_error;
    table_.now = ServiceTables::now;
}

} // namespace ombud
