#include "enforcement/enforcer.hpp"

#include <fstream>

#include "attachment_stage.hpp"

namespace ombud {
namespace {

using Texts = std::vector<std::string>;
constexpr std::int64_t second_ns = 1'000'000'000;

// One attachment that lists two recordings, a module that asks for corrections, another that is asked before anything is
// deleted, and the enforcer between them.
struct Stage : AttachmentStage {
    Hands module;
    std::unique_ptr<RecordingGate> recordings;
    std::unique_ptr<Enforcer> enforcer;
    std::mutex mutex;
    Texts acted, ids, changed, logged; // what the connector was asked to do

    Stage() {
        module.judge = [](const ombud_hook_call&, ombud_verdict& verdict) { return answer(verdict, OMBUD_ALLOW); };
        vms.act = [this](const ombud_action& action, ombud_action_result& result) {
            return note(action), end(result, OMBUD_OUTCOME_DONE, "row and 4 files gone");
        };
        hold({recording("r1"), recording("r2")});
    }
    ~Stage() { halt(); }

    std::shared_ptr<const GivenCameras> given; ///< to who asks for corrections

    void run(Mode mode = Mode::enforce, Mode asker_mode = Mode::enforce) {
        Member asker;
        asker.id = "asker";
        asker.mode = asker_mode;
        asker.cameras = given;
        auto asked = bus.member(module, mode);
        asked.hooks.push_back({OMBUD_HOOK_RECORDING_DELETE, bus.names->intern("recording.delete"), 50'000'000, FailMode::closed});
        bus.dispatcher->start(bus.set_of({asker, asked}));
        recordings = std::make_unique<RecordingGate>(RecordingGate::Parts{
            *inventory, bus.ledger.clock, folder / "cleaning", folder / "quarantine", {},
            [this](const std::string&, const std::string& id) { keep(changed, id); }});
        enforcer = std::make_unique<Enforcer>(Enforcer::Parts{
            *bus.ledger, *bus.dispatcher, *inventory, bus.notices, *bus.names, bus.ledger.clock, *recordings,
            [this](const std::string& id) { return id == "cams" ? attachment() : nullptr; },
            [this](int, const std::string& text) { keep(logged, text); }});
        enforcer->start();
    }
    void attach_and_run() {
        attach_and_await();
        run();
    }
    /// As the host ends: sources first.
    void halt() {
        if (const auto held = attachment())
            held->stop();
        detach();
        enforcer.reset();
        bus.dispatcher->stop();
        recordings.reset();
    }
    void restart() {
        halt();
        AttachmentStage::restart();
    }

    void request(const std::string& id, std::string kind = OMBUD_ACTION_DELETE_RECORDING, const std::string& where = "cams") {
        request(ActionRequest{std::move(kind), where, "d1", id, "RET-3", "kept too long", {}});
    }
    void request(const ActionRequest& wanted) {
        REQUIRE(bus.ledger->commit([&](ledger::Ledger::Transaction& transaction) -> Result<void> {
            auto asked = actions::request(transaction, "asker", Mode::enforce, wanted, 1);
            return asked ? Result<void>{} : fail(asked.error());
        }));
        nudge();
    }
    void nudge() { bus.notices.publish({Notice::Kind::action_requested, {}, 0, 1}); }
    /// Lets the time of the next try come.
    void later(std::int64_t seconds = 3'600) {
        bus.ledger.clock.advance_ns(seconds * second_ns);
        nudge();
    }
    std::vector<ActionRow> in(const std::string& state) {
        auto db = bus.ledger->open_for_reading();
        return *actions::query(*db, state, 100);
    }
    ActionRow await_in(const std::string& state) {
        await("the action is in that state", [&] { return !in(state).empty(); });
        return in(state).front();
    }
    ActionRow await_tried(std::int64_t attempts) {
        await("it was tried", [&] { return in("pending").size() == 1 && in("pending")[0].attempts >= attempts; });
        return in("pending")[0];
    }
    Texts copy_of(const Texts& texts) {
        const std::lock_guard lock(mutex);
        return texts;
    }
    std::string proof_in_ledger(const std::string& kind) {
        const auto found = bus.entries(kind);
        REQUIRE(found.size() == 1);
        return std::string(found[0].at("proof").as_string());
    }

    // From within the puppets.
    void note(const ombud_action& action) {
        keep(acted, {static_cast<const char*>(action.recording.ptr), action.recording.len});
        keep(ids, {reinterpret_cast<const char*>(action.id.b), sizeof action.id.b});
    }
    static ombud_status end(ombud_action_result& result, std::uint32_t outcome, std::string_view proof) {
        result.outcome = outcome;
        result.proof = view(proof);
        return OMBUD_OK;
    }
    void keep(Texts& texts, std::string text) {
        const std::lock_guard lock(mutex);
        texts.push_back(std::move(text));
    }
};

TEST_CASE("what is pending is carried out once, and what was seen is recorded", "[enforcer]") {
    Stage stage;
    stage.attach_and_run();

    stage.request("r1");

    CHECK(stage.await_in("done").proof == "row and 4 files gone");
    CHECK(stage.proof_in_ledger("action.done") == "row and 4 files gone");
    stage.request("r2"); // whatever was still due would come before it
    await("the second is done, too", [&] { return stage.in("done").size() == 2; });
    CHECK(stage.copy_of(stage.acted) == Texts{"r1", "r2"});
}

TEST_CASE("what an earlier run left pending is carried out at the start", "[enforcer]") {
    Stage stage;
    stage.request("r1");

    stage.attach_and_run();

    stage.await_in("done");
}

TEST_CASE("a deletion that a module refuses is not carried out, in enforce or in monitor", "[enforcer]") {
    for (const Mode mode : {Mode::enforce, Mode::monitor}) {
        DYNAMIC_SECTION(to_string(mode)) {
            Stage stage;
            stage.module.judge = [](const ombud_hook_call&, ombud_verdict& verdict) { return answer(verdict, OMBUD_DENY, "case 17 is open"); };
            stage.attach_and_await();
            stage.run(mode);

            stage.request("r1");

            CHECK(stage.await_in("refused").proof == "puppet: case 17 is open");
            CHECK(stage.proof_in_ledger("action.refused") == "puppet: case 17 is open");
            CHECK(stage.bus.entries("hook.judged").size() == 1);
            CHECK(stage.copy_of(stage.acted).empty());
            CHECK(*stage.inventory->find("cams", "r1"));
        }
    }
}

TEST_CASE("what a module asked for is not done once the site gives it the camera no more", "[enforcer]") {
    Stage stage;
    stage.given = std::make_shared<const GivenCameras>(*stage.bus.names, std::vector<GivenCameras::Camera>{{"yard", "cams", "d2"}});
    stage.attach_and_run();

    stage.request({"recording.delete", "cams", "d2", "r1", "RET-3", "kept too long", {}}); // its camera is d1, whatever the request says
    CHECK(stage.await_in("refused").proof == "it is of no camera that the site gives asker");
    CHECK(stage.proof_in_ledger("action.refused") == "it is of no camera that the site gives asker");
    stage.request({OMBUD_ACTION_AUDIO_OFF, "cams", "d1", "", "AMG-4", "no purpose", {}});
    await("the second is refused, too", [&] { return stage.in("refused").size() == 2; });
    stage.request({OMBUD_ACTION_AUDIO_OFF, "cams", "d2", "", "AMG-4", "no purpose", {}});

    stage.await_in("done");
    CHECK(stage.copy_of(stage.acted).size() == 1);
}

TEST_CASE("what a module asked for is not done once it is out of enforce", "[enforcer]") {
    for (const Mode mode : {Mode::monitor, Mode::off}) {
        DYNAMIC_SECTION(to_string(mode)) {
            Stage stage;
            stage.request("r1");
            stage.attach_and_await();

            stage.run(Mode::enforce, mode);

            CHECK(stage.await_in("refused").proof == "asker is not in enforce any more");
            CHECK(stage.copy_of(stage.acted).empty());
        }
    }
}

TEST_CASE("a deletion waits while a module cannot tell, and is carried out once it can", "[enforcer]") {
    const bool fails = GENERATE(true, false);
    Stage stage;
    std::atomic<bool> can_tell{false};
    stage.module.judge = [&](const ombud_hook_call&, ombud_verdict& verdict) {
        if (can_tell)
            return answer(verdict, OMBUD_ALLOW);
        return fails ? OMBUD_UNAVAILABLE : answer(verdict, OMBUD_DEFER, "the case file is being fetched");
    };
    stage.attach_and_run();

    stage.request("r1");
    CHECK_THAT(stage.await_tried(1).proof, Catch::Contains(fails ? "fails closed" : "the case file is being fetched"));
    CHECK(stage.copy_of(stage.acted).empty());

    can_tell = true;
    stage.later();
    stage.await_in("done");
    CHECK(stage.copy_of(stage.acted) == Texts{"r1"});
}

TEST_CASE("a connector is told which export, or whose account", "[enforcer]") {
    Stage stage;
    Texts told;
    stage.vms.act = [&](const ombud_action& action, ombud_action_result& result) {
        stage.keep(told, {static_cast<const char*>(action.export_id.ptr), action.export_id.len});
        stage.keep(told, {static_cast<const char*>(action.user.ptr), action.user.len});
        return Stage::end(result, OMBUD_OUTCOME_DONE, "seen");
    };
    stage.attach_and_run();

    stage.request(ActionRequest{OMBUD_ACTION_REMOVE_EXPORT, "cams", "", "", "EXP-11", "abandoned", {}, "zmExport_1.zip", ""});
    stage.await_in("done");
    stage.request(ActionRequest{OMBUD_ACTION_DISABLE_ACCOUNT, "cams", "", "", "PUSH-5", "handset lost", {}, "", "ben"});
    await("both are done", [&] { return stage.in("done").size() == 2; });

    CHECK(stage.copy_of(told) == Texts{"zmExport_1.zip", "", "", "ben"});
}

TEST_CASE("other actions than deletions are asked of no module", "[enforcer]") {
    Stage stage;
    std::atomic<int> asked{0};
    stage.module.judge = [&](const ombud_hook_call&, ombud_verdict& verdict) { return ++asked, answer(verdict, OMBUD_DENY); };
    stage.attach_and_run();

    stage.request("", OMBUD_ACTION_AUDIO_OFF);

    stage.await_in("done");
    CHECK(asked == 0);
}

TEST_CASE("what the connector refuses or cannot do is over, and never tried again", "[enforcer]") {
    struct Row {
        const char* state;
        std::uint32_t outcome;
        const char* proof;
    };
    const Row rows[] = {{"refused", OMBUD_OUTCOME_REFUSED, "under evidence lock by now"},
                        {"failed", OMBUD_OUTCOME_FAILED, "the API answers 200 and the row stays"}};
    for (const Row& row : rows) {
        DYNAMIC_SECTION(row.state) {
            Stage stage;
            stage.vms.act = [&](const ombud_action& action, ombud_action_result& result) {
                return stage.note(action), stage.end(result, row.outcome, row.proof);
            };
            stage.attach_and_run();

            stage.request("r1");
            CHECK(stage.await_in(row.state).proof == row.proof);
            stage.later(1'000'000);
            stage.request("r2");
            await("the second is over, too", [&] { return stage.in(row.state).size() == 2; });

            CHECK(stage.copy_of(stage.acted) == Texts{"r1", "r2"});
        }
    }
}

TEST_CASE("a VMS that is away delays an action until it is back, with one entry for all tries", "[enforcer]") {
    Stage stage;
    std::atomic<bool> away{true};
    stage.vms.act = [&](const ombud_action& action, ombud_action_result& result) {
        stage.note(action);
        return away ? stage.away("connection refused") : stage.end(result, OMBUD_OUTCOME_DONE, "gone");
    };
    stage.attach_and_run();

    stage.request("r1");
    CHECK(stage.await_tried(1).proof == "connection refused");
    stage.later();
    stage.await_tried(2);
    away = false;
    stage.later();

    CHECK(stage.await_in("done").attempts == 3);
    CHECK(stage.proof_in_ledger("action.delayed") == "connection refused");
    CHECK(stage.proof_in_ledger("action.done") == "gone");
}

TEST_CASE("what failed is not tried again before its time", "[enforcer]") {
    Stage stage;
    stage.vms.act = [&](const ombud_action& action, ombud_action_result& result) {
        stage.note(action);
        return stage.copy_of(stage.acted).back() == "r1" ? stage.away("connection refused") : stage.end(result, OMBUD_OUTCOME_DONE, "gone");
    };
    stage.attach_and_run();
    stage.request("r1");
    stage.await_tried(1);

    stage.request("r2"); // a round of its own
    stage.await_in("done");
    stage.later(1);
    stage.request("r3");
    await("the third is done", [&] { return stage.in("done").size() == 2; });
    CHECK(stage.copy_of(stage.acted) == Texts{"r1", "r2", "r3"});

    stage.later(1); // two seconds in all
    stage.await_tried(2);
}

TEST_CASE("an action without its attachment waits for it", "[enforcer]") {
    Stage stage;
    stage.run();

    stage.request("r1");
    CHECK(stage.await_tried(1).proof == "no attachment 'cams' now");
    stage.attach_and_await();
    stage.later();

    stage.await_in("done");
}

TEST_CASE("one attachment that is away holds up no other's actions", "[enforcer]") {
    Stage stage;
    stage.attach_and_run();

    stage.request("r1", OMBUD_ACTION_DELETE_RECORDING, "elsewhere");
    stage.await_tried(1);
    stage.request("r1");

    stage.await_in("done");
    CHECK(stage.in("pending").at(0).attachment == "elsewhere");
}

TEST_CASE("an action that a stop cut short is repeated after the restart, under the same id", "[enforcer]") {
    Stage stage;
    Gate at_work;
    std::atomic<bool> again{false};
    stage.vms.act = [&](const ombud_action& action, ombud_action_result& result) {
        stage.note(action);
        if (again)
            return stage.end(result, OMBUD_OUTCOME_ALREADY, "was gone already");
        at_work.pass();
        return stage.end(result, OMBUD_OUTCOME_DONE, "gone"); // and nobody hears it
    };
    stage.attach_and_run();
    stage.request("r1");
    at_work.wait_for(1);

    Ending stopping([&, held = stage.attachment()] { held->stop(); });
    CHECK(stage.await_tried(1).proof == "the attachment is being taken away");
    at_work.open();
    stopping.await_over("the attachment ends");
    stage.restart();
    again = true;
    stage.attach_and_run();
    stage.later();

    CHECK(stage.await_in("done").proof == "was gone already");
    CHECK(stage.bus.entries("action.done").at(0).at("already") == 1);
    const auto ids = stage.copy_of(stage.ids);
    REQUIRE(ids.size() == 2);
    CHECK(ids[0] == ids[1]);
    CHECK(ids[0] != std::string(ids[0].size(), '\0'));
}

TEST_CASE("stopping waits for no connector that hangs in an action", "[enforcer]") {
    Stage stage;
    Gate at_work;
    stage.vms.act = [&](const ombud_action&, ombud_action_result&) { return at_work.pass(), OMBUD_OK; };
    stage.attach_and_run();
    stage.request("r1");
    at_work.wait_for(1);

    Ending ending_attachment([&, held = stage.attachment()] { held->stop(); });
    stage.await_tried(1);
    Ending ending_enforcer([&] { stage.enforcer->stop(); });
    ending_enforcer.await_over("the enforcer ends");

    at_work.open();
    ending_attachment.await_over("the attachment ends");
}

TEST_CASE("a correction closes the finding that asked for it", "[enforcer]") {
    Stage stage;
    REQUIRE(stage.bus.ledger->commit([](ledger::Ledger::Transaction& transaction) {
        Finding finding;
        finding.severity = 3;
        finding.key = "RET-3/r1";
        finding.control = "RET-3";
        finding.attachment = "cams";
        finding.device = "d1";
        finding.recording = "r1";
        finding.text = "kept too long";
        return findings::raise(transaction, "asker", finding, 0, 1);
    }));
    stage.attach_and_run();

    stage.request("r1");
    stage.await_in("done");

    auto db = stage.bus.ledger->open_for_reading();
    CHECK(findings::count(*db)->open == 0);
}

TEST_CASE("an ending that cannot be recorded is logged, and the action tried again without haste", "[enforcer]") {
    Stage stage;
    stage.attach_and_run();
    const auto run_sql = [&](const char* sql) {
        REQUIRE(stage.bus.ledger->commit([&](ledger::Ledger::Transaction& transaction) { return transaction.db().execute(sql); }));
    };
    run_sql("CREATE TRIGGER refuse BEFORE UPDATE ON action BEGIN SELECT RAISE(ABORT, 'not now'); END");

    const auto began = std::chrono::steady_clock::now();
    stage.request("r1");
    await("it was tried twice", [&] { return stage.copy_of(stage.acted).size() >= 2; });
    const auto took = std::chrono::steady_clock::now() - began;
    run_sql("DROP TRIGGER refuse");

    stage.await_in("done");
    CHECK(took >= std::chrono::milliseconds(900)); // the enforcer's own second, not the processor's speed
    CHECK_THAT(stage.copy_of(stage.logged).at(0), Catch::Contains("not now"));
}

TEST_CASE("a refused recording's file is moved aside by the host itself, unless it is evidence", "[enforcer]") {
    Stage stage;
    const std::string plain = (stage.folder / "plain.mp4").string(), evidence = (stage.folder / "evidence.mp4").string();
    std::filesystem::create_directory(stage.folder / "quarantine");
    for (const std::string& file : {plain, evidence})
        std::ofstream(file) << "not a film";
    stage.hold({stage.recording("plain", OMBUD_RECORD_RECORDING, plain),
                *EventBuilder(*stage.bus.names, OMBUD_RECORD_RECORDING, 1)
                     .text("recording", "evidence").text("device", "d1").text("path", evidence).integer("begin_utc_ns", 5)
                     .integer("end_utc_ns", 9).integer(OMBUD_KEY_LOCKED, 1).build()});
    stage.attach_and_run();

    stage.request("plain", OMBUD_ACTION_QUARANTINE_RECORDING);
    stage.request("evidence", OMBUD_ACTION_QUARANTINE_RECORDING);

    CHECK_THAT(stage.await_in("done").proof, Catch::StartsWith("moved to " + (stage.folder / "quarantine").string()));
    CHECK_THAT(stage.await_in("refused").proof, Catch::Contains("evidence"));
    CHECK_FALSE(std::filesystem::exists(plain));
    CHECK(std::filesystem::exists(evidence));
    CHECK(stage.copy_of(stage.changed) == Texts{"plain"});
    CHECK(stage.copy_of(stage.acted).empty());
}

} // namespace
} // namespace ombud
