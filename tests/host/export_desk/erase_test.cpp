// Removing plain copies.
#include "gates/export/erase.hpp"

#include <catch2/catch.hpp>
#include <fcntl.h>
#include <unistd.h>

#include "kernel.hpp"
#include "media/recording_file.hpp"

namespace ombud::exports {
namespace {

using Catch::Contains;

TEST_CASE("overwriting is done where it reaches the old blocks", "[export][erase]") {
    Kernel kernel;
    kernel.disk("pci/ata1", "sda", "8:0", false, true).disk("pci/nvme", "nvme0n1", "259:0", false, false);
    kernel.partition("pci/nvme", "nvme0n1", "nvme0n1p1", "259:1").made_of("dm-0", "253:0", "nvme0n1p1", "259:1");
    struct Row {
        const char* behaviour;
        const char* filesystem;
        const char* device;
        bool makes_sense;
        const char* says;
    };
    const Row rows[] = {
        {"ext4 on a disk", "ext4", "8:0", true, "in place"},
        {"xfs on a disk", "xfs", "8:0", true, "in place"},
        {"ext4 on flash", "ext4", "259:0", false, "flash"},
        {"ext4 on a partition of flash", "ext4", "259:1", false, "flash"},
        {"dm-crypt over flash, whose own queue says that it turns", "ext4", "253:0", false, "flash"},
        {"btrfs on a disk", "btrfs", "8:0", false, "in place"},
        {"overlay", "overlay", "0:30", false, "in place"},
        {"memory", "tmpfs", "0:31", false, "memory"},
        {"a device that sysfs does not know", "ext4", "9:9", false, "does not tell"},
    };
    for (const Row& row : rows) {
        DYNAMIC_SECTION(row.behaviour) {
            const Overwriting found = overwriting_on(row.filesystem, row.device, kernel.files());

            CHECK(found.makes_sense == row.makes_sense);
            CHECK_THAT(found.words, Contains(row.says));
        }
    }
}

struct Plain {
    TempFolder folder;
    std::filesystem::path file = folder / "plain";
    media::Fd open;
    Plain() {
        std::ofstream(file) << std::string(300'000, 's');
        open = media::Fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
    }
    /// What is in the file's blocks now, seen through a descriptor from before.
    std::string content() const {
        std::string text(300'000, '?');
        REQUIRE(::pread(open.get(), text.data(), text.size(), 0) == 300'000);
        return text;
    }
};

TEST_CASE("a plain copy is overwritten, then removed", "[export][erase]") {
    Plain plain;
    Kernel kernel;
    kernel.disk("pci/ata1", "sda", "8:0", false, true).mount("8:0", "/", "ext4");

    const auto erased = erase_file(plain.file, kernel.files());

    REQUIRE(erased);
    CHECK_THAT(*erased, Contains("overwritten and removed: ext4"));
    CHECK_FALSE(std::filesystem::exists(plain.file));
    CHECK(plain.content() == std::string(300'000, '\0'));
}

TEST_CASE("where overwriting makes no sense the copy is removed, and that is said", "[export][erase]") {
    Plain plain;
    Kernel kernel;
    kernel.disk("pci/nvme", "nvme0n1", "259:0", false, false).mount("259:0", "/", "ext4");

    const auto erased = erase_file(plain.file, kernel.files());

    REQUIRE(erased);
    CHECK_THAT(*erased, Contains("not overwritten: ext4 on flash"));
    CHECK_FALSE(std::filesystem::exists(plain.file));
}

TEST_CASE("content that has another name is not destroyed", "[export][erase]") {
    Plain plain;
    std::filesystem::create_hard_link(plain.file, plain.folder / "other");
    Kernel kernel;
    kernel.disk("pci/ata1", "sda", "8:0", false, true).mount("8:0", "/", "ext4");

    const auto erased = erase_file(plain.file, kernel.files());

    REQUIRE(erased);
    CHECK_FALSE(std::filesystem::exists(plain.file));
    CHECK(plain.content() == std::string(300'000, 's'));
}

TEST_CASE("what is gone already is removed", "[export][erase]") {
    const TempFolder folder;

    const auto erased = erase_file(folder / "none", {});

    REQUIRE(erased);
    CHECK(*erased == "was gone already");
}

TEST_CASE("a link is refused, and what it leads to stays", "[export][erase]") {
    Plain plain;
    std::filesystem::create_symlink(plain.file, plain.folder / "link");

    const auto erased = erase_file(plain.folder / "link", {});

    REQUIRE_FALSE(erased);
    CHECK(erased.error().code == ErrorCode::refused);
    CHECK(std::filesystem::exists(plain.file));
}

} // namespace
} // namespace ombud::exports
