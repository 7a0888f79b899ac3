#pragma once
// A made /sys and mountinfo.

#include <filesystem>
#include <fstream>
#include <string>

#include "gates/export/mounts.hpp"
#include "temp_folder.hpp"

namespace ombud::exports {

class Kernel {
  public:
    /// A disk at /sys/devices/PLACE/block/NAME with a number, and perhaps a partition of it.
    Kernel& disk(const std::string& place, const std::string& name, const std::string& device, bool removable, bool rotational) {
        const auto at = root_.path() / "sys" / "devices" / place / "block" / name;
        write(at / "removable", removable ? "1\n" : "0\n");
        write(at / "queue" / "rotational", rotational ? "1\n" : "0\n");
        return number(device, at);
    }
    Kernel& partition(const std::string& disk_place, const std::string& disk, const std::string& name, const std::string& device) {
        const auto at = root_.path() / "sys" / "devices" / disk_place / "block" / disk / name;
        write(at / "partition", "1\n");
        return number(device, at);
    }
    /// A device made of others, such as one of dm-crypt.
    Kernel& made_of(const std::string& name, const std::string& device, const std::string& slave, const std::string& slave_device) {
        const auto at = root_.path() / "sys" / "devices" / "virtual" / "block" / name;
        write(at / "queue" / "rotational", "1\n");
        write(at / "removable", "0\n");
        std::filesystem::create_directories(at / "slaves");
        std::filesystem::create_directory_symlink(std::filesystem::canonical(root_.path() / "sys" / "dev" / "block" / slave_device),
                                                  at / "slaves" / slave);
        return number(device, at);
    }
    Kernel& mount(const std::string& device, const std::filesystem::path& point, const std::string& type, const std::string& options = "rw",
                  const std::string& super_options = "rw") {
        mounts_ += std::to_string(20 + count_++) + " 1 " + device + " / " + point.string() + " " + options + " shared:1 - " + type + " /dev/x " +
                   super_options + "\n";
        write(root_ / "mountinfo", mounts_);
        return *this;
    }
    [[nodiscard]] KernelFiles files() const { return {root_ / "mountinfo", root_.path() / "sys"}; }

  private:
    Kernel& number(const std::string& device, const std::filesystem::path& at) {
        std::filesystem::create_directories(root_.path() / "sys" / "dev" / "block");
        std::filesystem::create_directory_symlink(at, root_.path() / "sys" / "dev" / "block" / device);
        return *this;
    }
    static void write(const std::filesystem::path& file, const std::string& text) {
        std::filesystem::create_directories(file.parent_path());
        std::ofstream(file) << text;
    }

    TempFolder root_;
    std::string mounts_;
    int count_ = 0;
};

} // namespace ombud::exports
