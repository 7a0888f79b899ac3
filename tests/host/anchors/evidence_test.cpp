#include "anchors/evidence.hpp"

#include "anchors/kept.hpp"
#include "scratch_ledger.hpp"
#include "signing/cosignature.hpp"

using namespace ombud;
using namespace ombud::anchors;
using Catch::Contains;

namespace {

struct Stage {
    Stage() {
        for (int i = 0; i < 3; ++i) {
            ledger.append_many(2);
            notes.push_back(ledger->checkpoint().value());
        }
    }
    [[nodiscard]] std::string line(std::size_t which, const std::string& cosignatures = "") const {
        const auto note = signing::parse_note(notes[which]).value();
        return kept_line(notes[which] + cosignatures, ledger::parse_checkpoint(note.text).value());
    }
    [[nodiscard]] std::string cosignature(std::size_t which, std::int64_t at_s) const {
        return signing::cosign_note(key, verifier, signing::parse_note(notes[which])->text, at_s).value();
    }
    ledger::ScratchLedger ledger;
    std::vector<std::string> notes; // of 2, 4 and 6 entries
    signing::SigningKey key = signing::SigningKey::generate().value();
    signing::NoteVerifier verifier = signing::NoteVerifier::create("w1", key.public_key(), signing::NoteKeyType::cosignature).value();
};

} // namespace

TEST_CASE("evidence is every kept checkpoint of the ledger, and the newest of each witness", "[evidence]") {
    const Stage stage;
    const auto text = stage.line(0, stage.cosignature(0, 100)) + stage.line(1, stage.cosignature(1, 200)) + stage.line(2);

    const auto evidence = read_evidence(text, "FILE", "example.com/site", {{stage.verifier}, {}, 0});

    REQUIRE(evidence);
    CHECK(evidence->kept.size() == 3);
    REQUIRE(evidence->vouched.size() == 1);
    CHECK(evidence->vouched[0].by == "w1");
    CHECK(evidence->vouched[0].size == 4);
    CHECK(evidence->vouched[0].at_utc_ns == 200'000'000'000);
    const auto report = ledger::verify(stage.ledger.path(), {.kept = evidence->kept});
    REQUIRE(report);
    CHECK(report->problems.empty());
    CHECK(report->kept == 3);
}

TEST_CASE("what is not vouched for, or of another ledger, is no evidence", "[evidence]") {
    const Stage stage;
    const Trusted trusted{{stage.verifier}, {}, 0};
    const auto error_of = [&](const std::string& text, const std::string& origin = "example.com/site") {
        const auto evidence = read_evidence(text, "FILE", origin, trusted);
        return evidence ? Error{ErrorCode::internal, "taken"} : evidence.error();
    };
    CHECK_THAT(error_of(stage.line(0)).message, Contains("FILE: no checkpoint is cosigned by 'w1'"));
    CHECK_THAT(error_of(stage.line(0), "example.com/b").message, Contains("holds no checkpoint of the ledger 'example.com/b'"));
    CHECK_THAT(error_of("").message, Contains("holds no checkpoint"));
    const auto wrong = error_of(stage.line(0, stage.cosignature(1, 100)));
    CHECK(wrong.code == ErrorCode::corrupt);
    CHECK_THAT(wrong.message, Contains("the checkpoint of 2 entries: the cosignature of 'w1' is wrong"));
}

TEST_CASE("a checkpoint that somebody else signed under the ledger's name says nothing, and alone is refused", "[evidence]") {
    const Stage stage;
    const auto stranger = signing::SigningKey::generate().value();
    const auto as = signing::NoteVerifier::create("example.com/site", stranger.public_key()).value();
    const std::string text = ledger::Checkpoint{"example.com/site", 99, {}}.text();
    const ledger::KeptCheckpoint forged{text + "\n" + signing::sign_note(stranger, as, text).value(), "the log"};

    const auto alone = ledger::verify(stage.ledger.path(), {.kept = {forged}});
    REQUIRE_FALSE(alone);
    CHECK_THAT(alone.error().message, Contains("the log cannot be used"));
    const auto beside = ledger::verify(stage.ledger.path(), {.kept = {forged, {stage.notes[1], "the log"}}});
    REQUIRE(beside);
    CHECK(beside->problems.empty());
    CHECK(beside->kept == 1);
    CHECK(beside->kept_unsigned == 1);
}
