#include <catch2/catch.hpp>

#include <set>

#include <sys/wait.h>
#include <unistd.h>

#include "recordings.hpp"

namespace ombud::media::test {

namespace {

using Method = CleanOptions::Method;
using Outcome = Recovery::Outcome;

/// The steps that a cleaning of this kind goes through, in order.
std::vector<std::string> steps_of(const std::string& kind, Method method) {
    const Scratch scratch(kind);
    std::vector<std::string> steps;
    auto options = scratch.options(method);
    options.after_step = [&](std::string_view step) { steps.emplace_back(step); };
    REQUIRE(clean(scratch.file(), Plan{}, options));
    return steps;
}

/// Cleans in a child process that ends without warning after a step.
void clean_and_die(const Scratch& scratch, Method method, const std::string& after_step) {
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        auto options = scratch.options(method);
        options.after_step = [&](std::string_view step) {
            if (step == after_step)
                ::_exit(42);
        };
        (void)clean(scratch.file(), Plan{}, options);
        ::_exit(1);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(WIFEXITED(status));
    REQUIRE(WEXITSTATUS(status) == 42);
}

} // namespace

TEST_CASE("a cleaning that dies after any step leaves the old or the new file, and recover brings it to an end", "[media]") {
    struct Row { const char* kind; Method method; };
    const Row rows[] = {{"mp4", Method::in_place}, {"mp4", Method::rewrite}, {"fragmented.mp4", Method::in_place},
                        {"mkv", Method::in_place}, {"mkv", Method::rewrite}, {"ts", Method::rewrite}};
    for (const Row& row : rows) {
        const auto steps = steps_of(row.kind, row.method);
        REQUIRE(steps.size() >= 5);
        for (const std::string& step : steps) {
            DYNAMIC_SECTION(row.kind << (row.method == Method::rewrite ? " rewrite: " : " in place: ") << step) {
                const Scratch scratch(row.kind);
                const ByteString old = read_file(scratch.file());
                const Scratch reference(row.kind);
                REQUIRE(clean(reference.file(), Plan{}, reference.options(row.method)));
                const ByteString cleaned = read_file(reference.file());

                clean_and_die(scratch, row.method, step);
                const ByteString found = read_file(scratch.file());
                const auto recoveries = recover(scratch.journals());

                if (row.method == Method::rewrite)
                    CHECK((found == old || found == cleaned));
                INFO((recoveries ? "" : recoveries.error().message));
                REQUIRE(recoveries);
                REQUIRE(recoveries->size() == 1);
                const ByteString now = read_file(scratch.file());
                CHECK(now == ((*recoveries)[0].outcome == Outcome::undone ? old : cleaned));
                CHECK(scratch.names().size() == 1);
                CHECK(scratch.journal_names().empty());
            }
        }
    }
}

TEST_CASE("recovery that is cut short can be done again", "[media]") {
    const Scratch scratch("mp4");
    const auto sound = sound_of(scratch.file());
    clean_and_die(scratch, Method::in_place, "packets written");
    const fs::path journal = scratch.journals() / scratch.journal_names().at(0);
    const ByteString kept = read_file(journal);
    REQUIRE(recover(scratch.journals()));
    const ByteString once = read_file(scratch.file());
    write_file(journal, kept);

    REQUIRE(recover(scratch.journals()));

    CHECK(read_file(scratch.file()) == once);
    CHECK(count_found(sound, once) == 0);
}

TEST_CASE("a journal that was cut off while it was written means that nothing had begun", "[media]") {
    const Scratch scratch("mp4");
    const ByteString before = read_file(scratch.file());
    clean_and_die(scratch, Method::in_place, "journal durable");
    const fs::path journal = scratch.journals() / scratch.journal_names().at(0);
    const std::uint64_t size = fs::file_size(journal);
    for (const std::uint64_t cut : {std::uint64_t{0}, std::uint64_t{1}, size / 2, size - 66, size - 1}) {
        DYNAMIC_SECTION(cut << " of " << size << " bytes") {
            fs::resize_file(journal, cut);

            const auto recoveries = recover(scratch.journals());

            REQUIRE(recoveries);
            CHECK((*recoveries)[0].outcome == Outcome::not_begun);
            CHECK(read_file(scratch.file()) == before);
            CHECK(scratch.journal_names().empty());
        }
    }
}

TEST_CASE("recovery never writes into a file that took the recording's place", "[media]") {
    const Scratch scratch("mp4");
    clean_and_die(scratch, Method::in_place, "packets written");
    fs::rename(scratch.file(), scratch.folder() / "moved.mp4");
    const ByteString other(fs::file_size(scratch.folder() / "moved.mp4"), 'x');
    write_file(scratch.file(), other);

    const auto recoveries = recover(scratch.journals());

    REQUIRE(recoveries);
    CHECK((*recoveries)[0].outcome == Outcome::set_aside);
    CHECK_THAT((*recoveries)[0].message, Catch::Contains("another file"));
    CHECK(read_file(scratch.file()) == other);
    CHECK_THAT(scratch.journal_names().at(0), Catch::EndsWith(".orphaned"));
}

TEST_CASE("the next cleaning finishes what the last one left", "[media]") {
    for (const Method method : {Method::in_place, Method::rewrite}) {
        DYNAMIC_SECTION((method == Method::rewrite ? "rewrite" : "in place")) {
            const Scratch scratch("mp4");
            const std::string pictures = packets_of(scratch.file());
            clean_and_die(scratch, method, method == Method::rewrite ? "exchanged" : "packets written");

            const auto report = clean(scratch.file(), Plan{}, scratch.options(method));

            INFO((report ? "" : report.error().message));
            REQUIRE(report);
            CHECK(report->method == ombud::media::Method::none);
            CHECK(first_difference(pictures, packets_of(scratch.file())) == "");
            CHECK(scratch.names().size() == 1);
        }
    }
}

} // namespace ombud::media::test
