#include "runner/lent_tables.hpp"

#include <algorithm>
#include <cstring>
#include <ctime>
#include <string_view>

#include <ombud/action.h>
#include <ombud/feed.h>
#include <ombud/finding.h>
#include <ombud/names.h>
#include <ombud/register.h>
#include <ombud/state.h>

namespace ombud::runner {

using contained::Ask;
using contained::Reader;
using contained::Writer;

namespace {

constexpr std::size_t text_max = 8192; // more than the host takes of any one text: it refuses what is longer, by its length alone

// As the host reads a plugin's struct: cut or zero-filled to what this build knows; a tail that is not zero is too new.
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

std::int64_t machine_ns(clockid_t clock) {
    timespec now{};
    ::clock_gettime(clock, &now);
    return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

ombud_view cut(const ombud_view& view, std::uint64_t most) {
    return view.ptr == nullptr ? ombud_view{} : ombud_view{view.ptr, std::min(view.len, most)};
}

} // namespace

struct Tables {
    static LentTables& of(void* ctx) { return *static_cast<LentTables*>(ctx); }

    // What a plugin's own thread asks of a [worker] function is refused inline, too.
    static bool is_worker(const LentTables& self) { return self.line_.is_worker(); }

    // A call whose answer begins with a status, and no more than that.
    template <class Write>
    static ombud_status told(LentTables& self, Ask ask, const Write& write) {
        if (!is_worker(self))
            return OMBUD_REFUSED;
        ombud_status status = OMBUD_INVALID_INPUT; // more than any bound that the host has
        self.line_.ask(ask, write, [&](Reader& answer) { status = answer.get<ombud_status>(); });
        return status;
    }

    static void log(void* ctx, std::int32_t level, ombud_view message, ombud_view more) {
        of(ctx).line_.ask(Ask::log, [&](Writer& to) { to.put(level).view(cut(message, text_max), text_max).view(cut(more, text_max), text_max); },
                          [](Reader&) {});
    }
    static void set_error(void* ctx, ombud_status code, ombud_view message) {
        of(ctx).line_.ask(Ask::set_error, [&](Writer& to) { to.put(code).view(cut(message, text_max), text_max); }, [](Reader&) {});
    }
    static std::int64_t now(void* ctx, std::uint32_t clock) {
        LentTables& self = of(ctx);
        if (clock != OMBUD_CLOCK_UTC && clock != OMBUD_CLOCK_MONO)
            return -1;
        if ((self.lent_ & contained::lent_clock) != 0) // the machine's own, which needs nobody's help
            return machine_ns(clock == OMBUD_CLOCK_UTC ? CLOCK_REALTIME : CLOCK_MONOTONIC);
        std::int64_t time = -1;
        self.line_.ask(Ask::now, [&](Writer& to) { to.put(clock); }, [&](Reader& answer) { time = answer.get<std::int64_t>(); });
        return time;
    }

    static std::uint32_t intern(void* ctx, ombud_view name) {
        std::uint32_t number = 0;
        of(ctx).line_.ask(Ask::intern, [&](Writer& to) { to.view(name, text_max); },
                          [&](Reader& answer) { number = answer.get<std::uint32_t>(); });
        return number;
    }
    static ombud_view name(void* ctx, std::uint32_t number) {
        LentTables& self = of(ctx);
        const std::lock_guard lock(self.naming_);
        auto known = self.names_.find(number);
        if (known == self.names_.end()) {
            std::string name;
            self.line_.ask(Ask::name, [&](Writer& to) { to.put(number); }, [&](Reader& answer) { name = answer.text(); });
            if (name.empty())
                return {};
            known = self.names_.emplace(number, std::move(name)).first;
        }
        return {known->second.data(), known->second.size()};
    }

    static ombud_status raise(void* ctx, const ombud_finding* given) {
        ombud_finding finding{};
        if (const auto status = read_input(given, finding); status != OMBUD_OK)
            return status;
        return told(of(ctx), Ask::raise, [&](Writer& to) {
            to.put(finding.severity);
            for (const ombud_view& view : {finding.key, finding.control, finding.attachment, finding.device, finding.recording, finding.text,
                                           finding.person, finding.evidence_json})
                to.view(view, text_max);
        });
    }
    static ombud_status clear(void* ctx, ombud_view key) {
        return told(of(ctx), Ask::clear, [&](Writer& to) { to.view(key, text_max); });
    }
    static ombud_status request(void* ctx, const ombud_action* given) {
        ombud_action action{};
        if (const auto status = read_input(given, action); status != OMBUD_OK)
            return status;
        constexpr std::uint32_t rules_max = 1024; // more than the host takes
        const std::uint32_t stride = action.track_rule_stride;
        if (action.track_rule_count > 0 && (action.track_rules == nullptr || stride < sizeof(ombud_track_rule) ||
                                            stride % alignof(ombud_track_rule) != 0 || action.track_rule_count > rules_max))
            return OMBUD_INVALID_INPUT;
        std::vector<ombud_track_rule> rules(action.track_rule_count);
        for (std::uint32_t i = 0; i < action.track_rule_count; ++i)
            std::memcpy(&rules[i], reinterpret_cast<const std::byte*>(action.track_rules) + std::size_t{i} * stride, sizeof rules[i]);
        return told(of(ctx), Ask::request, [&](Writer& to) {
            for (const ombud_view& view : {action.kind, action.attachment, action.device, action.recording, action.control, action.reason,
                                           action.export_id, action.user})
                to.view(view, text_max);
            to.bytes(rules.data(), rules.size() * sizeof(ombud_track_rule));
        });
    }

    static ombud_status scan(void* ctx, std::uint64_t after, ombud_recording* rows, std::uint64_t room, std::uint32_t stride,
                             std::uint64_t* count) {
        LentTables& self = of(ctx);
        if (rows == nullptr || count == nullptr || stride != sizeof(ombud_recording))
            return OMBUD_INVALID_INPUT;
        if (!is_worker(self))
            return OMBUD_REFUSED;
        ombud_status status = OMBUD_INTERNAL;
        self.line_.ask(Ask::scan, [&](Writer& to) { to.put(after).put(room); },
                       [&](Reader& answer) {
                           status = answer.get<ombud_status>();
                           const auto bytes = answer.bytes();
                           if (status != OMBUD_OK)
                               return;
                           *count = std::min(room, bytes.size() / sizeof(ombud_recording));
                           if (*count > 0)
                               std::memcpy(rows, bytes.data(), *count * sizeof(ombud_recording));
                       });
        return status;
    }
    template <class Write>
    static ombud_status number(LentTables& self, Ask ask, std::uint64_t* out, const Write& write) {
        if (out == nullptr)
            return OMBUD_REFUSED;
        if (!is_worker(self))
            return OMBUD_REFUSED;
        ombud_status status = OMBUD_INVALID_INPUT;
        self.line_.ask(ask, write, [&](Reader& answer) {
            status = answer.get<ombud_status>();
            if (const auto value = answer.get<std::uint64_t>(); status == OMBUD_OK)
                *out = value;
        });
        return status;
    }
    static ombud_status recording_count(void* ctx, std::uint64_t* count) {
        return number(of(ctx), Ask::recording_count, count, [](Writer&) {});
    }
    template <class Write>
    static ombud_status record(LentTables& self, Ask ask, LentTables::Record& lent, const ombud_event** out, const Write& write) {
        if (out == nullptr || !is_worker(self))
            return OMBUD_REFUSED;
        ombud_status status = OMBUD_INVALID_INPUT;
        self.line_.ask(ask, write, [&](Reader& answer) {
            status = answer.get<ombud_status>();
            if (status != OMBUD_OK)
                return;
            const auto bytes = answer.bytes();
            lent.assign((bytes.size() + 7) / 8, 0);
            std::memcpy(lent.data(), bytes.data(), bytes.size());
            *out = reinterpret_cast<const ombud_event*>(lent.data());
        });
        return status;
    }
    static ombud_status recording(void* ctx, std::uint64_t id, const ombud_event** out) {
        return record(of(ctx), Ask::recording, of(ctx).record_, out, [&](Writer& to) { to.put(id); });
    }
    static ombud_status device(void* ctx, std::uint32_t number, const ombud_event** out) {
        return record(of(ctx), Ask::device, of(ctx).record_, out, [&](Writer& to) { to.put(std::uint64_t{number}); });
    }
    static ombud_status storage(void* ctx, std::uint32_t number, const ombud_event** out) {
        return record(of(ctx), Ask::storage, of(ctx).record_, out, [&](Writer& to) { to.put(std::uint64_t{number}); });
    }
    static std::uint32_t coverage(void* ctx, ombud_view attachment, ombud_view control) {
        std::uint32_t level = OMBUD_COVERAGE_BLIND;
        of(ctx).line_.ask(Ask::coverage, [&](Writer& to) { to.view(attachment, text_max).view(control, text_max); },
                          [&](Reader& answer) { level = answer.get<std::uint32_t>(); });
        return level;
    }

    static ombud_status register_revision(void* ctx, ombud_view name, std::uint64_t* out) {
        if (out == nullptr)
            return OMBUD_INVALID_INPUT;
        return number(of(ctx), Ask::register_revision, out, [&](Writer& to) { to.view(name, text_max); });
    }
    static ombud_status register_record(void* ctx, Ask ask, ombud_view name, ombud_view key, const ombud_event** out) {
        if (out == nullptr)
            return OMBUD_INVALID_INPUT;
        return record(of(ctx), ask, of(ctx).entry_, out, [&](Writer& to) { to.view(name, text_max).view(key, text_max); });
    }
    static ombud_status register_find(void* ctx, ombud_view name, ombud_view key, const ombud_event** out) {
        return register_record(ctx, Ask::register_find, name, key, out);
    }
    static ombud_status register_next(void* ctx, ombud_view name, ombud_view key, const ombud_event** out) {
        return register_record(ctx, Ask::register_next, name, key, out);
    }

    static ombud_status state_put(void* ctx, ombud_view key, ombud_view value) {
        return told(of(ctx), Ask::state_put, [&](Writer& to) { to.view(key, text_max).view(value, OMBUD_STATE_VALUE_MAX); });
    }
    static ombud_status state_next(void* ctx, ombud_view key, ombud_view* next_key, ombud_view* value) {
        LentTables& self = of(ctx);
        if (!is_worker(self))
            return OMBUD_REFUSED;
        if (next_key == nullptr || value == nullptr)
            return OMBUD_INVALID_INPUT;
        ombud_status status = OMBUD_INVALID_INPUT;
        self.line_.ask(Ask::state_next, [&](Writer& to) { to.view(key, text_max); },
                       [&](Reader& answer) {
                           status = answer.get<ombud_status>();
                           if (status != OMBUD_OK)
                               return;
                           self.state_key_ = answer.text();
                           self.state_value_ = answer.text();
                           *next_key = {self.state_key_.data(), self.state_key_.size()};
                           *value = {self.state_value_.data(), self.state_value_.size()};
                       });
        return status;
    }

    static ombud_status probe(void* ctx, ombud_view path, ombud_media_info* out) {
        LentTables& self = of(ctx);
        if (out == nullptr || path.ptr == nullptr || !is_worker(self))
            return OMBUD_INVALID_INPUT;
        ombud_status status = OMBUD_INVALID_INPUT;
        const std::uint32_t size = out->struct_size;
        ombud_media_info info{};
        self.line_.ask(Ask::probe, [&](Writer& to) { to.view(path, text_max); },
                       [&](Reader& answer) {
                           status = answer.get<ombud_status>();
                           info.size_bytes = answer.get<std::int64_t>();
                           info.duration_ns = answer.get<std::int64_t>();
                           info.creation_utc_ns = answer.get<std::int64_t>();
                           self.container_ = answer.text();
                           self.tracks_ = answer.text();
                           self.problem_ = answer.text();
                       });
        info.container = {self.container_.data(), self.container_.size()};
        info.tracks = {self.tracks_.data(), self.tracks_.size()};
        info.problem = {self.problem_.data(), self.problem_.size()};
        info.struct_size = size;
        std::memcpy(out, &info, std::min<std::size_t>(size, sizeof info));
        return status;
    }

    static const void* get_extension(void* ctx, const char* id) {
        static const ombud_names names{sizeof(ombud_names), 0, intern, name};
        static const ombud_findings findings{sizeof(ombud_findings), 0, raise, clear};
        static const ombud_actions actions{sizeof(ombud_actions), 0, request};
        static const ombud_inventory inventory{sizeof(ombud_inventory), 0,      scan,    recording_count,
                                               recording,               device, storage, coverage};
        static const ombud_register registers{sizeof(ombud_register), 0, register_revision, register_find, register_next};
        static const ombud_state state{sizeof(ombud_state), 0, state_put, state_next};
        static const ombud_media media{sizeof(ombud_media), 0, probe};
        if (id == nullptr)
            return nullptr;
        const std::string_view asked(id);
        const auto lent = [&](std::uint32_t bit, const void* table) { return (of(ctx).lent_ & bit) != 0 ? table : nullptr; };
        if (asked == OMBUD_NAMES_ID)
            return &names;
        if (asked == OMBUD_FINDINGS_ID)
            return lent(contained::lent_findings, &findings);
        if (asked == OMBUD_ACTIONS_ID)
            return lent(contained::lent_actions, &actions);
        if (asked == OMBUD_INVENTORY_ID)
            return lent(contained::lent_inventory, &inventory);
        if (asked == OMBUD_REGISTER_ID)
            return lent(contained::lent_registers, &registers);
        if (asked == OMBUD_STATE_ID)
            return lent(contained::lent_state, &state);
        if (asked == OMBUD_MEDIA_ID)
            return lent(contained::lent_media, &media);
        return nullptr;
    }
};

ombud_status LentTables::progress(void* ctx, std::uint64_t done, std::uint64_t total) {
    return Tables::told(*static_cast<LentTables*>(ctx), Ask::progress, [&](Writer& to) { to.put(done).put(total); });
}

LentTables::LentTables(Line& line, std::uint32_t lent) : line_(line), lent_(lent) {
    host_.struct_size = sizeof host_;
    host_.abi_minor = OMBUD_ABI_MINOR;
    host_.ctx = this;
    host_.get_extension = Tables::get_extension;
    host_.log = Tables::log;
    host_.set_error = Tables::set_error;
    host_.now = Tables::now;
}

} // namespace ombud::runner
