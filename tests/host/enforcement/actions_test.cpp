#include "enforcement/actions.hpp"

#include <ombud/vocabulary.h>

#include "findings/findings.hpp"
#include "scratch_ledger.hpp"

namespace ombud {
namespace {

using State = actions::Ending::State;

struct Stage {
    ledger::ScratchLedger ledger;

    Stage() {
        REQUIRE(findings::prepare(*ledger));
        REQUIRE(actions::prepare(*ledger));
    }
    static ActionRequest deletion(const std::string& recording = "r1") {
        return {OMBUD_ACTION_DELETE_RECORDING, "cams", "d1", recording, "RET-3", "kept too long", {}};
    }
    bool request(Mode mode, const ActionRequest& wanted = deletion(), const std::string& module = "retention") {
        bool fresh = false;
        auto done = ledger->commit([&](ledger::Ledger::Transaction& transaction) -> Result<void> {
            auto asked = actions::request(transaction, module, mode, wanted, 100);
            if (!asked)
                return fail(asked.error());
            fresh = *asked;
            return {};
        });
        if (!done)
            FAIL(done.error().message);
        return fresh;
    }
    void end(const ActionRow& row, const actions::Ending& ending, std::int64_t now, std::int64_t next = 0) {
        auto done = ledger->commit([&](ledger::Ledger::Transaction& transaction) { return actions::end(transaction, row, ending, now, next); });
        if (!done)
            FAIL(done.error().message);
    }
    std::vector<ActionRow> due(std::int64_t now = 1'000) {
        auto db = ledger->open_for_reading();
        return *actions::due(*db, now, 100);
    }
    std::vector<ActionRow> in(const std::string& state) {
        auto db = ledger->open_for_reading();
        return *actions::query(*db, state, 100);
    }
    std::vector<std::string> kinds() {
        std::vector<std::string> found;
        auto reader = ledger.reader();
        REQUIRE(reader.each({}, [&](const ledger::StoredEntry& entry) {
            if (entry.kind.starts_with("action."))
                found.push_back(entry.kind);
            return true;
        }));
        return found;
    }
    bool caused_by_us(const std::string& recording) {
        auto db = ledger->open_for_reading();
        return *actions::caused_by_us(*db, "cams", recording);
    }
};

using Kinds = std::vector<std::string>;

TEST_CASE("what is pending is not asked for twice, whoever asks", "[actions]") {
    Stage stage;

    CHECK(stage.request(Mode::enforce));
    CHECK_FALSE(stage.request(Mode::enforce));
    CHECK_FALSE(stage.request(Mode::enforce, Stage::deletion(), "another_module"));
    CHECK_FALSE(stage.request(Mode::monitor));

    CHECK(stage.in("pending").size() == 1);
    CHECK(stage.kinds() == Kinds{"action.requested"});
}

TEST_CASE("actions on other recordings, or of another kind, are others", "[actions]") {
    Stage stage;
    auto cleaning = Stage::deletion();
    cleaning.kind = OMBUD_ACTION_CLEAN_RECORDING;
    cleaning.tracks = {{OMBUD_TRACK_AUDIO, OMBUD_TRACK_REMOVE, 0, 0}};

    CHECK(stage.request(Mode::enforce, Stage::deletion("r1")));
    CHECK(stage.request(Mode::enforce, Stage::deletion("r2")));
    CHECK(stage.request(Mode::enforce, cleaning));

    const auto due = stage.due();
    REQUIRE(due.size() == 3);
    CHECK(due[0].recording == "r1");
    CHECK(due[2].tracks == cleaning.tracks);
}

TEST_CASE("actions on other exports, or about other accounts, are others", "[actions]") {
    Stage stage;
    ActionRequest wanted{OMBUD_ACTION_REMOVE_EXPORT, "zm", "", "", "EXP-11", "abandoned", {}, "zmExport_1.zip"};

    CHECK(stage.request(Mode::enforce, wanted));
    CHECK_FALSE(stage.request(Mode::enforce, wanted));
    wanted.export_id = "zmExport_2.zip";
    CHECK(stage.request(Mode::enforce, wanted));
    wanted = {OMBUD_ACTION_DISABLE_ACCOUNT, "zm", "", "", "PUSH-5", "handset lost", {}, "", "ben"};
    CHECK(stage.request(Mode::enforce, wanted));
    CHECK_FALSE(stage.request(Mode::enforce, wanted));
    wanted.user = "carla";
    CHECK(stage.request(Mode::enforce, wanted));

    const auto due = stage.due();
    REQUIRE(due.size() == 4);
    CHECK(due[1].export_id == "zmExport_2.zip");
    CHECK(due[3].user == "carla");
}

TEST_CASE("whom an action is about is a commitment in the ledger, and forgotten by the table when it is over", "[actions]") {
    Stage stage;
    const std::string account = "somebody-whose-name-is-nowhere-else";
    const ActionRequest wanted{OMBUD_ACTION_DISABLE_ACCOUNT, "zm", "", "", "PUSH-5", "handset lost", {}, "", account};
    CHECK_FALSE(stage.request(Mode::monitor, wanted));
    REQUIRE(stage.in("would").at(0).user == account);
    REQUIRE(stage.request(Mode::enforce, wanted));
    const ActionRow row = stage.due().at(0);
    REQUIRE(row.user == account);

    stage.end(row, {State::retry, false, "the VMS is away"}, 200, 300);
    CHECK(stage.due().at(0).user == account);
    stage.end(row, {State::done, false, "the account is disabled"}, 400);

    CHECK(stage.in("done").at(0).user.empty());
    auto reader = stage.ledger.reader();
    const auto fields = reader.show(row.ledger_index);
    REQUIRE(fields);
    const auto user = std::ranges::find(*fields, "user", &ledger::ShownField::key);
    REQUIRE(user != fields->end());
    CHECK(user->opening == account);
    REQUIRE(reader.each({}, [&](const ledger::StoredEntry& entry) {
        CHECK(entry.line.find(account) == std::string::npos);
        return true;
    }));
}

TEST_CASE("what monitoring would do is recorded once and never due", "[actions]") {
    Stage stage;

    CHECK_FALSE(stage.request(Mode::monitor));
    CHECK_FALSE(stage.request(Mode::monitor));

    CHECK(stage.due().empty());
    CHECK(stage.in("would").size() == 1);
    CHECK(stage.kinds() == Kinds{"action.would"});
}

TEST_CASE("what would have been done becomes pending when it is asked for in enforce", "[actions]") {
    Stage stage;
    stage.request(Mode::monitor);

    CHECK(stage.request(Mode::enforce));

    CHECK(stage.in("would").empty());
    CHECK(stage.due().size() == 1);
    CHECK(stage.kinds() == Kinds{"action.would", "action.requested"});
}

TEST_CASE("forgetting what would be touches one module's wishes alone", "[actions]") {
    Stage stage;
    stage.request(Mode::monitor, Stage::deletion("r1"), "retention");
    stage.request(Mode::monitor, Stage::deletion("r2"), "other");
    stage.request(Mode::enforce, Stage::deletion("r3"), "retention");

    REQUIRE(stage.ledger->commit([](auto& transaction) { return actions::forget_would(transaction, "retention"); }));

    REQUIRE(stage.in("would").size() == 1);
    CHECK(stage.in("would")[0].module == "other");
    CHECK(stage.in("pending").size() == 1);
}

TEST_CASE("a retry stays pending, is due when its time comes, and only the first makes an entry", "[actions]") {
    Stage stage;
    stage.request(Mode::enforce);

    stage.end(stage.due()[0], {State::retry, false, "the VMS is away"}, 1'000, 5'000);
    CHECK(stage.due(4'999).empty());
    REQUIRE(stage.due(5'000).size() == 1);
    CHECK(stage.due(5'000)[0].attempts == 1);
    stage.end(stage.due(5'000)[0], {State::retry, false, "the VMS is away"}, 5'000, 9'000);
    stage.end(stage.due(9'000)[0], {State::done, false, "row and files gone"}, 9'000);

    CHECK(stage.kinds() == Kinds{"action.requested", "action.delayed", "action.done"});
    REQUIRE(stage.in("done").size() == 1);
    CHECK(stage.in("done")[0].proof == "row and files gone");
    CHECK(stage.in("done")[0].attempts == 3);
    CHECK(stage.in("done")[0].ended_utc_ns == 9'000);
}

TEST_CASE("what is over can be asked for again", "[actions]") {
    for (const State ending : {State::done, State::refused, State::failed}) {
        DYNAMIC_SECTION(static_cast<int>(ending)) {
            Stage stage;
            stage.request(Mode::enforce);
            stage.end(stage.due()[0], {ending, false, "seen"}, 1'000);

            CHECK(stage.due().empty());
            CHECK(stage.request(Mode::enforce));
            CHECK(stage.due().size() == 1);
        }
    }
}

TEST_CASE("an action that was carried out and not yet recorded is due again after a crash, under the same number", "[actions]") {
    Stage stage;
    stage.request(Mode::enforce);
    const auto before = stage.due();
    REQUIRE(before.size() == 1);

    stage.ledger.reopen(); // the connector had acted; the power went before its ending was recorded

    const auto after = stage.due();
    REQUIRE(after.size() == 1);
    CHECK(after[0].id == before[0].id);
    CHECK(after[0].ledger_index == before[0].ledger_index);
    CHECK(stage.ledger->recorded(after[0].ledger_index));
    stage.end(after[0], {State::done, true, "was gone already"}, 2'000);
    CHECK(stage.kinds() == Kinds{"action.requested", "action.done"});
}

TEST_CASE("only a deletion of ours that is pending or done makes a disappearance our doing", "[actions]") {
    Stage stage;
    stage.request(Mode::monitor, Stage::deletion("would"));
    stage.request(Mode::enforce, Stage::deletion("pending"));
    stage.request(Mode::enforce, Stage::deletion("refused"));
    stage.end(stage.due().back(), {State::refused, false, "locked"}, 1'000);
    auto cleaning = Stage::deletion("cleaned");
    cleaning.kind = OMBUD_ACTION_CLEAN_RECORDING;
    stage.request(Mode::enforce, cleaning);

    CHECK(stage.caused_by_us("pending"));
    CHECK_FALSE(stage.caused_by_us("would"));
    CHECK_FALSE(stage.caused_by_us("refused"));
    CHECK_FALSE(stage.caused_by_us("cleaned"));
    CHECK_FALSE(stage.caused_by_us("unheard of"));
}

TEST_CASE("a unit that fails behind a request leaves neither the action nor its entry", "[actions]") {
    Stage stage;

    const auto failed = stage.ledger->commit([&](ledger::Ledger::Transaction& transaction) -> Result<void> {
        REQUIRE(actions::request(transaction, "retention", Mode::enforce, Stage::deletion(), 1));
        return fail(ErrorCode::internal, "something behind it");
    });

    CHECK_FALSE(failed);
    CHECK(stage.in("").empty());
    CHECK(stage.kinds().empty());
}

TEST_CASE("a correction closes the findings of its module and control about that recording alone", "[findings]") {
    Stage stage;
    const auto raise = [&](const char* module, const char* control, const char* recording) {
        REQUIRE(stage.ledger->commit([&](ledger::Ledger::Transaction& transaction) {
            Finding finding;
            finding.severity = 3;
            finding.key = std::string(control) + "/" + recording;
            finding.control = control;
            finding.attachment = "cams";
            finding.device = "d1";
            finding.recording = recording;
            finding.text = "kept too long";
            return findings::raise(transaction, module, finding, 0, 1);
        }));
    };
    raise("retention", "RET-3", "r1");
    raise("retention", "RET-3", "r2");
    raise("retention", "RET-4", "r1");
    raise("other", "RET-3", "r1");

    REQUIRE(stage.ledger->commit([&](ledger::Ledger::Transaction& transaction) {
        return findings::clear_subject(transaction, "retention", "RET-3", "cams", "d1", "r1", "corrected", 2);
    }));

    auto db = stage.ledger->open_for_reading();
    CHECK(findings::count(*db)->open == 3);
    const auto closed = findings::query(*db, {FindingQuery::State::closed, {}, {}, 0, 10});
    REQUIRE(closed);
    REQUIRE(closed->size() == 1);
    CHECK(closed->at(0).key == "RET-3/r1");
}

} // namespace
} // namespace ombud
