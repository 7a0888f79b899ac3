#include "plugin_runtime/plugin.hpp"

#include <catch2/catch.hpp>
#include <cstring>
#include <fstream>
#include <iterator>
#include <unistd.h>

#include "temp_folder.hpp"

namespace ombud {
namespace {

namespace fs = std::filesystem;

/// A plugin file where an administrator would have put it.
struct Installed {
    TempFolder folder;
    fs::path file = folder / "puppet.so";
    fs::path private_dir = folder / "private";

    Installed() {
        fs::copy_file(PUPPET_FILE, file);
        fs::permissions(file, fs::perms(0755));
    }
    std::string bytes() const {
        std::ifstream in(file, std::ios::binary);
        return {std::istreambuf_iterator<char>(in), {}};
    }
    void write(const std::string& bytes) const { std::ofstream(file, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size())); }
    /// Writes other numbers into the note {major, lowest minor}.
    void change_note(std::uint32_t major, std::uint32_t minor) const {
        std::string all = bytes();
        const auto at = all.find(std::string("Ombud\0\0\0", 8));
        REQUIRE(at != std::string::npos);
        std::memcpy(all.data() + at + 8, &major, 4);
        std::memcpy(all.data() + at + 12, &minor, 4);
        write(all);
    }
    Result<AdmittedPlugin> admit(const std::string& sha256 = "") const { return admit_plugin(file, private_dir, sha256); }
};

TEST_CASE("a plugin is admitted as a private copy of exactly the bytes that were checked", "[admit]") {
    const Installed installed;
    const std::string bytes = installed.bytes();

    const auto admitted = installed.admit();
    installed.write("swapped after the check");

    REQUIRE(admitted);
    std::ifstream in(admitted->copy, std::ios::binary);
    CHECK(std::string{std::istreambuf_iterator<char>(in), {}} == bytes);
    CHECK(admitted->sha256.size() == 64);
    CHECK((fs::status(admitted->copy).permissions() & fs::perms(0077)) == fs::perms::none);
    const auto loaded = Plugin::load(*admitted, "puppet");
    REQUIRE(loaded);
    CHECK((*loaded)->version() == "1.0.0");
    CHECK((*loaded)->connector() != nullptr);
    CHECK((*loaded)->audit() == nullptr);
}

TEST_CASE("the same file admitted twice gets two paths, so that the loader never hands out old code", "[admit]") {
    const Installed installed;

    const auto first = installed.admit(), second = installed.admit();

    REQUIRE(first);
    REQUIRE(second);
    CHECK(first->copy != second->copy);
}

TEST_CASE("a plugin is refused with the reason and what to do", "[admit]") {
    struct Row {
        const char* behaviour;
        void (*spoil)(const Installed&);
        ErrorCode code;
        const char* says;
    };
    const Row rows[] = {
        {"when there is no such file", [](const Installed& i) { fs::remove(i.file); }, ErrorCode::not_found, "no such file"},
        {"when it is a symbolic link",
         [](const Installed& i) {
             fs::rename(i.file, i.folder / "real.so");
             fs::create_symlink(i.folder / "real.so", i.file);
         },
         ErrorCode::refused, "symbolic link"},
        {"when it is a folder", [](const Installed& i) { fs::remove(i.file); fs::create_directory(i.file); }, ErrorCode::refused, "not a regular file"},
        {"when its group may write it", [](const Installed& i) { fs::permissions(i.file, fs::perms(0775)); }, ErrorCode::refused, "chmod go-w"},
        {"when others may write it", [](const Installed& i) { fs::permissions(i.file, fs::perms(0757)); }, ErrorCode::refused, "mode 0757"},
        {"when others may write its folder", [](const Installed& i) { fs::permissions(i.folder.path(), fs::perms(0777)); }, ErrorCode::refused, "mode 0777"},
        {"when it is empty", [](const Installed& i) { i.write(""); }, ErrorCode::invalid_input, "0 bytes"},
        {"when it is no ELF file", [](const Installed& i) { i.write("#!/bin/sh\n"); }, ErrorCode::invalid_input, "not an ELF file"},
        {"when it was built for another major", [](const Installed& i) { i.change_note(2, 0); }, ErrorCode::too_new, "built for ABI 2, this host speaks 1"},
        {"when it needs a newer minor", [](const Installed& i) { i.change_note(1, 99); }, ErrorCode::too_new, "needs ABI 1.99"},
        {"when it was cut off behind its note", [](const Installed& i) { i.write(i.bytes().substr(0, 4096)); }, ErrorCode::invalid_input, "ombud_module_entry_v1"},
    };
    for (const Row& row : rows) {
        DYNAMIC_SECTION(row.behaviour) {
            const Installed installed;
            row.spoil(installed);

            const auto admitted = installed.admit();

            REQUIRE_FALSE(admitted);
            CHECK(admitted.error().code == row.code);
            CHECK_THAT(admitted.error().message, Catch::Contains(row.says) && Catch::Contains("puppet.so") || Catch::Contains("mode 0777"));
            std::size_t copies = 0;
            if (fs::exists(installed.private_dir))
                for (const auto& entry : fs::recursive_directory_iterator(installed.private_dir))
                    copies += entry.is_regular_file() ? 1U : 0U;
            CHECK(copies == 0);
        }
    }
}

TEST_CASE("a plugin of somebody else is refused", "[admit]") {
    if (::geteuid() != 0) {
        WARN("only root can give files away: not tried");
        return;
    }
    const Installed installed;
    REQUIRE(::chown(installed.file.c_str(), 12'345, 0) == 0);

    const auto admitted = installed.admit();

    REQUIRE_FALSE(admitted);
    CHECK(admitted.error().code == ErrorCode::refused);
    CHECK_THAT(admitted.error().message, Catch::Contains("belongs to user 12345"));
}

TEST_CASE("a plugin with another hash than its manifest demands is refused, and both are told", "[admit]") {
    const Installed installed;
    const auto hash = installed.admit()->sha256;
    const std::string other(64, '0');

    CHECK(installed.admit(hash));
    const auto refused = installed.admit(other);

    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ErrorCode::refused);
    CHECK_THAT(refused.error().message, Catch::Contains(hash) && Catch::Contains(other));
}

TEST_CASE("a plugin that says it is another one is not loaded", "[admit]") {
    const Installed installed;
    const auto admitted = installed.admit();
    REQUIRE(admitted);

    const auto loaded = Plugin::load(*admitted, "retention");

    REQUIRE_FALSE(loaded);
    CHECK_THAT(loaded.error().message, Catch::Contains("says it is 'puppet', its manifest says 'retention'"));
}

} // namespace
} // namespace ombud
