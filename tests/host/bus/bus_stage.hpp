#pragma once
// A journal and a dispatcher over a ledger of their own, with puppets as modules, that can be closed and opened again.

#include <boost/json/parse.hpp>

#include "bus/dispatcher.hpp"
#include "enforcement/actions.hpp"
#include "findings/findings.hpp"
#include "scratch_ledger.hpp"
#include "theatre.hpp"

namespace ombud {

class BusStage {
  public:
    explicit BusStage(std::size_t capacity = 4096) : capacity_(capacity) { open(); }
    ~BusStage() { close(); }

    void open() {
        REQUIRE(findings::prepare(*ledger));
        REQUIRE(actions::prepare(*ledger));
        Names::Persist persist;
        std::vector<std::string> known;
        auto opened = Journal::open(*ledger, ledger.clock, persist, known, capacity_);
        if (!opened)
            FAIL(opened.error().message);
        journal = std::move(*opened);
        names = std::make_unique<Names>(known, persist);
        lent = std::make_unique<Lent>(names.get());
        lent->services.clock = &ledger.clock;
        dispatcher = std::make_unique<Dispatcher>(
            Dispatcher::Parts{*ledger, *journal, notices, *names, ledger.clock, consequences, [](const Error& error) { FAIL(error.message); }});
    }
    void close() {
        if (dispatcher)
            dispatcher->stop();
        dispatcher.reset();
        instances_.clear();
        journal.reset();
    }
    void reopen() {
        close();
        ledger.reopen();
        open();
    }

    /// A module that judges and observes finished recordings, within 50 ms each.
    Member member(Hands& hands, Mode mode, const std::string& id = "puppet") {
        Member made;
        made.id = id;
        made.mode = mode;
        if (mode != Mode::off) {
            made.instance = play(hands, *lent, id);
            instances_.push_back(made.instance);
        }
        const std::uint32_t finished = names->intern("recording.finished");
        made.hooks = {{OMBUD_HOOK_RECORDING_FINISHED, finished, 50'000'000, FailMode::closed}};
        made.observes = {finished};
        made.observe_deadline_ns = 50'000'000;
        made.actions = {"recording.delete"};
        return made;
    }
    static ModuleSet set_of(std::vector<Member> members) { return std::make_shared<const std::vector<Member>>(std::move(members)); }

    EventRef event(const std::string& recording = "r1", std::string_view type = "recording.finished") {
        auto built = EventBuilder(*names, type, 1).text("recording", recording).text("user", "Ada", true).build();
        if (!built)
            FAIL(built.error().message);
        return *built;
    }
    std::uint64_t accept(int count = 1, const std::string& attachment = "cams") {
        std::vector<EventRef> events;
        for (int i = 0; i < count; ++i)
            events.push_back(event("r" + std::to_string(++made_)));
        auto seq = journal->accept(attachment, events, std::nullopt);
        if (!seq)
            FAIL(seq.error().message);
        return *seq;
    }
    void await_judged(std::uint64_t count) {
        await("the events are judged", [&] { return dispatcher->status().judged >= count; });
    }

    /// The fields of every entry of a kind, oldest first.
    std::vector<boost::json::object> entries(const std::string& kind) {
        std::vector<boost::json::object> found;
        auto reader = ledger.reader();
        ledger::Query query;
        query.kind = kind;
        auto read = reader.each(query, [&](const ledger::StoredEntry& entry) {
            found.push_back(boost::json::parse(entry.line).as_object());
            return true;
        });
        if (!read)
            FAIL(read.error().message);
        return found;
    }
    std::int64_t rows(const std::string& table) {
        auto db = ledger->open_for_reading();
        auto row = db->prepare("SELECT count(*) FROM " + table);
        if (!row || !row->step())
            FAIL(table);
        return row->integer(0);
    }
    ActionCounts action_counts() {
        auto db = ledger->open_for_reading();
        return *actions::count(*db);
    }

    ledger::ScratchLedger ledger;
    Notices notices;
    Consequences consequences;
    std::unique_ptr<Journal> journal;
    std::unique_ptr<Names> names;
    std::unique_ptr<Lent> lent;
    std::unique_ptr<Dispatcher> dispatcher;

  private:
    const std::size_t capacity_;
    int made_ = 0;
    std::vector<std::shared_ptr<Instance>> instances_; // ended before names and services go
};

/// Asks the host for a deletion, from within a call of the puppet.
inline ombud_status ask_deletion(const Hands& hands, std::string_view recording, std::string_view kind = "recording.delete") {
    ombud_action action{};
    action.struct_size = sizeof action;
    action.kind = view(kind);
    action.recording = view(recording);
    action.control = view("RET-3");
    action.reason = view("kept too long");
    return hands.service<ombud_actions>(OMBUD_ACTIONS_ID).request(hands.host->ctx, &action);
}

} // namespace ombud
