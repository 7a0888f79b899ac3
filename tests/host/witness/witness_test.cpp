#include "witness/witness.hpp"

#include "scratch_ledger.hpp"
#include "signing/cosignature.hpp"

using namespace ombud;
using namespace ombud::ledger;
using namespace ombud::witness;

namespace {

/// A ledger and the witness that knows it.
class Stage {
  public:
    Stage() {
        clock.set_utc_ns(1'700'000'000'000'000'000);
        reopen();
    }
    void reopen() {
        witness.reset();
        auto opened = Witness::open(folder.path() / "witness", "example.com/w1", clock);
        if (!opened)
            FAIL(opened.error().message);
        witness = std::move(*opened);
        witness->trust({log.signer().verifier()});
    }
    /// A request from a size that was cosigned, after so many more entries.
    std::string request(std::uint64_t old, int more = 0) {
        if (more > 0)
            log.append_many(more);
        const auto note = log->checkpoint().value();
        return old == 0 ? "old 0\n\n" + note : log.reader().consistency_proof(old).value();
    }
    [[nodiscard]] signing::Note cosigned(const std::string& body, const Reply& reply) const {
        return signing::parse_note(body.substr(body.find("\n\n") + 2) + reply.body).value();
    }

    TempFolder folder;
    FakeClock clock;
    ScratchLedger log;
    std::unique_ptr<Witness> witness;
};

} // namespace

TEST_CASE("a witness cosigns a ledger's first checkpoint and each that goes on from the last", "[witness]") {
    Stage stage;
    const auto first = stage.request(0, 3);
    const auto reply = stage.witness->add_checkpoint(first);
    REQUIRE(reply.status == 200);
    CHECK(signing::verify_cosignature(stage.cosigned(first, reply), stage.witness->verifier()).value() == 1'700'000'000);

    const auto second = stage.request(3, 5);
    CHECK(stage.witness->add_checkpoint(second).status == 200);
    stage.clock.set_utc_ns(1'700'000'009'000'000'000);
    const auto same = stage.request(8);
    const auto again = stage.witness->add_checkpoint(same);
    REQUIRE(again.status == 200);
    CHECK(signing::verify_cosignature(stage.cosigned(same, again), stage.witness->verifier()).value() == 1'700'000'009);
    const auto all = stage.witness->witnessed().value();
    REQUIRE(all.size() == 1);
    CHECK(all[0].checkpoint.size == 8);
    CHECK(all[0].at_utc_ns == 1'700'000'009'000'000'000);
}

TEST_CASE("a witness names the size that it cosigned to whoever starts from another, also after a restart", "[witness]") {
    Stage stage;
    REQUIRE(stage.witness->add_checkpoint(stage.request(0, 3)).status == 200);
    const auto key = stage.witness->verifier().verifier_key();
    stage.reopen();
    CHECK(stage.witness->verifier().verifier_key() == key);
    for (const auto& body : {stage.request(0, 2), stage.request(4)}) {
        const auto reply = stage.witness->add_checkpoint(body);
        CHECK(reply.status == 409);
        CHECK(reply.content_type == "text/x.tlog.size");
        CHECK(reply.body == "3\n");
    }
    CHECK(stage.witness->add_checkpoint(stage.request(3)).status == 200);
}

TEST_CASE("a witness never cosigns a ledger that was rolled back or rewritten", "[witness]") {
    Stage stage;
    const auto old = stage.request(0, 3);
    REQUIRE(stage.witness->add_checkpoint(old).status == 200);
    REQUIRE(stage.witness->add_checkpoint(stage.request(3, 4)).status == 200);

    SECTION("rolled back: its newest is refused, and the size told") {
        const auto reply = stage.witness->add_checkpoint(old);
        CHECK(reply.status == 409);
        CHECK(reply.body == "7\n");
    }
    SECTION("another history of that size is refused") {
        const std::string text = Checkpoint{"example.com/site", 7, leaf_hash("another")}.text();
        const auto note = text + "\n" + stage.log.signer().sign(text).value();
        CHECK(stage.witness->add_checkpoint("old 7\n\n" + note).status == 409);
    }
    SECTION("another history that is longer is refused") {
        const std::string text = Checkpoint{"example.com/site", 8, leaf_hash("another")}.text();
        const auto note = text + "\n" + stage.log.signer().sign(text).value();
        CHECK(stage.witness->add_checkpoint("old 7\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n" + note).status == 422);
        CHECK(stage.witness->add_checkpoint("old 7\n\n" + note).status == 422);
    }
    CHECK(stage.witness->witnessed().value()[0].checkpoint.size == 7);
}

TEST_CASE("a witness tells strangers apart", "[witness]") {
    Stage stage;
    const auto good = stage.request(0, 3);
    const auto stranger = signing::SigningKey::generate().value();
    const auto as = [&](const std::string& origin) {
        const std::string text = Checkpoint{origin, 3, leaf_hash("x")}.text();
        const auto verifier = signing::NoteVerifier::create(origin, stranger.public_key()).value();
        return "old 0\n\n" + text + "\n" + signing::sign_note(stranger, verifier, text).value();
    };
    CHECK(stage.witness->add_checkpoint(as("example.com/other")).status == 404);
    CHECK(stage.witness->add_checkpoint(as("example.com/site")).status == 403);
    std::string altered = good;
    altered[altered.size() - 10] = altered[altered.size() - 10] == 'A' ? 'B' : 'A';
    CHECK(stage.witness->add_checkpoint(altered).status == 403);
    CHECK(stage.witness->add_checkpoint("hello").status == 400);
    CHECK(stage.witness->add_checkpoint("old 4" + good.substr(5)).status == 400);
    CHECK(stage.witness->add_checkpoint("old 0\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n" + good.substr(6)).status == 422);
    CHECK(stage.witness->witnessed().value().empty());
}

TEST_CASE("what strangers write below a checkpoint is not kept", "[witness]") {
    Stage stage;
    const auto stranger = signing::SigningKey::generate().value();
    const auto verifier = signing::NoteVerifier::create("example.com/stranger", stranger.public_key()).value();
    REQUIRE(stage.witness->add_checkpoint(stage.request(0, 3) + signing::sign_note(stranger, verifier, "x\n").value()).status == 200);
    const auto note = signing::parse_note(stage.witness->witnessed().value()[0].note).value();
    REQUIRE(note.signatures.size() == 2);
    CHECK(note.signatures[0].name == "example.com/site");
    CHECK(note.signatures[1].name == "example.com/w1");
}
