#pragma once
// Makes a plugin of a class: OMBUD_PLUGIN(Type, "id", "1.0.0"), once, at namespace scope of one source file.
//
// Type has   static Result<std::unique_ptr<Type>> create(Host, Config)        required
//            Result<> start()                                                 optional
//            Result<> stop(std::int64_t deadline_mono_ns)                     optional
// and at least one of
//            void or Result<> observe(const EventReader&)                     -> "ombud.events/1"
//            Result<Verdict> judge(const HookCall&)                           -> "ombud.hook/1"
//            Result<> audit(const AuditRun&)                                  -> "ombud.audit/1"
//            Result<> look(const Frame&, Squares&)                            -> "ombud.frames/1"
//            all four of Result<> open(std::string_view position), Result<> list(std::uint32_t what),
//            Result<> poll(std::int64_t wait_ns), Result<ActionResult> act(const Action&)
//                                                                             -> "ombud.connector/1"
// A connector may have
//            Result<WebAnswer> describe(const WebRequest&)                    -> "ombud.web/1"
//
// They are called one at a time per instance, and may throw: an exception becomes OMBUD_INTERNAL with its text, and
// a verdict stays unset, so that the hook's fail mode applies.

#include <cstdint>
#include <cstring>
#include <exception>
#include <memory>
#include <ombud/action.hpp>
#include <ombud/audit_run.hpp>
#include <ombud/config.hpp>
#include <ombud/connector.h>
#include <ombud/event_builder.hpp>
#include <ombud/event_reader.hpp>
#include <ombud/frames.hpp>
#include <ombud/growable.hpp>
#include <ombud/hook_call.hpp>
#include <ombud/host.hpp>
#include <ombud/module.h>
#include <ombud/observer.h>
#include <ombud/result.hpp>
#include <ombud/tracks.hpp>
#include <ombud/verdict.hpp>
#include <ombud/web.hpp>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace ombud::sdk {

namespace detail {
// NAME_callable: T has NAME with the right arguments. NAME_named: T has something called NAME. A member that is named
// but not callable is a mistake that would otherwise silently drop an extension.
#define OMBUD_DETECT(NAME, ...)                                                                                        \
    template <class T, class = void>                                                                                   \
    inline constexpr bool NAME##_callable = false;                                                                     \
    template <class T>                                                                                                 \
    inline constexpr bool NAME##_callable<T, std::void_t<decltype(std::declval<T&>().NAME(__VA_ARGS__))>> = true;      \
    template <class T, class = void>                                                                                   \
    inline constexpr bool NAME##_named = false;                                                                        \
    template <class T>                                                                                                 \
    inline constexpr bool NAME##_named<T, std::void_t<decltype(&T::NAME)>> = true;
OMBUD_DETECT(start, )
OMBUD_DETECT(stop, std::int64_t{})
OMBUD_DETECT(observe, std::declval<const EventReader&>())
OMBUD_DETECT(judge, std::declval<const HookCall&>())
OMBUD_DETECT(audit, std::declval<const AuditRun&>())
OMBUD_DETECT(look, std::declval<const Frame&>(), std::declval<Squares&>())
OMBUD_DETECT(open, std::string_view{})
OMBUD_DETECT(list, std::uint32_t{})
OMBUD_DETECT(poll, std::int64_t{})
OMBUD_DETECT(act, std::declval<const Action&>())
OMBUD_DETECT(describe, std::declval<const WebRequest&>())
#undef OMBUD_DETECT

/// Runs `body` (returning Result<>) so that nothing but a status leaves it.
template <class Body>
ombud_status guarded(const Host& host, Body&& body) noexcept {
    try {
        const Result<> result = body();
        if (result)
            return OMBUD_OK;
        host.set_error(result.error());
        return static_cast<ombud_status>(result.error().code);
    } catch (const std::exception& exception) {
        host.set_error(ErrorCode::internal, exception.what());
    } catch (...) {
        host.set_error(ErrorCode::internal, "the plugin threw something that is no std::exception");
    }
    return OMBUD_INTERNAL;
}
} // namespace detail

/// The C tables over a T, and the functions in them. Used through OMBUD_PLUGIN.
template <class T>
class Adapter {
    static_assert(!detail::start_named<T> || detail::start_callable<T>, "start() must take nothing");
    static_assert(!detail::stop_named<T> || detail::stop_callable<T>, "stop(std::int64_t deadline_mono_ns)");
    static_assert(!detail::observe_named<T> || detail::observe_callable<T>, "observe(const EventReader&)");
    static_assert(!detail::judge_named<T> || detail::judge_callable<T>, "Result<Verdict> judge(const HookCall&)");
    static_assert(!detail::audit_named<T> || detail::audit_callable<T>, "Result<> audit(const AuditRun&)");
    static_assert(!detail::look_named<T> || detail::look_callable<T>, "Result<> look(const Frame&, Squares&)");
    static constexpr bool is_connector =
        detail::open_callable<T> && detail::list_callable<T> && detail::poll_callable<T> && detail::act_callable<T>;
    static_assert(
        is_connector || !(detail::poll_named<T> || detail::act_named<T>),
        "a connector has open(std::string_view), list(std::uint32_t), poll(std::int64_t), act(const Action&)");
    static_assert(!detail::describe_named<T> || (is_connector && detail::describe_callable<T>),
                  "Result<WebAnswer> describe(const WebRequest&), of a connector");
    static_assert(is_connector || detail::observe_callable<T> || detail::judge_callable<T> || detail::audit_callable<T> ||
                      detail::look_callable<T>,
                  "a plugin observes, judges, audits, looks or connects; are those members public?");

  public:
    static ombud_status create(const ombud_host* host, const ombud_config* config, ombud_instance** out) noexcept {
        if (!host || !out || host->struct_size < sizeof(ombud_host))
            return OMBUD_INVALID_INPUT; // without a table there is nobody to tell why
        try {
            const Host lent(host);
            return detail::guarded(lent, [&]() -> Result<> {
                auto made = T::create(lent, Config(config));
                if (!made)
                    return fail(std::move(made).error());
                if (!*made)
                    return fail(ErrorCode::internal, "create() answered no object");
                auto* instance = new Adapter(lent, std::move(*made));
                *out = reinterpret_cast<ombud_instance*>(instance);
                return {};
            });
        } catch (...) { // no memory for Host itself
            return OMBUD_INTERNAL;
        }
    }

    static ombud_status start(ombud_instance* self) noexcept {
        return detail::guarded(of(self).host_, [&]() -> Result<> {
            if constexpr (detail::start_callable<T>)
                return of(self).plugin_->start();
            else
                return {};
        });
    }

    static ombud_status stop(ombud_instance* self, [[maybe_unused]] std::int64_t deadline_mono_ns) noexcept {
        return detail::guarded(of(self).host_, [&]() -> Result<> {
            if constexpr (detail::stop_callable<T>)
                return of(self).plugin_->stop(deadline_mono_ns);
            else
                return {};
        });
    }

    static void destroy(ombud_instance* self) noexcept { delete reinterpret_cast<Adapter*>(self); }

    static const void* get_extension(const char* id) noexcept {
        if (!id)
            return nullptr;
        [[maybe_unused]] const auto is = [id](const char* known) { return std::strcmp(id, known) == 0; };
        if constexpr (detail::observe_callable<T>) {
            static const ombud_observer table{sizeof(ombud_observer), 0, &observe};
            if (is(OMBUD_OBSERVER_ID))
                return &table;
        }
        if constexpr (detail::judge_callable<T>) {
            static const ombud_hook table{sizeof(ombud_hook), 0, &judge};
            if (is(OMBUD_HOOK_ID))
                return &table;
        }
        if constexpr (detail::audit_callable<T>) {
            static const ombud_audit table{sizeof(ombud_audit), 0, &audit};
            if (is(OMBUD_AUDIT_ID))
                return &table;
        }
        if constexpr (detail::look_callable<T>) {
            static const ombud_frames table{sizeof(ombud_frames), 0, &look};
            if (is(OMBUD_FRAMES_ID))
                return &table;
        }
        if constexpr (is_connector) {
            static const ombud_connector table{sizeof(ombud_connector), 0, &open, &list, &poll, &act};
            if (is(OMBUD_CONNECTOR_ID))
                return &table;
        }
        if constexpr (detail::describe_callable<T>) {
            static const ombud_web table{sizeof(ombud_web), 0, &describe};
            if (is(OMBUD_WEB_ID))
                return &table;
        }
        return nullptr;
    }

  private:
    Adapter(Host host, std::unique_ptr<T> plugin) : host_(std::move(host)), plugin_(std::move(plugin)) {}
    static Adapter& of(ombud_instance* self) noexcept { return *reinterpret_cast<Adapter*>(self); }

    static ombud_status observe(ombud_instance* self, const ombud_event* event) {
        return detail::guarded(of(self).host_, [&]() -> Result<> {
            const auto reader = EventReader::open(event);
            if (!reader)
                return fail(reader.error());
            if constexpr (std::is_void_v<decltype(of(self).plugin_->observe(*reader))>) {
                of(self).plugin_->observe(*reader);
                return {};
            } else {
                return of(self).plugin_->observe(*reader);
            }
        });
    }

    static ombud_status judge(ombud_instance* self, const ombud_hook_call* call, ombud_verdict* out) {
        return detail::guarded(of(self).host_, [&]() -> Result<> {
            if (!out || out->struct_size < sizeof out->struct_size)
                return fail(ErrorCode::invalid_input, "verdict: NULL, or no struct_size");
            const auto known = read_growable(call, "hook call");
            if (!known)
                return fail(known.error());
            const auto event = EventReader::open(known->event);
            if (!event)
                return fail(event.error());
            Result<Verdict> judged = of(self).plugin_->judge(HookCall(*known, *event));
            if (!judged)
                return fail(std::move(judged).error());
            return of(self).answer(std::move(*judged), out);
        });
    }

    /// Keeps the texts until the next verdict, and shows them to the host.
    Result<> answer(Verdict verdict, ombud_verdict* out) {
        const bool needs_reason =
            verdict.answer == Answer::deny || verdict.answer == Answer::defer || verdict.answer == Answer::transform;
        if (verdict.answer == Answer::unset)
            return fail(ErrorCode::internal, "judge() answered a verdict that is unset");
        if (needs_reason && verdict.reason.empty())
            return fail(ErrorCode::internal, "judge() gave no reason; deny, defer and transform need one");
        if (verdict.answer == Answer::transform && !verdict.changes_something())
            return fail(ErrorCode::internal, "judge() answered a transform that changes nothing");
        verdict_ = std::move(verdict);
        ombud_verdict full{};
        full.action = static_cast<std::int32_t>(verdict_.answer);
        full.reason_code = verdict_.reason_code;
        full.valid_until_mono_ns = verdict_.valid_until_mono_ns;
        full.rule_id = to_view(verdict_.rule_id);
        full.reason = to_view(verdict_.reason);
        full.evidence_json = to_view(verdict_.evidence_json);
        full.advice = to_view(verdict_.advice);
        if (verdict_.answer == Answer::transform)
            show_transform(full);
        write_growable(out, full);
        return {};
    }

    void show_transform(ombud_verdict& full) {
        if (!verdict_.track_rules.empty())
            full.transform_kind |= OMBUD_TRANSFORM_TRACKS;
        full.track_rules = verdict_.track_rules.data();
        full.track_rule_count = static_cast<std::uint32_t>(verdict_.track_rules.size());
        full.track_rule_stride = sizeof(ombud_track_rule);
        if (!verdict_.field_texts.empty())
            full.transform_kind |= OMBUD_TRANSFORM_FIELDS;
        field_texts_.clear();
        for (const FieldText& one : verdict_.field_texts)
            field_texts_.push_back({one.key, 0, to_view(one.text)});
        full.field_texts = field_texts_.data();
        full.field_text_count = static_cast<std::uint32_t>(field_texts_.size());
        full.field_text_stride = sizeof(ombud_field_text);
        if (!verdict_.parts.empty())
            full.transform_kind |= OMBUD_TRANSFORM_PARTS;
        full.parts = verdict_.parts.data();
        full.part_count = static_cast<std::uint32_t>(verdict_.parts.size());
    }

    static ombud_status audit(ombud_instance* self, const ombud_audit_run* run) {
        return detail::guarded(of(self).host_, [&]() -> Result<> {
            const auto known = read_growable(run, "audit run");
            if (!known)
                return fail(known.error());
            return of(self).plugin_->audit(AuditRun(*known));
        });
    }

    static ombud_status look(ombud_instance* self, const ombud_frame* frame, std::uint8_t* squares) {
        return detail::guarded(of(self).host_, [&]() -> Result<> {
            const auto known = Frame::read(frame);
            if (!known)
                return fail(known.error());
            if (!squares)
                return fail(ErrorCode::invalid_input, "no place for the answer about the frame's squares");
            Squares answer(*known, squares);
            return of(self).plugin_->look(*known, answer);
        });
    }

    static ombud_status open(ombud_instance* self, ombud_view position) {
        return detail::guarded(of(self).host_, [&] { return of(self).plugin_->open(to_text(position)); });
    }
    static ombud_status list(ombud_instance* self, std::uint32_t what) {
        return detail::guarded(of(self).host_, [&] { return of(self).plugin_->list(what); });
    }
    static ombud_status poll(ombud_instance* self, std::int64_t wait_ns) {
        return detail::guarded(of(self).host_, [&] { return of(self).plugin_->poll(wait_ns); });
    }
    static ombud_status act(ombud_instance* self, const ombud_action* action, ombud_action_result* out) {
        return detail::guarded(of(self).host_, [&]() -> Result<> {
            if (!out || out->struct_size < sizeof out->struct_size)
                return fail(ErrorCode::invalid_input, "action result: NULL, or no struct_size");
            const auto known = Action::read(action);
            if (!known)
                return fail(known.error());
            Result<ActionResult> acted = of(self).plugin_->act(*known);
            if (!acted)
                return fail(std::move(acted).error());
            if (acted->outcome == Outcome::unset)
                return fail(ErrorCode::internal, "act() answered an outcome that is unset");
            of(self).result_ = std::move(*acted);
            ombud_action_result full{};
            full.outcome = static_cast<std::uint32_t>(of(self).result_.outcome);
            full.proof = to_view(of(self).result_.proof);
            write_growable(out, full);
            return {};
        });
    }

    static ombud_status describe(ombud_instance* self, const ombud_web_request* request, ombud_web_answer* out) {
        return detail::guarded(of(self).host_, [&]() -> Result<> {
            if (!out || out->struct_size < sizeof out->struct_size)
                return fail(ErrorCode::invalid_input, "web answer: NULL, or no struct_size");
            const auto known = WebRequest::read(request);
            if (!known)
                return fail(known.error());
            Result<WebAnswer> described = of(self).plugin_->describe(*known);
            if (!described)
                return fail(std::move(described).error());
            if (described->standing == Standing::unset)
                return fail(ErrorCode::internal, "describe() answered a standing that is unset");
            if (described->standing != Standing::open && !described->event)
                return fail(ErrorCode::internal, "describe() gave no event");
            of(self).web_answer_ = std::move(*described);
            const WebAnswer& kept = of(self).web_answer_;
            ombud_web_answer full{};
            full.standing = static_cast<std::uint32_t>(kept.standing);
            full.flags = (kept.changes ? OMBUD_WEB_CHANGES : 0U) | (kept.is_by_cookie ? OMBUD_WEB_BY_COOKIE : 0U);
            full.event = kept.event ? kept.event->get() : nullptr;
            full.note = to_view(kept.note);
            write_growable(out, full);
            return {};
        });
    }

    Host host_;
    std::unique_ptr<T> plugin_;
    Verdict verdict_;     // what the last verdict's views point into
    std::vector<ombud_field_text> field_texts_;
    ActionResult result_; // what the last result's view points into
    WebAnswer web_answer_; // what the last answer's event and view point into
};

} // namespace ombud::sdk

#define OMBUD_PLUGIN(Type, plugin_id, plugin_version)                                                                  \
    OMBUD_DECLARE_ABI(0u);                                                                                             \
    extern "C" OMBUD_EXPORT const ombud_module* ombud_module_entry_v1(void) {                                          \
        using PluginAdapter = ::ombud::sdk::Adapter<Type>;                                                             \
        static const ombud_module module{sizeof(ombud_module),                                                         \
                                         OMBUD_ABI_MINOR,                                                              \
                                         0,                                                                            \
                                         0,                                                                            \
                                         {plugin_id, sizeof(plugin_id) - 1},                                           \
                                         {plugin_version, sizeof(plugin_version) - 1},                                 \
                                         &PluginAdapter::create,                                                       \
                                         &PluginAdapter::start,                                                        \
                                         &PluginAdapter::stop,                                                         \
                                         &PluginAdapter::destroy,                                                      \
                                         &PluginAdapter::get_extension};                                               \
        return &module;                                                                                                \
    }
