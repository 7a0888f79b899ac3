// What a module in a process of its own can still do.
#include "cellar.hpp"

#include <fstream>

#include "contained/sandbox.hpp"

namespace ombud {
namespace {

TEST_CASE("a confined module reads no file of the host, writes none, connects nowhere and starts nothing, but has threads", "[contained]") {
    Lent lent;
    const auto instance = settle(echo(true), lent);

    const Told told = ask(*instance, lent.own_names, "attempts");

    CHECK(told.answer == "thread");
}

TEST_CASE("what the sandbox is said to be is what the kernel shows from outside", "[contained]") {
    Lent lent;
    const auto instance = settle(echo(true), lent);
    const CellStatus place = instance->place();

    std::string line, status;
    for (std::ifstream file("/proc/" + std::to_string(place.pid) + "/status"); std::getline(file, line);)
        status += line + "\n";

    CHECK_THAT(place.sandbox, Catch::Contains("no-new-privileges") && Catch::Contains("limits") && Catch::Contains("seccomp"));
    CHECK_THAT(status, Catch::Contains("NoNewPrivs:\t1\n") && Catch::Contains("Seccomp:\t2\n") && Catch::Contains("CapEff:\t0000000000000000\n"));
    const bool own_user = place.sandbox.find("own-user") != std::string::npos;
    CHECK((status.find("Uid:\t1879") != std::string::npos) == own_user);
}

TEST_CASE("a library that demands what this machine does not give is not loaded", "[contained]") {
    const TempFolder folder;
    const auto admitted = admitted_file(ECHO_FILE, folder);

    const auto unknown = contained::ContainedPlugin::load(admitted, {"echo", {"prayer"}}, cellar_watch());
    const auto met = contained::ContainedPlugin::load(admitted, {"echo", {"seccomp", "limits"}}, cellar_watch());

    REQUIRE_FALSE(unknown);
    CHECK_THAT(unknown.error().message, Catch::Contains("echo: 'prayer' is no layer of a sandbox"));
    CHECK(met);
}

TEST_CASE("layers and their words are two forms of the same", "[contained]") {
    const auto all = contained::parse_layers({"seccomp", "own-user"});

    REQUIRE(all);
    CHECK(contained::layer_words(*all) == "own-user seccomp");
    CHECK(contained::layer_words(0).empty());
}

} // namespace
} // namespace ombud
