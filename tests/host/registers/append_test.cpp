#include "register_stage.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>

#include "plugin_runtime/services.hpp"

namespace ombud {
namespace {

using registers::Texts;

const registers::Place handed_out{"whitelist", "handed_out"};

registers::Declaration growing() {
    registers::Declaration declared = example("handed_out", false);
    declared.key_title = "number";
    declared.key_personal = false;
    declared.append_only = true;
    declared.check = [](std::string_view, const Texts& texts) -> Result<registers::Values> {
        registers::Values values;
        for (const auto& [name, text] : texts)
            values[name] = {text, text};
        if (!values.contains("owner"))
            return fail(ErrorCode::invalid_input, "lacks owner, which is required");
        return values;
    };
    return declared;
}

struct GrowingStage : RegisterStage {
    GrowingStage() { declare(); }
    void declare() {
        if (auto declared = registers->declare({example("recipients", false), growing()}); !declared)
            FAIL(declared.error().message);
    }
    void restart() {
        reopen();
        declare();
    }
    RegisterAppended add(Texts fields, const std::string& corrects = "", const std::string& reason = "") {
        return must(registers->append(row(std::move(fields), corrects, reason), anna));
    }
    static RegisterRow row(Texts fields, const std::string& corrects = "", const std::string& reason = "") {
        return {handed_out.first, handed_out.second, std::move(fields), corrects, reason};
    }
    std::string shown(const std::string& key, const std::string& field) { return text(key, field, handed_out.second); }
    std::string keys() {
        std::string all;
        for (const auto& record : content(handed_out.second)->records)
            all += record->key + " ";
        return all;
    }
    // What a module sees: "key:owner" of each record.
    std::string of_module() {
        const auto reader = registers->reader("whitelist");
        reader->refresh();
        std::string all, key;
        for (auto next = reader->next(handed_out.second, key); next; next = reader->next(handed_out.second, key)) {
            key = std::string((*next)->text(names.intern("key")).value_or("?"));
            all += key + ":" + std::string((*next)->text(names.intern("owner")).value_or("none")) + " ";
        }
        return all;
    }
};

TEST_CASE("rows get running numbers, in their own order, also after a restart", "[registers]") {
    GrowingStage stage;
    for (int i = 1; i <= 11; ++i)
        CHECK(stage.add({{"owner", "o" + std::to_string(i)}}).key == std::to_string(i));
    CHECK(stage.keys() == "1 2 3 4 5 6 7 8 9 10 11 ");

    stage.restart();

    CHECK(stage.keys() == "1 2 3 4 5 6 7 8 9 10 11 ");
    CHECK(stage.add({{"owner", "o12"}}).key == "12");
    CHECK_THAT(stage.of_module(), Catch::StartsWith("1:o1 2:o2 ") && Catch::EndsWith("10:o10 11:o11 12:o12 "));
}

TEST_CASE("a correction counts from then on, and the row that it corrects stays", "[registers]") {
    GrowingStage stage;
    stage.add({{"owner", "anna"}, {"note", "stick"}});
    stage.add({{"owner", "carl"}});

    CHECK(stage.add({{"owner", "bert"}}, "1", "wrong person").key == "3");
    CHECK(stage.add({{"note", "disk"}}, "3", "wrong medium").key == "4");

    CHECK(stage.shown("1", "owner") == "anna");
    CHECK(stage.shown("4", "owner") == "bert"); // not given: taken from the row that it corrects
    CHECK(stage.shown("4", "note") == "disk");
    CHECK(stage.content("handed_out")->counting("1")->key == "4");
    CHECK(stage.of_module() == "2:carl 4:bert ");
    stage.restart();
    CHECK(stage.of_module() == "2:carl 4:bert ");
    CHECK_THAT(stage.lines("register.changed").back(), Catch::Contains("\"corrects\":\"3\"") && Catch::Contains("wrong medium"));
}

TEST_CASE("what a register that grows cannot take is refused, and nothing is recorded", "[registers]") {
    GrowingStage stage;
    stage.add({{"owner", "anna"}});
    stage.add({{"owner", "bert"}}, "1", "wrong person");
    const std::size_t before = stage.lines().size();
    RegisterRow no_such = GrowingStage::row({{"owner", "x"}}), keyed = no_such;
    no_such.name = "senders";
    keyed.name = "recipients";
    struct Row {
        const char* behaviour;
        RegisterRow row;
        ErrorCode code;
        const char* says;
    };
    const Row rows[] = {
        {"a required field that is missing", GrowingStage::row({{"note", "x"}}), ErrorCode::invalid_input, "lacks owner"},
        {"an unknown field", GrowingStage::row({{"owner", "x"}, {"colour", "red"}}), ErrorCode::invalid_input, "no field 'colour'"},
        {"correcting what is not there", GrowingStage::row({}, "7", "typing"), ErrorCode::not_found, "no record '7'"},
        {"correcting what was corrected", GrowingStage::row({}, "1", "typing"), ErrorCode::refused, "correct row 2"},
        {"correcting without a reason", GrowingStage::row({}, "2"), ErrorCode::invalid_input, "needs a reason"},
        {"an unknown register", no_such, ErrorCode::not_found, "no register"},
        {"a register whose keys people give", keyed, ErrorCode::refused, "ombud register set"},
    };
    for (const Row& row : rows) {
        DYNAMIC_SECTION(row.behaviour) {
            const auto added = stage.registers->append(row.row, anna);

            REQUIRE_FALSE(added);
            CHECK(added.error().code == row.code);
            CHECK_THAT(added.error().message, Catch::Contains(row.says));
            CHECK(stage.lines().size() == before);
            CHECK(stage.keys() == "1 2 ");
        }
    }
}

TEST_CASE("rows are neither changed nor removed", "[registers]") {
    GrowingStage stage;
    stage.add({{"owner", "anna"}});

    const auto changed = stage.registers->change(RegisterStage::set("1", {{"owner", "eve"}}, "handed_out"), anna);
    const auto removed = stage.registers->change(RegisterStage::removal("1", "handed_out"), approvals::host_person());

    REQUIRE_FALSE(changed);
    REQUIRE_FALSE(removed);
    CHECK(changed.error().code == ErrorCode::refused);
    CHECK_THAT(removed.error().message, Catch::Contains("--corrects 1"));
    CHECK(stage.shown("1", "owner") == "anna");
}

TEST_CASE("a row of a unit of work stands with that unit or not at all", "[registers]") {
    GrowingStage stage;
    RegisterAppended row;
    const auto unit = [&](bool succeeds) {
        return stage.ledger->commit([&](ledger::Ledger::Transaction& transaction) -> Result<void> {
            for (const char* owner : {"anna", "bert"}) {
                auto added = stage.registers->append(transaction, GrowingStage::row({{"owner", owner}}), approvals::host_person());
                if (!added)
                    return fail(added.error());
                row = std::move(*added);
            }
            if (!succeeds)
                return fail(ErrorCode::unavailable, "the export could not be written");
            return {};
        });
    };

    CHECK_FALSE(unit(false));
    stage.registers->show(handed_out, row.revision - 2);
    CHECK(stage.keys().empty());
    CHECK(stage.lines().empty());
    REQUIRE(unit(true));
    CHECK(stage.keys().empty()); // nobody sees it before it is shown
    stage.registers->show(handed_out, row.revision);

    CHECK(row.key == "2");
    CHECK(stage.keys() == "1 2 ");
    CHECK(stage.lines("register.changed").size() == 2);
}

TEST_CASE("erasing takes the personal values of a matter out of table, memory and openings, and the chain stays whole", "[registers]") {
    GrowingStage stage;
    stage.add({{"owner", "Ottilie Erbse"}, {"note", "stick"}});
    stage.add({{"owner", "carl"}});
    stage.add({{"owner", "Ottilie Bohne"}}, "1", "married");

    const auto erased = stage.registers->erase(handed_out, "1", "asked for, case 12", bert);

    REQUIRE(erased);
    CHECK(*erased == 2);
    for (const char* key : {"1", "3"}) {
        CHECK(stage.shown(key, "owner") == "(erased)");
        CHECK(stage.shown(key, "note") == "stick");
    }
    CHECK(stage.of_module() == "2:carl 3:none ");
    CHECK_THAT(stage.lines("register.erased").front(), Catch::Contains("case 12") && !Catch::Contains("bert"));
    stage.restart(); // verifies the whole ledger
    CHECK(stage.shown("3", "owner") == "(erased)");
    const auto folder = stage.ledger->folder();
    stage.close(); // its log is then folded into the file
    for (const auto& file : std::filesystem::directory_iterator(folder)) {
        std::ifstream in(file.path(), std::ios::binary);
        const std::string bytes{std::istreambuf_iterator<char>(in), {}};
        INFO(file.path());
        CHECK(bytes.find("Ottilie") == std::string::npos);
    }
}

TEST_CASE("an erased row can be erased again and not be corrected", "[registers]") {
    GrowingStage stage;
    stage.add({{"owner", "anna"}});
    REQUIRE(stage.registers->erase(handed_out, "1", "asked for", bert));
    const std::size_t before = stage.lines().size();

    CHECK(stage.must(stage.registers->erase(handed_out, "1", "asked for", bert)) == 0);
    CHECK(stage.lines().size() == before);
    const auto corrected = stage.registers->append(GrowingStage::row({{"note", "x"}}, "1", "typing"), anna);

    REQUIRE_FALSE(corrected);
    CHECK_THAT(corrected.error().message, Catch::Contains("owner was erased"));
}

TEST_CASE("only rows that are there are erased, with a reason, of a register that grows", "[registers]") {
    GrowingStage stage;
    stage.add({{"owner", "anna"}});

    CHECK(stage.registers->erase(handed_out, "1", "", bert).error().code == ErrorCode::invalid_input);
    CHECK(stage.registers->erase(handed_out, "2", "asked for", bert).error().code == ErrorCode::not_found);
    CHECK(stage.registers->erase({"whitelist", "recipients"}, "a@x.org", "asked for", bert).error().code == ErrorCode::refused);
}

TEST_CASE("personal values of rows are in no line of the ledger", "[registers]") {
    GrowingStage stage;

    stage.add({{"owner", "Ottilie Erbse"}, {"note", "stick"}});

    CHECK_THAT(stage.lines("register.changed").front(), !Catch::Contains("Ottilie") && Catch::Contains("stick"));
}

} // namespace
} // namespace ombud
