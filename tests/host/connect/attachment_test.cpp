#include "attachment_stage.hpp"

namespace ombud {
namespace {

using State = AttachmentStatus::State;
using Texts = std::vector<std::string>;

TEST_CASE("a VMS that is away is tried again, later each time, and told down once", "[attachment]") {
    constexpr auto first = std::chrono::milliseconds(4);
    AttachmentStage stage;
    std::vector<std::chrono::steady_clock::time_point> tries; // worker's, read behind `up`
    stage.vms.open = [&](std::string_view) {
        tries.push_back(std::chrono::steady_clock::now());
        return tries.size() < 5 ? stage.away("no route to the VMS") : OMBUD_OK;
    };
    Attachment::Options options;
    options.retry_first = first;

    stage.attach(options);
    stage.await_state(State::up);

    REQUIRE(tries.size() == 5);
    for (std::size_t i = 1; i < tries.size(); ++i)
        CHECK(tries[i] - tries[i - 1] >= first * (1 << (i - 1)));
    const auto told = stage.accepted(OMBUD_EVENT_CONNECTION);
    REQUIRE(told.size() == 2);
    CHECK(stage.text(told[0], OMBUD_KEY_STATE) == "down");
    CHECK(stage.text(told[0], OMBUD_KEY_DETAIL) == "no route to the VMS");
    CHECK(stage.text(told[1], OMBUD_KEY_STATE) == "up");
}

TEST_CASE("the pause never grows past its longest", "[attachment]") {
    AttachmentStage stage;
    std::atomic<int> tries{0};
    stage.vms.open = [&](std::string_view) { return ++tries, stage.away("off"); };
    Attachment::Options options;
    options.retry_first = options.retry_max = std::chrono::milliseconds(1);

    stage.attach(options);

    await("forty tries, which doubling would take years for", [&] { return tries >= 40; });
}

TEST_CASE("why a VMS is down is in its status, until it is up again", "[attachment]") {
    AttachmentStage stage;
    Gate back;
    int tries = 0;
    stage.vms.open = [&](std::string_view) {
        if (++tries == 1)
            return stage.away("password refused");
        back.pass();
        return OMBUD_OK;
    };
    Attachment::Options options;
    options.retry_first = std::chrono::milliseconds(200);
    stage.attach(options);

    stage.await_state(State::down);
    CHECK(stage.attachment()->status().detail == "password refused");
    back.open();
    stage.await_state(State::up);
    CHECK(stage.attachment()->status().detail.empty());
}

TEST_CASE("a lost connection is resumed behind the last durable position", "[attachment]") {
    AttachmentStage stage;
    Attachment::Options options;
    options.retry_first = std::chrono::milliseconds(1);
    stage.attach(options);
    stage.await_state(State::up);

    stage.happen([&] { return stage.push({stage.recording("r1", OMBUD_EVENT_RECORDING_FINISHED)}, "row 7"); });
    stage.happen([&] { return stage.away("the VMS closed the connection"); });
    await("it is opened again", [&] { return stage.positions().size() == 2; });

    CHECK(stage.positions() == Texts{"", "row 7"});
    stage.await_state(State::up);
    CHECK(stage.accepted(OMBUD_EVENT_CONNECTION).size() == 3);
}

TEST_CASE("a new start of the host resumes behind the last durable position", "[attachment]") {
    AttachmentStage stage;
    stage.attach_and_await();
    stage.happen([&] { return stage.push({stage.recording("r1", OMBUD_EVENT_RECORDING_FINISHED)}, "row 7"); });
    stage.happen([&] { return stage.push({}, "row 9"); }); // what concerns nobody moves the position, too

    stage.restart();
    stage.attach_and_await();

    CHECK(stage.positions() == Texts{"", "row 9"});
    CHECK(stage.accepted(OMBUD_EVENT_RECORDING_FINISHED).size() == 1);
}

TEST_CASE("a position stays behind events that were refused", "[attachment]") {
    AttachmentStage stage;
    stage.attach_and_await();
    ombud_status refused = OMBUD_OK;
    stage.happen([&] {
        std::vector<std::uint64_t> words(sizeof(ombud_event) / 8 + 1);
        auto* malformed = reinterpret_cast<ombud_event*>(words.data());
        malformed->total_size = 8; // shorter than its own header
        const ombud_event* raw[] = {malformed};
        refused = stage.vms.service<ombud_feed>(OMBUD_FEED_ID).push(stage.vms.host->ctx, raw, 1, view("row 7"));
        return OMBUD_OK;
    });

    CHECK(refused == OMBUD_INVALID_INPUT);
    CHECK(stage.bus.journal->position("cams") == std::string());
}

TEST_CASE("stopping does not wait for the next try", "[attachment]") {
    AttachmentStage stage;
    stage.vms.open = [&](std::string_view) { return stage.away("off"); };
    Attachment::Options options;
    options.retry_first = options.retry_max = std::chrono::hours(1);
    stage.attach(options);
    stage.await_state(State::down);

    Ending ending([&] { stage.detach(); });
    ending.await_over("the attachment ends");

    CHECK(stage.accepted(OMBUD_EVENT_CONNECTION).size() == 1);
}

TEST_CASE("one that is stopped while it connects lets the connector come back, and asks nothing more of it", "[attachment]") {
    AttachmentStage stage;
    Gate connecting;
    std::atomic<bool> stopped{false}, listed{false};
    stage.vms.open = [&](std::string_view) { return connecting.pass(), OMBUD_OK; };
    stage.vms.list = [&](std::uint32_t) { return listed = true, OMBUD_OK; };
    stage.vms.stop = [&] { return stopped = true, OMBUD_OK; };
    stage.attach();
    connecting.wait_for(1);

    Ending ending([&] { stage.attachment()->stop(); });
    // An action is answered while it connects only because the attachment ends: from then on it asks for nothing more.
    CHECK(stage.attachment()->act({ConnectorAction{}}).front().outcome == OMBUD_OUTCOME_RETRY);
    connecting.open();
    ending.await_over("the attachment ends");

    CHECK(stopped);
    CHECK_FALSE(listed);
    CHECK(stage.accepted(OMBUD_EVENT_CONNECTION).empty());
}

TEST_CASE("one that was stopped before it began never begins", "[attachment]") {
    AttachmentStage stage;
    stage.create();

    stage.attachment()->stop();
    stage.attachment()->begin();
    stage.detach();

    CHECK(stage.positions().empty());
}

TEST_CASE("a listing that breaks off is a lost connection and takes nothing as gone", "[attachment]") {
    AttachmentStage stage;
    stage.hold({stage.recording("r1"), stage.recording("r2")});
    stage.attach_and_await();
    std::atomic<bool> broken{true};
    stage.vms.list = [&](std::uint32_t what) {
        if (what != OMBUD_LIST_RECORDINGS)
            return OMBUD_OK;
        if (broken.exchange(false))
            return stage.put({stage.recording("r2")}), stage.away("the VMS closed the connection");
        return stage.put({stage.recording("r1"), stage.recording("r2")});
    };

    stage.attachment()->relist();
    await("it is opened again", [&] { return stage.positions().size() == 2; });
    stage.await_state(State::up);

    CHECK(stage.accepted(OMBUD_EVENT_RECORDING_GONE).empty());
    CHECK(stage.inventory->counts("cams")->recordings == 2);
}

TEST_CASE("a listing is taken up again when its time comes", "[attachment]") {
    AttachmentStage stage;
    Attachment::Options options;
    options.relist_ns = 60'000'000'000;
    std::atomic<int> listings{0};
    stage.vms.list = [&](std::uint32_t what) { return listings += what == OMBUD_LIST_RECORDINGS, OMBUD_OK; };
    stage.attach(options);
    stage.await_state(State::up);
    REQUIRE(listings == 1);

    stage.bus.ledger.clock.advance_ns(options.relist_ns);

    await("it lists again", [&] { return listings == 2; });
}

TEST_CASE("whoever waits for the first listing is told once it is complete", "[attachment]") {
    AttachmentStage stage;
    stage.hold({stage.recording("r1")});
    Attachment::Options options;
    std::atomic<std::int64_t> seen{-1};
    options.on_listed = [&] { seen = stage.inventory->counts("cams")->recordings; };

    stage.attach(options);

    await("the listing is told", [&] { return seen >= 0; });
    CHECK(seen == 1);
}

TEST_CASE("a recording that goes by an action of ours says so, with what was known of it", "[attachment]") {
    AttachmentStage stage;
    stage.hold({stage.recording("ours"), stage.recording("theirs")});
    stage.attach_and_await();
    REQUIRE(stage.bus.ledger->commit([](ledger::Ledger::Transaction& transaction) -> Result<void> {
        const ActionRequest deletion{OMBUD_ACTION_DELETE_RECORDING, "cams", "d1", "ours", "RET-3", "kept too long", {}};
        auto asked = actions::request(transaction, "retention", Mode::enforce, deletion, 1);
        return asked ? Result<void>{} : fail(asked.error());
    }));

    SECTION("told by the VMS") {
        stage.happen([&] { return stage.push({stage.gone("ours"), stage.gone("theirs")}); });
    }
    SECTION("found missing by a listing") {
        stage.hold({});
        stage.attachment()->relist();
        await("both are missed", [&] { return stage.accepted(OMBUD_EVENT_RECORDING_GONE).size() == 2; });
    }

    const auto gone = stage.accepted(OMBUD_EVENT_RECORDING_GONE);
    REQUIRE(gone.size() == 2);
    CHECK(stage.text(gone[0], OMBUD_KEY_RECORDING) == "ours");
    CHECK(stage.text(gone[0], OMBUD_KEY_CAUSE) == "ombud");
    CHECK(stage.text(gone[0], OMBUD_KEY_DEVICE) == "d1");
    CHECK(stage.text(gone[1], OMBUD_KEY_RECORDING) == "theirs");
    CHECK(stage.text(gone[1], OMBUD_KEY_CAUSE).empty());
    await("the inventory forgets both", [&] { return stage.inventory->counts("cams")->recordings == 0; });
}

TEST_CASE("a connector cannot pass its own cause off as ours", "[attachment]") {
    AttachmentStage stage;
    stage.attach_and_await();

    stage.happen([&] {
        return stage.push({*EventBuilder(*stage.bus.names, OMBUD_EVENT_RECORDING_GONE, 1)
                                .text(OMBUD_KEY_RECORDING, "r1").text(OMBUD_KEY_CAUSE, "ombud").text(OMBUD_KEY_ATTACHMENT, "other").build()});
    });

    const auto gone = stage.accepted(OMBUD_EVENT_RECORDING_GONE);
    REQUIRE(gone.size() == 1);
    CHECK(stage.text(gone[0], OMBUD_KEY_CAUSE).empty());
    CHECK(stage.text(gone[0], OMBUD_KEY_ATTACHMENT) == "cams");
}

TEST_CASE("a file that the host changed, or moved away, is told as an event and known to the inventory", "[attachment]") {
    AttachmentStage stage;
    stage.hold({stage.recording("r1", OMBUD_RECORD_RECORDING, "/rec/r1.mp4")});
    bool exists = true;
    stage.bus.lent->services.probe = [&](const std::filesystem::path&) -> Result<MediaInfo> {
        if (!exists)
            return fail(ErrorCode::not_found, "no such file");
        MediaInfo info;
        info.size_bytes = 77;
        info.tracks = "video/h264";
        return info;
    };
    stage.attach_and_await();

    REQUIRE(stage.attachment()->tell_file_changed("r1"));
    CHECK(stage.accepted(OMBUD_EVENT_RECORDING_CHANGED).size() == 1);
    CHECK((*stage.inventory->find("cams", "r1"))->size_bytes == 77);

    exists = false;
    REQUIRE(stage.attachment()->tell_file_changed("r1"));
    const auto gone = stage.accepted(OMBUD_EVENT_RECORDING_GONE);
    REQUIRE(gone.size() == 1);
    CHECK(stage.text(gone[0], OMBUD_KEY_CAUSE) == "ombud");
    CHECK_FALSE(*stage.inventory->find("cams", "r1"));
}

ConnectorAction deletion(const std::string& recording) {
    return {{}, OMBUD_ACTION_DELETE_RECORDING, "d1", recording, "RET-3", "kept too long"};
}

TEST_CASE("a connector's outcomes come back in order, and what it left unsaid is a retry", "[attachment]") {
    AttachmentStage stage;
    stage.vms.act = [&](const ombud_action& action, ombud_action_result& result) {
        const std::string_view recording(static_cast<const char*>(action.recording.ptr), action.recording.len);
        if (recording == "away")
            return stage.away("the VMS is away");
        if (recording == "garbage")
            result.outcome = 99;
        if (recording == "r1") {
            result.outcome = OMBUD_OUTCOME_DONE;
            result.proof = view("row and 4 files gone");
        }
        return OMBUD_OK;
    };
    stage.attach_and_await();

    const auto outcomes = stage.attachment()->act({deletion("r1"), deletion("away"), deletion("garbage"), deletion("unsaid")});

    REQUIRE(outcomes.size() == 4);
    CHECK(outcomes[0].outcome == OMBUD_OUTCOME_DONE);
    CHECK(outcomes[0].proof == "row and 4 files gone");
    CHECK(outcomes[1].outcome == OMBUD_OUTCOME_RETRY);
    CHECK(outcomes[1].proof == "the VMS is away");
    for (const std::size_t unsaid : {2U, 3U}) {
        CHECK(outcomes[unsaid].outcome == OMBUD_OUTCOME_RETRY);
        CHECK(outcomes[unsaid].proof == "the connector set no outcome");
    }
}

TEST_CASE("an action that was given up is not carried out later", "[attachment]") {
    AttachmentStage stage;
    Gate busy;
    std::atomic<bool> acted{false};
    stage.vms.poll = [&](std::int64_t) { return busy.pass(), OMBUD_OK; };
    stage.vms.act = [&](const ombud_action&, ombud_action_result&) { return acted = true, OMBUD_OK; };
    stage.attach();
    busy.wait_for(1);
    std::vector<ConnectorOutcome> outcomes;
    Ending asking([&, attachment = stage.attachment()] { outcomes = attachment->act({deletion("r1")}); });

    Ending stopping([&] { stage.attachment()->stop(); });
    asking.await_over("whoever asked is told");
    busy.open();
    stopping.await_over("the attachment ends");

    REQUIRE(outcomes.size() == 1);
    CHECK(outcomes[0].outcome == OMBUD_OUTCOME_RETRY);
    CHECK_FALSE(acted);
    CHECK(stage.attachment()->act({deletion("r1")}).at(0).proof == "the attachment is being taken away");
}

} // namespace
} // namespace ombud
