#include "guarded_page.hpp"
#include "plugin_host.hpp"

#include <catch2/catch.hpp>
#include <cstddef>
#include <cstring>
#include <functional>
#include <ombud/plugin.hpp>
#include <stdexcept>
#include <vector>

using namespace ombud::sdk;
using ombud::testing::GuardedPage;
using ombud::testing::PluginHost;

namespace {
/// Has every ability; does what the test put here.
struct Script {
    std::function<Result<>()> create = [] { return Result<>(); };
    std::function<Result<Verdict>(const HookCall&)> judge = [](const HookCall&) { return Verdict::abstain(); };
    std::function<Result<>()> run = [] { return Result<>(); }; ///< start, stop, observe, audit, open, list and poll
    std::function<Result<ActionResult>(const Action&)> act = [](const Action&) { return ActionResult{}; };
    std::function<Result<WebAnswer>(const WebRequest&)> describe = [](const WebRequest&) { return WebAnswer{}; };
};
Script script;
int alive = 0;

class Everything {
  public:
    static Result<std::unique_ptr<Everything>> create(Host, Config) {
        if (auto scripted = script.create(); !scripted)
            return fail(scripted.error());
        return std::make_unique<Everything>();
    }
    Everything() { ++alive; }
    ~Everything() { --alive; }
    Result<> start() { return script.run(); }
    Result<> stop(std::int64_t) { return script.run(); }
    Result<> observe(const EventReader&) { return script.run(); }
    Result<Verdict> judge(const HookCall& call) { return script.judge(call); }
    Result<> audit(const AuditRun&) { return script.run(); }
    Result<> open(std::string_view) { return script.run(); }
    Result<> list(std::uint32_t) { return script.run(); }
    Result<> poll(std::int64_t) { return script.run(); }
    Result<ActionResult> act(const Action& action) { return script.act(action); }
    Result<WebAnswer> describe(const WebRequest& request) { return script.describe(request); }
};

class OnlyObserves {
  public:
    static Result<std::unique_ptr<OnlyObserves>> create(Host, Config) { return std::make_unique<OnlyObserves>(); }
    void observe(const EventReader&) {}
};

using Full = Adapter<Everything>;

template <class Table>
const Table& table(const char* id) {
    return *static_cast<const Table*>(Full::get_extension(id));
}

/// One instance, with the script as at the start.
struct Instance {
    PluginHost host;
    ombud_instance* self = nullptr;
    Event event = *EventBuilder(host.id("recording.finished"), 1).add_text(host.id("path"), "/srv/1.mp4").finish();

    Instance() {
        script = Script{};
        REQUIRE(Full::create(host.host(), host.config(), &self) == OMBUD_OK);
    }
    ~Instance() { Full::destroy(self); }

    ombud_hook_call call() {
        ombud_hook_call call{};
        call.struct_size = sizeof call;
        call.hook_id = OMBUD_HOOK_RECORDING_FINISHED;
        call.event = event.get();
        return call;
    }
    ombud_status judge(ombud_verdict& verdict) {
        const ombud_hook_call asked = call();
        return table<ombud_hook>(OMBUD_HOOK_ID).judge(self, &asked, &verdict);
    }
    ombud_status act(ombud_action_result& result) {
        ombud_action action{};
        action.struct_size = sizeof action;
        action.kind = to_view("recording.delete");
        return table<ombud_connector>(OMBUD_CONNECTOR_ID).act(self, &action, &result);
    }
};

ombud_verdict empty_verdict() {
    ombud_verdict verdict{};
    verdict.struct_size = sizeof verdict;
    return verdict;
}
} // namespace

TEST_CASE("a class has the extensions that its members make") {
    CHECK(Full::get_extension(OMBUD_HOOK_ID));
    CHECK(Full::get_extension(OMBUD_OBSERVER_ID));
    CHECK(Full::get_extension(OMBUD_AUDIT_ID));
    CHECK(Full::get_extension(OMBUD_CONNECTOR_ID));
    CHECK(Full::get_extension(OMBUD_WEB_ID));
    CHECK_FALSE(Full::get_extension("ombud.hook/2"));
    CHECK_FALSE(Full::get_extension(nullptr));
    CHECK(Adapter<OnlyObserves>::get_extension(OMBUD_OBSERVER_ID));
    CHECK_FALSE(Adapter<OnlyObserves>::get_extension(OMBUD_HOOK_ID));
    CHECK_FALSE(Adapter<OnlyObserves>::get_extension(OMBUD_CONNECTOR_ID));
}

TEST_CASE("an exception in any call becomes OMBUD_INTERNAL with its text") {
    Instance instance;
    script.run = []() -> Result<> { throw std::runtime_error("the disk is on fire"); };
    const ombud_audit_run run{sizeof run, 0, nullptr, nullptr};
    const auto& connector = table<ombud_connector>(OMBUD_CONNECTOR_ID);
    const std::function<ombud_status()> calls[] = {
        [&] { return Full::start(instance.self); },
        [&] { return Full::stop(instance.self, 0); },
        [&] { return table<ombud_observer>(OMBUD_OBSERVER_ID).observe(instance.self, instance.event.get()); },
        [&] { return table<ombud_audit>(OMBUD_AUDIT_ID).run(instance.self, &run); },
        [&] { return connector.open(instance.self, to_view("")); },
        [&] { return connector.list(instance.self, OMBUD_LIST_DEVICES); },
        [&] { return connector.poll(instance.self, 0); },
    };
    for (const auto& call : calls) {
        instance.host.error.clear();

        CHECK(call() == OMBUD_INTERNAL);

        CHECK(instance.host.error == "the disk is on fire");
    }
}

TEST_CASE("something thrown that is no exception is caught, too") {
    Instance instance;
    script.run = []() -> Result<> { throw 5; };

    CHECK(Full::start(instance.self) == OMBUD_INTERNAL);
    CHECK_THAT(instance.host.error, Catch::Contains("threw"));
}

TEST_CASE("a failed result becomes its status with its text") {
    Instance instance;
    script.run = [] { return Result<>(fail(ErrorCode::unavailable, "no connection to 127.0.0.1")); };

    CHECK(Full::start(instance.self) == OMBUD_UNAVAILABLE);
    CHECK(instance.host.error_code == OMBUD_UNAVAILABLE);
    CHECK(instance.host.error == "no connection to 127.0.0.1");
}

TEST_CASE("a judge that throws leaves the verdict unset") {
    Instance instance;
    script.judge = [](const HookCall&) -> Result<Verdict> { throw std::runtime_error("oops"); };
    ombud_verdict verdict = empty_verdict();

    CHECK(instance.judge(verdict) == OMBUD_INTERNAL);

    CHECK(verdict.action == OMBUD_UNSET);
    CHECK(instance.host.error == "oops");
}

TEST_CASE("a judge that fails leaves the verdict unset") {
    Instance instance;
    script.judge = [](const HookCall&) { return Result<Verdict>(fail(ErrorCode::invalid_input, "no tracks")); };
    ombud_verdict verdict = empty_verdict();

    CHECK(instance.judge(verdict) == OMBUD_INVALID_INPUT);
    CHECK(verdict.action == OMBUD_UNSET);
}

TEST_CASE("a verdict that lacks what its action needs is the plugin's fault") {
    Instance instance;
    const Verdict rows[] = {Verdict{}, Verdict::deny("AMG-2", ""), Verdict::defer("AMG-2", ""),
                            Verdict::transform("AMG-2", "", {{OMBUD_TRACK_AUDIO, OMBUD_TRACK_REMOVE, 0, 0}}),
                            Verdict::transform("AMG-2", "sound", {})};
    for (const Verdict& row : rows) {
        script.judge = [&row](const HookCall&) { return row; };
        ombud_verdict verdict = empty_verdict();

        CHECK(instance.judge(verdict) == OMBUD_INTERNAL);
        CHECK(verdict.action == OMBUD_UNSET);
    }
}

TEST_CASE("the texts and rules of a verdict stay readable until the next call") {
    Instance instance;
    script.judge = [](const HookCall& call) {
        std::string reason = "a reason too long for a small string, about call " + std::to_string(call.id());
        return Verdict::transform("AMG-2", std::move(reason), {{OMBUD_TRACK_AUDIO, OMBUD_TRACK_KEEP_WITHIN, 10, 20}});
    };
    ombud_verdict verdict = empty_verdict();

    REQUIRE(instance.judge(verdict) == OMBUD_OK);

    CHECK(verdict.action == OMBUD_TRANSFORM);
    CHECK(to_text(verdict.rule_id) == "AMG-2");
    CHECK(to_text(verdict.reason) == "a reason too long for a small string, about call 0");
    CHECK(verdict.transform_kind == OMBUD_TRANSFORM_TRACKS);
    REQUIRE(verdict.track_rule_count == 1);
    CHECK(verdict.track_rule_stride == sizeof(ombud_track_rule));
    CHECK(verdict.track_rules[0].end_utc_ns == 20);
}

TEST_CASE("a verdict of any smaller size is filled up to its end and no byte further") {
    Instance instance;
    script.judge = [](const HookCall&) { return Verdict::deny("AMG-2", "sound"); };
    const ombud_hook_call call = instance.call();
    for (std::uint32_t size = 8; size < sizeof(ombud_verdict); size += 8) {
        GuardedPage page;
        auto* verdict = page.last<ombud_verdict>(size);
        std::memcpy(verdict, &size, sizeof size);

        REQUIRE(table<ombud_hook>(OMBUD_HOOK_ID).judge(instance.self, &call, verdict) == OMBUD_OK);

        std::int32_t action;
        std::memcpy(&action, reinterpret_cast<const char*>(verdict) + offsetof(ombud_verdict, action), sizeof action);
        CHECK(action == OMBUD_DENY);
    }
}

TEST_CASE("a hook call of a newer host that uses what is new is too new") {
    Instance instance;
    struct {
        ombud_hook_call call;
        std::uint64_t added;
    } newer{instance.call(), 1};
    newer.call.struct_size = sizeof newer;
    ombud_verdict verdict = empty_verdict();

    CHECK(table<ombud_hook>(OMBUD_HOOK_ID).judge(instance.self, &newer.call, &verdict) == OMBUD_TOO_NEW);

    newer.added = 0;
    CHECK(table<ombud_hook>(OMBUD_HOOK_ID).judge(instance.self, &newer.call, &verdict) == OMBUD_OK);
}

TEST_CASE("a description of a web request is shown whole, and none that is forgotten or without its event") {
    Instance instance;
    ombud_web_request request{};
    request.struct_size = sizeof request;
    request.method = to_view("GET");
    request.target = to_view("/zm/?x");
    request.flags = OMBUD_WEB_BODY_UNSEEN;
    const auto ask = [&](ombud_web_answer& answer) {
        answer = {};
        answer.struct_size = sizeof answer;
        return table<ombud_web>(OMBUD_WEB_ID).describe(instance.self, &request, &answer);
    };
    ombud_web_answer answer;
    CHECK(ask(answer) == OMBUD_INTERNAL);

    script.describe = [](const WebRequest&) { return WebAnswer{Standing::granted, false, false, {}, {}}; };
    CHECK(ask(answer) == OMBUD_INTERNAL);

    script.describe = [&](const WebRequest& given) {
        CHECK(given.target == "/zm/?x");
        CHECK(given.is_body_unseen);
        return WebAnswer{Standing::lacking, true, true, instance.event, "a note"};
    };
    REQUIRE(ask(answer) == OMBUD_OK);
    CHECK(answer.standing == OMBUD_WEB_LACKING);
    CHECK(answer.flags == (OMBUD_WEB_CHANGES | OMBUD_WEB_BY_COOKIE));
    CHECK(to_text(answer.note) == "a note");
    REQUIRE(answer.event != nullptr);
    CHECK(EventReader::open(answer.event)->type() == instance.event.reader().type());
}

TEST_CASE("a malformed event never reaches the plugin") {
    Instance instance;
    bool was_called = false;
    script.run = [&] { return was_called = true, Result<>(); };
    alignas(8) ombud_event broken{};
    broken.struct_size = broken.total_size = sizeof broken;
    broken.type_id = 1;
    broken.field_count = 1000;

    const auto& observer = table<ombud_observer>(OMBUD_OBSERVER_ID);
    CHECK(observer.observe(instance.self, &broken) == OMBUD_INVALID_INPUT);
    CHECK(observer.observe(instance.self, nullptr) == OMBUD_INVALID_INPUT);

    CHECK_FALSE(was_called);
}

TEST_CASE("a failed create leaves no instance and says why") {
    PluginHost host;
    script = Script{};
    script.create = [] { return Result<>(fail(ErrorCode::not_found, "options/root: not set")); };
    const int before = alive;
    ombud_instance* self = nullptr;

    CHECK(Full::create(host.host(), host.config(), &self) == OMBUD_NOT_FOUND);

    CHECK(self == nullptr);
    CHECK(alive == before);
    CHECK(host.error == "options/root: not set");
}

TEST_CASE("a host table that is shorter than the first version is refused") {
    PluginHost host;
    ombud_host small = *host.host();
    small.struct_size = 16;
    ombud_instance* self = nullptr;

    CHECK(Full::create(&small, host.config(), &self) == OMBUD_INVALID_INPUT);
    CHECK(Full::create(nullptr, host.config(), &self) == OMBUD_INVALID_INPUT);
    CHECK(self == nullptr);
}

TEST_CASE("destroy without start frees the instance") {
    PluginHost host;
    script = Script{};
    const int before = alive;
    ombud_instance* self = nullptr;
    REQUIRE(Full::create(host.host(), host.config(), &self) == OMBUD_OK);
    REQUIRE(alive == before + 1);

    Full::destroy(self);

    CHECK(alive == before);
}

TEST_CASE("an action's answer stays readable and keeps to the caller's size") {
    Instance instance;
    script.act = [](const Action& action) {
        return ActionResult{Outcome::done, "carried out: " + std::string(action.kind)};
    };
    ombud_action_result result{};
    result.struct_size = sizeof result;

    REQUIRE(instance.act(result) == OMBUD_OK);

    CHECK(result.outcome == OMBUD_OUTCOME_DONE);
    CHECK(to_text(result.proof) == "carried out: recording.delete");

    GuardedPage page;
    auto* small = page.last<ombud_action_result>(8);
    const std::uint32_t size = 8;
    std::memcpy(small, &size, sizeof size);
    CHECK(instance.act(*small) == OMBUD_OK);
}

TEST_CASE("an action's outcome that was forgotten is the plugin's fault") {
    Instance instance;
    ombud_action_result result{};
    result.struct_size = sizeof result;

    CHECK(instance.act(result) == OMBUD_INTERNAL);
    CHECK(result.outcome == OMBUD_OUTCOME_UNSET);
}

TEST_CASE("an action of a host that knows neither exports nor accounts has neither") {
    ombud_action raw{};
    raw.struct_size = sizeof raw;
    raw.kind = to_view("export.remove");
    raw.export_id = to_view("zmExport_1.zip");
    raw.user = to_view("ben");

    const auto whole = Action::read(&raw);
    raw.struct_size = offsetof(ombud_action, export_id);
    const auto old = Action::read(&raw);

    REQUIRE(whole);
    CHECK(whole->export_id == "zmExport_1.zip");
    CHECK(whole->user == "ben");
    REQUIRE(old);
    CHECK(old->kind == "export.remove");
    CHECK(old->export_id.empty());
    CHECK(old->user.empty());
}

TEST_CASE("track rules of an action are read by their stride") {
    struct Wide {
        ombud_track_rule rule;
        std::uint64_t added;
    };
    const Wide rules[] = {{{OMBUD_TRACK_AUDIO, OMBUD_TRACK_REMOVE, 0, 0}, 9}, {{OMBUD_TRACK_DATA, 2, 3, 4}, 9}};
    ombud_action raw{};
    raw.struct_size = sizeof raw;
    raw.track_rules = &rules[0].rule;
    raw.track_rule_count = 2;
    raw.track_rule_stride = sizeof(Wide);

    const auto action = Action::read(&raw);

    REQUIRE(action);
    REQUIRE(action->track_rules.size() == 2);
    CHECK(action->track_rules[1].track_kind == OMBUD_TRACK_DATA);
    CHECK(action->track_rules[1].end_utc_ns == 4);
    raw.track_rule_stride = 8;
    CHECK(Action::read(&raw).error().code == ErrorCode::invalid_input);
}
