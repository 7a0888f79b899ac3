#include "store/database.hpp"
#include "temp_folder.hpp"

#include <array>
#include <catch2/catch.hpp>
#include <fstream>
#include <string>
#include <sys/stat.h>

using namespace ombud;
using namespace ombud::store;

namespace {

Database open_new(const TempFolder& folder) {
    auto db = Database::open(folder / "a.db");
    REQUIRE(db);
    return std::move(*db);
}

std::string pragma(Database& db, const std::string& name) {
    auto statement = db.prepare("PRAGMA " + name);
    REQUIRE(statement);
    REQUIRE(statement->step().value());
    return std::string(statement->text(0));
}

} // namespace

TEST_CASE("a new database is readable by its owner alone", "[store]") {
    const TempFolder folder;
    const auto db = open_new(folder);

    struct stat found {};
    REQUIRE(::stat((folder / "a.db").c_str(), &found) == 0);
    CHECK((found.st_mode & 0777) == 0600);
}

TEST_CASE("a database is opened so that a commit survives a power cut", "[store]") {
    const TempFolder folder;
    auto db = open_new(folder);

    CHECK(pragma(db, "journal_mode") == "wal");
    CHECK(pragma(db, "synchronous") == "2");
    CHECK(pragma(db, "foreign_keys") == "1");
}

TEST_CASE("reading a database that is not there says so and creates nothing", "[store]") {
    const TempFolder folder;

    const auto db = Database::open(folder / "a.db", {.access = Access::read_only});

    REQUIRE_FALSE(db);
    CHECK(db.error().code == ErrorCode::not_found);
    CHECK_THAT(db.error().message, Catch::Contains("a.db"));
    CHECK_FALSE(std::filesystem::exists(folder / "a.db"));
}

TEST_CASE("a file that is no database is corrupt, and stays as it is", "[store]") {
    const TempFolder folder;
    const std::string content(4'096, 'x');
    std::ofstream(folder / "a.db") << content;

    const auto db = Database::open(folder / "a.db");

    REQUIRE_FALSE(db);
    CHECK(db.error().code == ErrorCode::corrupt);
    std::ifstream in(folder / "a.db");
    CHECK(std::string(std::istreambuf_iterator<char>(in), {}) == content);
}

TEST_CASE("a folder that does not exist makes opening unavailable", "[store]") {
    const TempFolder folder;

    const auto db = Database::open(folder / "missing/a.db");

    REQUIRE_FALSE(db);
    CHECK(db.error().code == ErrorCode::unavailable);
}

TEST_CASE("a read-only connection cannot change anything", "[store]") {
    const TempFolder folder;
    auto writer = open_new(folder);
    REQUIRE(writer.execute("CREATE TABLE t(x)"));
    auto reader = Database::open(folder / "a.db", {.access = Access::read_only});
    REQUIRE(reader);

    const auto inserted = reader->execute("INSERT INTO t VALUES(1)");

    REQUIRE_FALSE(inserted);
    CHECK(inserted.error().code == ErrorCode::unavailable);
}

TEST_CASE("values come back as they went in", "[store]") {
    const TempFolder folder;
    auto db = open_new(folder);
    REQUIRE(db.execute("CREATE TABLE t(a, b, c, d, e)"));
    const std::array<std::uint8_t, 4> bytes{0, 1, 255, 0};
    auto insert = db.prepare("INSERT INTO t VALUES(?1, ?2, ?3, ?4, ?5)");
    REQUIRE(insert);
    REQUIRE(insert->bind(1, INT64_MIN)
                .bind(2, std::string_view("gr\xc3\xbc\xc3\x9f\0e", 8))
                .bind(3, bytes)
                .bind_null(4)
                .bind(5, std::span<const std::uint8_t>())
                .run());

    auto row = db.prepare("SELECT a, b, c, d, e FROM t");
    REQUIRE(row);
    REQUIRE(row->step().value());

    CHECK(row->integer(0) == INT64_MIN);
    CHECK(row->text(1) == std::string_view("gr\xc3\xbc\xc3\x9f\0e", 8));
    CHECK(std::equal(bytes.begin(), bytes.end(), row->blob(2).begin(), row->blob(2).end()));
    CHECK(row->is_null(3));
    CHECK_FALSE(row->is_null(4));
    CHECK(row->blob(4).empty());
    CHECK_FALSE(row->step().value());
}

TEST_CASE("a bind to a parameter that does not exist is reported by run", "[store]") {
    const TempFolder folder;
    auto db = open_new(folder);
    auto statement = db.prepare("SELECT ?1");
    REQUIRE(statement);

    const auto done = statement->bind(7, std::int64_t{1}).run();

    REQUIRE_FALSE(done);
    CHECK(done.error().code == ErrorCode::invalid_input);
}

TEST_CASE("a broken constraint is refused, with the table named", "[store]") {
    const TempFolder folder;
    auto db = open_new(folder);
    REQUIRE(db.execute("CREATE TABLE t(x INTEGER PRIMARY KEY); INSERT INTO t VALUES(1)"));

    const auto done = db.execute("INSERT INTO t VALUES(1)");

    REQUIRE_FALSE(done);
    CHECK(done.error().code == ErrorCode::refused);
    CHECK_THAT(done.error().message, Catch::Contains("t.x"));
}

TEST_CASE("SQL that is wrong is named in the error", "[store]") {
    const TempFolder folder;
    auto db = open_new(folder);

    const auto statement = db.prepare("SELEKT 1");

    REQUIRE_FALSE(statement);
    CHECK(statement.error().code == ErrorCode::internal);
    CHECK_THAT(statement.error().message, Catch::Contains("SELEKT"));
}

TEST_CASE("a cached statement is ready again even when it was left in the middle of its rows", "[store]") {
    const TempFolder folder;
    auto db = open_new(folder);
    REQUIRE(db.execute("CREATE TABLE t(x); INSERT INTO t VALUES(1),(2)"));
    auto first = db.cached("SELECT x FROM t ORDER BY x");
    REQUIRE(first);
    REQUIRE((*first)->step().value());

    auto again = db.cached("SELECT x FROM t ORDER BY x");

    REQUIRE(again);
    CHECK(*again == *first);
    REQUIRE((*again)->step().value());
    CHECK((*again)->integer(0) == 1);
}

TEST_CASE("secure_delete leaves no trace of a deleted value in file or log", "[store]") {
    const TempFolder folder;
    const std::string secret = "unmistakable-secret-value";
    {
        auto db = Database::open(folder / "a.db", {.secure_delete = true});
        REQUIRE(db);
        REQUIRE(db->execute("CREATE TABLE t(x); INSERT INTO t VALUES('" + secret + "'); DELETE FROM t"));
        REQUIRE(db->checkpoint_wal());

        for (const char* name : {"a.db", "a.db-wal"}) {
            std::ifstream in(folder / name, std::ios::binary);
            const std::string content(std::istreambuf_iterator<char>(in), {});
            CHECK(content.find(secret) == std::string::npos);
        }
    }
}
