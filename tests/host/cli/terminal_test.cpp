#include "cli/table.hpp"
#include "fake_daemon.hpp"

#include <catch2/catch.hpp>
#include <sstream>

using namespace ombud::cli;

namespace {

std::string printed(const Table& table, std::size_t width, bool colours = false) {
    std::ostringstream out;
    table.print({out, out, width, colours});
    return out.str();
}

Table example() {
    Table table({{"ID"}, {"N", Align::right}, {"WHAT", Align::left, true}});
    table.add({"a", "1", "a sentence that is rather long"});
    table.add({"bcd", "1000", {"short", Style::bad}});
    return table;
}

} // namespace

TEST_CASE("a table is not cut where there is no terminal", "[cli]") {
    CHECK(printed(example(), 0) == "ID      N  WHAT\n"
                                   "a       1  a sentence that is rather long\n"
                                   "bcd  1000  short\n");
}

TEST_CASE("on a terminal a table's long texts are cut to fit", "[cli]") {
    CHECK(printed(example(), 24) == "ID      N  WHAT\n"
                                    "a       1  a sentence t…\n"
                                    "bcd  1000  short\n");
}

TEST_CASE("texts are not cut to less than eight columns", "[cli]") {
    CHECK_THAT(printed(example(), 5), Catch::Contains("  a sente…\n"));
}

TEST_CASE("columns stay in line when letters are wide, combined or of many bytes", "[cli]") {
    Table table({{"NAME"}, {"X"}});
    table.add({"日本", "1"});
    table.add({"e\xcc\x81", "2"});
    table.add({"Straße", "3"});

    CHECK(printed(table, 0) == "NAME    X\n日本    1\ne\xcc\x81       2\nStraße  3\n");
}

TEST_CASE("a name cannot write to the terminal", "[cli]") {
    Table table({{"NAME"}});
    table.add({"a\x1b[2J\nb\tc\xff\xc2\x9b"});

    const std::string text = printed(table, 0);

    CHECK(text.find('\x1b') == std::string::npos);
    CHECK(text.find("\xc2\x9b") == std::string::npos);
    CHECK(std::count(text.begin(), text.end(), '\n') == 2);
}

TEST_CASE("colours are there when asked for, and not with --no-color or NO_COLOR", "[cli]") {
    const FakeDaemon daemon;
    Place place{200, true, false, {{"OMBUD_STATE", daemon.folder().string()}}};

    const std::string coloured = run_ombud({"findings"}, place).out;
    const std::string by_option = run_ombud({"findings", "--no-color"}, place).out;
    place.environment["NO_COLOR"] = "1";
    const std::string by_environment = run_ombud({"findings"}, place).out;

    CHECK_THAT(coloured, Catch::Contains("\x1b[1;31mviolation\x1b[0m"));
    CHECK(by_option.find('\x1b') == std::string::npos);
    CHECK(by_environment == by_option);
}

TEST_CASE("the option goes before the environment", "[cli]") {
    const FakeDaemon daemon;
    const Place place{0, false, false, {{"OMBUD_SOCKET", "/nowhere/ombud.sock"}}};

    CHECK(run_ombud({"module", "list"}, place).exit_code == 3);
    CHECK(run_ombud({"module", "list", "--socket", daemon.socket().string()}, place).exit_code == 0);
}
