#include "register_stage.hpp"

#include <atomic>
#include <chrono>
#include <fstream>
#include <iterator>
#include <thread>

#include "store/database.hpp"

namespace ombud {
namespace {

using registers::Texts;

TEST_CASE("a change of one person holds when the call returns", "[registers]") {
    RegisterStage stage;

    const auto changed = stage.change(RegisterStage::set("a@x.org", {{"level", "7"}}));

    CHECK_FALSE(changed.proposal);
    CHECK(changed.revision == 1);
    CHECK(stage.text("a@x.org", "level") == "7");
    CHECK(stage.content()->find("a@x.org")->ledger_index == changed.ledger_index);
}

TEST_CASE("fields that are not given stay, empty ones go, defaults come back", "[registers]") {
    RegisterStage stage;
    stage.change(RegisterStage::set("a@x.org", {{"level", "7"}, {"note", "first"}}));

    stage.change(RegisterStage::set("a@x.org", {{"note", "second"}}));
    CHECK(stage.text("a@x.org", "level") == "7");
    CHECK(stage.text("a@x.org", "note") == "second");
    stage.change(RegisterStage::set("a@x.org", {{"level", ""}, {"note", ""}}));

    CHECK(stage.text("a@x.org", "level") == "1");
    CHECK(stage.text("a@x.org", "note") == "(none)");
}

TEST_CASE("a change that changes nothing records nothing", "[registers]") {
    RegisterStage stage;
    const auto first = stage.change(RegisterStage::set("a@x.org", {{"level", "7"}}));

    const auto second = stage.change(RegisterStage::set("a@x.org", {{"level", "7"}}));

    CHECK(second.same);
    CHECK(second.ledger_index == first.ledger_index);
    CHECK(stage.lines("register.changed").size() == 1);
    CHECK(stage.content()->revision == 1);
}

TEST_CASE("what cannot be changed is refused with its place, and nothing is recorded", "[registers]") {
    struct Row {
        const char* behaviour;
        RegisterChange change;
        ErrorCode code;
        const char* says;
    };
    RegisterChange no_reason = RegisterStage::set("a@x.org"), no_register = no_reason;
    no_reason.reason.clear();
    no_register.name = "senders";
    const Row rows[] = {
        {"without a reason", no_reason, ErrorCode::invalid_input, "needs a reason"},
        {"an unknown register", no_register, ErrorCode::not_found, "whitelist/domains, whitelist/recipients"},
        {"a key that is none", RegisterStage::set("nobody"), ErrorCode::invalid_input, "'nobody' is no address"},
        {"a value out of range", RegisterStage::set("a@x.org", {{"level", "12"}}), ErrorCode::invalid_input, "level: '12' is not 0 to 9"},
        {"an unknown field", RegisterStage::set("a@x.org", {{"colour", "red"}}), ErrorCode::invalid_input, "no field 'colour'; it has level, note, owner"},
        {"removing what is not there", RegisterStage::removal("a@x.org"), ErrorCode::not_found, "no record"},
        {"the same for two persons", RegisterStage::removal("a@x.org", "domains"), ErrorCode::not_found, "no record"},
        {"a text that is not UTF-8", RegisterStage::set("a@x.org", {{"note", "\xFF"}}), ErrorCode::invalid_input, "UTF-8"},
    };
    RegisterStage stage;
    for (const Row& row : rows) {
        DYNAMIC_SECTION(row.behaviour) {
            const auto changed = stage.registers->change(row.change, anna);

            REQUIRE_FALSE(changed);
            CHECK(changed.error().code == row.code);
            CHECK_THAT(changed.error().message, Catch::Contains(row.says));
            CHECK(stage.lines().empty());
        }
    }
}

TEST_CASE("where two persons are needed, nothing holds before the second one approves", "[registers]") {
    RegisterStage stage;

    const auto asked = stage.change(RegisterStage::set("a@x.org", {{"level", "7"}}, "domains"));
    REQUIRE(asked.proposal);
    CHECK(stage.text("a@x.org", "level", "domains") == "(no record)");
    CHECK_FALSE(stage.approvals->approve(asked.proposal->id, "", anna));
    CHECK(stage.text("a@x.org", "level", "domains") == "(no record)");
    REQUIRE(stage.approvals->approve(asked.proposal->id, "", bert));

    CHECK(stage.text("a@x.org", "level", "domains") == "7");
    CHECK(stage.content("domains")->revision == 1);
    CHECK(stage.lines("register.changed").size() == 1);
}

TEST_CASE("the second person reads what was and what would be", "[registers]") {
    RegisterStage stage;
    const auto add = stage.change(RegisterStage::set("a@x.org", {{"level", "7"}, {"note", "n"}}, "domains"));
    CHECK(add.proposal->request.subject == "whitelist/domains a@x.org: add, level 7, note n");
    REQUIRE(stage.approvals->approve(add.proposal->id, "", bert));

    const auto set = stage.change(RegisterStage::set("a@x.org", {{"level", "8"}, {"note", ""}}, "domains"));
    const auto removal = stage.change(RegisterStage::removal("a@x.org", "domains"));

    CHECK(set.proposal->request.subject == "whitelist/domains a@x.org: set, level 7 -> 8, note n -> nothing");
    CHECK(removal.proposal->request.subject == "whitelist/domains a@x.org: remove, level 7, note n");
}

TEST_CASE("a record that changed after it was asked for is not changed by an approval", "[registers]") {
    RegisterStage stage;
    const auto first = stage.change(RegisterStage::set("a@x.org", {{"level", "7"}}, "domains"));
    const auto second = stage.change(RegisterStage::set("a@x.org", {{"level", "8"}}, "domains"));
    REQUIRE(stage.approvals->approve(first.proposal->id, "", bert));

    const auto stale = stage.approvals->approve(second.proposal->id, "", bert);

    REQUIRE_FALSE(stale);
    CHECK_THAT(stale.error().message, Catch::Contains("changed after it was asked for"));
    CHECK(stage.text("a@x.org", "level", "domains") == "7");
    CHECK(stage.approvals->find(second.proposal->id)->state == approvals::State::open);
}

TEST_CASE("the host itself, and a change that only takes away, need no second person", "[registers]") {
    RegisterStage stage;
    const auto by_host = stage.change(RegisterStage::set("a@x.org", {}, "domains"), approvals::host_person());
    auto lost = RegisterStage::set("a@x.org", {{"note", "lost"}}, "domains");
    lost.at_once = true;

    const auto by_person = stage.change(lost);

    CHECK_FALSE(by_host.proposal);
    CHECK_FALSE(by_person.proposal);
    CHECK(stage.text("a@x.org", "note", "domains") == "lost");
}

TEST_CASE("a restart keeps records, revisions and proposals", "[registers]") {
    RegisterStage stage;
    stage.change(RegisterStage::set("a@x.org", {{"level", "7"}, {"owner", "Anna"}}));
    stage.change(RegisterStage::set("b@x.org"));
    stage.change(RegisterStage::removal("b@x.org"));
    const auto asked = stage.change(RegisterStage::set("c@x.org", {}, "domains"));

    stage.reopen();

    CHECK(stage.content()->revision == 3);
    CHECK(stage.content()->records.size() == 1);
    CHECK(stage.text("a@x.org", "level") == "7");
    CHECK(std::get<std::int64_t>(stage.content()->find("a@x.org")->values.find("level")->second.typed) == 7);
    CHECK(stage.text("a@x.org", "owner") == "Anna");
    REQUIRE(stage.approvals->approve(asked.proposal->id, "", bert));
    CHECK(stage.text("c@x.org", "level", "domains") == "1");
}

TEST_CASE("an entry tells what changed, and commits to what is personal", "[registers]") {
    RegisterStage stage;
    stage.change(RegisterStage::set("secret.key@x.org", {{"level", "7"}, {"owner", "Secret Owner"}}));
    stage.change(RegisterStage::set("secret.key@x.org", {{"level", "8"}, {"owner", "Another Owner"}}));
    const auto asked = stage.change(RegisterStage::set("secret.key@x.org", {{"owner", "Secret Owner"}}, "domains"));
    REQUIRE(stage.approvals->approve(asked.proposal->id, "", bert));
    stage.change(RegisterStage::removal("secret.key@x.org"));

    const auto changes = stage.lines("register.changed");
    REQUIRE(changes.size() == 4);
    CHECK_THAT(changes[1], Catch::Contains(R"("was.level":"7")") && Catch::Contains(R"("becomes.level":"8")"));
    CHECK_THAT(changes[1], Catch::Contains(R"("becomes.owner":"hmac-sha256:)") && Catch::Contains(R"("key":"hmac-sha256:)"));
    CHECK_THAT(changes[1], Catch::Contains(R"("change":"set")") && Catch::Contains(R"("reason":"asked for by the works council")"));
    CHECK_THAT(changes[2], Catch::Contains(R"("proposal":1)") && Catch::Contains(R"("approver":"hmac-sha256:)"));
    CHECK_THAT(changes[3], Catch::Contains(R"("change":"remove")"));
    for (const std::string& line : stage.lines())
        for (const char* word : {"secret.key", "Secret Owner", "Another Owner", "anna", "bert"})
            CHECK(line.find(word) == std::string::npos);
}

TEST_CASE("the ledger opens a change to whoever may read its personal values", "[registers]") {
    RegisterStage stage;
    const auto changed = stage.change(RegisterStage::set("a@x.org", {{"owner", "Olga"}}));

    auto reader = stage.ledger.reader();
    const auto fields = reader.show(changed.ledger_index);

    REQUIRE(fields);
    std::map<std::string, std::string> values;
    for (const auto& field : *fields)
        if (field.opening)
            values[field.key] = *field.opening;
    CHECK(values == std::map<std::string, std::string>{{"key", "a@x.org"}, {"becomes.owner", "Olga"}, {"user", "anna"}});
}

TEST_CASE("a removed record leaves no byte in the ledger's file", "[registers]") {
    RegisterStage stage;
    for (int i = 0; i < 300; ++i)
        stage.change(RegisterStage::set("secret" + std::to_string(i * 7919 % 300) + "@x.org", {{"owner", std::string(static_cast<std::size_t>(i * 31 % 900), 'x') + "hidden"}}));
    stage.change(RegisterStage::set("stays@x.org"));
    for (int i = 0; i < 300; ++i)
        stage.change(i % 3 == 0 ? RegisterStage::set("secret" + std::to_string(i) + "@x.org", {{"owner", "hidden too"}})
                                : RegisterStage::removal("secret" + std::to_string(i) + "@x.org"));
    for (int i = 0; i < 300; i += 3)
        stage.change(RegisterStage::removal("secret" + std::to_string(i) + "@x.org"));
    const std::filesystem::path file = stage.ledger->database_path();

    stage.close(); // moves the log into the file

    std::ifstream in(file, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(in), {}};
    CHECK(bytes.find("stays@x.org") != std::string::npos);
    CHECK(bytes.find("@x.org", bytes.find("stays@x.org") + 11) == std::string::npos);
    CHECK(bytes.find("hidden") == std::string::npos);
    CHECK(bytes.find("secret") == std::string::npos);
}

TEST_CASE("changes from many threads are all kept, in one order", "[registers]") {
    RegisterStage stage;
    std::atomic<int> failed = 0;
    std::vector<std::thread> threads;
    for (int t = 0; t < 8; ++t)
        threads.emplace_back([&, t] {
            for (int i = 0; i < 50; ++i) {
                const std::string key = std::to_string(i) + "-" + std::to_string(t) + "@x.org";
                const auto changed = stage.registers->change(RegisterStage::set(key), anna);
                // Seen as soon as the call returns, whatever the others do.
                const auto seen = stage.registers->content("whitelist", "recipients");
                if (!changed || !seen || !(*seen)->find(key) || (*seen)->revision < changed->revision)
                    ++failed;
            }
        });
    for (std::thread& thread : threads)
        thread.join();

    CHECK(failed == 0);
    CHECK(stage.content()->revision == 400);
    CHECK(stage.content()->records.size() == 400);
    const auto before = stage.content()->records;
    stage.reopen();
    REQUIRE(stage.content()->records.size() == 400);
    for (std::size_t i = 0; i < 400; ++i)
        REQUIRE(stage.content()->records[i]->key == before[i]->key);
}

TEST_CASE("ten thousand records are kept, found and walked in order", "[registers]") {
    RegisterStage stage;
    constexpr int count = 10'000;
    std::atomic<int> next = 0, failed = 0;
    std::vector<std::thread> threads;
    for (int t = 0; t < 64; ++t)
        threads.emplace_back([&] {
            for (int i = next++; i < count; i = next++)
                if (!stage.registers->change(RegisterStage::set(std::to_string(i) + "@x.org", {{"level", std::to_string(i % 10)}}), anna))
                    ++failed;
        });
    for (std::thread& thread : threads)
        thread.join();
    REQUIRE(failed == 0);

    stage.reopen();
    const auto reader = stage.registers->reader("whitelist");

    CHECK(stage.text("4711@x.org", "level") == "1");
    std::string key;
    int walked = 0;
    bool ordered = true;
    for (auto record = reader->next("recipients", key); record; record = reader->next("recipients", key)) {
        const std::string found((*record)->text(stage.names.intern("key")).value_or(""));
        ordered &= key < found;
        key = found;
        ++walked;
    }
    CHECK(walked == count);
    CHECK(ordered);
}

TEST_CASE("records of a register that no manifest declares are kept, and named", "[registers]") {
    RegisterStage stage;
    stage.change(RegisterStage::set("a@x.org", {{"level", "7"}}));

    REQUIRE(stage.registers->declare({example("domains", true)}));
    CHECK_FALSE(stage.registers->content("whitelist", "recipients"));
    CHECK(*stage.registers->undeclared() == std::vector<registers::Place>{{"whitelist", "recipients"}});
    REQUIRE(stage.registers->declare({example("recipients", false)}));

    CHECK(stage.text("a@x.org", "level") == "7");
    CHECK(stage.registers->undeclared()->empty());
}

TEST_CASE("names are stored before a unit needs them, which could not wait for itself", "[registers]") {
    RegisterStage stage;
    Names durable({}, [&](std::uint32_t, std::string_view name) -> Result<void> {
        auto next = stage.ledger->submit([](auto&) -> Result<void> { return {}; });
        return next.wait_for(std::chrono::seconds(5)) == std::future_status::ready ? Result<void>{}
                                                                                   : fail(ErrorCode::internal, std::string(name) + " inside a unit");
    });
    auto kept = Registers::open({*stage.ledger, *stage.approvals, durable, stage.ledger.clock});
    REQUIRE(kept);
    REQUIRE((*kept)->declare({example("recipients", false), example("domains", true)}));

    const auto changed = (*kept)->change(RegisterStage::set("a@x.org", {{"owner", "Olga"}, {"note", "n"}}), anna);
    const auto asked = (*kept)->change(RegisterStage::set("a@x.org", {}, "domains"), anna);

    REQUIRE(changed);
    REQUIRE(asked);
    CHECK(stage.approvals->approve(asked->proposal->id, "", bert));
}

TEST_CASE("a declaration that modules could not read is refused", "[registers]") {
    RegisterStage stage;
    auto bad_field = example("other", false);
    bad_field.fields.push_back({"No-Such", "", false});
    auto key_field = example("other", false);
    key_field.fields.push_back({"key", "", false});
    const std::vector<registers::Declaration> lists[] = {
        {example("Recipients!", false)}, {example("a", false), example("a", true)}, {bad_field}, {key_field}};
    for (const auto& list : lists) {
        const auto declared = stage.registers->declare(list);

        REQUIRE_FALSE(declared);
        CHECK(declared.error().code == ErrorCode::invalid_input);
    }
}

} // namespace
} // namespace ombud
