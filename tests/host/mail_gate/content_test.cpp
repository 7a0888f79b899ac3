#include <catch2/catch.hpp>

#include <algorithm>
#include <archive.h>
#include <archive_entry.h>
#include <cstring>

#include "gates/mail/text_scan.hpp"
#include "mails.hpp"

using namespace ombud::mail;
using namespace ombud::mail::testing;

namespace {

class Bytes final : public Source {
  public:
    explicit Bytes(std::string bytes) : bytes_(std::move(bytes)) {}
    std::ptrdiff_t read(char* into, std::size_t room) override {
        const std::size_t count = std::min(room, bytes_.size() - at_);
        std::memcpy(into, bytes_.data() + at_, count);
        at_ += count;
        return static_cast<std::ptrdiff_t>(count);
    }

  private:
    const std::string bytes_;
    std::size_t at_ = 0;
};

std::string sorted(const std::string& bytes, const ContentLimits& limits = {}) {
    Bytes source(bytes);
    Budget budget = full_budget(limits);
    return to_string(sort_content(source, budget));
}

struct File { std::string name, bytes; };

/// @param format  of libarchive: "zip", "7zip", "gnutar"; options such as "zip:encryption=zipcrypt"
std::string archive_of(const std::vector<File>& files, const char* format = "zip", const char* filter = nullptr, const char* options = nullptr) {
    std::string bytes(4 * 1024 * 1024, '\0');
    std::size_t used = 0;
    archive* const made = archive_write_new();
    REQUIRE(archive_write_set_format_by_name(made, format) == ARCHIVE_OK);
    if (filter)
        REQUIRE(archive_write_add_filter_by_name(made, filter) == ARCHIVE_OK);
    if (options) {
        REQUIRE(archive_write_set_options(made, options) == ARCHIVE_OK);
        REQUIRE(archive_write_set_passphrase(made, "secret") == ARCHIVE_OK);
    }
    REQUIRE(archive_write_open_memory(made, bytes.data(), bytes.size(), &used) == ARCHIVE_OK);
    for (const File& file : files) {
        archive_entry* const entry = archive_entry_new();
        archive_entry_set_pathname(entry, file.name.c_str());
        archive_entry_set_size(entry, static_cast<la_int64_t>(file.bytes.size()));
        archive_entry_set_filetype(entry, AE_IFREG);
        archive_entry_set_perm(entry, 0644);
        REQUIRE(archive_write_header(made, entry) == ARCHIVE_OK);
        REQUIRE(archive_write_data(made, file.bytes.data(), file.bytes.size()) == static_cast<la_ssize_t>(file.bytes.size()));
        archive_entry_free(entry);
    }
    REQUIRE(archive_write_close(made) == ARCHIVE_OK);
    archive_write_free(made);
    bytes.resize(used);
    return bytes;
}

std::string repeated(std::string_view text, int count) {
    std::string all;
    for (int i = 0; i < count; ++i)
        all += text;
    return all;
}

} // namespace

TEST_CASE("pictures, video, sound and documents are told by their signatures", "[mail]") {
    struct Row { const char* behaviour; std::string bytes; const char* begins; };
    const auto bytes = [](const char* text, std::size_t size) { return std::string(text, size); };
    const std::vector<Row> rows = {
        {"JPEG", jpeg, "picture/"},
        {"PNG", png, "picture/"},
        {"GIF", "GIF89a\x01\x02\x01\x02", "picture/"},
        {"WebP", bytes("RIFF\x24\0\0\0WEBPVP8 \x18\0\0\0", 20), "picture/"},
        {"BMP", bytes("BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x02\0\0\0\x02\0\0\0\x01\0\x18\0\0\0\0\0", 34), "picture/"},
        {"TIFF", bytes("II*\0\x08\0\0\0\0\0", 10), "picture/"},
        {"HEIC", bytes("\0\0\0\x18""ftypheic\0\0\0\0mif1heic", 24), "picture/"},
        {"AVIF", bytes("\0\0\0\x1c""ftypavif\0\0\0\0avifmif1miaf", 28), "picture/"},
        {"SVG", "<?xml version=\"1.0\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\"></svg>\n", "picture/"},
        {"XPM", "/* XPM */\nstatic char *face[] = {\n", "picture/"},
        {"XBM", "#define face_width 8\n#define face_height 8\n", "picture/"},
        {"PPM in text", "P3\n# face\n2 2\n255\n0 0 0\n", "picture/"},
        {"PostScript", "%!PS-Adobe-3.0\n", "document/"},
        {"MP4", bytes("\0\0\0\x20""ftypisom\0\0\2\0isomiso2avc1mp41", 32), "video/"},
        {"Matroska", bytes("\x1a\x45\xdf\xa3\x93\x42\x82\x88matroska\x42\x87\x81\x01", 20), "video/"},
        {"WebM", bytes("\x1a\x45\xdf\xa3\x93\x42\x82\x84webm\x42\x87\x81\x01", 16), "video/"},
        {"AVI", bytes("RIFF\x24\0\0\0AVI LIST\x18\0\0\0hdrlavih", 28), "video/"},
        {"MP3", bytes("\xff\xfb\x90\x64\0\0\0\0\0\0\0\0\0\0\0\0", 16), "sound/"},
        {"WAV", bytes("RIFF\x24\0\0\0WAVEfmt \x10\0\0\0\1\0\1\0", 24), "sound/"},
        {"PDF", "%PDF-1.7\n%\xe2\xe3\n", "document/"},
        {"RTF", "{\\rtf1\\ansi hello}", "document/"},
        {"an OLE document", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 more of it", "document/"},
        {"nothing known", bytes("\1\2\3\4\5", 5), "other/"},
    };
    for (const Row& row : rows)
        DYNAMIC_SECTION(row.behaviour) { CHECK_THAT(sorted(row.bytes), Catch::StartsWith(row.begins)); }
}

TEST_CASE("an MPEG transport stream is video", "[mail]") {
    std::string packet(188, '\xff');
    packet[0] = 'G', packet[1] = '\x40', packet[2] = '\0', packet[3] = '\x10';
    CHECK_THAT(sorted(repeated(packet, 12)), Catch::StartsWith("video/") || Catch::StartsWith("other/"));
}

TEST_CASE("a picture in an archive makes the archive a picture", "[mail]") {
    const std::vector<File> files = {{"readme.txt", "words\n"}, {"a/b/face.txt", png}};
    CHECK(sorted(archive_of(files)) == "picture/zip");
    CHECK(sorted(archive_of(files, "7zip")) == "picture/7z-compressed");
    CHECK(sorted(archive_of(files, "gnutar")) == "picture/tar");
    CHECK(sorted(archive_of(files, "gnutar", "gzip")) == "picture/gzip");
    CHECK(sorted(archive_of({{"face.png", png}}, "raw", "gzip")) == "picture/gzip");
    CHECK(sorted(archive_of({{"readme.txt", "words\n"}})) == "archive/zip");
}

TEST_CASE("an archive in an archive is looked into, to a depth", "[mail]") {
    std::string nested = archive_of({{"face.png", png}});
    CHECK(sorted(archive_of({{"in.zip", nested}})) == "picture/zip");
    for (int i = 0; i < 3; ++i)
        nested = archive_of({{"in.zip", nested}});
    CHECK_THAT(sorted(nested), Catch::StartsWith("opaque/"));
}

TEST_CASE("an encrypted archive is opaque", "[mail]") {
    CHECK(sorted(archive_of({{"face.png", png}}, "zip", nullptr, "zip:encryption=aes256")) == "opaque/encrypted-zip");
}

TEST_CASE("a picture that only one of a ZIP's two tables knows is found", "[mail]") {
    std::string zip = archive_of({{"face.png", png}, {"words.txt", "words\n"}});
    // The directory at the end now begins with its second entry; the picture's own header stays.
    const std::size_t first = zip.find("PK\1\2");
    const std::size_t second = zip.find("PK\1\2", first + 4);
    const std::size_t end = zip.find("PK\5\6");
    REQUIRE(end != std::string::npos);
    zip.erase(first, second - first);
    const std::size_t moved = end - (second - first);
    zip[moved + 8] = zip[moved + 10] = 1;
    zip[moved + 12] = static_cast<char>(moved - first);
    CHECK(sorted(zip) == "picture/zip");
}

TEST_CASE("an archive that unpacks to more than the limit is opaque", "[mail]") {
    ContentLimits limits;
    limits.unpacked_bytes_max = 100'000;
    CHECK(sorted(archive_of({{"bomb", repeated("words and words\n", 50'000)}}), limits) == "opaque/too-large-zip");
    limits = {};
    limits.archive_entries_max = 3;
    CHECK(sorted(archive_of({{"1", "a"}, {"2", "a"}, {"3", "a"}, {"4", "a"}}), limits) == "opaque/too-large-zip");
}

TEST_CASE("a broken archive is opaque", "[mail]") {
    const std::string zip = archive_of({{"words.txt", repeated("words ", 1000)}});
    CHECK_THAT(sorted(zip.substr(0, zip.size() / 2)), Catch::StartsWith("opaque/"));
}

TEST_CASE("a file in the clothes of text is found", "[mail]") {
    struct Row { const char* behaviour; std::string text; const char* sort; };
    const std::string line = base64(std::string(57, 'x')); // 76 digits and CRLF
    const std::vector<Row> rows = {
        {"uuencode", "see below\r\nbegin 644 face.jpg\r\nM_]C_X``0\r\nend\r\n", "opaque/uuencode"},
        {"yEnc", "=ybegin line=128 size=100 name=face.jpg\r\nabc\r\n=yend\r\n", "opaque/yenc"},
        {"an OpenPGP message", "-----BEGIN PGP MESSAGE-----\r\n\r\nhQEMA\r\n-----END PGP MESSAGE-----\r\n", "opaque/encrypted"},
        {"lines of base64", "look:\r\n" + repeated(line, 20), "opaque/encoded"},
        {"one endless word", "look: " + std::string(2000, 'A') + "\r\n", "opaque/encoded"},
        {"a picture in HTML", "<p>Motion</p><img src=\"data:image/png;base64," + base64(png) + "\">", "picture/html"},
        {"the same in capitals and with a strange type", "<IMG SRC='DATA:;BASE64,iVBORw0KGgo='>", "picture/html"},
        {"a drawing in HTML", "<html><body><SVG width=1></SVG></body></html>", "picture/svg"},
        {"an endless word that starts before a piece of the text ends", repeated("words\r\n", 2330) + std::string(600, 'A'), "opaque/encoded"},
        {"an endless word behind a picture in HTML", "<img src=\"data:image/png;base64," + base64(png) + "\">" + std::string(600, 'A'), "picture/html"},
        {"a stray control character", "words\x01words\r\n", "other/octet-stream"},
        {"a stray control character behind other findings", "look: " + std::string(2000, 'A') + "\r\nwords\x01words\r\n", "other/octet-stream"},
    };
    for (const Row& row : rows)
        DYNAMIC_SECTION(row.behaviour) { CHECK(sorted(row.text) == row.sort); }
}

TEST_CASE("ordinary texts stay text", "[mail]") {
    struct Row { const char* behaviour; std::string text; };
    const std::vector<Row> rows = {
        {"prose with data: in it", "Here is the data: a, b and c. begin with it.\r\n"},
        {"a few long addresses", "https://vms.site.example/events/2026-11-22/gate/000123456789/play?start=1700000000&token=abcdef0123456789\r\n"},
        {"Latin-1", "Bewegung vor dem T\xf6rchen\r\n"},
        {"Chinese without a blank", repeated("在大门口检测到移动请立即查看监控录像并联系值班人员\r\n", 30)},
        {"HTML with a linked picture", "<html><body><img src=\"https://vms.site.example/logo.png\"></body></html>\r\n"},
        {"a long list", repeated("camera 12 at the gate: motion at 12:00:01, zone 3\r\n", 5000)},
        {"begin of something else", "begin 12 o'clock\r\n"},
    };
    for (const Row& row : rows)
        DYNAMIC_SECTION(row.behaviour) { CHECK_THAT(sorted(row.text), Catch::StartsWith("text/")); }
}

TEST_CASE("a text without its data URIs is the same text otherwise", "[mail]") {
    CHECK(without_data_uris("<p>a<img src=\"data:image/png;base64,AAAA\">b</p>") == "<p>a<img src=\"\">b</p>");
    CHECK(without_data_uris("url(DATA:,x) and 'data:;base64,AA\r\nAA' rest") == "url() and '' rest");
    CHECK(without_data_uris("the data: none") == "the data: none");
}
