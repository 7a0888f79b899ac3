#include "workshop.hpp"

namespace ombud::trust {
namespace {

config::PluginIndex index_of(std::int64_t serial) {
    return {serial, "2026-11-18", {{"probe", "1.0.0", library_hash, std::string(64, 'b'), "leaks <\"names\"> & more"},
                                   {"probe", "1.1.0", std::string(64, 'c'), std::string(64, 'd'), ""}}};
}

TEST_CASE("an index is read back as it was written", "[index]") {
    const auto read = config::parse_plugin_index(to_xml(index_of(7)), "index.xml");

    REQUIRE(read);
    CHECK(read->serial == 7);
    CHECK(read->made == "2026-11-18");
    REQUIRE(read->release(library_hash) != nullptr);
    CHECK(read->release(library_hash)->withdrawn == "leaks <\"names\"> & more");
    CHECK(read->releases[1].version == "1.1.0");
    CHECK(read->release(std::string(64, 'e')) == nullptr);
}

TEST_CASE("an index that lists a library twice is refused", "[index]") {
    auto index = index_of(1);
    index.releases[1].sha256 = library_hash;

    const auto read = config::parse_plugin_index(to_xml(index), "index.xml");

    REQUIRE_FALSE(read);
    CHECK_THAT(read.error().error().message, Catch::Contains("given twice"));
}

TEST_CASE("an index counts when somebody signed it who is trusted with every plugin", "[index]") {
    struct Row {
        const char* level;
        bool is_dev, counts;
    };
    for (const Row& row : {Row{"ours", false, true}, Row{"organisation", false, true}, Row{"community", false, false},
                           Row{"development", false, false}, Row{"development", true, true}}) {
        DYNAMIC_SECTION(row.level << (row.is_dev ? " under --dev" : "")) {
            Workshop shop;
            shop.trust("acme", "level: " + std::string(row.level) + "\n");
            const auto file = shop.index("acme", index_of(1), "acme");

            const auto read = read_index(file, shop.signers(), row.is_dev, now_ns);

            CHECK(read.has_value() == row.counts);
        }
    }
}

TEST_CASE("an index of a stranger, or one that was changed, is refused", "[index]") {
    Workshop shop;
    shop.trust("acme", "level: ours\n");
    std::filesystem::path file;
    SECTION("a stranger's") { file = shop.index("acme", index_of(1), "stranger"); }
    SECTION("changed") {
        file = shop.index("acme", index_of(1), "acme");
        std::ofstream(file, std::ios::app) << ' ';
    }
    SECTION("with the signature of another") {
        file = shop.index("acme", index_of(1), "acme");
        const auto other = shop.index("other", index_of(2), "acme");
        std::filesystem::rename(signature_file(other), signature_file(file));
    }

    const auto read = read_index(file, shop.signers(), false, now_ns);

    REQUIRE_FALSE(read);
    CHECK(read.error().code == ErrorCode::refused);
}

} // namespace
} // namespace ombud::trust
