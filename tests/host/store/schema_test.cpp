#include "store/schema.hpp"
#include "temp_folder.hpp"

#include <array>
#include <catch2/catch.hpp>

using namespace ombud;
using namespace ombud::store;

namespace {

constexpr std::array<std::string_view, 1> one_step = {"CREATE TABLE t(x)"};
constexpr std::array<std::string_view, 2> two_steps = {"CREATE TABLE t(x)", "ALTER TABLE t ADD COLUMN y"};
constexpr std::array<std::string_view, 2> broken_second = {"CREATE TABLE t(x)", "ALTER TABLE nowhere ADD COLUMN y"};

Database open_new(const TempFolder& folder) {
    auto db = Database::open(folder / "a.db");
    REQUIRE(db);
    return std::move(*db);
}

} // namespace

TEST_CASE("a part is created once and left alone afterwards", "[schema]") {
    const TempFolder folder;
    auto db = open_new(folder);
    REQUIRE(apply_schema(db, "part", one_step));
    REQUIRE(db.execute("INSERT INTO t VALUES(1)"));

    REQUIRE(apply_schema(db, "part", one_step));

    auto row = db.prepare("SELECT count(*) FROM t");
    REQUIRE(row->step().value());
    CHECK(row->integer(0) == 1);
}

TEST_CASE("an older part gets the steps it lacks, and keeps its rows", "[schema]") {
    const TempFolder folder;
    auto db = open_new(folder);
    REQUIRE(apply_schema(db, "part", one_step));
    REQUIRE(db.execute("INSERT INTO t VALUES(1)"));

    REQUIRE(apply_schema(db, "part", two_steps));

    auto row = db.prepare("SELECT x, y FROM t");
    REQUIRE(row);
    REQUIRE(row->step().value());
    CHECK(row->integer(0) == 1);
    CHECK(row->is_null(1));
}

TEST_CASE("a part from a newer version is too new, and names both versions", "[schema]") {
    const TempFolder folder;
    auto db = open_new(folder);
    REQUIRE(apply_schema(db, "part", two_steps));

    const auto applied = apply_schema(db, "part", one_step);

    REQUIRE_FALSE(applied);
    CHECK(applied.error().code == ErrorCode::too_new);
    CHECK_THAT(applied.error().message, Catch::Contains("version 2") && Catch::Contains("knows 1"));
}

TEST_CASE("a file from a newer version is too new", "[schema]") {
    const TempFolder folder;
    auto db = open_new(folder);
    REQUIRE(apply_schema(db, "part", one_step));
    REQUIRE(db.execute("PRAGMA user_version=99"));

    const auto applied = apply_schema(db, "part", one_step);

    REQUIRE_FALSE(applied);
    CHECK(applied.error().code == ErrorCode::too_new);
}

TEST_CASE("a step that fails leaves the file as it was", "[schema]") {
    const TempFolder folder;
    auto db = open_new(folder);

    const auto applied = apply_schema(db, "part", broken_second);

    REQUIRE_FALSE(applied);
    CHECK_THAT(applied.error().message, Catch::Contains("part") && Catch::Contains("step 2"));
    CHECK_FALSE(db.prepare("SELECT * FROM t"));
    CHECK_FALSE(db.in_transaction());
}

TEST_CASE("inside a transaction a part comes and goes with it", "[schema]") {
    const TempFolder folder;
    auto db = open_new(folder);
    REQUIRE(db.execute("BEGIN"));
    REQUIRE(apply_schema(db, "part", one_step));

    REQUIRE(db.execute("ROLLBACK"));

    CHECK_FALSE(db.prepare("SELECT * FROM t"));
    CHECK(apply_schema(db, "part", one_step));
}

TEST_CASE("a reader is told when a part is missing or older than it needs", "[schema]") {
    const TempFolder folder;
    auto db = open_new(folder);

    CHECK(check_schema(db, "part", one_step).error().code == ErrorCode::not_found);
    REQUIRE(apply_schema(db, "part", one_step));
    CHECK(check_schema(db, "part", one_step));
    CHECK(check_schema(db, "part", two_steps).error().code == ErrorCode::not_found);
}
