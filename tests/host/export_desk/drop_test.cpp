// The drop folder.
#include "desk_stage.hpp"

#include <catch2/catch.hpp>
#include <fcntl.h>

#include "media/recording_file.hpp"

namespace ombud::exports {
namespace {

using Catch::Contains;

constexpr const char* described = "camera = entrance\nfrom = 2026-11-20\nto = 2026-11-20\nreason = theft 17/2026\n"
                                  "recipient = police\ndestination = evidence\n";

/// A desk with a drop folder, in whose time every file is old.
struct DropStage : DeskStage {
    DropStage() {
        ledger.clock.set_utc_ns(SystemClock().utc_ns() + 60'000'000'000);
        options.drop = root / "drop";
        REQUIRE(desk->apply(options));
    }
    void put(const std::string& name, const std::string& content) const {
        std::ofstream(root / ".new") << content;
        std::filesystem::rename(root / ".new", root / "drop" / name);
    }
    template <class Condition>
    void until(Condition condition) {
        for (int tries = 0; !condition(); ++tries) {
            REQUIRE(tries < 30'000);
            desk->wake();
            ::usleep(1'000);
        }
    }
    /// The only export there is.
    Export only(std::string_view state) {
        until([&] { return !desk->list(true, 10)->empty(); });
        return await(1, state);
    }
    Left left_one() {
        until([&] { return !desk->left().empty(); });
        return desk->left().front();
    }
};

TEST_CASE("a file that is put there with its description leaves", "[export][drop]") {
    DropStage stage;

    stage.put("a.mp4.export", described);
    stage.put("a.mp4", "plain video");
    const Export done = stage.only("released");

    CHECK(done.dropped);
    CHECK(done.requester.uid == ::geteuid());
    CHECK(stage.sealed == std::deque<std::string>{"a.mp4:plain video"});
    CHECK(DeskStage::count(stage.root / "drop") == 0);
}

TEST_CASE("a description may come after its file", "[export][drop]") {
    DropStage stage;

    stage.put("a.mp4", "plain video");
    const Export waits = stage.only("incomplete");
    CHECK_THAT(waits.why, Contains("it lacks camera"));
    CHECK(DeskStage::count(stage.root / "drop") == 0); // it is in safe hands all the same
    stage.put("a.mp4.export", described);

    (void)stage.await(waits.id, "released");
    stage.until([&] { return DeskStage::count(stage.root / "drop") == 0; });
}

TEST_CASE("a description that cannot be read holds its file, and a better one lets it go", "[export][drop]") {
    DropStage stage;
    stage.put("a.mp4.export", "camera = cellar\n");
    SECTION("both are seen at once, or either first") {}
    SECTION("the description was looked at alone") { CHECK_THAT(stage.left_one().why, Contains("describes nothing")); }

    stage.put("a.mp4", "plain video");
    const Export waits = stage.only("incomplete");

    CHECK_THAT(waits.why, Contains("a.mp4.export: camera 'cellar' is none of the site's"));
    stage.until([&] { return stage.left_one().why.find("cellar") != std::string::npos; });
    stage.put("a.mp4.export", described);
    (void)stage.await(waits.id, "released");
}

TEST_CASE("a file is left while it is written, and under names of files that are not finished", "[export][drop]") {
    DropStage stage;
    stage.put("a.mp4.export", described);
    {
        const media::Fd writer(::open((stage.root / "drop" / "a.mp4").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
        REQUIRE(::write(writer.get(), "half ", 5) == 5);
        stage.put("b.mp4.part", "half");
        stage.put(".c.mp4", "half");
        stage.put("z.mp4.export", described);
        stage.put("z.mp4", "whole"); // behind it in the folder, so a.mp4 was looked at
        (void)stage.only("released");
        CHECK(std::filesystem::exists(stage.root / "drop" / "a.mp4"));
        REQUIRE(::write(writer.get(), "video", 5) == 5);
    }

    (void)stage.await(2, "released");
    CHECK(stage.sealed == std::deque<std::string>{"z.mp4:whole", "a.mp4:half video"});
    CHECK(std::filesystem::exists(stage.root / "drop" / "b.mp4.part"));
}

TEST_CASE("what cannot be taken over stays, and why is told", "[export][drop]") {
    DropStage stage;
    struct Row {
        const char* behaviour;
        std::function<void(const std::filesystem::path&)> make;
        const char* says;
    };
    const Row rows[] = {
        {"a symbolic link", [](const auto& at) { std::filesystem::create_symlink("/etc/passwd", at / "x.mp4"); }, "link"},
        {"a folder", [](const auto& at) { std::filesystem::create_directory(at / "x.mp4"); }, "x.mp4"},
        {"a hard link",
         [](const auto& at) {
             std::ofstream(at.parent_path() / "mine" / "y") << "video";
             std::filesystem::create_hard_link(at.parent_path() / "mine" / "y", at / "x.mp4");
         },
         "hard links"},
        {"a description of nothing", [](const auto& at) { std::ofstream(at / "x.mp4.export") << described; }, "describes nothing"},
    };
    for (const Row& row : rows) {
        DYNAMIC_SECTION(row.behaviour) {
            row.make(stage.root / "drop");

            CHECK_THAT(stage.left_one().why, Contains(row.says));
            CHECK(stage.desk->list(true, 10)->empty());
        }
    }
}

TEST_CASE("another's description is not believed", "[export][drop]") {
    if (::geteuid() != 0)
        return;
    DropStage stage;
    stage.put("a.mp4.export", described);
    REQUIRE(::chown((stage.root / "drop" / "a.mp4.export").c_str(), 65533, 65533) == 0);
    std::ofstream(stage.root / "a") << "plain video";
    REQUIRE(::chown((stage.root / "a").c_str(), 65534, 65534) == 0);

    std::filesystem::rename(stage.root / "a", stage.root / "drop" / "a.mp4");
    const Export waits = stage.only("incomplete");

    CHECK_THAT(waits.why, Contains("belongs to another account"));
    CHECK(waits.requester.uid == 65534);
}

TEST_CASE("a hostile name harms nobody", "[export][drop]") {
    DropStage stage;
    const std::string name = "a\n\x1b[2J\xff.mp4";

    stage.put(name + ".export", described);
    stage.put(name, "plain video");
    (void)stage.only("released");

    CHECK(stage.sealed == std::deque<std::string>{"a\\x0a\\x1b[2J\\xff.mp4:plain video"});
}

} // namespace
} // namespace ombud::exports
