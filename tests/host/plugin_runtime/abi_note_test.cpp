#include "plugin_runtime/abi_note.hpp"

#include <catch2/catch.hpp>
#include <cstring>
#include <elf.h>
#include <fstream>
#include <iterator>
#include <random>
#include <vector>

namespace ombud {
namespace {

std::vector<std::byte> bytes_of_puppet() {
    std::ifstream in(PUPPET_FILE, std::ios::binary);
    const std::vector<char> chars{std::istreambuf_iterator<char>(in), {}};
    REQUIRE(chars.size() > sizeof(Elf64_Ehdr));
    std::vector<std::byte> bytes(chars.size());
    std::memcpy(bytes.data(), chars.data(), chars.size());
    return bytes;
}

template <class T>
void put(std::vector<std::byte>& bytes, std::size_t at, T value) {
    std::memcpy(bytes.data() + at, &value, sizeof value);
}

TEST_CASE("a plugin's note tells the ABI it was built for", "[abi_note]") {
    const auto abi = read_abi_note(bytes_of_puppet());

    REQUIRE(abi);
    CHECK(abi->major == 1);
    CHECK(abi->lowest_minor == 0);
}

TEST_CASE("read_abi_note says why a file is no plugin", "[abi_note]") {
    struct Row {
        const char* behaviour;
        void (*change)(std::vector<std::byte>&);
        const char* says;
    };
    const Row rows[] = {
        {"an empty file", [](auto& b) { b.clear(); }, "not an ELF file"},
        {"a text file", [](auto& b) { b.assign(200, std::byte{'#'}); }, "not an ELF file"},
        {"a header that was cut off", [](auto& b) { b.resize(sizeof(Elf64_Ehdr) - 1); }, "not an ELF file"},
        {"a 32-bit object", [](auto& b) { b[EI_CLASS] = std::byte{ELFCLASS32}; }, "64-bit"},
        {"a big-endian object", [](auto& b) { b[EI_DATA] = std::byte{ELFDATA2MSB}; }, "little-endian"},
        {"a program", [](auto& b) { put<std::uint16_t>(b, offsetof(Elf64_Ehdr, e_type), ET_EXEC); }, "shared object"},
        {"another machine's", [](auto& b) { put<std::uint16_t>(b, offsetof(Elf64_Ehdr, e_machine), EM_S390); }, "this machine"},
        {"program headers of no size", [](auto& b) { put<std::uint16_t>(b, offsetof(Elf64_Ehdr, e_phentsize), 0); }, "size of program headers"},
        {"program headers behind the end", [](auto& b) { put<std::uint64_t>(b, offsetof(Elf64_Ehdr, e_phoff), UINT64_MAX - 8); }, "end early"},
        {"no program headers", [](auto& b) { put<std::uint16_t>(b, offsetof(Elf64_Ehdr, e_phnum), 0); }, "built without OMBUD_DECLARE_ABI"},
        {"contents that were cut off", [](auto& b) { b.resize(sizeof(Elf64_Ehdr) + 56 * 4); }, "end early"},
    };
    for (const Row& row : rows) {
        DYNAMIC_SECTION(row.behaviour) {
            auto bytes = bytes_of_puppet();
            row.change(bytes);

            const auto abi = read_abi_note(bytes);

            REQUIRE_FALSE(abi);
            CHECK(abi.error().code == ErrorCode::invalid_input);
            CHECK_THAT(abi.error().message, Catch::Contains(row.says));
        }
    }
}

// Under the address sanitizer these two also show that no read leaves the file.
TEST_CASE("a file cut off anywhere gives the whole note or an error", "[abi_note]") {
    const auto whole = bytes_of_puppet();
    for (std::size_t length = 0; length < whole.size(); length += length < 4'096 ? 1 : 251) {
        const std::vector<std::byte> part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length));

        const auto abi = read_abi_note(part);

        if (abi)
            REQUIRE((abi->major == 1 && abi->lowest_minor == 0));
        else
            REQUIRE(abi.error().code == ErrorCode::invalid_input);
    }
}

TEST_CASE("damaged headers and notes end in an answer, never in a crash or an endless walk", "[abi_note]") {
    const auto whole = bytes_of_puppet();
    constexpr std::size_t head = sizeof(Elf64_Ehdr) + 12 * sizeof(Elf64_Phdr) + 256; // where the notes begin, too
    REQUIRE(whole.size() > head);
    std::mt19937_64 random(11);
    int refused = 0;
    for (int round = 0; round < 50'000; ++round) {
        std::vector<std::byte> bytes(whole.begin(), whole.begin() + head);
        for (std::uint64_t changes = 1 + random() % 6; changes > 0; --changes) {
            const std::size_t at = EI_NIDENT + random() % (head - EI_NIDENT - 8);
            switch (random() % 3) {
            case 0: bytes[at] = static_cast<std::byte>(random()); break;
            case 1: put<std::uint64_t>(bytes, at / 8 * 8, random()); break;
            default: put<std::uint64_t>(bytes, at / 8 * 8, UINT64_MAX - random() % 64); break;
            }
        }

        const auto abi = read_abi_note(bytes);

        if (!abi) {
            ++refused;
            REQUIRE(abi.error().code == ErrorCode::invalid_input);
        }
    }
    CHECK(refused > 0);
}

} // namespace
} // namespace ombud
