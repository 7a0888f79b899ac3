#include "connect/attachment.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <future>
#include <mutex>
#include <thread>

#include <ombud/connector.h>
#include <ombud/vocabulary.h>

#include "connect/feed.hpp"
#include "connect/inventory_rows.hpp"
#include "events/printable.hpp"

namespace ombud {
namespace {

constexpr std::int64_t poll_wait_ns = 100'000'000; // an action waits at most this long for the connector's worker
constexpr auto act_patience = std::chrono::minutes(5);

std::string why(ombud_status status, const CallScope& scope) {
    return scope.error.empty() ? "status " + std::to_string(status) : printable(scope.error);
}

} // namespace

std::string_view to_string(AttachmentStatus::State state) {
    switch (state) {
    case AttachmentStatus::State::connecting: return "connecting";
    case AttachmentStatus::State::listing: return "listing";
    case AttachmentStatus::State::up: return "up";
    case AttachmentStatus::State::down: return "down";
    }
    return "";
}

struct Attachment::Impl {
    Impl(Options given, Parts lent) : options(std::move(given)), parts(lent) {}

    Options options;
    Parts parts;
    std::shared_ptr<AttachmentFeed> feed;
    std::shared_ptr<Instance> instance;
    const ombud_connector* connector = nullptr;

    mutable std::mutex mutex;
    std::condition_variable wake;
    bool stopping = false;
    bool wants_listing = false;
    AttachmentStatus status;
    std::thread thread;

    struct Outcome {
        ombud_status status = OMBUD_UNAVAILABLE;
        std::string detail;
    };
    Outcome call(const std::function<ombud_status(ombud_instance*)>& function);
    Outcome list_everything();
    void run();
    bool pause(std::chrono::nanoseconds time);
    void set_state(AttachmentStatus::State state, std::string detail);
    void tell_connection(bool up, const std::string& detail);
};

// Runs one function on the worker and waits. A connector has no deadline here: a listing may take an hour.
Attachment::Impl::Outcome Attachment::Impl::call(const std::function<ombud_status(ombud_instance*)>& function) {
    {
        const std::lock_guard lock(mutex); // here too: polls that answer at once would never look below
        if (stopping)
            return {OMBUD_CANCELLED, "the host is stopping"};
    }
    auto answer = std::make_shared<std::promise<Outcome>>();
    auto waiting = answer->get_future();
    const bool posted = instance->post([function, answer](ombud_instance* self, CallScope& scope) {
        const ombud_status ended = function(self);
        answer->set_value({ended, ended == OMBUD_OK ? "" : why(ended, scope)});
    });
    if (!posted)
        return {OMBUD_CANCELLED, "the host is stopping"};
    while (waiting.wait_for(std::chrono::milliseconds(200)) != std::future_status::ready) {
        const std::lock_guard lock(mutex);
        if (stopping)
            return {OMBUD_CANCELLED, "the host is stopping"};
    }
    return waiting.get();
}

Attachment::Impl::Outcome Attachment::Impl::list_everything() {
    for (const std::uint32_t what : {OMBUD_LIST_DEVICES, OMBUD_LIST_STORAGE, OMBUD_LIST_RECORDINGS}) {
        const auto kept = std::make_shared<Result<void>>(); // outlives us when the host stops meanwhile
        // By value: a connector that hangs here may come back after this attachment is gone.
        const auto outcome = call([feed = feed, connector = connector, what, kept](ombud_instance* self) -> ombud_status {
            *kept = feed->begin_listing(what);
            if (!*kept)
                return OMBUD_UNAVAILABLE;
            const ombud_status listed = connector->list(self, what);
            *kept = feed->end_listing(listed == OMBUD_OK);
            return *kept ? listed : OMBUD_UNAVAILABLE;
        });
        if (outcome.status == OMBUD_CANCELLED)
            return outcome;
        if (!*kept)
            return {OMBUD_UNAVAILABLE, kept->error().message};
        if (outcome.status != OMBUD_OK)
            return outcome;
    }
    return {OMBUD_OK, ""};
}

void Attachment::Impl::set_state(AttachmentStatus::State state, std::string detail) {
    const std::lock_guard lock(mutex);
    status.state = state;
    status.detail = std::move(detail);
}

// Coming and going is an event like any other: recorded, and modules may watch it.
void Attachment::Impl::tell_connection(bool up, const std::string& detail) {
    parts.services.log(options.id, up ? OMBUD_LOG_INFO : OMBUD_LOG_WARNING, up ? "connected" : "connection lost: " + detail);
    auto event = EventBuilder(parts.names, OMBUD_EVENT_CONNECTION, parts.clock.utc_ns())
                     .flags(OMBUD_EVENT_SYNTHETIC)
                     .text(OMBUD_KEY_ATTACHMENT, options.id)
                     .text(OMBUD_KEY_STATE, up ? "up" : "down")
                     .text(OMBUD_KEY_DETAIL, detail)
                     .build();
    if (event)
        (void)parts.journal.accept(options.id, {*event}, std::nullopt);
}

bool Attachment::Impl::pause(std::chrono::nanoseconds time) {
    std::unique_lock lock(mutex);
    return !wake.wait_for(lock, time, [&] { return stopping; });
}

void Attachment::Impl::run() {
    auto backoff = options.retry_first;
    bool told_down = false;
    while (true) {
        set_state(AttachmentStatus::State::connecting, "");
        const auto position = parts.journal.position(options.id);
        Outcome outcome{OMBUD_UNAVAILABLE, position ? "" : position.error().message};
        if (position)
            outcome = call([connector = connector, at = *position](ombud_instance* self) {
                return connector->open(self, {at.data(), at.size()});
            });
        if (outcome.status == OMBUD_OK) {
            set_state(AttachmentStatus::State::listing, "");
            outcome = list_everything();
        }
        if (outcome.status == OMBUD_OK) {
            tell_connection(true, "");
            told_down = false;
            backoff = options.retry_first;
            set_state(AttachmentStatus::State::up, "");
            if (options.on_listed)
                options.on_listed();
            std::int64_t relist_at = parts.clock.mono_ns() + options.relist_ns;
            while (outcome.status == OMBUD_OK) {
                outcome = call([connector = connector](ombud_instance* self) { return connector->poll(self, poll_wait_ns); });
                bool now = parts.clock.mono_ns() >= relist_at;
                {
                    const std::lock_guard lock(mutex);
                    now = std::exchange(wants_listing, false) || now;
                }
                if (outcome.status == OMBUD_OK && now) {
                    set_state(AttachmentStatus::State::listing, "");
                    outcome = list_everything();
                    set_state(AttachmentStatus::State::up, "");
                    relist_at = parts.clock.mono_ns() + options.relist_ns;
                }
            }
        }
        if (outcome.status == OMBUD_CANCELLED)
            return;
        set_state(AttachmentStatus::State::down, outcome.detail);
        if (!std::exchange(told_down, true))
            tell_connection(false, outcome.detail);
        if (!pause(backoff))
            return;
        backoff = std::min(backoff * 2, options.retry_max);
    }
}

Attachment::Attachment(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}

Result<std::shared_ptr<Attachment>> Attachment::create(Options options, Parts parts) {
    auto impl = std::make_shared<Impl>(std::move(options), parts);
    impl->connector = impl->options.plugin->connector();
    if (impl->connector == nullptr)
        return fail(ErrorCode::invalid_input, impl->options.plugin->id() + ": has no " OMBUD_CONNECTOR_ID);
    impl->feed = std::make_shared<AttachmentFeed>(impl->options.id, parts, [told = std::weak_ptr(impl)](std::size_t count) {
        const auto alive = told.lock();
        if (!alive)
            return;
        const std::lock_guard lock(alive->mutex);
        alive->status.last_event_utc_ns = alive->parts.clock.utc_ns();
        alive->status.events += count;
    });
    Instance::Options wanted;
    wanted.name = impl->options.id;
    wanted.plugin = impl->options.plugin;
    wanted.document = impl->options.document;
    wanted.feed = impl->feed;
    auto instance = Instance::create(std::move(wanted), parts.services);
    if (!instance)
        return fail(Error(instance.error()).within("attachment " + impl->options.id));
    impl->instance = std::move(*instance);
    return std::shared_ptr<Attachment>(new Attachment(std::move(impl)));
}

void Attachment::begin() {
    const std::lock_guard lock(impl_->mutex);
    if (!impl_->stopping)
        impl_->thread = std::thread([raw = impl_.get()] { raw->run(); });
}

void Attachment::stop() {
    std::thread ending;
    {
        const std::lock_guard lock(impl_->mutex);
        impl_->stopping = true;
        ending = std::move(impl_->thread);
    }
    impl_->wake.notify_all();
    if (ending.joinable())
        ending.join();
    impl_->instance->stop();
}

Attachment::~Attachment() { stop(); }

const std::string& Attachment::id() const { return impl_->options.id; }

AttachmentStatus Attachment::status() const {
    const std::lock_guard lock(impl_->mutex);
    return impl_->status;
}

void Attachment::relist() {
    const std::lock_guard lock(impl_->mutex);
    impl_->wants_listing = true;
}

Result<void> Attachment::tell_file_changed(const std::string& recording) {
    const Parts& parts = impl_->parts;
    const auto record = parts.inventory.record(impl_->options.id, recording);
    if (!record || !*record)
        return record ? Result<void>{} : fail(record.error());
    const std::string path((*record)->text(parts.names.intern(OMBUD_KEY_PATH)).value_or(""));
    const auto media = parts.services.probe(path);
    const bool gone = !media && media.error().code == ErrorCode::not_found;
    auto event = inventory::with_media(**record, gone ? OMBUD_EVENT_RECORDING_GONE : OMBUD_EVENT_RECORDING_CHANGED,
                                       media ? &*media : nullptr, parts.names, parts.clock.utc_ns());
    if (!event)
        return fail(event.error());
    auto accepted = parts.journal.accept(impl_->options.id, {*event}, std::nullopt, [&](const std::vector<EventRef>& taken) {
        (void)parts.inventory.apply(impl_->options.id, taken);
    });
    return accepted ? Result<void>{} : fail(accepted.error());
}

std::vector<ConnectorOutcome> Attachment::act(const std::vector<ConnectorAction>& actions) {
    struct Batch {
        std::vector<ConnectorAction> actions;
        std::vector<ConnectorOutcome> outcomes;
        std::atomic<bool> given_up{false}; // nobody waits any more: what was not begun must not happen behind their back
        std::promise<void> done;
    };
    auto batch = std::make_shared<Batch>();
    batch->actions = actions;
    auto done = batch->done.get_future();
    const bool posted = impl_->instance->post([batch, connector = impl_->connector](ombud_instance* self, CallScope& scope) {
        const auto view = [](const std::string& text) { return ombud_view{text.data(), text.size()}; };
        for (const ConnectorAction& wanted : batch->actions) {
            if (batch->given_up)
                return;
            ombud_action action{};
            action.struct_size = sizeof action;
            action.id = wanted.id;
            action.kind = view(wanted.kind);
            action.device = view(wanted.device);
            action.recording = view(wanted.recording);
            action.control = view(wanted.control);
            action.reason = view(wanted.reason);
            action.export_id = view(wanted.export_id);
            action.user = view(wanted.user);
            ombud_action_result result{};
            result.struct_size = sizeof result;
            scope.error.clear();
            const ombud_status status = connector->act(self, &action, &result);
            ConnectorOutcome outcome{OMBUD_OUTCOME_RETRY, why(status, scope)};
            if (status == OMBUD_OK && result.outcome >= OMBUD_OUTCOME_DONE && result.outcome <= OMBUD_OUTCOME_FAILED)
                outcome = {result.outcome, printable({static_cast<const char*>(result.proof.ptr),
                                                      result.proof.ptr == nullptr ? 0 : std::min<std::uint64_t>(result.proof.len, 2048)})};
            else if (status == OMBUD_OK)
                outcome.proof = "the connector set no outcome";
            batch->outcomes.push_back(std::move(outcome));
        }
        batch->done.set_value();
    });
    const auto retry = [&](const char* why_not) {
        batch->given_up = true;
        return std::vector<ConnectorOutcome>(actions.size(), {OMBUD_OUTCOME_RETRY, why_not});
    };
    if (!posted)
        return retry("the attachment is being taken away");
    const auto until = std::chrono::steady_clock::now() + act_patience;
    while (done.wait_for(std::chrono::milliseconds(200)) != std::future_status::ready) {
        if (std::chrono::steady_clock::now() > until)
            return retry("the connector gives no answer");
        const std::lock_guard lock(impl_->mutex);
        if (impl_->stopping)
            return retry("the attachment is being taken away");
    }
    return batch->outcomes;
}

} // namespace ombud
