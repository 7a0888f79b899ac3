// An export from the file that is handed in to the sealed folder, and every way on which it does not get there.
#include "desk_stage.hpp"

#include <catch2/catch.hpp>

namespace ombud::exports {
namespace {

using Catch::Contains;

TEST_CASE("what is allowed leaves sealed, with its row, and no plain copy stays", "[export][desk]") {
    DeskStage stage;

    const Export taken = stage.submit();
    const Export done = stage.await(taken.id, "released");

    CHECK(std::filesystem::exists(stage.released(taken.id) / "sealed"));
    CHECK(stage.sealed == std::deque<std::string>{"a.mp4:plain video"});
    CHECK(stage.entered == std::vector<std::int64_t>{taken.id});
    CHECK(DeskStage::count(stage.root / "hold") == 0);
    CHECK(DeskStage::count(stage.root / "mine") == 0);
    CHECK(DeskStage::count(stage.root / "evidence") == 1);
    CHECK_THAT(done.cleared, Contains("overwritten and removed: ext4"));
    REQUIRE(stage.entries("export.released").size() == 1);
    CHECK(stage.entries("export.cleared").size() == 1);
    ledger::require_verifies(stage.ledger.path());
}

TEST_CASE("modules are asked with all that is known", "[export][desk]") {
    DeskStage stage;
    Fields fields = DeskStage::said();
    fields["camera"] = "entrance, yard";
    fields["medium"] = "3";
    fields["destroy-by"] = "2026-12-24";

    (void)stage.await(stage.submit(fields).id, "released");

    REQUIRE(stage.asked.size() == 1);
    auto asked = stage.asked.front();
    CHECK(asked.at(OMBUD_KEY_VIA) == "desk");
    CHECK(asked.at(OMBUD_KEY_EXPORT) == "1");
    CHECK(asked.at(OMBUD_KEY_USER) == "anna");
    CHECK(asked.at(OMBUD_KEY_CAMERAS) == "entrance\nyard");
    CHECK(asked.at(OMBUD_KEY_DEVICES) == "e\ny");
    CHECK(asked.at(OMBUD_KEY_ATTACHMENT) == "files");
    CHECK(asked.at(OMBUD_KEY_SIZE) == "11");
    CHECK(asked.at(OMBUD_KEY_FORMATS) == "other");
    CHECK(asked.at(OMBUD_KEY_SEALED) == "1");
    CHECK(asked.at(OMBUD_KEY_REASON) == "theft 17/2026");
    CHECK(asked.at(OMBUD_KEY_RECIPIENT_CLASS) == "other-institution");
    CHECK(asked.at(OMBUD_KEY_DESTINATION) == "evidence");
    CHECK(asked.at(OMBUD_KEY_DESTINATION_KIND) == "folder");
    CHECK(asked.at(OMBUD_KEY_MEDIUM) == "3");
    CHECK(asked.at(OMBUD_KEY_MASKS) == "none");
    CHECK(asked.contains(OMBUD_KEY_DESTROY_BY));
    CHECK_FALSE(asked.contains(OMBUD_KEY_APPROVED));
}

TEST_CASE("what is refused stays here until it is corrected or withdrawn", "[export][desk]") {
    DeskStage stage;
    stage.enforced = [](bool) { return ModuleAnswer{VerdictAction::deny, "EXP-4", "needs a medium"}; };

    const Export refused = stage.submit();

    CHECK(refused.state == State::refused);
    CHECK(refused.rule == "EXP-4");
    CHECK(refused.why == "needs a medium");
    CHECK(DeskStage::count(stage.root / "hold") == 1);
    CHECK(DeskStage::count(stage.root / "evidence") == 0);

    SECTION("corrected, it is asked about again and leaves") {
        stage.enforced = [](bool) { return ModuleAnswer{}; };
        REQUIRE(stage.desk->describe(refused.id, {{"medium", "3"}}, anna, false));
        (void)stage.await(refused.id, "released");
        CHECK(stage.asked.back().at(OMBUD_KEY_MEDIUM) == "3");
    }
    SECTION("asked about again, it is refused again") {
        const auto again = stage.desk->retry(refused.id, anna, false);
        REQUIRE(again);
        CHECK(again->state == State::refused);
        CHECK(stage.asked.size() == 2);
    }
    SECTION("modules that changed are asked by themselves") {
        stage.enforced = [](bool) { return ModuleAnswer{}; };
        stage.desk->reconsider();
        (void)stage.await(refused.id, "released");
    }
    SECTION("withdrawn, its copy is removed") {
        REQUIRE(stage.desk->withdraw(refused.id, "not needed", anna, false));
        (void)stage.await(refused.id, "withdrawn");
        CHECK(DeskStage::count(stage.root / "hold") == 0);
        CHECK(stage.sealed.empty());
        CHECK(stage.entries("export.withdrawn").size() == 1);
    }
    SECTION("nobody comes for it: it is removed after the site's time") {
        stage.ledger.clock.advance_ns(stage.options.keep_ns);
        (void)stage.await(refused.id, "expired");
        CHECK(DeskStage::count(stage.root / "hold") == 0);
        CHECK(stage.entries("export.expired").size() == 1);
    }
}

TEST_CASE("a second person's approval lets out exactly what was judged, once", "[export][desk]") {
    DeskStage stage;
    stage.enforced = [](bool approved) {
        return approved ? ModuleAnswer{} : ModuleAnswer{VerdictAction::defer, "EXP-8", "a second person must approve"};
    };
    const Export asked = stage.submit();
    REQUIRE(asked.state == State::asked);
    CHECK(stage.sealed.empty());
    const auto proposal = stage.approvals->find(asked.proposal);
    REQUIRE(proposal);
    CHECK_THAT(proposal->request.payload, Contains("Ada Apt") && Contains("entrance") && Contains("a.mp4") && Contains("theft 17/2026"));

    SECTION("approved") {
        REQUIRE(stage.approvals->approve(asked.proposal, "known case", ben));
        const Export done = stage.await(asked.id, "released");
        CHECK(stage.asked.size() == 2);
        CHECK(stage.asked.back().at(OMBUD_KEY_APPROVED) == "1");
        CHECK(stage.sealed.size() == 1);
        CHECK(done.approval_reason == "known case");
        CHECK_FALSE(stage.approvals->approve(asked.proposal, "again", ben));
    }
    SECTION("the requester does not approve") {
        CHECK_FALSE(stage.approvals->approve(asked.proposal, "mine", anna));
        CHECK(stage.await(asked.id, "asked").state == State::asked);
    }
    SECTION("refused by the second person") {
        REQUIRE(stage.approvals->refuse(asked.proposal, "no order", ben));
        CHECK_THAT(stage.await(asked.id, "refused").why, Contains("no order"));
    }
    SECTION("nobody decides in time") {
        stage.ledger.clock.advance_ns(approvals::Approvals::lifetime_default_ns + 1);
        REQUIRE(stage.approvals->expire());
        CHECK_THAT(stage.await(asked.id, "refused").why, Contains("nobody approved it in time"));
    }
    SECTION("withdrawn, there is nothing to approve any more") {
        REQUIRE(stage.desk->withdraw(asked.id, "", anna, false));
        (void)stage.await(asked.id, "withdrawn");
        CHECK_FALSE(stage.approvals->approve(asked.proposal, "late", ben));
        CHECK(stage.sealed.empty());
    }
    SECTION("over a restart") {
        stage.reopen();
        CHECK(stage.await(asked.id, "asked").proposal == asked.proposal);
        REQUIRE(stage.approvals->approve(asked.proposal, "known case", ben));
        (void)stage.await(asked.id, "released");
    }
    SECTION("approved while no desk runs") {
        stage.desk.reset();
        REQUIRE(stage.approvals->approve(asked.proposal, "known case", ben));
        stage.start();
        (void)stage.await(asked.id, "released");
    }
    SECTION("modules may refuse what was approved") {
        stage.enforced = [](bool) { return ModuleAnswer{VerdictAction::deny, "EXP-1", "no longer listed"}; };
        REQUIRE(stage.approvals->approve(asked.proposal, "known case", ben));
        CHECK(stage.await(asked.id, "refused").rule == "EXP-1");
    }
}

TEST_CASE("what is described anew after an approval needs a new one", "[export][desk]") {
    DeskStage stage;
    stage.enforced = [](bool approved) {
        return approved ? ModuleAnswer{VerdictAction::deny, "EXP-11", "no day of destruction"} : ModuleAnswer{VerdictAction::defer, "EXP-8", "second person"};
    };
    const Export asked = stage.submit();
    REQUIRE(stage.approvals->approve(asked.proposal, "known case", ben));
    (void)stage.await(asked.id, "refused");

    const auto again = stage.desk->describe(asked.id, {{"destroy-by", "2026-12-24"}}, anna, false);

    REQUIRE(again);
    CHECK(again->state == State::asked);
    CHECK(again->proposal != asked.proposal);
}

TEST_CASE("modules in monitor stop nothing, and what they would have done is recorded", "[export][desk]") {
    DeskStage stage;
    stage.enforced = [](bool) { return ModuleAnswer{VerdictAction::abstain}; };
    stage.merged = ModuleAnswer{VerdictAction::deny, "EXP-4", "needs a medium"};

    const Export done = stage.await(stage.submit().id, "released");

    CHECK(done.would == "deny EXP-4: needs a medium");
    CHECK_THAT(stage.entries("export.released").front(), Contains("deny EXP-4: needs a medium"));
}

TEST_CASE("what is not described completely waits, and says what is missing", "[export][desk]") {
    DeskStage stage;

    const Export incomplete = stage.submit({{"camera", "entrance"}});

    CHECK(incomplete.state == State::incomplete);
    CHECK_THAT(incomplete.why, Contains("reason") && Contains("recipient") && Contains("destination") && Contains("from and to"));
    CHECK(stage.asked.empty());
    auto rest = DeskStage::said();
    REQUIRE(stage.desk->describe(incomplete.id, rest, anna, false));
    (void)stage.await(incomplete.id, "released");
}

TEST_CASE("who may do what with an export", "[export][desk]") {
    DeskStage stage;
    stage.enforced = [](bool) { return ModuleAnswer{VerdictAction::deny, "EXP-4", "no"}; };
    const Export refused = stage.submit();

    for (const auto& done : {stage.desk->withdraw(refused.id, "", ben, false), stage.desk->retry(refused.id, ben, false),
                             stage.desk->describe(refused.id, {}, ben, false)}) {
        REQUIRE_FALSE(done);
        CHECK(done.error().code == ErrorCode::refused);
        CHECK_THAT(done.error().message, Contains("another person's"));
    }
    CHECK(stage.desk->withdraw(refused.id, "", ben, true));
}

TEST_CASE("a destination that is not there is waited for", "[export][desk]") {
    DeskStage stage;
    auto fields = DeskStage::said();
    fields["destination"] = "stick";

    const Export blocked = stage.submit(fields);
    CHECK(blocked.state == State::blocked);
    CHECK_THAT(blocked.why, Contains("is it mounted?"));
    stage.kernel.mount("8:16", stage.root / "stick", "vfat");
    stage.ledger.clock.advance_ns(5'000'000'001);

    (void)stage.await(blocked.id, "released");
    CHECK(stage.asked.front().at(OMBUD_KEY_DESTINATION_KIND) == "removable");
    CHECK(DeskStage::count(stage.root / "stick") == 1);
}

TEST_CASE("a sealing that fails leaves nothing at the destination and is tried again", "[export][desk]") {
    DeskStage stage;
    stage.seal_fails = Error{ErrorCode::unavailable, "no space left on device"};

    const Export blocked = stage.submit();

    CHECK(blocked.state == State::blocked);
    CHECK_THAT(blocked.why, Contains("no space left on device"));
    CHECK(DeskStage::count(stage.root / "evidence") == 0);
    CHECK(DeskStage::count(stage.root / "hold") == 1);
    CHECK(stage.entries("export.released").empty());
    {
        const std::lock_guard lock(stage.mutex);
        stage.seal_fails.reset();
    }
    REQUIRE(stage.desk->retry(blocked.id, anna, false));
    (void)stage.await(blocked.id, "released");
}

TEST_CASE("without its row in the register nothing leaves", "[export][desk]") {
    DeskStage stage;
    stage.enter_fails = Error{ErrorCode::refused, "the register is full"};

    const Export blocked = stage.submit();

    CHECK(blocked.state == State::blocked);
    CHECK_THAT(blocked.why, Contains("the register is full"));
    CHECK(DeskStage::count(stage.root / "evidence") == 0);
    CHECK(stage.entries("export.released").empty());
}

TEST_CASE("a kill at any step is made good, and nothing leaves twice", "[export][desk]") {
    DeskStage stage;
    stage.enforced = [](bool) { return ModuleAnswer{VerdictAction::deny, "EXP-4", "not yet"}; };
    const Export held = stage.submit();
    stage.enforced = [](bool) { return ModuleAnswer{}; };
    const auto hidden = stage.root / "evidence" / (".ombud-export-" + std::to_string(held.id));

    SECTION("while it is sealed") {
        std::filesystem::create_directories(hidden / ".ombud-seal-x");
        std::ofstream(hidden / ".ombud-seal-x" / "half") << "half";
    }
    SECTION("sealed and not recorded") {
        std::filesystem::create_directories(hidden / "seal");
        std::ofstream(hidden / "seal" / "old") << "old";
    }
    stage.reopen();
    REQUIRE(stage.desk->retry(held.id, anna, false));
    (void)stage.await(held.id, "released");

    CHECK(DeskStage::count(stage.root / "evidence") == 1);
    CHECK(DeskStage::count(stage.released(held.id)) == 1);
    CHECK(std::filesystem::exists(stage.released(held.id) / "sealed"));
    CHECK(stage.entered.size() == 1);
    CHECK(stage.entries("export.released").size() == 1);
}

TEST_CASE("where a required mask cannot be burnt in, modules are told that it is missing", "[export][desk][masks]") {
    DeskStage stage;
    stage.options.cameras["entrance"].masks = {{"window", {{0.1, 0.1}, {0.5, 0.1}, {0.5, 0.5}}}};
    REQUIRE(stage.desk->apply(stage.options));
    stage.enforced = [](bool) { return ModuleAnswer{VerdictAction::deny, "EXP-7", "masks are missing"}; };
    auto fields = DeskStage::said();
    const char* says = "a.mp4";
    SECTION("in what is no recording") {}
    SECTION("in files of which nobody knows which camera they show") {
        fields["camera"] = "yard, entrance";
        says = "several cameras";
    }

    const Export refused = stage.submit(fields);

    CHECK(refused.state == State::refused);
    CHECK(stage.asked.back().at(OMBUD_KEY_MASKS) == "missing");
    CHECK_THAT(refused.masks_note, Contains(says));
    auto other = DeskStage::said();
    other["camera"] = "yard";
    REQUIRE(stage.desk->describe(refused.id, other, anna, false));
    CHECK(stage.asked.back().at(OMBUD_KEY_MASKS) == "none");
}

TEST_CASE("a required mask is burnt into what leaves", "[export][desk][masks]") {
    DeskStage stage;
    stage.options.size_bytes_max = 16 << 20;
    stage.options.cameras["entrance"].masks = {{"window", {{0.0, 0.0}, {0.5, 0.0}, {0.5, 0.5}, {0.0, 0.5}}}};
    REQUIRE(stage.desk->apply(stage.options));
    const auto recording = stage.film("a.mp4");
    std::ifstream in(recording, std::ios::binary);
    const std::string plain{std::istreambuf_iterator<char>(in), {}};

    const auto taken = stage.desk->submit({{recording}, DeskStage::said(), anna});
    REQUIRE(taken);
    const Export done = stage.await(taken->id, "released");

    CHECK(stage.asked.back().at(OMBUD_KEY_MASKS) == "applied");
    CHECK(stage.asked.back().at(OMBUD_KEY_TRACKS) == "video/h264");
    CHECK(done.masks == "applied");
    REQUIRE(stage.sealed.size() == 1);
    CHECK(stage.sealed.front() != "a.mp4:" + plain);
    CHECK(stage.sealed.front().size() > 1000);
    CHECK(DeskStage::count(stage.root / "hold") == 0);
}

TEST_CASE("limits are kept", "[export][desk]") {
    DeskStage stage;
    SECTION("the size of one") {
        const auto done = stage.desk->submit({{stage.file("big.mp4", std::string((1 << 20) + 1, 'x'))}, DeskStage::said(), anna});
        REQUIRE_FALSE(done);
        CHECK_THAT(done.error().message, Contains("size-max is 1048576"));
        CHECK(std::filesystem::exists(stage.root / "mine" / "big.mp4"));
    }
    SECTION("how many are held") {
        stage.enforced = [](bool) { return ModuleAnswer{VerdictAction::deny, "EXP-1", "no"}; };
        stage.options.waiting_max = 2;
        REQUIRE(stage.desk->apply(stage.options));
        (void)stage.submit(DeskStage::said(), "1.mp4");
        (void)stage.submit(DeskStage::said(), "2.mp4");
        const auto third = stage.desk->submit({{stage.file("3.mp4")}, DeskStage::said(), anna});
        REQUIRE_FALSE(third);
        CHECK_THAT(third.error().message, Contains("as many as waiting-max lets"));
        CHECK(std::filesystem::exists(stage.root / "mine" / "3.mp4"));
    }
    SECTION("the same file twice") {
        const auto file = stage.file("a.mp4");
        const auto done = stage.desk->submit({{file, file}, DeskStage::said(), anna});
        REQUIRE_FALSE(done);
        CHECK_THAT(done.error().message, Contains("given twice"));
    }
}

TEST_CASE("files of one name are told apart in the seal", "[export][desk]") {
    DeskStage stage;
    std::filesystem::create_directory(stage.root / "mine" / "b");
    const auto first = stage.file("a.mp4", "one"), second = stage.file("b/a.mp4", "two");

    const auto taken = stage.desk->submit({{first, second}, DeskStage::said(), anna});
    REQUIRE(taken);
    (void)stage.await(taken->id, "released");

    CHECK(stage.sealed == std::deque<std::string>{"a.mp4:one", "a-2.mp4:two"});
}

TEST_CASE("no personal value is in the ledger, or stays in its file when an export is closed", "[export][desk]") {
    DeskStage stage;
    auto fields = DeskStage::said();
    fields["requester-name"] = "Quentin Quirk";

    (void)stage.await(stage.submit(fields, "mueller.mp4").id, "released");

    for (const char* kind : {"export.taken", "export.released", "export.cleared"})
        for (const std::string& line : stage.entries(kind)) {
            CHECK_THAT(line, !Contains("mueller") && !Contains("anna\"") && !Contains("Quentin"));
        }
    stage.desk.reset();
    stage.ledger.close();
    std::string all;
    for (const auto& file : std::filesystem::directory_iterator(stage.ledger.path()))
        if (file.path().filename().string().starts_with("ledger.db")) {
            std::ifstream in(file.path(), std::ios::binary);
            all.append(std::istreambuf_iterator<char>(in), {});
        }
    CHECK(all.find("export.released") != std::string::npos);
    CHECK(all.find("mueller.mp4") == std::string::npos);
    CHECK(all.find("Quentin") == std::string::npos);
}

} // namespace
} // namespace ombud::exports
