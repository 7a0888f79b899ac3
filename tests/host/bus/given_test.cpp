#include "bus_stage.hpp"

#include <ombud/finding.h>

#include "bus/record.hpp"
#include "bus/shadow.hpp"

namespace ombud {
namespace {

// Two modules that judge finished recordings: one is given the entrance alone, the other everything.
struct Pair {
    BusStage stage;
    Hands limited, free;
    std::vector<Member> members;
    std::atomic<int> limited_asked{0};

    Pair() {
        limited.judge = [this](const ombud_hook_call&, ombud_verdict& verdict) { return ++limited_asked, answer(verdict, OMBUD_ALLOW); };
        free.judge = [](const ombud_hook_call&, ombud_verdict& verdict) { return answer(verdict, OMBUD_ALLOW); };
        members = {stage.member(limited, Mode::enforce, "limited"), stage.member(free, Mode::enforce, "free")};
        members[0].cameras = std::make_shared<const GivenCameras>(*stage.names, std::vector<GivenCameras::Camera>{{"entrance", "cams", "1"}});
    }
    void start() { stage.dispatcher->start(stage.set_of(members)); }
    EventRef event(const std::string& devices, const char* type = "recording.finished") {
        EventBuilder builder(*stage.names, type, 1);
        builder.text("attachment", "cams");
        if (!devices.empty())
            builder.text(devices.find('\n') == std::string::npos ? "device" : "devices", devices);
        return *builder.build();
    }
    void accept(const EventRef& one) { REQUIRE(stage.journal->accept("cams", {one}, std::nullopt)); }
    boost::json::object judged(const EventRef& one) {
        accept(one);
        stage.await_judged(++count);
        return stage.entries("event.judged").back();
    }
    std::uint64_t count = 0;
};

TEST_CASE("an event about another camera is given to those alone that are given it", "[given]") {
    Pair pair;
    pair.start();

    const auto own = pair.judged(pair.event("1"));
    const auto other = pair.judged(pair.event("2"));
    const auto nobodys = pair.judged(pair.event(""));

    CHECK(own.contains("answer.limited"));
    CHECK_FALSE(other.contains("answer.limited"));
    CHECK(other.at("answer.free") == "enforce allow: because");
    CHECK(nobodys.contains("answer.limited"));
    CHECK(pair.limited_asked == 2);
    CHECK(pair.stage.entries("fault").empty());
}

TEST_CASE("a question about another camera counts as not asked", "[given]") {
    Pair pair;
    pair.limited.judge = [](const ombud_hook_call&, ombud_verdict& verdict) { return answer(verdict, OMBUD_DENY); };
    pair.start();
    const auto ask = [&](const std::string& device) {
        auto judgement = pair.stage.dispatcher->ask(OMBUD_HOOK_RECORDING_FINISHED, pair.event(device), "cams", 0);
        REQUIRE(judgement);
        return *judgement;
    };

    const Judgement own = ask("1"), other = ask("2");

    CHECK(own.applied.action == VerdictAction::deny);
    CHECK(other.applied.action == VerdictAction::allow);
    REQUIRE(other.answers.size() == 1);
    CHECK(other.answers[0].module == "free");
}

TEST_CASE("a question about a given camera and another is a fault of the limited module, which fails closed", "[given]") {
    Pair pair;
    pair.start();

    const auto judgement = pair.stage.dispatcher->ask(OMBUD_HOOK_RECORDING_FINISHED, pair.event("1\n2"), "cams", 0);

    REQUIRE(judgement);
    CHECK(pair.limited_asked == 0);
    CHECK(judgement->applied.action == VerdictAction::deny);
    CHECK_THAT(judgement->applied.reason, Catch::Contains("limited failed, and its hook fails closed: not asked"));
    const auto faults = pair.stage.entries("fault");
    REQUIRE(faults.size() == 1);
    CHECK(faults[0].at("module") == "limited");
}

TEST_CASE("an event that is only observed is kept from who is not given all its cameras", "[given]") {
    Pair pair;
    std::atomic<int> seen{0};
    pair.limited.observe = [&](const ombud_event&) { return ++seen, OMBUD_OK; };
    for (Member& member : pair.members)
        member.observes.insert(pair.stage.names->intern("export.seen"));
    pair.start();

    pair.judged(pair.event("1\n2", "export.seen"));
    pair.judged(pair.event("2", "export.seen"));
    pair.judged(pair.event("1", "export.seen"));

    CHECK(seen == 1);
    CHECK(pair.stage.entries("fault").empty());
}

TEST_CASE("a shadow sees no more than what it shadows", "[given]") {
    Pair pair;
    Hands beside;
    std::atomic<int> asked{0};
    beside.judge = [&](const ombud_hook_call&, ombud_verdict& verdict) { return ++asked, answer(verdict, OMBUD_ALLOW); };
    pair.members[0].shadow = std::make_shared<Shadow>(pair.stage.member(beside, Mode::enforce), nullptr);
    const auto shadow = pair.members[0].shadow;
    pair.start();

    pair.judged(pair.event("2"));
    pair.judged(pair.event("1\n2"));
    pair.judged(pair.event("1"));

    await("what was asked is compared", [&] { return shadow->counts().same == 1; });
    CHECK(asked == 1);
    CHECK(shadow->counts().different == 0);
}

TEST_CASE("what the host refused a module is recorded as its fault", "[given]") {
    Pair pair;
    Outbox outbox;
    outbox.refused = {"asks for the moon; refused"};
    REQUIRE(pair.stage.ledger->commit([&](ledger::Ledger::Transaction& transaction) {
        std::size_t asked = 0;
        return record_outbox(transaction, pair.members[0], outbox, "cams", 0, Mode::enforce, 1, asked);
    }));

    const auto faults = pair.stage.entries("fault");
    REQUIRE(faults.size() == 1);
    CHECK(faults[0].at("text") == "asks for the moon; refused");
}

TEST_CASE("a module closes no finding at a camera that it is not given", "[given]") {
    Pair pair;
    const auto record = [&](const Member& member, const Outbox& outbox, std::int64_t now) {
        REQUIRE(pair.stage.ledger->commit([&](ledger::Ledger::Transaction& transaction) {
            std::size_t asked = 0;
            return record_outbox(transaction, member, outbox, "cams", 0, Mode::enforce, now, asked);
        }));
    };
    const auto finding = [](const std::string& key, const std::string& device) {
        Finding one;
        one.severity = OMBUD_SEVERITY_WARNING;
        one.key = key;
        one.control = "RET-3";
        one.attachment = "cams";
        one.device = device;
        one.text = "kept too long";
        return one;
    };
    Member free = pair.members[0]; // as long as the site gave it all
    free.cameras = nullptr;
    Outbox found;
    found.raised = {finding("entrance", "1"), finding("yard", "2"), finding("site", "")};
    record(free, found, 1);

    Outbox cleared;
    cleared.cleared = {"entrance", "yard", "site"};
    record(pair.members[0], cleared, 2);

    auto db = pair.stage.ledger->open_for_reading();
    const auto open = findings::query(*db, {});
    REQUIRE(open);
    REQUIRE(open->size() == 1);
    CHECK((*open)[0].key == "yard");
}

} // namespace
} // namespace ombud
