// Copies for whoever is in the recording, and masks that are left out.
#include <catch2/catch.hpp>

#include "desk_stage.hpp"
#include "signing/digest.hpp"
#include "signing/encoding.hpp"

namespace ombud::exports {
namespace {

using Catch::Contains;

const approvals::Person carl{1002, 1002, "carl", ""};

std::string content_of(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

/// A desk with a recipient who is in the recordings, whose modules want a person to look through their copies.
struct Stage : DeskStage {
    Stage() {
        options.size_bytes_max = 16 << 20;
        options.recipients.push_back({"visitor", "Vera Vogt", "visitor", "private", "data-subject", "", "", "a long passphrase"});
        REQUIRE(desk->apply(options));
        enforced_by = [](const std::map<std::string, std::string>& fields) {
            if (!fields.contains(OMBUD_KEY_PIXELATED))
                return ModuleAnswer{VerdictAction::deny, "EXP-13", "have it pixelated"};
            return fields.contains(OMBUD_KEY_REVIEWED) ? ModuleAnswer{} : ModuleAnswer{VerdictAction::defer, "EXP-13", "nobody looked through it"};
        };
    }
    static Fields for_visitor() {
        auto fields = said();
        fields["recipient"] = "visitor";
        return fields;
    }
    Export hand_in(const std::string& file, const Fields& fields, std::string_view becomes) {
        const auto taken = desk->submit({{file}, fields, anna});
        if (!taken)
            FAIL(taken.error().message);
        return await(taken->id, becomes);
    }
    std::string whole(std::int64_t id, const ReviewFile& file, const approvals::Person& person) {
        const auto piece = desk->read_sheet(id, file.name, 0, person);
        REQUIRE(piece);
        REQUIRE(static_cast<std::int64_t>(piece->size()) == file.size_bytes); // one piece holds it
        return *piece;
    }
};

TEST_CASE("a copy for a data subject leaves when another person looked through exactly that copy", "[export][desk][review]") {
    Stage stage;
    const auto file = stage.film("a.mp4");
    const std::string plain = content_of(file);

    const Export held = stage.hand_in(file, Stage::for_visitor(), "unreviewed");

    CHECK(held.pixelated);
    CHECK_THAT(held.why, Contains("nobody looked through it"));
    CHECK(stage.sealed.empty());
    const auto files = stage.desk->give_sheets(held.id, ben);
    REQUIRE(files);
    REQUIRE(files->size() == 3);
    CHECK((*files)[0].name == "file-0001-01.jpg");
    CHECK((*files)[1].name == "file-0001.mp4");
    CHECK((*files)[2].name == "file-0001.txt");
    CHECK(stage.whole(held.id, (*files)[0], ben).substr(0, 3) == "\xFF\xD8\xFF");
    const std::string copy = stage.whole(held.id, (*files)[1], ben);
    CHECK(copy != plain);

    const auto reviewed = stage.desk->review(held.id, true, "only the visitor", ben);
    REQUIRE(reviewed);
    const Export done = stage.await(held.id, "released");

    CHECK(stage.asked.back().at(OMBUD_KEY_REVIEWED) == "1");
    REQUIRE(stage.sealed.size() == 1);
    CHECK(stage.sealed.front() == "a.mp4:" + copy);
    CHECK(stage.sealed_sha256.front() == signing::hex(signing::sha256(copy)));
    CHECK_THAT(stage.facts.masks, Contains("pixelated, nothing kept; looked through by ben"));
    CHECK(DeskStage::count(stage.root / "hold") == 0);
    const auto entries = stage.entries("export.reviewed");
    REQUIRE(entries.size() == 1);
    CHECK_THAT(entries.front(), Contains("accepted") && Contains("only the visitor") && Contains("copies_sha256") && !Contains("\"ben\""));
    CHECK(stage.entries("export.sheets").size() == 1);
    CHECK_THAT(stage.entries("export.released").front(), Contains("\"reviewed\":1") && Contains("copies_sha256"));
}

TEST_CASE("who may not look through a copy does not", "[export][desk][review]") {
    Stage stage;
    const Export held = stage.hand_in(stage.film("a.mp4"), Stage::for_visitor(), "unreviewed");
    REQUIRE(stage.desk->give_sheets(held.id, ben));
    SECTION("whoever handed it in") {
        REQUIRE(stage.desk->give_sheets(held.id, anna));
        const auto done = stage.desk->review(held.id, true, "", anna);
        REQUIRE_FALSE(done);
        CHECK_THAT(done.error().message, Contains("somebody else"));
    }
    SECTION("who was not given the sheets") {
        const auto done = stage.desk->review(held.id, true, "", carl);
        REQUIRE_FALSE(done);
        CHECK_THAT(done.error().message, Contains("ombud export sheets 1"));
        CHECK_FALSE(stage.desk->read_sheet(held.id, "file-0001-01.jpg", 0, carl));
    }
    SECTION("a name that leads elsewhere") {
        const auto piece = stage.desk->read_sheet(held.id, "../0", 0, ben);
        REQUIRE_FALSE(piece);
        CHECK(piece.error().code == ErrorCode::not_found);
    }
    SECTION("a rejection without a reason") { CHECK_FALSE(stage.desk->review(held.id, false, "", ben)); }
    CHECK(stage.await(held.id, "unreviewed").review == std::nullopt);
    CHECK(stage.sealed.empty());
}

TEST_CASE("a copy that somebody rejected does not leave; another one has to be looked through anew", "[export][desk][review]") {
    Stage stage;
    auto fields = Stage::for_visitor();
    fields["keep"] = "0,0,0.5,0.5@0-0.5 0.5,0.5,0.5,0.5";
    const Export held = stage.hand_in(stage.film("a.mp4"), fields, "unreviewed");
    CHECK_THAT(held.pixelated_note, Contains("2 kept regions"));
    REQUIRE(stage.desk->give_sheets(held.id, ben));

    const auto rejected = stage.desk->review(held.id, false, "a child is to be seen", ben);

    REQUIRE(rejected);
    CHECK(rejected->state == State::refused);
    CHECK(rejected->rule == "EXP-13");
    CHECK_THAT(rejected->why, Contains("a child is to be seen"));
    SECTION("asked about again, it is refused without asking modules") {
        const auto asked = stage.asked.size();
        const auto again = stage.desk->retry(held.id, anna, false);
        REQUIRE(again);
        CHECK(again->state == State::refused);
        CHECK_THAT(again->why, Contains("a child is to be seen"));
        CHECK(stage.asked.size() == asked);
    }
    SECTION("modules that would let all pass do not let it out") {
        stage.enforced_by = {};
        stage.desk->reconsider();
        CHECK_THAT(stage.await(held.id, "refused").why, Contains("a child is to be seen"));
    }
    SECTION("with another region kept it is another copy, whose sheets nobody was given") {
        REQUIRE(stage.desk->describe(held.id, {{"keep", "0,0,0.5,0.5"}}, anna, false));
        (void)stage.await(held.id, "unreviewed");
        const auto early = stage.desk->review(held.id, true, "", ben);
        REQUIRE_FALSE(early);
        CHECK_THAT(early.error().message, Contains("not given"));
        REQUIRE(stage.desk->give_sheets(held.id, ben));
        REQUIRE(stage.desk->review(held.id, true, "", ben));
        (void)stage.await(held.id, "released");
    }
}

TEST_CASE("a kept region is written into the recording's own times and picture, so it names one file", "[export][desk][review]") {
    Stage stage;
    auto fields = Stage::for_visitor();
    fields["keep"] = "0,0,0.5,0.5";
    const auto taken = stage.desk->submit({{stage.film("a.mp4"), stage.film("b.mp4")}, fields, anna});
    REQUIRE(taken);
    CHECK_THAT(stage.await(taken->id, "refused").why, Contains("hand each in alone"));
}

TEST_CASE("what cannot be pixelated leaves only as modules say, unless it was demanded", "[export][desk][review]") {
    Stage stage;
    stage.pixelate_fails = Error{ErrorCode::not_found, "add <module id=\"pixelate\"/>"};
    SECTION("for a data subject, modules are told, and why is said") {
        const Export refused = stage.hand_in(stage.film("a.mp4"), Stage::for_visitor(), "refused");
        CHECK_THAT(refused.why, Contains("have it pixelated") && Contains("add <module id=\"pixelate\"/>"));
    }
    SECTION("demanded, it is refused whatever modules say") {
        stage.enforced_by = {};
        auto fields = DeskStage::said();
        fields["pixelate"] = "yes";
        const Export refused = stage.hand_in(stage.film("a.mp4"), fields, "refused");
        CHECK(refused.rule == "EXP-13");
        CHECK_THAT(refused.why, Contains("add <module id=\"pixelate\"/>"));
        CHECK(stage.asked.empty());
    }
    CHECK(stage.sealed.empty());
}

TEST_CASE("required masks are left out for a reason that everybody is shown", "[export][desk][masks]") {
    Stage stage;
    stage.options.cameras["entrance"].masks = {{"window", {{0.0, 0.0}, {0.5, 0.0}, {0.5, 0.5}}}};
    REQUIRE(stage.desk->apply(stage.options));
    stage.enforced_by = [](const std::map<std::string, std::string>& fields) {
        return fields.contains(OMBUD_KEY_APPROVED) ? ModuleAnswer{} : ModuleAnswer{VerdictAction::defer, "EXP-7", "masks are lifted"};
    };
    auto fields = DeskStage::said();
    fields["unmasked"] = "the window is the scene";
    const auto file = stage.film("a.mp4");
    const std::string plain = content_of(file);

    const Export asked = stage.hand_in(file, fields, "asked");

    CHECK(stage.asked.back().at(OMBUD_KEY_MASKS) == "lifted");
    CHECK_THAT(stage.approvals->find(asked.proposal)->request.payload, Contains("lifted: 1 mask of entrance: the window is the scene"));
    REQUIRE(stage.approvals->approve(asked.proposal, "", ben));
    (void)stage.await(asked.id, "released");
    CHECK(stage.sealed.front() == "a.mp4:" + plain);
    CHECK_THAT(stage.facts.masks, Contains("lifted: 1 mask of entrance: the window is the scene"));
    CHECK_THAT(stage.entries("export.released").front(), Contains("\"masks\":\"lifted\"") && Contains("the window is the scene"));
}

TEST_CASE("files of several cameras get the masks of the camera that each shows", "[export][desk][masks]") {
    Stage stage;
    stage.enforced_by = {};
    stage.options.cameras["entrance"].masks = {{"window", {{0.0, 0.0}, {0.5, 0.0}, {0.5, 0.5}}}};
    REQUIRE(stage.desk->apply(stage.options));
    auto fields = DeskStage::said();
    fields["camera"] = "yard, entrance";
    const auto yard = stage.film("y.mp4"), entrance = stage.film("e.mp4");
    const std::string plain = content_of(yard);
    SECTION("named for each file") {
        fields["file-camera"] = "yard, entrance";
        const auto taken = stage.desk->submit({{yard, entrance}, fields, anna});
        REQUIRE(taken);
        CHECK(stage.await(taken->id, "released").masks == "applied");
        CHECK(stage.sealed[0] == "y.mp4:" + plain);
        CHECK(stage.sealed[1] != "e.mp4:" + plain);
    }
    SECTION("named for another number of files") {
        fields["file-camera"] = "entrance";
        const auto taken = stage.desk->submit({{yard, entrance}, fields, anna});
        REQUIRE(taken);
        CHECK_THAT(stage.await(taken->id, "released").masks, Contains("missing"));
    }
    SECTION("a camera that the export is not of") {
        fields["camera"] = "yard";
        fields["file-camera"] = "entrance";
        const auto taken = stage.desk->submit({{yard}, fields, anna});
        REQUIRE_FALSE(taken);
        CHECK_THAT(taken.error().message, Contains("'entrance' is none of its cameras"));
    }
}

TEST_CASE("an export that nobody describes is told once after an hour, until somebody does", "[export][desk]") {
    Stage stage;
    stage.enforced_by = {};
    auto fields = DeskStage::said();
    fields.erase("recipient");
    const Export lacking = stage.submit(fields);
    REQUIRE(lacking.state == State::incomplete);
    stage.ledger.clock.advance_ns(undescribed_ns - 1);
    REQUIRE(stage.desk->describe(lacking.id, {{"summary", "a bicycle"}}, anna, false)); // still without a recipient
    CHECK(stage.told.empty());
    stage.ledger.clock.advance_ns(2);
    for (int tries = 0; tries < 30'000 && !stage.desk->find(lacking.id)->undescribed_told; ++tries, ::usleep(1'000))
        stage.desk->wake();
    CHECK(stage.told == std::vector<std::pair<std::int64_t, bool>>{{lacking.id, true}});

    REQUIRE(stage.desk->describe(lacking.id, {{"recipient", "police"}}, anna, false));
    (void)stage.await(lacking.id, "released");
    CHECK(stage.told == std::vector<std::pair<std::int64_t, bool>>{{lacking.id, true}, {lacking.id, false}});
}

TEST_CASE("whether an export was stamped is recorded with its release", "[export][desk]") {
    Stage stage;
    stage.enforced_by = {};
    SECTION("stamped") {
        stage.stamped_utc_ns = 1'790'000'000'000'000'000;
        CHECK(stage.await(stage.submit().id, "released").time_stamped_utc_ns == stage.stamped_utc_ns);
        CHECK_THAT(stage.entries("export.released").front(), Contains("\"time_stamped_utc_ns\":1790000000000000000"));
    }
    SECTION("sealed without, since none was to be had") {
        stage.stamp_missing = "tsa: answers HTTP 503";
        CHECK(stage.await(stage.submit().id, "released").time_stamp_missing == "tsa: answers HTTP 503");
        CHECK_THAT(stage.entries("export.released").front(), Contains("tsa: answers HTTP 503"));
    }
    SECTION("none was asked for") {
        (void)stage.await(stage.submit().id, "released");
        CHECK_THAT(stage.entries("export.released").front(), !Contains("time_stamp"));
    }
}

} // namespace
} // namespace ombud::exports
