#include "plugin_runtime/crash_notes.hpp"

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <sys/resource.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "temp_folder.hpp"

namespace ombud::crash_notes {
namespace {

const std::string library(64, 'a');

/// What a process that dies of `work` leaves. Never begun in this one: its handlers are Catch's.
std::vector<Note> after(const std::filesystem::path& file, const std::function<void()>& work) {
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        const rlimit none{0, 0};
        ::setrlimit(RLIMIT_CORE, &none);
        ::close(STDERR_FILENO); // what a sanitizer says of it
        for (const int one : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP})
            ::signal(one, SIG_DFL); // Catch's
        if (!begin(file))
            ::_exit(9);
        work();
        ::_exit(0);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE_FALSE((WIFEXITED(status) && (WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == 9)));
    auto notes = read(file);
    REQUIRE(notes);
    return *notes;
}

volatile int* nowhere() {
    volatile int* volatile address = reinterpret_cast<volatile int*>(16); // not null, which UBSan would see first
    return address;
}

int endless(int depth) {
    volatile char room[4096] = {};
    room[0] = static_cast<char>(depth);
    return depth < 0 ? 0 : endless(depth + 1) + room[0];
}

TEST_CASE("a crash in a plugin is noted with its library and signal", "[crash_notes]") {
    TempFolder folder;
    const std::string line = line_for("zoo", library);
    struct Row { const char* behaviour; int signal; std::function<void()> dies; };
    const Row row = GENERATE(values<Row>({{"a write to nowhere", SIGSEGV, [] { *nowhere() = 1; }},
                                          {"an abort", SIGABRT, [] { std::abort(); }},
                                          {"a stack that is used up", SIGSEGV, [] { (void)endless(0); }}}));
    INFO(row.behaviour);
    const auto notes = after(folder / "crashes", [&] {
        std::thread([&] {
            const OwnStack stack;
            const Scope inside(&line);
            row.dies();
        }).join();
    });

    REQUIRE(notes.size() == 1);
    CHECK(notes[0].plugin == "zoo");
    CHECK(notes[0].library == library);
    CHECK(notes[0].signal == row.signal);
}

TEST_CASE("nobody is blamed for what is no plugin's doing", "[crash_notes]") {
    TempFolder folder;
    const std::string line = line_for("zoo", library);

    CHECK(after(folder / "outside", [&] {
              { const Scope inside(&line); }
              *nowhere() = 1;
          }).empty());
    CHECK(after(folder / "sent", [&] {
              const Scope inside(&line);
              if (::fork() == 0) {
                  ::kill(::getppid(), SIGABRT);
                  ::_exit(0);
              }
              for (;;)
                  ::pause();
          }).empty());
}

TEST_CASE("notes are kept until the next host begins, and what is no note is passed over", "[crash_notes]") {
    TempFolder folder;
    const auto file = folder / "crashes";
    std::ofstream(file) << library << " zoo 11\n" << library << " ot 99\nshort 11\n" << library << " two words 06\n" << library << " torn";

    const auto notes = read(file);
    REQUIRE(notes);
    REQUIRE(notes->size() == 2);
    CHECK((*notes)[0].plugin == "zoo");
    CHECK((*notes)[1].signal == SIGABRT);
    CHECK(after(file, [] { std::abort(); }).empty());
    CHECK(read(folder / "none")->empty());
}

} // namespace
} // namespace ombud::crash_notes
