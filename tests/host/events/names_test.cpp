#include "events/names.hpp"

#include <catch2/catch.hpp>
#include <set>
#include <thread>

namespace ombud {
namespace {

TEST_CASE("names keep their numbers over a restart", "[names]") {
    std::vector<std::string> stored;
    const Names::Persist persist = [&](std::uint32_t number, std::string_view name) -> Result<void> {
        REQUIRE(number == stored.size() + 1);
        stored.emplace_back(name);
        return {};
    };
    Names before({}, persist);
    const auto recording = before.intern("recording.finished");
    const auto device = before.intern("device");

    Names after(stored, persist);

    CHECK(after.intern("device") == device);
    CHECK(after.intern("recording.finished") == recording);
    CHECK(after.name(recording) == "recording.finished");
    CHECK(after.intern("path") == 3);
    CHECK(stored == std::vector<std::string>{"recording.finished", "device", "path"});
}

TEST_CASE("a name that could not be stored has no number, and gets one later", "[names]") {
    bool disk_full = true;
    Names names({}, [&](std::uint32_t, std::string_view) -> Result<void> {
        if (disk_full)
            return fail(ErrorCode::unavailable, "disk full");
        return {};
    });

    CHECK(names.intern("device") == 0);
    disk_full = false;
    CHECK(names.intern("device") == 1);
}

TEST_CASE("what is no name gets no number and is not stored", "[names]") {
    int stored = 0;
    Names names({}, [&](std::uint32_t, std::string_view) -> Result<void> { return ++stored, Result<void>{}; });
    for (const std::string& name : {std::string(), std::string(65, 'a'), std::string("Device"), std::string("a b"),
                                    std::string("a\0b", 3), std::string("g\xC3\xBC"), std::string("a/b")})
        CHECK(names.intern(name) == 0);
    CHECK(stored == 0);
    CHECK(names.intern(std::string(64, 'a')) == 1);
}

TEST_CASE("there is a last number, and known names are still found behind it", "[names]") {
    Names names;
    for (std::uint32_t i = 1; i <= Names::count_max; ++i)
        REQUIRE(names.intern("n" + std::to_string(i)) == i);

    CHECK(names.intern("one_more") == 0);
    CHECK(names.intern("n7") == 7);
    CHECK(names.name(Names::count_max + 1).empty());
    CHECK(names.name(0).empty());
}

TEST_CASE("whoever stores a name can still read those that are known", "[names]") {
    // The ledger's writer stores it, perhaps behind a unit of work that looks names up.
    Names* names = nullptr;
    std::string read;
    std::uint32_t found = 0;
    const Names::Persist persist = [&](std::uint32_t, std::string_view name) -> Result<void> {
        if (name == "second")
            std::thread([&] {
                read = names->name(1);
                found = names->intern("first");
            }).join();
        return {};
    };
    Names made({}, persist);
    names = &made;
    REQUIRE(made.intern("first") == 1);

    CHECK(made.intern("second") == 2);

    CHECK(read == "first");
    CHECK(found == 1);
}

TEST_CASE("threads that ask for the same names get the same numbers", "[names]") {
    Names names;
    std::vector<std::vector<std::uint32_t>> got(4);
    std::vector<std::thread> threads;
    for (auto& mine : got)
        threads.emplace_back([&] {
            for (int i = 0; i < 500; ++i)
                mine.push_back(names.intern("n" + std::to_string(i)));
        });
    for (auto& thread : threads)
        thread.join();

    CHECK(std::set<std::uint32_t>(got[0].begin(), got[0].end()).size() == 500);
    for (const auto& other : got)
        CHECK(other == got[0]);
}

} // namespace
} // namespace ombud
