#include <catch2/catch.hpp>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <set>
#include <string>
#include <unistd.h>

#include "conformance/conformance.hpp"

using namespace ombud;
using namespace ombud::conformance;
using std::chrono::milliseconds;

namespace {

Request request_for(const std::string& plugin, const std::string& only) {
    Request request;
    request.file = std::string(BROKEN) + "/" + plugin + ".so";
    request.only = only;
    return request;
}

CheckResult result_of(const std::string& plugin, const std::string& only, milliseconds timeout = milliseconds(20'000)) {
    Request request = request_for(plugin, only);
    request.timeout = timeout;
    const auto report = check_plugin(request);
    REQUIRE(report);
    REQUIRE(report->checks.size() == 1);
    return report->checks.front();
}

struct Row {
    const char* plugin;
    const char* check; ///< that catches it
    const char* says;
};

// One for each check at least; tests/hostile/broken tells what each does.
constexpr Row rows[] = {
    {"no_note", "elf.note", "no ABI note"},
    {"second_export", "elf.exports", "helper_of_mine"},
    {"unique_symbol", "elf.unique", "pinned"},
    {"text_relocation", "elf.text_relocations", "TEXTREL"},
    {"executable_stack", "elf.stack", "executable stack"},
    {"strange_library", "elf.libraries", "libz.so.1"},
    {"undefined_symbol", "elf.imports", "symbol_of_the_host"},
    {"too_new_libc", "elf.ceiling", "GLIBC_2.99"},
    {"wrong_manifest", "manifest.valid", "deadline"},
    {"pinned_bytes", "manifest.library", "pins 0000"},
    {"strange_signature", "manifest.signature", "is of none of the keys trusted here"},
    {"wrong_version", "manifest.identity", "9.9.9"},
    {"missing_extension", "manifest.extensions", "lacks ombud.audit/1"},
    {"thread_at_load", "load.constructors", "socket"},
    {"fickle_entry", "load.entry", "changes its answer"},
    {"every_extension", "load.unknown_extensions", "claims to have"},
    {"leaks_memory", "lifecycle.hundred", "bytes"},
    {"leaks_descriptor", "lifecycle.hundred", "100 more descriptors"},
    {"leaks_thread", "lifecycle.hundred", "100 more threads"},
    {"needs_start", "lifecycle.without_start", "crashed: Segmentation fault while destroying"},
    {"silent_failure", "lifecycle.failed_create", "did not say why"},
    {"one_for_all", "lifecycle.two_instances", "another instance changes"},
    {"slow_stop", "lifecycle.stop_in_time", "of 500"},
    {"leaks_thread", "lifecycle.after_destroy", "thread of it lives on"},
    {"changes_locale", "lifecycle.manners", "locale became"},
    {"forks", "lifecycle.manners", "a process was started"},
    {"needs_clock", "compatibility.smaller_host", "crashed"},
    {"exact_host", "compatibility.larger_host", "newer minor"},
    {"needs_extension", "compatibility.no_extensions", "crashed"},
    {"known_fields_only", "compatibility.newer_events", "recording.changed"},
    {"allows_unknown", "compatibility.unknown_hooks", "cannot know"},
    {"ignores_tail", "compatibility.newer_call", "new part"},
    {"fills_whole", "compatibility.smaller_verdict", "while filling a verdict of"},
    {"needs_nothing", "configuration.required", "works without option place"},
    {"trusts_type", "configuration.wrong_type", "crashed: Segmentation fault while creating an instance with option most as a text"},
    {"trusts_range", "configuration.out_of_range", "crashed: Segmentation fault while creating an instance with option most of -9223372036854775808"},
    {"counts_options", "configuration.unknown_key", "too many options"},
    {"short_buffer", "configuration.megabyte", "crashed"},
    {"forgets_answer", "hooks.verdict_set", "no verdict was set"},
    {"no_reason", "hooks.reason_given", "deny without a reason"},
    {"slow_answer", "hooks.deadline", "of 300.000 ms"},
    {"writes_event", "hooks.read_only", "crashed: Segmentation fault while observing recording.changed"},
    {"keeps_event", "hooks.taken_back", "crashed: Segmentation fault while observing recording.changed"},
    {"points_into_event", "hooks.taken_back", "crashed: Segmentation fault while judging"},
    {"blind_audit", "hooks.host_fails", "ends well"},
    {"trusts_packet", "hooks.odd_packets", "crashed: Floating point exception while judging a packet of"},
    {"throws_dice", "determinism.twice", "in a second run"},
    {"forgets_count", "determinism.restart", "after a restart"},
    {"remembers_thread", "determinism.any_thread", "where one thread makes all calls"},
    {"counts_by_thread", "determinism.any_thread", "where one thread makes all calls"},
    {"keeps_lock", "determinism.any_thread", "where one thread makes all calls"},
    {"reads_machine", "sandbox.same_answers", "in a process of its own 3|"},
    {"trusts_text", "determinism.odd_events", "of seed 1"},
    {"trusts_length", "determinism.fuzzed_packets", "crashed: Segmentation fault while judging packet "},
    {"exits", "hooks.verdict_set", "ended its process with exit code 0 while judging"},
};

} // namespace

TEST_CASE("each rule is broken by a plugin, and its check says so", "[conformance]") {
    for (const Row& row : rows) {
#ifdef __SANITIZE_ADDRESS__
        if (row.plugin == std::string("leaks_memory"))
            continue; // what malloc has given out, this sanitizer's does not tell
#endif
        DYNAMIC_SECTION(row.plugin << " fails " << row.check) {
            const CheckResult result = result_of(row.plugin, row.check);

            INFO(result.seen);
            CHECK(result.outcome == Outcome::fail);
            CHECK_THAT(result.seen, Catch::Contains(row.says));
            CHECK_FALSE(result.advice.empty());
        }
    }
}

TEST_CASE("a sound plugin passes every check, and none is without a plugin that it catches", "[conformance]") {
    std::set<std::string> caught;
    for (const Row& row : rows)
        caught.insert(row.check);

    const auto report = check_plugin(request_for("sound", ""));

    REQUIRE(report);
    CHECK(report->passes());
    for (const CheckResult& result : report->checks) {
        INFO(result.name << ": " << result.seen);
        // The sound one pins no bytes and is not signed: only a manifest that does, or is, can be wrong about it.
        const bool applies = result.name != "manifest.library" && result.name != "manifest.signature";
        CHECK(result.outcome == (applies ? Outcome::pass : Outcome::not_applicable));
        CHECK(caught.count(result.name) == 1);
    }
}

TEST_CASE("a plugin that hangs is given up after the timeout, and told where it hung", "[conformance]") {
    const CheckResult result = result_of("hangs", "lifecycle.without_start", milliseconds(200));

    CHECK(result.outcome == Outcome::fail);
    CHECK_THAT(result.seen, Catch::Contains("no end within 200 ms while creating an instance"));
}

TEST_CASE("a name chooses one check, a group all of its checks, and any other is refused with all names", "[conformance]") {
    CHECK(check_plugin(request_for("sound", "elf.note"))->checks.size() == 1);
    CHECK(check_plugin(request_for("sound", "elf"))->checks.size() == 8);

    const auto refused = check_plugin(request_for("sound", "el"));

    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ErrorCode::invalid_input);
    CHECK_THAT(refused.error().message, Catch::Contains("determinism.odd_events"));
}

TEST_CASE("a file that is none, and a file that is no plugin, are told", "[conformance]") {
    CHECK(check_plugin(request_for("nothing", "")).error().code == ErrorCode::not_found);

    Request request = request_for("sound", "");
    request.file = std::string(BROKEN) + "/sound.xml";
    const auto report = check_plugin(request);

    REQUIRE(report);
    CHECK_FALSE(report->passes());
    CHECK_THAT(report->checks.front().seen, Catch::Contains("not an ELF file"));
}

TEST_CASE("a setting that the manifest does not know is told, and one that it knows is used", "[conformance]") {
    Request request = request_for("sound", "lifecycle.without_start");
    request.options = {{"plce", "x"}};
    CHECK_THAT(check_plugin(request)->checks.front().seen, Catch::Contains("no such option"));

    request.options = {{"place", "x"}};
    CHECK(check_plugin(request)->passes());
}

TEST_CASE("the seed is told and repeats what it found, and another one finds another thing", "[conformance]") {
    struct Row {
        const char *plugin, *check;
    };
    const Row row = GENERATE(Row{"trusts_text", "determinism.odd_events"}, Row{"trusts_length", "determinism.fuzzed_packets"});
    const auto seen = [&](std::uint64_t seed) {
        Request request = request_for(row.plugin, row.check);
        request.seed = seed;
        const std::string text = check_plugin(request).value().checks.front().seen, told = "of seed " + std::to_string(seed);
        REQUIRE_THAT(text, Catch::Contains(told));
        return std::string(text).erase(text.find(told), told.size());
    };

    CHECK(seen(3) == seen(3));
    CHECK(seen(3) != seen(4)); // another event or packet is the first that it stumbles over
}

TEST_CASE("a damaged file is told by the checks that read it, which never crash", "[conformance]") {
    namespace fs = std::filesystem;
    std::ifstream in(std::string(BROKEN) + "/sound.so", std::ios::binary);
    const std::string whole{std::istreambuf_iterator<char>(in), {}};
    const fs::path file = fs::temp_directory_path() / ("ombud-damaged-" + std::to_string(::getpid()) + ".so");
    std::mt19937 random(1);
    for (int round = 0; round < 60; ++round) {
        std::string bytes = whole;
        if (round % 2 == 0)
            bytes.resize(random() % bytes.size());
        else // headers and tables, where offsets and sizes stand
            for (int i = 0; i < 8; ++i)
                bytes[round % 4 == 1 ? random() % 64 : bytes.size() - 1 - random() % 2500] = static_cast<char>(random());
        std::ofstream(file, std::ios::binary) << bytes;
        for (const char* only : {"elf.note", "elf.exports", "elf.unique", "elf.libraries", "elf.ceiling"}) {
            Request request;
            request.file = file;
            request.only = only;

            const auto report = check_plugin(request);

            REQUIRE(report);
            CHECK_THAT(report->checks.front().seen, !Catch::Contains("crashed") && !Catch::Contains("no end"));
        }
    }
    fs::remove(file);
}
