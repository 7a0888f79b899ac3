#include "api/socket_file.hpp"
#include "raw_peer.hpp"
#include "temp_folder.hpp"

#include <catch2/catch.hpp>
#include <fstream>
#include <string>

using namespace ombud;
using api::SocketFile;

namespace {

/// A socket that a process left behind when it was killed.
void leave_dead_socket(const std::filesystem::path& path) {
    auto file = SocketFile::listen(path, std::nullopt);
    REQUIRE(file);
    const auto kept = path.string() + ".kept";
    std::filesystem::rename(path, kept); // so that the destructor does not find it
    { const SocketFile ended(std::move(*file)); }
    std::filesystem::rename(kept, path);
}

} // namespace

TEST_CASE("the socket of an ended process is replaced", "[api]") {
    const TempFolder folder;
    leave_dead_socket(folder / "s");
    REQUIRE(std::filesystem::is_socket(folder / "s"));

    const auto file = SocketFile::listen(folder / "s", std::nullopt);

    REQUIRE(file);
    CHECK_NOTHROW(RawPeer(folder / "s"));
}

TEST_CASE("the socket of a living process is left alone", "[api]") {
    const TempFolder folder;
    const auto first = SocketFile::listen(folder / "s", std::nullopt);
    REQUIRE(first);

    const auto second = SocketFile::listen(folder / "s", std::nullopt);

    REQUIRE_FALSE(second);
    CHECK(second.error().code == ErrorCode::refused);
    CHECK_THAT(second.error().message, Catch::Contains("another process serves this socket"));
    CHECK_NOTHROW(RawPeer(folder / "s"));
}

TEST_CASE("a living socket whose lock file was removed is left alone, too", "[api]") {
    const TempFolder folder;
    const auto first = SocketFile::listen(folder / "s", std::nullopt);
    REQUIRE(first);
    std::filesystem::remove(folder / "s.lock");

    const auto second = SocketFile::listen(folder / "s", std::nullopt);

    REQUIRE_FALSE(second);
    CHECK_NOTHROW(RawPeer(folder / "s"));
}

TEST_CASE("a file that is no socket is never removed", "[api]") {
    const TempFolder folder;
    std::ofstream(folder / "s") << "somebody's notes";

    const auto file = SocketFile::listen(folder / "s", std::nullopt);

    REQUIRE_FALSE(file);
    CHECK(file.error().code == ErrorCode::invalid_input);
    CHECK(std::filesystem::file_size(folder / "s") == 16);
}

TEST_CASE("a socket that somebody put in the place of ours is not removed with ours", "[api]") {
    const TempFolder folder;
    {
        const auto file = SocketFile::listen(folder / "s", std::nullopt);
        REQUIRE(file);
        std::filesystem::remove(folder / "s");
        std::ofstream(folder / "s") << "theirs";
    }
    CHECK(std::filesystem::exists(folder / "s"));
}

TEST_CASE("SocketFile::listen says why there can be no socket", "[api]") {
    const TempFolder folder;
    struct Row {
        const char* behaviour;
        std::filesystem::path path;
        ErrorCode code;
        const char* says;
    };
    const Row rows[] = {
        {"a path too long", folder / std::string(120, 'a').c_str(), ErrorCode::invalid_input, "at most 107"},
        {"a folder that is not there", folder / "none/s", ErrorCode::not_found, "No such file"},
    };
    for (const Row& row : rows) {
        DYNAMIC_SECTION(row.behaviour) {
            const auto file = SocketFile::listen(row.path, std::nullopt);

            REQUIRE_FALSE(file);
            CHECK(file.error().code == row.code);
            CHECK_THAT(file.error().message, Catch::Contains(row.says));
        }
    }
}
