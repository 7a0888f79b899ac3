#include "anchors/kept.hpp"

#include "scratch_ledger.hpp"

using namespace ombud;
using namespace ombud::anchors;

namespace {

struct Stage {
    Stage() {
        ledger.append_many(3);
        note = ledger->checkpoint().value();
        checkpoint = ledger::open_checkpoint(note, ledger.signer().verifier()).value();
    }
    ledger::ScratchLedger ledger;
    std::string note;
    ledger::Checkpoint checkpoint;
};

} // namespace

TEST_CASE("a kept checkpoint reads back, with its stamp, from among a log's lines", "[kept]") {
    const Stage stage;
    const std::vector<std::uint8_t> stamp{1, 2, 3};
    const auto text = "Nov 22 host sshd[1]: hello\n<29>Nov 22 19:00:00 host ombud[7]: " + kept_line(stage.note, stage.checkpoint) +
                      "\r\n" + kept_line(stage.note, stage.checkpoint, stamp);

    const auto found = parse_kept(text);

    REQUIRE(found.all.size() == 2);
    CHECK(found.damaged == 0);
    CHECK(found.all[0].note == stage.note);
    CHECK(found.all[0].checkpoint.size == 3);
    CHECK(found.all[0].checkpoint.root == stage.checkpoint.root);
    CHECK(found.all[0].stamp.empty());
    CHECK(found.all[1].stamp == stamp);
}

TEST_CASE("a line that was cut or altered is counted, and those around it are read", "[kept]") {
    const Stage stage;
    const auto line = kept_line(stage.note, stage.checkpoint);
    struct Row {
        const char* behaviour;
        std::string damaged;
    };
    const Row rows[] = {
        {"cut in the note", line.substr(0, line.size() - 5) + "\n"},
        {"cut behind the name", "ombud-checkpoint example.com/site"},
        {"another size than the note's", std::string(line).replace(line.find(" 3 "), 3, " 4 ")},
        {"another name than the note's", std::string(line).replace(line.find("site"), 4, "sitE")},
        {"more words", line.substr(0, line.size() - 1) + " AQ== AQ==\n"},
    };
    for (const Row& row : rows)
        DYNAMIC_SECTION(row.behaviour) {
            const auto found = parse_kept(line + row.damaged + (row.damaged.ends_with('\n') ? "" : "\n") + line);
            CHECK(found.all.size() == 2);
            CHECK(found.damaged == 1);
        }
}
