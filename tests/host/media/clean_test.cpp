#include <catch2/catch.hpp>

#include <fstream>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "media/probe.hpp"
#include "recordings.hpp"

namespace ombud::media::test {

namespace {

using Method = CleanOptions::Method;

struct Row {
    std::string kind;
    Method method;
};

/// Every container by a rewrite; in place where it fits.
std::vector<Row> rows() {
    std::vector<Row> rows;
    for (const std::string& kind : all_kinds()) {
        rows.push_back({kind, Method::rewrite});
        if (kind != "ts")
            rows.push_back({kind, Method::in_place});
    }
    return rows;
}

std::string name_of(const Row& row) { return row.kind + (row.method == Method::rewrite ? " by rewrite" : " in place"); }

} // namespace

TEST_CASE("cleaning removes all but the picture and leaves its packets as they were", "[media]") {
    for (const Row& row : rows()) {
        DYNAMIC_SECTION(name_of(row)) {
            const Scratch scratch(row.kind);
            const std::string pictures = packets_of(scratch.file());
            const auto sound = sound_of(scratch.file());
            REQUIRE(count_found(sound, read_file(scratch.file())) > sound.size() / 3);

            const auto report = clean(scratch.file(), Plan{}, scratch.options(row.method));

            INFO((report ? "" : report.error().message));
            REQUIRE(report);
            CHECK(first_difference(pictures, packets_of(scratch.file())) == "");
            CHECK(streams_of(scratch.file()).find("audio") == std::string::npos);
            const auto after = probe(scratch.file(), SystemClock());
            REQUIRE(after);
            REQUIRE(after->tracks.size() == 1);
            CHECK(after->tracks[0].kind == TrackKind::video);
            CHECK(count_found(sound, read_file(scratch.file())) == 0);
            CHECK(report->bytes_after == fs::file_size(scratch.file()));
            CHECK((row.method == Method::rewrite) == (report->bytes_after < report->bytes_before));
            CHECK(report->kept_packets == 250);
            CHECK(report->removed_packets > 10);
            CHECK(scratch.names().size() == 1);
            CHECK(scratch.journal_names().empty());
        }
    }
}

TEST_CASE("a cleaned recording plays from its beginning to its end", "[media]") {
    for (const Row& row : rows()) {
        DYNAMIC_SECTION(name_of(row)) {
            const Scratch scratch(row.kind);
            REQUIRE(clean(scratch.file(), Plan{}, scratch.options(row.method)));

            const std::string complaints = run("ffmpeg -v warning -xerror -i '" + scratch.file().string() + "' -f null - 2>&1");
            const std::string sought = run("ffmpeg -v error -ss 7 -i '" + scratch.file().string() +
                                           "' -frames:v 1 -f framehash -hash md5 - 2>&1 | grep -c '^0,'");

            CHECK(complaints == "");
            CHECK(sought == "1\n");
        }
    }
}

TEST_CASE("cleaning a clean recording changes nothing and says so", "[media]") {
    for (const Row& row : rows()) {
        DYNAMIC_SECTION(name_of(row)) {
            const Scratch scratch(row.kind);
            REQUIRE(clean(scratch.file(), Plan{}, scratch.options(row.method)));
            const ByteString once = read_file(scratch.file());

            const auto report = clean(scratch.file(), Plan{}, scratch.options(row.method));

            INFO((report ? "" : report.error().message));
            REQUIRE(report);
            CHECK(report->method == ombud::media::Method::none);
            CHECK(report->bytes_written == 0);
            CHECK(read_file(scratch.file()) == once);
        }
    }
}

TEST_CASE("data can go while sound stays", "[media]") {
    struct Case { const char* kind; const char* gone; };
    for (const Case& item : {Case{"tmcd.mp4", "data"}, Case{"extras.mkv", "subtitle"}}) {
        for (const Method method : {Method::rewrite, Method::in_place}) {
            DYNAMIC_SECTION(name_of({item.kind, method})) {
                const Scratch scratch(item.kind);
                const std::string before = packets_of(scratch.file(), "0:v -map 0:a");
                Plan plan;
                plan.audio.keep = TrackRule::Keep::all;

                const auto report = clean(scratch.file(), plan, scratch.options(method));

                INFO((report ? "" : report.error().message));
                REQUIRE(report);
                CHECK(first_difference(before, packets_of(scratch.file(), "0:v -map 0:a")) == "");
                CHECK(streams_of(scratch.file()).find(item.gone) == std::string::npos);
                const ByteString bytes = read_file(scratch.file());
                const std::string text(bytes.begin(), bytes.end());
                CHECK(text.find("4711") == std::string::npos);
            }
        }
    }
}

TEST_CASE("a rule for one track goes before the rule for its kind", "[media]") {
    const Scratch scratch("tmcd.mp4");
    Plan plan;
    plan.by_id[2] = {TrackRule::Keep::all, {}};

    REQUIRE(clean(scratch.file(), plan, scratch.options(Method::rewrite)));

    const std::string streams = streams_of(scratch.file());
    CHECK(streams.find("audio") != std::string::npos);
    CHECK(streams.find("data") == std::string::npos);
}

TEST_CASE("automatic cleans a plain MP4 in place and others by a rewrite", "[media]") {
    struct Case { const char* kind; ombud::media::Method method; };
    for (const Case& item : {Case{"mp4", ombud::media::Method::in_place}, Case{"fragmented.mp4", ombud::media::Method::rewrite},
                             Case{"mkv", ombud::media::Method::rewrite}, Case{"ts", ombud::media::Method::rewrite}}) {
        DYNAMIC_SECTION(item.kind) {
            const Scratch scratch(item.kind);

            const auto report = clean(scratch.file(), Plan{}, scratch.options());

            REQUIRE(report);
            CHECK(report->method == item.method);
        }
    }
}

TEST_CASE("both methods report the same digest of the kept packets, and none when it is not asked for", "[media]") {
    const Scratch rewritten("mp4");
    const Scratch in_place("mp4");
    const Scratch rewritten_again("mp4");

    const auto a = clean(rewritten.file(), Plan{}, rewritten.options(Method::rewrite));
    const auto b = clean(in_place.file(), Plan{}, in_place.options(Method::in_place));
    auto without = rewritten_again.options(Method::in_place);
    without.with_hash = false;
    const auto c = clean(rewritten_again.file(), Plan{}, without);

    REQUIRE(a);
    REQUIRE(b);
    REQUIRE(c);
    CHECK(a->kept_sha256 == b->kept_sha256);
    CHECK(a->kept_sha256 != signing::Digest{});
    CHECK(a->proof == CleanReport::Proof::compared);
    CHECK(b->proof == CleanReport::Proof::untouched);
    CHECK(c->kept_sha256 == signing::Digest{});
    CHECK(c->proof == CleanReport::Proof::untouched);
    CHECK(c->kept_packets == b->kept_packets);
    CHECK(read_file(in_place.file()) == read_file(rewritten_again.file()));
}

TEST_CASE("owner, mode, times and extended attributes stay", "[media]") {
    for (const Method method : {Method::rewrite, Method::in_place}) {
        DYNAMIC_SECTION(name_of({"mp4", method})) {
            const Scratch scratch("mp4");
            const char* file = scratch.file().c_str();
            REQUIRE(::chown(file, 33, 44) == 0);
            REQUIRE(::chmod(file, 0640) == 0);
            REQUIRE(::setxattr(file, "user.camera", "north", 5, 0) == 0);
            const timespec times[2] = {{1'600'000'001, 11}, {1'600'000'002, 22}};
            REQUIRE(::utimensat(AT_FDCWD, file, times, 0) == 0);

            REQUIRE(clean(scratch.file(), Plan{}, scratch.options(method)));

            struct stat status {};
            REQUIRE(::stat(file, &status) == 0);
            CHECK(status.st_uid == 33);
            CHECK(status.st_gid == 44);
            CHECK((status.st_mode & 07777) == 0640);
            CHECK(status.st_mtim.tv_sec == 1'600'000'002);
            CHECK(status.st_mtim.tv_nsec == 22);
            char value[8] = {};
            CHECK(::getxattr(file, "user.camera", value, sizeof value) == 5);
            CHECK(std::string(value) == "north");
        }
    }
}

TEST_CASE("after a rewrite the old file's sound is gone from the disk too", "[media]") {
    for (const char* kind : {"mp4", "fragmented.mp4", "mkv", "ts"}) {
        for (const bool whole : {false, true}) {
            DYNAMIC_SECTION(kind << (whole ? ", the whole file" : ", what was removed")) {
                const Scratch scratch(kind);
                const auto sound = sound_of(scratch.file());
                std::ifstream held(scratch.file(), std::ios::binary); // keeps the old file's blocks readable
                auto options = scratch.options(Method::rewrite);
                options.scrub_whole_file = whole;

                REQUIRE(clean(scratch.file(), Plan{}, options));

                const ByteString old{std::istreambuf_iterator<char>(held), {}};
                CHECK(old.size() > 1000);
                CHECK(count_found(sound, old) == 0);
                CHECK(std::all_of(old.begin(), old.end(), [](std::uint8_t byte) { return byte == 0; }) == whole);
            }
        }
    }
}

TEST_CASE("progress rises to its end and can stop a cleaning without a trace", "[media]") {
    for (const Method method : {Method::rewrite, Method::in_place}) {
        DYNAMIC_SECTION(name_of({"mp4", method})) {
            const Scratch scratch("mp4");
            const ByteString before = read_file(scratch.file());
            double last = 0;
            auto options = scratch.options(method);
            options.progress = [&](double share) {
                CHECK(share >= last);
                CHECK(share <= 1.0);
                last = share;
                return share < 0.7;
            };

            const auto report = clean(scratch.file(), Plan{}, options);

            REQUIRE_FALSE(report);
            CHECK(report.error().code == ErrorCode::unavailable);
            CHECK(last >= 0.7);
            CHECK(read_file(scratch.file()) == before);
            CHECK(scratch.names().size() == 1);
            CHECK(scratch.journal_names().empty());
        }
    }
}

} // namespace ombud::media::test
