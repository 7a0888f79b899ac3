// What a destination really is.
#include <catch2/catch.hpp>

#include "gates/export/destination.hpp"
#include "kernel.hpp"

namespace ombud::exports {
namespace {

using Catch::Contains;

constexpr const char* usb = "pci0000:00/0000:00:14.0/usb2/2-1/2-1:1.0/host6/target6:0:0/6:0:0:0";
constexpr const char* sata = "pci0000:00/0000:00:17.0/ata1/host0/target0:0:0/0:0:0:0";
constexpr const char* card = "pci0000:00/0000:00:1a.0/mmc_host/mmc0/mmc0:0001";

Kernel& machine(Kernel& kernel) {
    return kernel.disk(sata, "sda", "8:0", false, true)
        .partition(sata, "sda", "sda1", "8:1")
        .disk(usb, "sdb", "8:16", false, true) // a USB disk does not call itself removable
        .partition(usb, "sdb", "sdb1", "8:17")
        .disk(card, "mmcblk0", "179:0", true, false)
        .made_of("dm-0", "253:0", "sdb1", "8:17")
        .made_of("dm-1", "253:1", "sda1", "8:1")
        .mount("8:1", "/", "ext4")
        .mount("8:17", "/media/disk", "vfat")
        .mount("179:0", "/media/card", "exfat")
        .mount("253:0", "/media/luks", "ext4")
        .mount("253:1", "/srv", "xfs")
        .mount("0:50", "/net/plain", "cifs", "rw", "rw,vers=3.1.1,cache=strict")
        .mount("0:51", "/net/sealed", "cifs", "rw", "rw,vers=3.1.1,seal,cache=strict")
        .mount("0:52", "/net/nfs", "nfs4", "rw", "rw,vers=4.2,sec=sys")
        .mount("0:53", "/net/krb5p", "nfs4", "rw", "rw,vers=4.2,sec=krb5p")
        .mount("0:54", "/net/krb5", "nfs4", "rw", "rw,vers=4.2,sec=krb5")
        .mount("0:55", "/net/ssh", "fuse.sshfs")
        .mount("0:56", "/net/rclone", "fuse.rclone")
        .mount("0:57", "/net/with\\040blank", "cifs", "rw", "rw,sealed=no");
}

TEST_CASE("the kernel says what a folder stands on, whatever the site claims", "[export][ground]") {
    struct Row {
        const char* behaviour;
        const char* path;
        const char* kind;
        const char* words;
    };
    const Row rows[] = {
        {"a folder of the root disk", "/srv2/x", "folder", "ext4"},
        {"a mount of the same disk", "/srv/evidence", "folder", "xfs"},
        {"a USB disk that calls itself fixed", "/media/disk/a/b", "removable", "removable"},
        {"a memory card", "/media/card", "removable", "removable"},
        {"a LUKS volume on a USB disk", "/media/luks/a", "removable", "removable"},
        {"a folder that only begins with the name of a mount", "/media/disks", "folder", "ext4"},
        {"SMB", "/net/plain", "share", "without encryption"},
        {"SMB with encryption", "/net/sealed/a", "share", "SMB 3 with encryption"},
        {"NFS", "/net/nfs", "share", "without encryption"},
        {"NFS with privacy", "/net/krb5p", "share", "privacy"},
        {"NFS with Kerberos that only signs", "/net/krb5", "share", "without encryption"},
        {"SSH", "/net/ssh", "share", "SSH"},
        {"a network whose mount tells nothing", "/net/rclone", "share", "does not tell"},
        {"a mount with a blank in its name, and an option that is not the one", "/net/with blank/x", "share", "without encryption"},
    };
    Kernel kernel;
    machine(kernel);
    for (const Row& row : rows) {
        DYNAMIC_SECTION(row.behaviour) {
            const auto ground = ground_of(row.path, kernel.files());

            REQUIRE(ground);
            CHECK(ground->kind == row.kind);
            CHECK_THAT(ground->words, Contains(row.words));
        }
    }
}

TEST_CASE("a mount over a mount is what counts", "[export][ground]") {
    Kernel kernel;
    machine(kernel).mount("8:17", "/srv", "vfat");

    const auto ground = ground_of("/srv/evidence", kernel.files());

    REQUIRE(ground);
    CHECK(ground->kind == "removable");
}

TEST_CASE("this machine's own mounts can be read", "[export][ground]") {
    const auto ground = ground_of("/proc", {});

    REQUIRE(ground);
    CHECK(ground->type == "proc");
    CHECK(ground->kind == "folder");
}

/// A site with two destinations in a folder of the test.
struct Places {
    TempFolder folder;
    Kernel kernel;
    Options options;
    std::filesystem::path root = std::filesystem::canonical(folder.path());

    Places() {
        for (const char* name : {"evidence", "evidence/deep", "stick", "other", "hold"})
            std::filesystem::create_directory(root / name);
        kernel.disk(sata, "sda", "8:0", false, true).disk(usb, "sdb", "8:16", true, false).mount("8:0", "/", "ext4");
        options.hold = root / "hold";
        options.destinations = {{"evidence", "folder", root / "evidence"}, {"stick", "removable", root / "stick"}};
    }
    Result<Place> find(const std::string& wanted, uid_t asker = 0) { return find_place(wanted, asker, options, kernel.files()); }
};

TEST_CASE("a path in a destination counts as that destination", "[export][destination]") {
    Places places;

    const auto place = places.find((places.root / "evidence" / "deep").string());

    REQUIRE(place);
    CHECK(place->id == "evidence");
    CHECK(place->kind == "folder");
    CHECK(place->folder == places.root / "evidence" / "deep");
}

TEST_CASE("a path that leads out of a destination is unlisted", "[export][destination]") {
    Places places;
    std::filesystem::create_directory_symlink(places.root / "other", places.root / "evidence" / "link");

    for (const std::string& wanted : {(places.root / "evidence" / "link").string(), (places.root / "evidence" / ".." / "other").string()}) {
        const auto place = places.find(wanted);

        REQUIRE(place);
        CHECK(place->id.empty());
        CHECK(place->kind == "unlisted");
        CHECK(place->folder == places.root / "other");
    }
}

TEST_CASE("an unlisted folder must be the asker's", "[export][destination]") {
    Places places;

    const auto place = places.find((places.root / "other").string(), ::geteuid() + 4711);

    const auto none = places.find((places.root / "none").string(), ::geteuid() + 4711);
    std::ofstream(places.root / "file") << "x";
    const auto file = places.find((places.root / "file").string(), ::geteuid() + 4711);

    for (const auto* found : {&place, &none, &file}) { // what is where is not theirs to know
        REQUIRE_FALSE(*found);
        CHECK(found->error().code == ErrorCode::refused);
        CHECK_THAT(found->error().message, Contains("is none of the site's destinations, and no folder of the requester's own"));
    }
}

TEST_CASE("a stick that is not plugged in is no destination", "[export][destination]") {
    Places places;

    const auto before = places.find("stick");
    places.kernel.mount("8:16", places.root / "stick", "vfat");
    const auto then = places.find("stick");

    REQUIRE_FALSE(before);
    CHECK(before.error().code == ErrorCode::unavailable);
    CHECK_THAT(before.error().message, Contains("is it mounted?"));
    REQUIRE(then);
    CHECK(then->kind == "removable");
}

TEST_CASE("a folder that turns out to be removable counts as removable", "[export][destination]") {
    Places places;
    places.kernel.mount("8:16", places.root / "evidence", "ext4");

    const auto place = places.find("evidence");

    REQUIRE(place);
    CHECK(place->id == "evidence");
    CHECK(place->kind == "removable");
}

TEST_CASE("the desk's own folder is no destination", "[export][destination]") {
    Places places;

    const auto place = places.find((places.root / "hold").string());

    REQUIRE_FALSE(place);
    CHECK_THAT(place.error().message, Contains("belongs to the desk itself"));
}

} // namespace
} // namespace ombud::exports
