#include "gate_stage.hpp"

#include <catch2/catch.hpp>
#include <future>
#include <thread>

namespace ombud::push {

constexpr const char* alarm_body =
    R"({"person":"guard01","title":"Anna Meier","text":"at the gate","data":{"plate":"B-AB 12"},"picture":"QUJD"})";

TEST_CASE("in monitor a push leaves as it came", "[gate]") {
    GateStage stage;
    stage.answer(VerdictAction::abstain);
    stage.start();

    const auto answer = stage.push(alarm_body);

    CHECK(answer.status == 202);
    CHECK(json_of(answer) == boost::json::parse(R"({"results":[{"outcome":"queued","device":"phone-1","forwarder":"hook"}]})"));
    CHECK(boost::json::parse(stage.received.wait_for(1)[0]) ==
          boost::json::parse(R"({"title":"Anna Meier","text":"at the gate","data":{"plate":"B-AB 12"},
                                 "picture":"QUJD","device":"phone-1"})"));
}

TEST_CASE("the question holds who, where to, by whom and to which country", "[gate][PUSH-6]") {
    GateStage stage;
    stage.answer(VerdictAction::deny, "PUSH-1", "no");
    stage.start();
    stage.push(alarm_body);
    const auto asked = boost::json::parse(stage.questions.wait_for(1)[0]);
    CHECK(asked.at("type") == "push.send");
    CHECK(asked.at("fields") == boost::json::parse(R"({"sender":"zoneminder","person":"guard01","device":"phone-1",
        "forwarder":"hook","provider":"the site","country":"DE","title":"Anna Meier","text":"at the gate",
        "data":"{\"plate\":\"B-AB 12\"}","picture":1})"));
}

TEST_CASE("a transformed push leaves as a reference and the fields that the answer allows", "[gate][PUSH-2]") {
    GateStage stage;
    stage.answer(VerdictAction::transform, "PUSH-2", "a reference leaves");
    stage.start();

    REQUIRE(stage.push(alarm_body).status == 202);

    const auto body = boost::json::parse(stage.received.wait_for(1)[0]).as_object();
    CHECK(body.size() == 3);
    CHECK(body.at("title") == "Video system");
    CHECK(body.at("device") == "phone-1");
    CHECK(body.at("reference").as_string().size() == 22); // 128 bits
}

TEST_CASE("no two references are alike", "[gate][PUSH-2]") {
    GateStage stage;
    stage.answer(VerdictAction::transform);
    stage.start();
    CHECK(stage.reference_of_push() != stage.reference_of_push());
}

TEST_CASE("a refused push leaves nothing, and its sender is told why and what to do", "[gate][PUSH-1]") {
    GateStage stage;
    stage.answer(VerdictAction::deny, "PUSH-1", "there is no consent on record", "ombud consent give guard01");
    stage.start();

    const auto answer = stage.push(alarm_body);

    CHECK(answer.status == 403);
    CHECK(json_of(answer).at("error") ==
          boost::json::parse(R"({"code":"refused","message":"there is no consent on record","rule":"PUSH-1",
                                 "hint":"ombud consent give guard01"})"));
    CHECK(stage.gate->status().size.deliveries == 0);
    stage.gate.reset();
    CHECK(stage.received.size() == 0);
}

TEST_CASE("what is deferred, unset or decided by a fault does not leave", "[gate]") {
    GateStage stage;
    const auto action = GENERATE(VerdictAction::defer, VerdictAction::unset, VerdictAction::deny);
    stage.answer(action);
    stage.start();
    CHECK(stage.push(alarm_body).status == 403);
    CHECK(stage.gate->status().size.deliveries == 0);
}

TEST_CASE("when nobody can be asked, nothing leaves and the sender may try again", "[gate]") {
    GateStage stage;
    stage.answer(VerdictAction::allow);
    stage.can_ask = false;
    stage.start();
    const auto answer = stage.push(alarm_body);
    CHECK(answer.status == 503);
    CHECK_THAT(answer.body, Catch::Contains("nothing was sent: the ledger is full"));
    CHECK(stage.gate->status().size.deliveries == 0);
}

TEST_CASE("a push goes to all devices of its person, and each is asked about", "[gate]") {
    GateStage stage;
    stage.answer(VerdictAction::allow);
    stage.devices.push_back(GateStage::device_of("phone-2", "guard01", ""));
    stage.devices.push_back(GateStage::device_of("phone-3", "guard02", ""));
    stage.devices.push_back(GateStage::device_of("phone-4", "guard01", ""));
    stage.devices.back().is_active = false;
    stage.start();
    stage.push(alarm_body);
    stage.received.wait_for(2);
    stage.gate.reset();
    CHECK(stage.questions.size() == 2);
    CHECK(stage.received.size() == 2);
}

TEST_CASE("a push to a device that is not there, or not theirs, is asked about and goes nowhere", "[gate][PUSH-3]") {
    GateStage stage;
    stage.answer(VerdictAction::abstain); // so a module in monitor changes nothing here
    stage.devices.push_back(GateStage::device_of("phone-3", "guard02", ""));
    stage.start();
    const std::string body = GENERATE(R"({"person":"guard01","device":"phone-9","title":"x"})",
                                      R"({"person":"guard01","device":"phone-3","title":"x"})",
                                      R"({"person":"nobody","title":"x"})");
    const auto answer = stage.push(body);
    CHECK(answer.status == 403);
    CHECK_THAT(answer.body, Catch::Contains("registered"));
    CHECK(stage.questions.size() == 1);
    stage.gate.reset();
    CHECK(stage.received.size() == 0);
}

TEST_CASE("nobody pushes without a sender's token", "[gate]") {
    GateStage stage;
    stage.start();
    for (const std::string& with : {std::string("wrong"), std::string(), stage.token.token,
                                    std::string(GateStage::sender_token) + "x"}) {
        const auto answer = stage.push(alarm_body, with);
        CHECK(answer.status == 401);
        CHECK_THAT(answer.headers, Catch::Contains("WWW-Authenticate: Bearer", Catch::CaseSensitive::No));
    }
    CHECK(stage.questions.size() == 0);
}

TEST_CASE("other paths and methods are answered as HTTP has it", "[gate]") {
    GateStage stage;
    stage.start();
    CHECK(https_call(stage.port(), "GET", "/").status == 404);
    CHECK(https_call(stage.port(), "GET", "/v1/push").status == 405);
    CHECK(https_call(stage.port(), "DELETE", "/v1/push/abc").status == 405);
    CHECK(https_call(stage.port(), "GET", "/v1/push/abc?x=1").status == 400);
    CHECK(https_call(stage.port(), "GET", "/v1/push/a/b").status == 404);
}

TEST_CASE("a device resolves its reference once it has left, and that is recorded", "[gate][PUSH-2]") {
    GateStage stage;
    stage.answer(VerdictAction::transform);
    stage.start();
    const auto reference = stage.reference_of_push();

    const auto answer = stage.resolve(reference, stage.token.token);

    CHECK(answer.status == 200);
    CHECK(json_of(answer).at("title") == "Anna Meier");
    CHECK(json_of(answer).at("data").at("plate") == "B-AB 12");
    const auto notes = stage.notes.wait_for(2); // the delivery, and this
    CHECK_THAT(notes[0] + notes[1], Catch::Contains(R"("kind":"push.resolved")") && Catch::Contains("hmac-sha256:") &&
                                        !Catch::Contains("guard01") && !Catch::Contains(reference));
    CHECK(stage.seen == std::vector<std::string>{"phone-1"});
}

TEST_CASE("only a device of the person it was for resolves a reference", "[gate][PUSH-2]") {
    GateStage stage;
    const auto other = new_device_token().value();
    const auto second = new_device_token().value();
    stage.devices.push_back(GateStage::device_of("phone-3", "guard02", other.sha256));
    stage.devices.push_back(GateStage::device_of("phone-2", "guard01", second.sha256));
    stage.answer(VerdictAction::transform);
    stage.options.forwarders[0].id = "hook";
    stage.start();
    stage.push(R"({"person":"guard01","device":"phone-1","title":"x"})");
    const auto reference =
        std::string(boost::json::parse(stage.received.wait_for(1)[0]).at("reference").as_string());

    CHECK(stage.resolve(reference, other.token).status == 404);
    CHECK(stage.resolve(reference, GateStage::sender_token).status == 404);
    CHECK(https_call(stage.port(), "GET", "/v1/push/" + reference).status == 401);
    CHECK(stage.resolve("AAAAAAAAAAAAAAAAAAAAAA", stage.token.token).status == 404);
    CHECK(stage.resolve(reference, second.token).status == 200); // the person's other phone
    stage.devices[0].is_active = false;
    CHECK(stage.resolve(reference, stage.token.token).status == 404); // lost
}

TEST_CASE("references are resolved on the site's own network alone", "[gate][PUSH-2]") {
    GateStage stage;
    stage.answer(VerdictAction::transform);
    stage.options.resolving_networks = {outgoing::parse_network("10.0.0.0/8").value()};
    stage.start();
    const auto answer = stage.resolve(stage.reference_of_push(), stage.token.token);
    CHECK(answer.status == 403);
    CHECK_THAT(answer.body, Catch::Contains("own network"));
}

TEST_CASE("a reference that nobody can record is not told", "[gate]") {
    GateStage stage;
    stage.answer(VerdictAction::transform);
    stage.start();
    const auto reference = stage.reference_of_push();
    stage.notes.wait_for(1);
    stage.can_note = false;
    const auto answer = stage.resolve(reference, stage.token.token);
    CHECK(answer.status == 503);
    CHECK_THAT(answer.body, !Catch::Contains("Anna"));
}

TEST_CASE("a reference ends with its time", "[gate]") {
    GateStage stage;
    stage.answer(VerdictAction::transform);
    stage.start();
    const auto reference = stage.reference_of_push();
    stage.clock.advance_ns(24 * 3600 * 1'000'000'000LL);
    CHECK(stage.resolve(reference, stage.token.token).status == 404);
    stage.gate->poke();
    while (stage.gate->status().size.originals > 0) // erased without being asked for
        std::this_thread::yield();
    CHECK(stage.gate->status().size.original_bytes == 0);
}

TEST_CASE("what waits survives a restart, and leaves then", "[gate]") {
    GateStage stage;
    stage.receiver_status = 503;
    stage.answer(VerdictAction::transform);
    stage.start();
    stage.push(alarm_body);
    stage.received.wait_for(1);
    stage.gate.reset();
    stage.receiver_status = 200;

    stage.start();

    const auto bodies = stage.received.wait_for(2);
    CHECK(bodies[1] == bodies[0]);
    CHECK_THAT(stage.notes.wait_for(1)[0], Catch::Contains("delivered"));
}

TEST_CASE("stopping waits for no carrier, and what it cut off leaves at the next start", "[gate]") {
    GateStage stage;
    stage.answer(VerdictAction::allow);
    std::promise<void> answered; // a carrier that never does
    auto& hook = stage.options.forwarders[0];
    hook.time_limit = std::chrono::hours(1);
    std::promise<void> called;
    stage.receiver.reset();
    stage.receiver = std::move(*api::HttpsServer::start(GateStage::https(), [&](const api::HttpsCall&) {
        called.set_value();
        answered.get_future().wait();
        return api::HttpsReply{{200, "{}", {}}, {}};
    }));
    hook.url = "https://127.0.0.1:" + std::to_string(stage.receiver->port()) + "/";
    stage.start();
    stage.push(alarm_body);
    called.get_future().wait();

    stage.gate.reset(); // or the test would hang here

    CHECK(PushState::open(stage.options.state_file, {})->get()->deliveries()->size() == 1);
    answered.set_value();
}

TEST_CASE("a lost device gets nothing that waits and resolves nothing that came", "[gate][PUSH-5]") {
    GateStage stage;
    stage.answer(VerdictAction::transform);
    stage.start();
    const auto reference = stage.reference_of_push();
    stage.notes.wait_for(1);
    stage.receiver_status = 503;
    stage.push(alarm_body);
    stage.received.wait_for(2);
    while (stage.gate->status().deliveries.retried == 0)
        std::this_thread::yield();

    const auto dropped = stage.gate->drop_device("phone-1").value();

    CHECK(dropped.deliveries == 1);
    CHECK(dropped.originals == 2);
    CHECK(stage.resolve(reference, stage.token.token).status == 404);
    CHECK_THAT(stage.notes.wait_for(2)[1], Catch::Contains(R"("kind":"push.device_dropped")"));
    stage.clock.advance_ns(600 * 1'000'000'000LL);
    stage.gate->poke();
    stage.gate.reset();
    CHECK(stage.received.size() == 2);
}

TEST_CASE("a full queue refuses before anybody is asked", "[gate]") {
    GateStage stage;
    stage.receiver_status = 503;
    stage.options.limits.deliveries_max = 1;
    stage.answer(VerdictAction::allow);
    stage.start();
    REQUIRE(stage.push(alarm_body).status == 202);
    CHECK(stage.push(alarm_body).status == 503);
    CHECK(stage.questions.size() == 1);
}

TEST_CASE("options that cannot work are refused with what is wrong", "[gate]") {
    GateStage stage;
    std::string says;
    SECTION("nobody may send") {
        stage.options.senders.clear();
        says = "has no sender";
    }
    SECTION("a token that can be guessed") {
        stage.options.senders[0].token = "secret";
        says = "sender zoneminder: its token has fewer than 16";
    }
    SECTION("two forwarders of one name") {
        stage.options.forwarders.push_back(stage.options.forwarders[0]);
        says = "forwarder hook: there are two";
    }
    SECTION("a forwarder without a provider") {
        stage.options.forwarders[0].provider.clear();
        says = "forwarder hook: needs its provider";
    }
    CHECK_THROWS_WITH(stage.start(), Catch::Contains(says));
}

} // namespace ombud::push
