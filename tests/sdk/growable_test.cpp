#include "guarded_page.hpp"

#include <catch2/catch.hpp>
#include <cstddef>
#include <cstring>
#include <ombud/growable.hpp>
#include <ombud/host.h>

using namespace ombud::sdk;
using ombud::testing::GuardedPage;

namespace {
/// Version 1 of a struct, and the same after it grew.
struct Small {
    std::uint32_t struct_size, first;
};
struct Grown {
    std::uint32_t struct_size, first;
    std::uint64_t second;
};
const Grown* as_grown(const Small& small) {
    return reinterpret_cast<const Grown*>(&small);
}
} // namespace

TEST_CASE("an input of an older writer reads with the new members zero") {
    GuardedPage page;
    auto* small = page.last<Small>(sizeof(Small));
    *small = {sizeof(Small), 7};

    const auto read = read_growable(as_grown(*small), "thing", sizeof(Small));

    REQUIRE(read);
    CHECK(read->first == 7);
    CHECK(read->second == 0);
}

TEST_CASE("an input of a newer writer is taken when its unknown tail is zero") {
    const Grown grown{sizeof(Grown), 7, 0};

    CHECK(read_growable(reinterpret_cast<const Small*>(&grown), "thing")->first == 7);
}

TEST_CASE("an input of a newer writer is too new when its unknown tail is used") {
    const Grown grown{sizeof(Grown), 7, 1};

    const auto read = read_growable(reinterpret_cast<const Small*>(&grown), "thing");

    REQUIRE_FALSE(read);
    CHECK(read.error().code == ErrorCode::too_new);
    CHECK_THAT(read.error().message, Catch::Contains("thing") && Catch::Contains("newer SDK"));
}

TEST_CASE("an input that is missing or shorter than the first version is refused") {
    const Small small{4, 7};

    CHECK(read_growable<Small>(nullptr, "thing").error().code == ErrorCode::invalid_input);
    CHECK(read_growable(&small, "thing").error().code == ErrorCode::invalid_input);
}

TEST_CASE("an output of any smaller size is filled up to its end and no byte further") {
    Grown full{sizeof(Grown), 0x11111111, 0x2222222222222222};
    for (std::uint32_t size = sizeof(std::uint32_t); size <= sizeof(Grown); size += 4) {
        GuardedPage page;
        auto* out = page.last<Grown>(size); // a byte too many would fault
        std::memcpy(out, &size, sizeof size);

        write_growable(out, full);

        std::uint32_t kept;
        std::memcpy(&kept, out, sizeof kept);
        CHECK(kept == size);
        CHECK(std::memcmp(reinterpret_cast<const char*>(out) + 4, reinterpret_cast<const char*>(&full) + 4, size - 4) ==
              0);
    }
}

TEST_CASE("an output longer than this side knows keeps its tail") {
    Grown out{sizeof(Grown), 0, 99};
    const Small full{sizeof(Small), 5};

    write_growable(reinterpret_cast<Small*>(&out), full);

    CHECK(out.struct_size == sizeof(Grown));
    CHECK(out.first == 5);
    CHECK(out.second == 99);
}

TEST_CASE("a function is there only when the table is long enough and the pointer is set") {
    ombud_host host{};
    host.struct_size = sizeof host;
    CHECK_FALSE(has_function(&host, &ombud_host::now));
    host.now = [](void*, std::uint32_t) { return std::int64_t{0}; };
    CHECK(has_function(&host, &ombud_host::now));
    host.struct_size = offsetof(ombud_host, now) + 4;
    CHECK_FALSE(has_function(&host, &ombud_host::now));
    CHECK_FALSE(has_function<ombud_host>(nullptr, &ombud_host::now));
}
