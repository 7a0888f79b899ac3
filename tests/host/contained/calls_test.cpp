// The same module says the same, inline and in a process of its own.
#include "cellar.hpp"

#include "plugin_runtime/frames.hpp"

namespace ombud {
namespace {

/// Registers, state, an inventory and a probe that answer what a test can foresee.
struct Services : Lent {
    struct People final : RegisterReader {
        Names& names;
        explicit People(Names& lent) : names(lent) {}
        void refresh() override {}
        Result<std::uint64_t> revision(std::string_view) override { return 1; }
        Result<EventRef> find(std::string_view name, std::string_view key) override {
            if (name != "people" || key != "anna")
                return fail(ErrorCode::not_found, "nobody");
            return EventBuilder(names, name, 1).text("key", key).build();
        }
        Result<EventRef> next(std::string_view, std::string_view) override { return fail(ErrorCode::not_found, "nobody"); }
    };
    struct Kept final : StateReader {
        Result<std::optional<StateChange>> next(std::string_view key) override {
            return key.empty() ? std::optional(StateChange{"a", std::string(65'536, 'v')}) : std::nullopt;
        }
    };
    struct Recordings final : InventoryReader {
        static constexpr std::uint64_t count = 30'000; // more than one message holds
        Result<std::size_t> scan(std::uint64_t after, std::span<ombud_recording> rows) override {
            std::size_t filled = 0;
            while (filled < rows.size() && after + filled < count) {
                rows[filled].id = after + filled + 1;
                ++filled;
            }
            return filled;
        }
        Result<std::uint64_t> recording_count() override { return count; }
        Result<EventRef> recording(std::uint64_t) override { return fail(ErrorCode::not_found, "none"); }
        Result<EventRef> device(std::uint32_t) override { return fail(ErrorCode::not_found, "none"); }
        Result<EventRef> storage(std::uint32_t) override { return fail(ErrorCode::not_found, "none"); }
        std::uint32_t coverage(std::string_view, std::string_view) override { return OMBUD_COVERAGE_OBSERVABLE; }
        Result<std::optional<std::string>> device_of(const std::string&, const std::string&) override { return std::optional<std::string>(); }
    };

    Services() {
        services.open_registers = [this](const std::string&) { return std::make_unique<People>(own_names); };
        services.open_state = [](const std::string&) { return std::make_unique<Kept>(); };
        services.open_inventory = [] { return std::make_unique<Recordings>(); };
        services.probe = [](const std::filesystem::path& file) -> Result<MediaInfo> {
            if (file != "/a.mp4")
                return fail(ErrorCode::not_found, file.string() + ": no such file");
            MediaInfo info;
            info.tracks = "video/h264";
            return info;
        };
    }
};

TEST_CASE("a module gets the same answers from the host wherever it runs", "[contained]") {
    struct Row {
        const char *behaviour, *say, *key, *answer;
    };
    const Row rows[] = {
        {"what it is asked about comes whole", "hello", "", "hello"},
        {"its settings are there", "settings", "", "blue of 27 bytes"},
        {"names have numbers and numbers names", "name", "", "say"},
        {"time is the host's", "clocks", "", "1700000000000000000 1000000000"},
        {"a log line is written", "log", "", "logged"},
        {"an error comes in the module's own words", "error", "", "fault: judging failed: status 5: in its own words"},
        {"a finding is raised, another one cleared", "finding", "r1", "raised"},
        {"a finding without a key is refused", "finding", "", "fault: judging failed: status 2: raising a finding answered status 2"},
        {"a record of a register is found", "register", "anna", "anna"},
        {"media is probed", "probe", "/a.mp4", "video/h264"},
        {"a thread of its own may ask what any thread may", "thread", "", "say 1700000000000000000 refused"},
        {"an inventory is walked to its end", "scan", "", "30000 of 30000"},
    };
    for (const Row& row : rows)
        for (const bool sandboxed : {false, true})
            DYNAMIC_SECTION(row.behaviour << (sandboxed ? ", sandboxed" : ", inline")) {
                Services lent;
                const auto instance = settle(echo(sandboxed), lent, {{"word", "blue"}});

                const Told told = ask(*instance, lent.own_names, row.say, row.key);

                CHECK(told.answer == row.answer);
            }
}

TEST_CASE("what a thread of a module's own logs is logged", "[contained]") {
    const bool sandboxed = GENERATE(false, true);
    Lent lent;
    const auto instance = settle(echo(sandboxed), lent);

    (void)ask(*instance, lent.own_names, "thread");

    CHECK(lent.was_logged("echo: a line of a thread's"));
}

TEST_CASE("what a module sends leaves with its call, wherever it runs", "[contained]") {
    const bool sandboxed = GENERATE(false, true);
    Services lent;
    const auto instance = settle(echo(sandboxed), lent);

    const Told finding = ask(*instance, lent.own_names, "finding", "r1", true);
    const Told state = ask(*instance, lent.own_names, "state", "new");

    REQUIRE(finding.outbox.raised.size() == 1);
    CHECK(finding.outbox.raised[0].key == "r1");
    CHECK(finding.outbox.raised[0].text == "too old");
    CHECK(finding.outbox.cleared == std::vector<std::string>{"gone"});
    REQUIRE(state.outbox.state.size() == 1);
    CHECK(state.outbox.state[0].value == "new");
}

TEST_CASE("an action that the manifest declares is asked for, any other is refused and told, wherever a module runs", "[contained]") {
    const bool sandboxed = GENERATE(false, true);
    Services lent;
    const auto instance = settle(echo(sandboxed), lent, {}, {"recording.delete"});

    const Told declared = ask(*instance, lent.own_names, "action", "recording.delete");
    const bool was_told = lent.was_logged("does not declare");
    const Told undeclared = ask(*instance, lent.own_names, "action", "account.disable");

    CHECK(declared.answer == "taken");
    REQUIRE(declared.outbox.actions.size() == 1);
    CHECK(declared.outbox.actions[0].kind == "recording.delete");
    CHECK(declared.outbox.actions[0].reason == "too old");
    CHECK_FALSE(was_told);
    CHECK(undeclared.answer == "refused");
    CHECK(undeclared.outbox.actions.empty());
    CHECK(lent.was_logged("echo: asks for the action 'account.disable', which its manifest does not declare; refused"));
}

TEST_CASE("a module sees pictures, and its squares come back, wherever it runs", "[contained]") {
    const bool sandboxed = GENERATE(false, true);
    Lent lent;
    auto looker = FrameLooker::create(settle(echo(sandboxed), lent));
    REQUIRE(looker);
    FrameLooker::Picture picture{1, 40, 20, 16, std::vector<std::uint8_t>(40 * 20, 0)};
    picture.luma[16] = 200;               // second square of the first row
    picture.luma[16 * 40 + 32] = 200;     // third, cut off, of the second

    const auto squares = looker->look(picture);

    REQUIRE(squares);
    CHECK(*squares == std::vector<std::uint8_t>{0, OMBUD_SQUARE_SHOW, 0, 0, 0, OMBUD_SQUARE_SHOW});
    CHECK(picture.luma.size() == 800);
}

TEST_CASE("a module that dies over a picture is not asked about the next one by a process that has not seen the first", "[contained]") {
    Lent lent;
    auto looker = FrameLooker::create(settle(echo(true), lent));
    REQUIRE(looker);
    FrameLooker::Picture deadly{666, 16, 16, 16, std::vector<std::uint8_t>(256, 200)}, next{667, 16, 16, 16, std::vector<std::uint8_t>(256, 200)};

    const auto died = looker->look(deadly), after = looker->look(next);

    REQUIRE_FALSE(died);
    CHECK_THAT(died.error().message, Catch::Contains("exit status 6"));
    REQUIRE_FALSE(after);
    CHECK_THAT(after.error().message, Catch::Contains("its process ended"));
}

TEST_CASE("an audit sends more than a call may hold, tells how far it is, and ends when it is told, wherever it runs", "[contained]") {
    const bool sandboxed = GENERATE(false, true);
    const bool cancelled = GENERATE(false, true);
    Lent lent;
    const auto instance = settle(echo(sandboxed), lent);
    struct Run {
        std::size_t found = 0;
        std::uint64_t told = 0;
        bool cancelled = false;
    } seen;
    seen.cancelled = cancelled;
    std::promise<ombud_status> ended;

    instance->post([&](ombud_instance* self, CallScope& scope) {
        scope.flush = [&](Outbox&& outbox) -> Result<void> {
            seen.found += outbox.size();
            return {};
        };
        ombud_audit_run run{};
        run.struct_size = sizeof run;
        run.ctx = &seen;
        run.progress = [](void* ctx, std::uint64_t done, std::uint64_t) -> ombud_status {
            Run& own = *static_cast<Run*>(ctx);
            own.told = done;
            return own.cancelled && done >= 10 ? OMBUD_CANCELLED : OMBUD_OK;
        };
        const ombud_status status = instance->plugin().audit()->run(self, &run);
        seen.found += scope.outbox.size();
        ended.set_value(status);
    });

    CHECK(ended.get_future().get() == (cancelled ? OMBUD_CANCELLED : OMBUD_OK));
    CHECK(seen.found == (cancelled ? 11 : 3000));
    CHECK(seen.told == (cancelled ? 10 : 2999));
}

TEST_CASE("an instance that cannot be made says why, wherever it runs", "[contained]") {
    const bool sandboxed = GENERATE(false, true);
    Lent lent;
    Instance::Options options;
    options.name = "echo";
    options.plugin = echo(sandboxed);
    options.document = {{"options", {{"create", "fails"}}}};

    const auto made = Instance::create(std::move(options), lent.services);

    REQUIRE_FALSE(made);
    CHECK(made.error().message == "echo: create failed: status 5: as the options say");
}

TEST_CASE("a module that ends its process while it is made fails, and the host goes on", "[contained]") {
    Lent lent;
    Instance::Options options;
    options.name = "echo";
    options.plugin = echo(true);
    options.document = {{"options", {{"create", "exits"}}}};

    const auto made = Instance::create(std::move(options), lent.services);

    REQUIRE_FALSE(made);
    CHECK_THAT(made.error().message, Catch::Contains("its process ended: it ended by itself with exit status 9"));
}

TEST_CASE("a library says what it is before anything depends on it", "[contained]") {
    const TempFolder folder;
    const auto admitted = admitted_file(ECHO_FILE, folder);

    const auto as_itself = contained::ContainedPlugin::load(admitted, {"echo"}, cellar_watch());
    const auto as_another = contained::ContainedPlugin::load(admitted, {"other"}, cellar_watch());
    const auto connector = contained::ContainedPlugin::load(admitted_file(APART_PUPPET_FILE, folder), {"puppet"}, cellar_watch());

    REQUIRE(as_itself);
    CHECK((*as_itself)->version() == "1.2.3");
    CHECK((*as_itself)->hook() != nullptr);
    CHECK((*as_itself)->observer() != nullptr);
    CHECK((*as_itself)->audit() != nullptr);
    CHECK((*as_itself)->web() == nullptr);
    REQUIRE_FALSE(as_another);
    CHECK_THAT(as_another.error().message, Catch::Contains("says it is 'echo', its manifest says 'other'"));
    REQUIRE_FALSE(connector);
    CHECK_THAT(connector.error().message, Catch::Contains("only modules run in processes of their own"));
}

} // namespace
} // namespace ombud
