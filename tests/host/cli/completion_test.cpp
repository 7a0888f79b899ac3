// The generated completion and manual, read by the programs they are for.
#include "fake_daemon.hpp"

#include <array>
#include <catch2/catch.hpp>
#include <cstdio>
#include <fstream>
#include <sys/wait.h>

namespace {

struct ShellOutcome {
    int exit_code;
    std::string out;
};

ShellOutcome shell(const std::string& script) {
    std::FILE* pipe = popen(script.c_str(), "r");
    REQUIRE(pipe);
    std::string out;
    std::array<char, 4096> part;
    for (std::size_t size = 0; (size = std::fread(part.data(), 1, part.size(), pipe)) > 0;)
        out.append(part.data(), size);
    return {WEXITSTATUS(pclose(pipe)), out};
}

/// What bash offers at the end of the line.
std::string offered(const FakeDaemon& daemon, const std::string& line) {
    const auto script = daemon.folder() / "complete.bash";
    std::ofstream(script) << "ombud() { " OMBUD_PROGRAM " \"$@\"; }\n"
                             "command() { \"$@\"; }\n"
                             "compopt() { :; }\n"
                             "source <(" OMBUD_PROGRAM " completion bash) || exit 9\n"
                             "COMP_WORDS=("
                          << line
                          << ")\n"
                             "COMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n"
                             "_ombud\n"
                             "echo \"${COMPREPLY[*]}\"\n";
    const auto outcome = shell("OMBUD_STATE='" + daemon.folder().string() + "' bash -u '" + script.string() + "' 2>&1");
    CHECK(outcome.exit_code == 0);
    return outcome.out;
}

} // namespace

TEST_CASE("bash completes commands, options, choices and the ids of modules", "[cli]") {
    const FakeDaemon daemon;
    const std::pair<const char*, const char*> rows[] = {
        {"ombud fin", "findings\n"},
        {"ombud module ''", "disable enable list mode reload shadow\n"},
        {"ombud module mode ''", "retention_auditor audio_metadata_gate\n"},
        {"ombud module mode ret", "retention_auditor\n"},
        {"ombud module mode retention_auditor ''", "off monitor enforce\n"},
        {"ombud --json module mode --reason 'a reason' retention_auditor e", "enforce\n"},
        {"ombud findings --sh", "--show\n"},
        {"ombud findings --show ''", "open closed all\n"},
        {"ombud findings --module a", "audio_metadata_gate\n"},
        {"ombud status --no", "--no-color\n"},
        {"ombud register show ''", "email_whitelist/recipients push_consent_guard/devices\n"},
        {"ombud register show push", "push_consent_guard/devices\n"},
        {"ombud device ''", "add list lost remove\n"},
        {"ombud nonsense ''", "\n"},
    };
    for (const auto& [line, offers] : rows) {
        DYNAMIC_SECTION(line) {
            CHECK(offered(daemon, line) == offers);
        }
    }
}

TEST_CASE("without a daemon bash offers no ids and says nothing", "[cli]") {
    std::string silent;
    {
        const FakeDaemon daemon;
        silent = offered(daemon, "ombud --socket /nowhere module mode ''");
    }
    CHECK(silent == "\n");
}

TEST_CASE("man finds nothing wrong with the manual, and every command is in it", "[cli]") {
    const FakeDaemon daemon;
    const auto page = (daemon.folder() / "ombud.1").string();

    const auto rendered = shell(OMBUD_PROGRAM " man > '" + page +
                                "' && LC_ALL=C.UTF-8 MANWIDTH=100 man --warnings -l '" + page + "' 2>&1");

    CHECK(rendered.exit_code == 0);
    CHECK(rendered.out.find("warning") == std::string::npos);
    for (const char* name : {"module mode", "ledger verify", "audit run", "approve", "register set", "device lost", "config check", "completion bash"})
        CHECK_THAT(rendered.out, Catch::Contains(std::string("ombud ") + name));
    CHECK(rendered.out.find("ombud complete ") == std::string::npos);
}

TEST_CASE("results that cannot be written are an error", "[cli]") {
    const auto outcome = shell(OMBUD_PROGRAM " man 2>&1 > /dev/full");

    CHECK(outcome.exit_code == 3);
    CHECK(outcome.out == "ombud: error: the results could not be written\n");
}
