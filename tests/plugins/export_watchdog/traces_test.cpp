// Traces of weeks of exports (tests/data/exports): what is told of them, and what is not.
#include "export_watchdog/usual.hpp"

#include <catch2/catch.hpp>

#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <sstream>

using namespace ombud;
using namespace ombud::export_watchdog;

namespace {

constexpr int64_t second_ns = 1'000'000'000, day_ns = 86'400 * second_ns;

int64_t utc_of(const std::string& text) {
    std::tm time{};
    if (strptime(text.c_str(), "%Y-%m-%d %H:%M:%S", &time) == nullptr)
        FAIL("'" + text + "' is no time");
    return int64_t{timegm(&time)} * second_ns;
}

struct Told {
    std::string user, kind, text;
    bool notice;
    int64_t utc_ns;
};

struct Trace {
    std::string expected_kind, expected_user; // empty: nothing
    int64_t since_utc_ns = INT64_MAX;
    std::vector<Told> told;
};

/// Plays a file as the plugin would hear of it.
Trace play(const std::filesystem::path& file) {
    static const sdk::TimeZone berlin = *sdk::TimeZone::read("Europe/Berlin");
    std::ifstream in(file);
    std::string line, word;
    Trace trace;
    std::getline(in, line);
    std::istringstream head(line);
    head >> word >> word >> trace.expected_kind;
    if (trace.expected_kind == "nothing")
        trace.expected_kind.clear();
    else {
        head >> trace.expected_user >> word;
        std::getline(head >> std::ws, word);
        trace.since_utc_ns = utc_of(word);
    }

    Usual usual;
    usual.holidays = {local_day(utc_of("2026-04-03 12:00:00"), berlin), local_day(utc_of("2026-04-06 12:00:00"), berlin)};
    History history;
    while (std::getline(in, line)) {
        std::istringstream fields(line);
        std::string time, user, size, cameras;
        std::getline(fields, time, ',');
        std::getline(fields, user, ',');
        std::getline(fields, size, ',');
        std::getline(fields, cameras);
        PastExport what;
        what.number = history.next_number();
        what.utc_ns = utc_of(time);
        what.size_bytes = std::stoll(size);
        std::istringstream list(cameras);
        while (list >> word)
            what.cameras.push_back(word);
        if (usual.learning_until_utc_ns == 0)
            usual.learning_until_utc_ns = what.utc_ns + 7 * day_ns;
        const int64_t at = what.utc_ns;
        history.add(user, std::move(what), usual.history_ns);
        for (const Unusual& one : judge_usual(history.find(user)->exports, usual, berlin))
            trace.told.push_back({user, kind_name(one.kind), one.text, one.notice, at});
    }
    return trace;
}

std::filesystem::path folder() {
    const char* other = std::getenv("OMBUD_TRACES"); // variations.sh
    return other != nullptr ? other : TRACES;
}

} // namespace

TEST_CASE("each trace of misuse is told as what it is, and nothing else is", "[traces]") {
    size_t played = 0, notices = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder())) {
        if (entry.path().extension() != ".csv")
            continue;
        ++played;
        const Trace trace = play(entry.path());
        INFO(entry.path().string());
        bool found = trace.expected_kind.empty();
        for (const Told& one : trace.told) {
            found |= one.kind == trace.expected_kind && one.user == trace.expected_user && one.utc_ns >= trace.since_utc_ns && !one.notice;
            notices += one.notice;
            const bool is_misuse = one.user == trace.expected_user && one.utc_ns >= trace.since_utc_ns;
            INFO(one.user + ", " + one.kind + ": " + one.text);
            CHECK((is_misuse || one.notice));
        }
        CHECK(found);
    }
    CHECK(played >= 10);
    CHECK(notices <= played); // of single new cameras, in four weeks of a whole site
}
