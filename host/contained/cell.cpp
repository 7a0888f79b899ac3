#include "contained/cell.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "events/printable.hpp"

namespace ombud::contained {
namespace {

constexpr std::int64_t short_ns = 1'000'000'000;      // for what takes no time: destroy
constexpr std::int64_t start_worth_ns = 50'000'000;   // less time than this to a deadline is not worth a new process

} // namespace

RunnerCell::RunnerCell(Library library, std::shared_ptr<ProcessWatch> watch, ServiceContext& context, const ombud_config* config)
    : library_(std::move(library)), watch_(std::move(watch)), context_(context), config_(config) {}

// ---- beginning and ending

ombud_status RunnerCell::failed(const Error& error) {
    context_.table()->set_error(context_.table()->ctx, static_cast<ombud_status>(error.code), {error.message.data(), error.message.size()});
    return static_cast<ombud_status>(error.code);
}

Result<ombud_status> RunnerCell::begin_instance(Call step, std::int64_t limit_ns) {
    const bool machine_time = dynamic_cast<const SystemClock*>(context_.services().clock) != nullptr;
    const auto answer = runner_->call(step, limit_ns, &*calls_, [&](Writer& to) { to.put(calls_->lent() | (machine_time ? lent_clock : 0U)); });
    if (!answer)
        return fail(answer.error());
    return Reader(*answer).get<ombud_status>();
}

Result<void> RunnerCell::boot() {
    auto runner = Runner::start(library_, document_.number(), watch_);
    if (!runner)
        return fail(runner.error());
    const std::lock_guard lock(mutex_);
    if (!ended_.empty())
        return fail(ErrorCode::unavailable, ended_);
    runner_ = std::move(*runner);
    runner_->serve_threads(*calls_);
    return {};
}

ombud_status RunnerCell::create(ombud_instance** out) {
    calls_.emplace(context_.table());
    const ombud_view settings = config_->json(config_->ctx);
    auto document = Descriptor::sealed("settings", {static_cast<const char*>(settings.ptr), settings.len});
    if (!document)
        return failed(document.error());
    document_ = std::move(*document);
    const std::int64_t limit = context_.scope()->limit_ns;
    if (auto booted = boot(); !booted)
        return failed(booted.error());
    const auto status = begin_instance(Call::create, limit);
    if (!status)
        return failed(status.error());
    if (*status == OMBUD_OK)
        *out = reinterpret_cast<ombud_instance*>(this);
    return *status;
}

ombud_status RunnerCell::start() {
    const auto status = begin_instance(Call::start, context_.scope()->limit_ns);
    return status ? *status : failed(status.error());
}

ombud_status RunnerCell::stop(std::int64_t deadline_mono_ns) {
    if (!runner_ || runner_->is_gone())
        return OMBUD_OK; // nothing of it is left to stop
    const auto answer = runner_->call(Call::stop, context_.scope()->limit_ns, &*calls_, [&](Writer& to) { to.put(deadline_mono_ns); });
    return answer ? Reader(*answer).get<ombud_status>() : failed(answer.error());
}

void RunnerCell::destroy() {
    if (runner_ && !runner_->is_gone())
        (void)runner_->call(Call::destroy, short_ns, &*calls_, [](Writer&) {});
    const std::lock_guard lock(mutex_);
    runner_.reset();
}

void RunnerCell::end(const std::string& why) {
    const std::lock_guard lock(mutex_);
    ended_ = why;
    if (runner_)
        runner_->end(why);
    changed_.notify_all();
}

void RunnerCell::forgive() {
    const std::lock_guard lock(mutex_);
    deaths_.forgive();
    changed_.notify_all();
}

CellStatus RunnerCell::status() const {
    const std::lock_guard lock(mutex_);
    CellStatus status;
    status.runner = "sandboxed";
    const bool lives = runner_ && !runner_->is_gone();
    status.sandbox = runner_ ? layer_words(runner_->layers()) : "";
    status.state = deaths_.is_resting() ? "resting" : lives ? "running" : "waiting";
    status.pid = lives ? runner_->pid() : 0;
    status.deaths = deaths_.count();
    status.last_death = last_death_;
    return status;
}

// ---- death and return

void RunnerCell::note_death(const std::string& how) {
    {
        const std::lock_guard lock(mutex_);
        deaths_.record(machine_mono_ns());
        last_death_ = how;
    }
    std::string text = how + "; ";
    text += deaths_.is_resting() ? "that was the fifth time within a minute: it rests until somebody has looked and says: ombud module mode " +
                                       context_.name() + " MODE"
                                 : "it is started again with the next call";
    context_.services().log(context_.name(), OMBUD_LOG_ERROR, printable(text));
}

// Whoever calls finds a runner, or an error in time for the deadline.
Result<void> RunnerCell::be_there(std::int64_t until_mono_ns) {
    if (runner_ && !runner_->is_gone())
        return {};
    if (runner_) {
        const std::string how = "its process ended: " + runner_->ending();
        {
            const std::lock_guard lock(mutex_);
            runner_.reset();
        }
        note_death(how);
    }
    {
        std::unique_lock lock(mutex_);
        while (true) {
            if (!ended_.empty())
                return fail(ErrorCode::unavailable, ended_);
            const auto next = deaths_.next_start_ns();
            if (!next)
                return fail(ErrorCode::unavailable, "it rests after " + std::to_string(Deaths::rest_after) + " deaths within a minute, the last: " +
                                                        last_death_ + "; look at it, then: ombud module mode " + context_.name() + " MODE");
            const std::int64_t now = machine_mono_ns();
            if (now >= *next)
                break;
            if (*next + start_worth_ns > until_mono_ns)
                return fail(ErrorCode::unavailable, last_death_ + "; it is started again in " + std::to_string((*next - now) / 1'000'000) + " ms");
            changed_.wait_for(lock, std::chrono::nanoseconds(*next - now));
        }
    }
    // Beginning anew is no part of the call that waits for it: what the plugin sends meanwhile would count as the call's.
    CallScope* const call = context_.scope();
    CallScope beginning;
    beginning.sends = false;
    context_.enter(&beginning);
    const std::int64_t limit = std::max<std::int64_t>(until_mono_ns - machine_mono_ns(), start_worth_ns);
    Result<void> begun = boot();
    for (const Call step : {Call::create, Call::start})
        if (begun) {
            const auto status = begin_instance(step, limit);
            if (!status)
                begun = fail(status.error());
            else if (*status != OMBUD_OK)
                begun = fail(ErrorCode::unavailable, "status " + std::to_string(*status));
        }
    context_.enter(call);
    if (begun)
        return {};
    {
        const std::lock_guard lock(mutex_);
        runner_.reset();
    }
    std::string how = "it could not be started again: " + begun.error().message;
    if (!beginning.error.empty())
        how += ": " + beginning.error;
    note_death(how);
    return fail(ErrorCode::unavailable, how);
}

// What killed two processes would kill a third: it is put where people see it, and counts as a fault.
void RunnerCell::set_aside(const ombud_event& event, const std::string& how) {
    CallScope* const scope = context_.scope();
    if (!scope->sends || library_.control.empty())
        return;
    const std::string_view type = context_.services().names->name(event.type_id);
    Finding finding;
    finding.severity = OMBUD_SEVERITY_VIOLATION;
    finding.key = "set-aside/" + std::string(type) + (event.seq == 0 ? "" : "/" + std::to_string(event.seq));
    finding.control = library_.control;
    finding.text = "two processes of this module ended over one " + std::string(type) + (event.seq == 0 ? "" : ", number " + std::to_string(event.seq)) +
                   "; it was set aside and its fail mode applied (" + printable(how) + "): have the module mended, and look at the matter yourself";
    scope->outbox.raised.push_back(std::move(finding));
}

template <class Deliver>
ombud_status RunnerCell::deliver(std::int64_t limit_ns, const ombud_event& event, const Deliver& deliver_once) {
    const std::int64_t until = limit_ns == 0 ? INT64_MAX : machine_mono_ns() + limit_ns;
    for (int delivery = 1;; ++delivery) {
        if (auto there = be_there(until); !there)
            return failed(there.error());
        const std::int64_t left = limit_ns == 0 ? 0 : until - machine_mono_ns();
        if (limit_ns != 0 && left <= 0) // no fault of the new process
            return failed(Error{ErrorCode::unavailable, last_death_.empty() ? "no time was left for this call"
                                                                            : "its process was started again too late for this call: " + last_death_});
        const auto status = deliver_once(left, delivery > 1);
        if (status)
            return *status;
        if (status.error().code != ErrorCode::unavailable)
            return failed(status.error());
        context_.scope()->outbox = {}; // what a call that never ended has sent counts for nothing
        const std::string how = status.error().message;
        {
            const std::lock_guard lock(mutex_);
            runner_.reset();
        }
        note_death(how);
        if (delivery == 2)
            set_aside(event, how);
        if (delivery == 2 || machine_mono_ns() + start_worth_ns > until)
            return failed(Error{ErrorCode::unavailable, how});
    }
}

// ---- calls

ombud_status RunnerCell::judge(const ombud_hook_call& call, ombud_verdict& verdict) {
    const std::int64_t limit = std::max<std::int64_t>(call.deadline_mono_ns - context_.services().clock->mono_ns(), 1);
    return deliver(limit, *call.event, [&](std::int64_t left, bool again) -> Result<ombud_status> {
        if (call.packet != nullptr) { // by reference: written once, where the plugin reads it
            const auto arena = runner_->arena();
            constexpr std::size_t zeros = 64;
            if (call.packet->data.len + zeros > arena.size())
                return fail(ErrorCode::invalid_input, "a packet of " + std::to_string(call.packet->data.len) + " bytes is larger than a runner takes");
            std::memcpy(arena.data(), call.packet->data.ptr, call.packet->data.len);
            std::memset(arena.data() + call.packet->data.len, 0, zeros);
        }
        auto answer = runner_->call(Call::judge, left, &*calls_, [&](Writer& to) {
            to.put(call.hook_id).put(call.flags | (again ? OMBUD_CALL_REDELIVERY : 0U)).put(call.call_id).put(call.deadline_mono_ns);
            to.bytes(call.event, call.event->total_size);
            to.put(std::uint8_t{call.packet != nullptr});
            if (call.packet != nullptr) {
                ombud_packet packet = *call.packet;
                packet.data.ptr = nullptr; // our addresses are nobody's business
                packet.extradata = {};
                to.put(packet).bytes(call.packet->extradata.ptr, call.packet->extradata.len);
            }
        });
        if (!answer)
            return fail(answer.error());
        return read_verdict(*answer, verdict);
    });
}

ombud_status RunnerCell::read_verdict(std::span<const std::byte> payload, ombud_verdict& verdict) {
    Reader from(payload);
    const auto status = from.get<ombud_status>();
    verdict.action = from.get<std::int32_t>();
    verdict.reason_code = from.get<std::uint32_t>();
    verdict.flags = from.get<std::uint32_t>();
    verdict.valid_until_mono_ns = from.get<std::int64_t>();
    verdict.transform_kind = from.get<std::uint32_t>();
    for (ombud_view* view : {&verdict.rule_id, &verdict.reason, &verdict.evidence_json, &verdict.advice})
        *view = from.view();
    // Two numbers each: how many the plugin said, and how many were sent. Where they differ the rows could not be read, and
    // a number without rows is refused in the same words as inline.
    const auto rows = [&](auto& kept, std::uint32_t& count, const auto& read) {
        kept.clear();
        count = from.get<std::uint32_t>();
        for (auto left = from.get<std::uint32_t>(); left > 0 && from.ok(); --left)
            kept.push_back(read());
        if (!kept.empty())
            count = static_cast<std::uint32_t>(kept.size());
        return kept.empty() ? nullptr : kept.data();
    };
    verdict.track_rules = rows(rules_, verdict.track_rule_count, [&] { return from.get<ombud_track_rule>(); });
    verdict.track_rule_stride = sizeof(ombud_track_rule);
    verdict.field_texts = rows(fields_, verdict.field_text_count, [&] {
        ombud_field_text field{};
        field.key_id = from.get<std::uint32_t>();
        field.text = from.view();
        return field;
    });
    verdict.field_text_stride = sizeof(ombud_field_text);
    verdict.parts = rows(parts_, verdict.part_count, [&] { return from.get<std::uint32_t>(); });
    if (from.ended())
        return status;
    verdict = {};
    verdict.struct_size = sizeof verdict;
    return failed(Error{ErrorCode::corrupt, "its process answered with what is no verdict"});
}

ombud_status RunnerCell::observe(const ombud_event& event) {
    return deliver(context_.scope()->limit_ns, event, [&](std::int64_t left, bool again) -> Result<ombud_status> {
        const ombud_event* sent = &event;
        if (again) {
            event_.assign((event.total_size + 7) / 8, 0);
            std::memcpy(event_.data(), &event, event.total_size);
            auto* copy = reinterpret_cast<ombud_event*>(event_.data());
            copy->flags |= OMBUD_EVENT_REDELIVERY;
            sent = copy;
        }
        auto answer = runner_->call(Call::observe, left, &*calls_, [&](Writer& to) { to.bytes(sent, sent->total_size); });
        if (!answer)
            return fail(answer.error());
        return Reader(*answer).get<ombud_status>();
    });
}

// Neither is delivered again: an audit has told part of what it found, and a picture is one of many that belong together.

ombud_status RunnerCell::audit(const ombud_audit_run& run) {
    if (auto there = be_there(INT64_MAX); !there)
        return failed(there.error());
    calls_->audit = &run;
    auto answer = runner_->call(Call::audit, context_.scope()->limit_ns, &*calls_, [&](Writer& to) { to.put(run.flags); });
    calls_->audit = nullptr;
    if (answer)
        return Reader(*answer).get<ombud_status>();
    note_death(answer.error().message);
    const std::lock_guard lock(mutex_);
    runner_.reset();
    return failed(answer.error());
}

ombud_status RunnerCell::look(const ombud_frame& frame, std::uint8_t* squares) {
    if (!runner_ || runner_->is_gone())
        return failed(Error{ErrorCode::unavailable, "its process ended" + (last_death_.empty() ? "" : ": " + last_death_)});
    const auto arena = runner_->arena();
    const std::size_t rows = frame.height, picture = rows * frame.width, count = std::size_t{frame.columns} * frame.rows;
    if (picture + count > arena.size())
        return failed(Error{ErrorCode::invalid_input, "a picture of " + std::to_string(frame.width) + "x" + std::to_string(frame.height) +
                                                          " samples is larger than a runner takes"});
    for (std::size_t y = 0; y < rows; ++y)
        std::memcpy(arena.data() + y * frame.width, frame.luma + static_cast<std::int64_t>(y) * frame.luma_stride, frame.width);
    std::memset(arena.data() + picture, OMBUD_SQUARE_UNSET, count);
    ombud_frame sent = frame;
    sent.luma = nullptr;
    sent.luma_stride = frame.width;
    auto answer = runner_->call(Call::look, context_.scope()->limit_ns, &*calls_, [&](Writer& to) { to.put(sent).put(std::uint64_t{picture}); });
    if (!answer) {
        note_death(answer.error().message);
        return failed(answer.error());
    }
    std::memcpy(squares, arena.data() + picture, count);
    return Reader(*answer).get<ombud_status>();
}

} // namespace ombud::contained
