#include <catch2/catch.hpp>

#include <algorithm>
#include <fstream>

#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "media/probe.hpp"
#include "recordings.hpp"

namespace ombud::media::test {

namespace {

using Method = CleanOptions::Method;

/// The first place of some letters.
std::size_t find_letters(const ByteString& bytes, const std::string& letters, std::size_t from = 0) {
    const ByteString wanted(letters.begin(), letters.end());
    const auto found = std::search(bytes.begin() + static_cast<std::ptrdiff_t>(from), bytes.end(), wanted.begin(), wanted.end());
    REQUIRE(found != bytes.end());
    return static_cast<std::size_t>(found - bytes.begin());
}

void check_refused(const Scratch& scratch, ErrorCode code, const std::string& says) {
    const bool is_file = fs::is_regular_file(fs::symlink_status(scratch.file()));
    const ByteString before = is_file ? read_file(scratch.file()) : ByteString{};

    const auto found = probe(scratch.file(), SystemClock());
    const auto report = clean(scratch.file(), Plan{}, scratch.options());

    REQUIRE_FALSE(found);
    CHECK(found.error().code == code);
    CHECK_THAT(found.error().message, Catch::Contains(says) && Catch::StartsWith(scratch.file().string()));
    REQUIRE_FALSE(report);
    CHECK(report.error().code == code);
    CHECK_THAT(report.error().message, Catch::Contains(says) && Catch::StartsWith(scratch.file().string()));
    if (is_file)
        CHECK(read_file(scratch.file()) == before);
    CHECK(scratch.journal_names().empty());
}

} // namespace

TEST_CASE("what is no file is refused without being opened", "[media]") {
    const Scratch scratch("mp4");
    fs::rename(scratch.file(), scratch.folder() / "other.mp4");
    const char* name = scratch.file().c_str();

    SECTION("nothing at all") { check_refused(scratch, ErrorCode::not_found, "No such file"); }
    SECTION("a directory") {
        fs::create_directory(scratch.file());
        check_refused(scratch, ErrorCode::invalid_input, "is a directory");
    }
    SECTION("a pipe nobody writes to") {
        REQUIRE(::mkfifo(name, 0600) == 0);
        check_refused(scratch, ErrorCode::invalid_input, "is a pipe");
    }
    SECTION("a device") {
        REQUIRE(::mknod(name, S_IFCHR | 0600, makedev(1, 5)) == 0);
        check_refused(scratch, ErrorCode::invalid_input, "is a device");
    }
    SECTION("a symbolic link") {
        fs::create_symlink("other.mp4", scratch.file());
        check_refused(scratch, ErrorCode::refused, "is a symbolic link");
    }
    SECTION("an empty file") {
        write_file(scratch.file(), {});
        check_refused(scratch, ErrorCode::invalid_input, "is empty");
    }
    SECTION("another format under a recording's name") {
        write_file(scratch.file(), ByteString(5000, 'R'));
        check_refused(scratch, ErrorCode::invalid_input, "begins with 52 52");
    }
}

TEST_CASE("a wrong suffix does not matter", "[media]") {
    const Scratch scratch("mkv");
    const fs::path renamed = scratch.folder() / "recording.mp4";
    fs::rename(scratch.file(), renamed);

    const auto report = clean(renamed, Plan{}, scratch.options());

    REQUIRE(report);
    CHECK(probe(renamed, SystemClock())->container == Container::matroska);
}

TEST_CASE("a truncated recording is told from a whole one wherever it was cut", "[media]") {
    for (const char* kind : {"mp4", "faststart.mp4", "fragmented.mp4", "moof.mp4", "mkv"}) {
        const ByteString whole = read_file(make_recording(kind));
        for (const double share : {0.001, 0.003, 0.01, 0.1, 0.5, 0.9, 0.99, 0.9999}) {
            DYNAMIC_SECTION(kind << " cut at " << share) {
                const Scratch scratch(kind);
                fs::resize_file(scratch.file(), static_cast<std::uint64_t>(share * static_cast<double>(whole.size())));
                const ByteString before = read_file(scratch.file());

                const auto report = clean(scratch.file(), Plan{}, scratch.options());

                REQUIRE_FALSE(report);
                CHECK(report.error().code == ErrorCode::corrupt);
                CHECK_THAT(report.error().message, Catch::Contains("byte") || Catch::Contains("no moov"));
                CHECK(read_file(scratch.file()) == before);
            }
        }
    }
}

TEST_CASE("a transport stream that ends inside a packet loses that rest with its sound", "[media]") {
    const Scratch scratch("ts");
    fs::resize_file(scratch.file(), fs::file_size(scratch.file()) - 100);

    const auto report = clean(scratch.file(), Plan{}, scratch.options());

    INFO((report ? "" : report.error().message));
    REQUIRE(report);
    CHECK(report->bytes_after % 188 == 0);
}

TEST_CASE("impossible sizes cost no memory and no bytes of the file", "[media]") {
    struct Row { const char* behaviour; const char* kind; const char* letters; int at; std::vector<std::uint8_t> bytes; };
    const Row rows[] = {
        {"a moov of 4 GB", "mp4", "moov", -4, {0xFF, 0xFF, 0xFF, 0xF0}},
        {"a moov smaller than its header", "mp4", "moov", -4, {0, 0, 0, 4}},
        {"a trak larger than moov", "mp4", "trak", -4, {0x7F, 0, 0, 0}},
        {"2^32 - 1 sample sizes", "mp4", "stsz", 12, {0xFF, 0xFF, 0xFF, 0xFF}},
        {"2^32 - 1 samples of one size", "mp4", "stsz", 8, {0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF}},
        {"2^32 - 1 chunks", "mp4", "stco", 8, {0xFF, 0xFF, 0xFF, 0xFF}},
        {"a chunk inside the headers", "mp4", "stco", 12, {0, 0, 0, 4}},
        {"a chunk past the end", "mp4", "stco", 12, {0xFF, 0, 0, 0}},
        {"2^32 - 1 runs of chunks", "mp4", "stsc", 8, {0xFF, 0xFF, 0xFF, 0xFF}},
        {"a run of 2^32 - 1 samples", "mp4", "stsc", 16, {0xFF, 0xFF, 0xFF, 0xFF}},
        {"2^32 - 1 samples in a fragment", "fragmented.mp4", "trun", 8, {0xFF, 0xFF, 0xFF, 0xFF}},
        {"a fragment of a track that is not there", "fragmented.mp4", "tfhd", 8, {0, 0, 0, 77}},
        {"a fragment's data past the end", "fragmented.mp4", "tfhd", 12, {0x7F, 0, 0, 0, 0, 0, 0, 0}},
        {"a cluster larger than the file", "mkv", "\x1F\x43\xB6\x75", 4, {0x01, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF}},
        {"tracks larger than the file", "mkv", "\x16\x54\xAE\x6B", 4, {0x10, 0xFF, 0xFF, 0xFF}},
    };
    for (const Row& row : rows) {
        DYNAMIC_SECTION(row.behaviour) {
            const Scratch scratch(row.kind);
            ByteString bytes = read_file(scratch.file());
            const std::size_t at = static_cast<std::size_t>(static_cast<std::ptrdiff_t>(find_letters(bytes, row.letters)) + row.at);
            std::copy(row.bytes.begin(), row.bytes.end(), bytes.begin() + static_cast<std::ptrdiff_t>(at));
            write_file(scratch.file(), bytes);

            const auto report = clean(scratch.file(), Plan{}, scratch.options());

            REQUIRE_FALSE(report);
            CHECK(report.error().code == ErrorCode::corrupt);
            CHECK(read_file(scratch.file()) == bytes);
        }
    }
}

TEST_CASE("encrypted recordings are refused", "[media]") {
    const Scratch scratch("mp4");
    const std::string plain = scratch.file().string();
    run("ffmpeg -v error -i '" + plain + "' -c copy -encryption_scheme cenc-aes-ctr -encryption_key "
        "00112233445566778899aabbccddeeff -encryption_kid 112233445566778899aabbccddeeff00 '" + plain + ".new.mp4'");
    fs::rename(plain + ".new.mp4", plain);

    check_refused(scratch, ErrorCode::refused, "is encrypted");
}

TEST_CASE("media data in another file are never followed", "[media]") {
    const Scratch scratch("mp4");
    ByteString bytes = read_file(scratch.file());
    bytes[find_letters(bytes, "url ") + 7] = 0; // no longer "in this file"
    write_file(scratch.file(), bytes);

    check_refused(scratch, ErrorCode::refused, "lie in another file");
}

TEST_CASE("a playlist in a recording's clothes is not read", "[media]") {
    const Scratch scratch("mp4");
    const std::string text = "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1\nfile:///etc/passwd\n#EXT-X-ENDLIST\n";
    write_file(scratch.file(), {text.begin(), text.end()});

    check_refused(scratch, ErrorCode::invalid_input, "neither MP4");
}

TEST_CASE("a recording with a second name is refused", "[media]") {
    const Scratch scratch("mp4");
    fs::create_hard_link(scratch.file(), scratch.folder() / "second.mp4");

    const auto report = clean(scratch.file(), Plan{}, scratch.options());

    REQUIRE_FALSE(report);
    CHECK(report.error().code == ErrorCode::refused);
    CHECK_THAT(report.error().message, Catch::Contains("2 names"));
}

TEST_CASE("a recording that is still being written is left for later", "[media]") {
    const Scratch scratch("mp4");
    const ByteString before = read_file(scratch.file());
    std::ofstream writer(scratch.file(), std::ios::binary | std::ios::app);

    const auto while_open = clean(scratch.file(), Plan{}, scratch.options());
    writer.close();
    const auto after = clean(scratch.file(), Plan{}, scratch.options());

    REQUIRE_FALSE(while_open);
    CHECK(while_open.error().code == ErrorCode::unavailable);
    CHECK_THAT(while_open.error().message, Catch::Contains("open for writing"));
    CHECK(after);
}

TEST_CASE("a recording that changes while it is read is left as it is", "[media]") {
    struct Row { const char* behaviour; void (*change)(const fs::path&); const char* says; };
    const Row rows[] = {
        {"it grows", [](const fs::path& file) { std::ofstream(file, std::ios::app) << "more"; }, "was written to"},
        {"it is cut off", [](const fs::path& file) { fs::resize_file(file, fs::file_size(file) - 1); }, "was written to"},
        {"it is replaced", [](const fs::path& file) {
             fs::copy_file(file, file.string() + ".copy");
             fs::rename(file.string() + ".copy", file);
         }, "moved or replaced"},
        {"it is deleted", [](const fs::path& file) { fs::remove(file); }, "moved or replaced"},
    };
    for (const Method method : {Method::rewrite, Method::in_place}) {
        for (const Row& row : rows) {
            DYNAMIC_SECTION(row.behaviour << (method == Method::rewrite ? ", rewrite" : ", in place")) {
                const Scratch scratch("mp4");
                bool changed = false;
                ByteString left;
                auto options = scratch.options(method);
                options.progress = [&](double share) {
                    if (share > 0.6 && !changed) {
                        row.change(scratch.file());
                        changed = true;
                        left = fs::exists(scratch.file()) ? read_file(scratch.file()) : ByteString{};
                    }
                    return true;
                };

                const auto report = clean(scratch.file(), Plan{}, options);

                REQUIRE(changed);
                REQUIRE_FALSE(report);
                CHECK(report.error().code == ErrorCode::unavailable);
                CHECK_THAT(report.error().message, Catch::Contains(row.says) || Catch::Contains("shrank"));
                CHECK((fs::exists(scratch.file()) ? read_file(scratch.file()) : ByteString{}) == left);
                CHECK(scratch.journal_names().empty());
                const auto names = scratch.names();
                CHECK(std::none_of(names.begin(), names.end(), [](const std::string& name) { return name[0] == '.'; }));
            }
        }
    }
}

TEST_CASE("a full disk is said before anything is written", "[media]") {
    const TempDirectory mount;
    if (::mount("none", mount.path().c_str(), "tmpfs", 0, "size=1200k") != 0) {
        WARN("cannot mount a small tmpfs here; a full disk stays untested");
        return;
    }
    {
        const Scratch scratch("mp4", mount.path());
        const ByteString before = read_file(scratch.file());

        const auto report = clean(scratch.file(), Plan{}, scratch.options(Method::rewrite));
        const auto names = scratch.names();

        REQUIRE_FALSE(report);
        CHECK(report.error().code == ErrorCode::unavailable);
        CHECK_THAT(report.error().message, Catch::Contains("the disk is full") && Catch::Contains("bytes"));
        CHECK(read_file(scratch.file()) == before);
        CHECK(names.size() == 1);
        CHECK(scratch.journal_names().empty());
    }
    ::umount(mount.path().c_str());
}

TEST_CASE("two cleanings of one recording do not meet", "[media]") {
    const Scratch scratch("mp4");
    Result<CleanReport> second = fail(ErrorCode::internal, "not called");
    auto options = scratch.options(Method::rewrite);
    options.after_step = [&](std::string_view step) {
        if (step == "new file durable")
            second = clean(scratch.file(), Plan{}, scratch.options());
    };

    const auto first = clean(scratch.file(), Plan{}, options);

    CHECK(first);
    REQUIRE_FALSE(second);
    CHECK(second.error().code == ErrorCode::unavailable);
    CHECK_THAT(second.error().message, Catch::Contains("under way"));
}

TEST_CASE("cleaning without a journal directory is refused", "[media]") {
    const Scratch scratch("mp4");

    SECTION("none given") {
        const auto report = clean(scratch.file(), Plan{}, {});
        REQUIRE_FALSE(report);
        CHECK(report.error().code == ErrorCode::invalid_input);
    }
    SECTION("one that is not there") {
        auto options = scratch.options();
        options.journal_directory /= "nowhere";
        const auto report = clean(scratch.file(), Plan{}, options);
        REQUIRE_FALSE(report);
        CHECK(report.error().code == ErrorCode::not_found);
        CHECK_THAT(report.error().message, Catch::Contains("nowhere"));
    }
}

} // namespace ombud::media::test
