#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <ombud/disk_encryption.hpp>

using namespace ombud::sdk;
namespace fs = std::filesystem;

namespace {
/// A /proc and /sys with the disks that the test puts there; /media is mounted from device 253:1.
struct Machine {
    fs::path root;

    Machine() {
        char name[] = "/tmp/ombud-disks-XXXXXX";
        root = mkdtemp(name);
        write("proc/self/mountinfo",
              "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n30 22 253:1 / /media rw - ext4 /dev/dm-1 rw\n");
    }
    ~Machine() { fs::remove_all(root); }
    void write(const fs::path& file, const std::string& text) {
        fs::create_directories((root / file).parent_path());
        std::ofstream(root / file) << text;
    }
    void slave(const std::string& of, const std::string& device) {
        fs::create_directories(root / of / "slaves");
        fs::create_directory_symlink(root / device, root / of / "slaves" / fs::path(device).filename());
    }
    std::optional<Encryption> look() { return encryption_of("/media/cameras", root); }
};
} // namespace

TEST_CASE("a volume of dm-crypt is fully encrypted") {
    Machine machine;
    machine.write("sys/dev/block/253:1/dm/uuid", "CRYPT-LUKS2-0123-media\n");

    CHECK(machine.look() == Encryption::full);
}

TEST_CASE("a volume over dm-crypt and plain disks is partly encrypted") {
    Machine machine;
    machine.write("sys/dev/block/253:1/dm/uuid", "LVM-abc\n");
    machine.write("sys/block/dm-0/dm/uuid", "CRYPT-LUKS2-0123-a\n");
    machine.write("sys/block/sdb/size", "1\n");
    machine.slave("sys/dev/block/253:1", "sys/block/dm-0");
    CHECK(machine.look() == Encryption::full);

    machine.slave("sys/dev/block/253:1", "sys/block/sdb");

    CHECK(machine.look() == Encryption::partial);
}

TEST_CASE("a plain disk is not encrypted") {
    Machine machine;
    machine.write("sys/dev/block/253:1/size", "1\n");

    CHECK(machine.look() == Encryption::none);
}

TEST_CASE("what cannot be known is not guessed") {
    Machine machine;
    CHECK_FALSE(machine.look()); // no such device in /sys

    machine.write("sys/dev/block/253:1/loop/backing_file", "/srv/disk.img\n");
    CHECK_FALSE(machine.look());

    machine.write("proc/self/mountinfo", "30 22 0:45 / /media rw - nfs4 server:/cameras rw\n");
    CHECK_FALSE(machine.look());
}

TEST_CASE("the innermost mount counts, with blanks in its name") {
    Machine machine;
    machine.write("proc/self/mountinfo", "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
                                         "30 22 253:1 / /media/cameras\\040old rw - ext4 /dev/dm-1 rw\n");
    machine.write("sys/dev/block/8:1/size", "1\n");
    machine.write("sys/dev/block/253:1/dm/uuid", "CRYPT-LUKS2-0123-media\n");

    CHECK(encryption_of("/media/cameras old/x", machine.root) == Encryption::full);
    CHECK(encryption_of("/media/cameras", machine.root) == Encryption::none);
}
