// What a file is, by its bytes.
#include "gates/export/content.hpp"

#include <catch2/catch.hpp>
#include <fstream>

#include "signing/digest.hpp"
#include "temp_folder.hpp"

namespace ombud::exports {
namespace {

using namespace std::string_literals;

TEST_CASE("a file's first bytes say what it is", "[export][content]") {
    struct Row {
        const char* behaviour;
        std::string head;
        const char* is;
    };
    const std::string cms = "\x30\x82\x01\x00\x06"s;
    const Row rows[] = {
        {"AVI", "RIFF\x10\x00\x00\x00"s + "AVI LIST", "avi"},
        {"a sound file is no AVI", "RIFF\x10\x00\x00\x00"s + "WAVEfmt ", ""},
        {"JPEG", "\xFF\xD8\xFF\xE0"s, "jpeg"},
        {"PNG", "\x89PNG\r\n\x1a\n"s, "png"},
        {"ZIP", "PK\x03\x04\x14\x00\x00\x00"s, "zip"},
        {"a ZIP whose first member is encrypted", "PK\x03\x04\x14\x00\x01\x00"s, "encrypted"},
        {"CMS, enveloped", "\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03\xa0\x80"s, "encrypted"},
        {"CMS, authenticated-enveloped", "\x30\x82\x10\x00\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x17"s, "encrypted"},
        {"CMS that is signed alone", "\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02\xa0\x80"s, ""},
        {"CMS in PEM", "-----BEGIN CMS-----\nMII"s, "encrypted"},
        {"PGP in armour", "-----BEGIN PGP MESSAGE-----\n\nhQE"s, "encrypted"},
        {"PGP for a key", "\x85\x01\x0c\x03\x11\x22"s, "encrypted"},
        {"PGP for a passphrase", "\x8c\x0d\x04\x09\x03\x02"s, "encrypted"},
        {"PGP that is signed alone", "\x88\x75\x04\x00"s, ""},
        {"age", "age-encryption.org/v1\n-> X25519 a"s, "encrypted"},
        {"LUKS", "LUKS\xba\xbe\x00\x01"s, "encrypted"},
        {"a text", "a text"s, ""},
        {"nothing", ""s, ""},
        {"a beginning alone", "P"s, ""},
    };
    for (const Row& row : rows)
        DYNAMIC_SECTION(row.behaviour) { CHECK(sniff(signing::bytes_of(row.head)) == row.is); }
}

TEST_CASE("what is no media is told as other, with its digest", "[export][content]") {
    const TempFolder folder;
    std::ofstream(folder / "file") << "abc";
    HeldFile file;

    REQUIRE(look_into(folder / "file", file, SystemClock(), [] { return true; }));

    CHECK(file.format == "other");
    CHECK(file.tracks.empty());
    CHECK(file.size_bytes == 3);
    CHECK(file.sha256 == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_CASE("looking into a file ends when it is told to", "[export][content]") {
    const TempFolder folder;
    std::ofstream(folder / "file") << "abc";
    HeldFile file;

    const auto looked = look_into(folder / "file", file, SystemClock(), [] { return false; });

    REQUIRE_FALSE(looked);
    CHECK(looked.error().code == ErrorCode::cancelled);
}

} // namespace
} // namespace ombud::exports
