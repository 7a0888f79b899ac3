#include "encryption.hpp"
#include "temp_folder.hpp"

#include <catch2/catch.hpp>

using namespace ombud::zoneminder;
namespace fs = std::filesystem;

namespace {

/// A machine made of files: mountinfo, and block devices in sysfs.
struct Machine : TempFolder {
    void mount(const std::string& device, const std::string& folder, const std::string& kind, const std::string& source) {
        mounts += "1 0 " + device + " / " + folder + " rw - " + kind + " " + source + " rw\n";
        write("proc/self/mountinfo", mounts);
    }
    void disk(const std::string& device) const { fs::create_directories(path / "sys/dev/block" / device); }
    void mapped(const std::string& device, const std::string& uuid, const std::vector<std::string>& below) const {
        write("sys/dev/block/" + device + "/dm/uuid", uuid + "\n");
        for (const std::string& one : below) {
            fs::create_directories(path / "sys/dev/block" / device / "slaves");
            fs::create_directory_symlink(path / "sys/dev/block" / one, path / "sys/dev/block" / device / "slaves" / one);
        }
    }
    std::string mounts;
};

} // namespace

TEST_CASE("encryption_of sees dm-crypt anywhere below a file system", "[encryption]") {
    Machine machine;
    machine.disk("8:1");
    machine.disk("8:2");
    machine.mapped("254:0", "CRYPT-LUKS2-abc-luks", {"8:1"});
    machine.mapped("254:1", "LVM-xyz", {"254:0"});
    machine.mapped("254:2", "LVM-uvw", {"254:0", "8:2"});
    machine.mount("8:2", "/", "ext4", "/dev/sda2");
    machine.mount("254:0", "/srv/luks", "ext4", "/dev/mapper/luks");
    machine.mount("254:1", "/srv/lvm\\040on\\040luks", "xfs", "/dev/mapper/lvm");
    machine.mount("254:2", "/srv/mixed", "xfs", "/dev/mapper/mixed");
    machine.mount("0:40", "/srv/nfs", "nfs4", "server:/export");

    CHECK(encryption_of("/events", machine.path) == Encryption::none);
    CHECK(encryption_of("/srv/luks/events", machine.path) == Encryption::full);
    CHECK(encryption_of("/srv/lvm on luks", machine.path) == Encryption::full);
    CHECK(encryption_of("/srv/mixed/events", machine.path) == Encryption::partial);
    CHECK(encryption_of("/srv/luks-not-this-one", machine.path) == Encryption::none);
    CHECK(encryption_of("/srv/nfs/events", machine.path) == std::nullopt);
}

TEST_CASE("encryption_of goes by the mount that hides the others", "[encryption]") {
    Machine machine;
    machine.disk("8:1");
    machine.mapped("254:0", "CRYPT-LUKS2-abc-luks", {"8:1"});
    machine.mount("254:0", "/srv", "ext4", "/dev/mapper/luks");
    machine.mount("8:1", "/srv", "ext4", "/dev/sda1");

    CHECK(encryption_of("/srv/events", machine.path) == Encryption::none);
}

TEST_CASE("encryption_of claims nothing about a device it does not find", "[encryption]") {
    Machine machine;
    machine.mount("8:77", "/", "ext4", "/dev/gone");

    CHECK(encryption_of("/events", machine.path) == std::nullopt);
}

TEST_CASE("encryption_of looks below a partition of a mapped disk", "[encryption]") {
    Machine machine;
    machine.disk("8:1");
    machine.mapped("254:0", "CRYPT-LUKS2-abc-luks", {"8:1"});
    machine.write("sys/dev/block/254:0/part1/partition", "1");
    fs::create_directory_symlink(machine.path / "sys/dev/block/254:0/part1", machine.path / "sys/dev/block/259:1");
    machine.mount("259:1", "/", "ext4", "/dev/md0p1");

    CHECK(encryption_of("/events", machine.path) == Encryption::full);
}
