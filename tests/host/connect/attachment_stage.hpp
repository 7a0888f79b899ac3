#pragma once
// An attachment over a journal and an inventory of its own, whose connector is a puppet: what the VMS does is written
// where it is checked.

#include <condition_variable>
#include <deque>

#include <ombud/feed.h>
#include <ombud/vocabulary.h>

#include "bus_stage.hpp"
#include "connect/attachment.hpp"

namespace ombud {

/// What happens at the VMS, one step a poll. Polls wait for the next one as a real connector does.
class Happenings {
  public:
    using Step = std::function<ombud_status()>;

    void then(Step step) {
        const std::lock_guard lock(mutex_);
        steps_.push_back(std::move(step));
        arrived_.notify_all();
    }
    ombud_status poll(std::int64_t wait_ns) {
        Step step;
        {
            std::unique_lock lock(mutex_);
            if (!arrived_.wait_for(lock, std::chrono::nanoseconds(wait_ns), [&] { return !steps_.empty(); }))
                return OMBUD_OK;
            step = std::move(steps_.front());
            steps_.pop_front();
        }
        return step();
    }

  private:
    std::mutex mutex_;
    std::condition_variable arrived_;
    std::deque<Step> steps_;
};

class AttachmentStage {
  public:
    AttachmentStage() {
        vms.open = [this](std::string_view position) {
            const std::lock_guard lock(mutex_);
            positions_.emplace_back(position);
            return OMBUD_OK;
        };
        vms.list = [this](std::uint32_t what) { return what == OMBUD_LIST_RECORDINGS ? put(recordings()) : OMBUD_OK; };
        vms.poll = [this](std::int64_t wait_ns) { return happenings.poll(wait_ns); };
        open();
    }
    ~AttachmentStage() { detach(); }

    /// Ends the attachment and opens journal and inventory again, as a host that was stopped and started.
    void restart() {
        detach();
        inventory.reset();
        bus.reopen();
        open();
    }
    void create(Attachment::Options options = {}) {
        options.id = "cams";
        options.plugin = puppet();
        options.document = strings_of(vms);
        auto made = Attachment::create(std::move(options),
                                       {*bus.ledger, *bus.journal, *inventory, *bus.names, bus.ledger.clock, bus.lent->services});
        if (!made)
            FAIL(made.error().message);
        const std::lock_guard lock(mutex_);
        attachment_ = std::move(*made);
    }
    void attach(Attachment::Options options = {}) {
        create(std::move(options));
        attachment()->begin();
    }
    void attach_and_await() {
        attach();
        await_state(AttachmentStatus::State::up);
    }
    void detach() {
        std::shared_ptr<Attachment> last;
        {
            const std::lock_guard lock(mutex_);
            last.swap(attachment_);
        }
    }
    std::shared_ptr<Attachment> attachment() const {
        const std::lock_guard lock(mutex_);
        return attachment_;
    }
    void await_state(AttachmentStatus::State state) {
        await("the attachment is in that state", [&] { return attachment()->status().state == state; });
    }
    /// Lets one thing happen at the VMS, and waits until the connector is done with it.
    void happen(Happenings::Step step) {
        std::atomic<bool> over{false};
        happenings.then([&over, step = std::move(step)] {
            const ombud_status status = step();
            over = true;
            return status;
        });
        await("the connector polls", [&] { return over.load(); });
    }

    /// A recording as a connector describes it, or an event about it.
    EventRef recording(const std::string& id, std::string_view type = OMBUD_RECORD_RECORDING, const std::string& path = {}) {
        EventBuilder builder(*bus.names, type, 1);
        builder.text("recording", id).text("device", "d1").integer("begin_utc_ns", 5).integer("end_utc_ns", 9);
        if (!path.empty())
            builder.text("path", path);
        auto built = builder.build();
        if (!built)
            FAIL(built.error().message);
        return *built;
    }
    /// What a connector knows of a recording that vanished: its id.
    EventRef gone(const std::string& id) {
        return *EventBuilder(*bus.names, OMBUD_EVENT_RECORDING_GONE, 1).text("recording", id).build();
    }
    void hold(std::vector<EventRef> recordings) {
        const std::lock_guard lock(mutex_);
        recordings_ = std::move(recordings);
    }
    // On the connector's worker, from within the puppet.
    ombud_status push(const std::vector<EventRef>& events, std::string_view position = {}) const {
        const auto raw = headers(events);
        return vms.service<ombud_feed>(OMBUD_FEED_ID).push(vms.host->ctx, raw.data(), raw.size(), view(position));
    }
    ombud_status put(const std::vector<EventRef>& records) const {
        const auto raw = headers(records);
        return vms.service<ombud_feed>(OMBUD_FEED_ID).put(vms.host->ctx, raw.data(), raw.size());
    }
    ombud_status away(std::string_view why) const {
        vms.host->set_error(vms.host->ctx, OMBUD_UNAVAILABLE, view(why));
        return OMBUD_UNAVAILABLE;
    }

    /// Where the connector was told to resume, one for each time that it was opened.
    std::vector<std::string> positions() const {
        const std::lock_guard lock(mutex_);
        return positions_;
    }
    /// Events of a type that wait in the journal; nobody judges them here.
    std::vector<EventRef> accepted(std::string_view type) {
        std::vector<EventRef> found;
        bus.journal->each_waiting([&](const JournalledEvent& one) {
            if (bus.names->name(one.event->type()) == type)
                found.push_back(one.event);
        });
        return found;
    }
    std::string text(const EventRef& event, std::string_view key) {
        return std::string(event->text(bus.names->intern(key)).value_or(""));
    }

    BusStage bus;
    TempFolder folder;
    std::unique_ptr<Inventory> inventory;
    Hands vms;
    Happenings happenings;

  private:
    void open() {
        auto opened = Inventory::open(folder / "inventory.db", *bus.names);
        if (!opened)
            FAIL(opened.error().message);
        inventory = std::move(*opened);
    }
    std::vector<EventRef> recordings() const {
        const std::lock_guard lock(mutex_);
        return recordings_;
    }
    static std::vector<const ombud_event*> headers(const std::vector<EventRef>& events) {
        std::vector<const ombud_event*> raw;
        for (const EventRef& event : events)
            raw.push_back(&event->header());
        return raw;
    }

    mutable std::mutex mutex_; // the members below
    std::vector<std::string> positions_;
    std::vector<EventRef> recordings_;
    std::shared_ptr<Attachment> attachment_; // last: it uses all of the above
};

/// Runs what should end soon on a thread of its own. When it does not within half a minute the whole program ends: what the
/// thread touches would go away under it.
template <class Function>
class Ending {
  public:
    explicit Ending(Function function) : thread_([this, function = std::move(function)] {
        function();
        over_ = true;
    }) {}
    void await_over(const char* what) {
        await(what, [&] { return over_.load(); });
        thread_.join();
    }

  private:
    std::atomic<bool> over_{false};
    std::thread thread_;
};

} // namespace ombud
