#include "ledger/checkpoint.hpp"
#include "ledger/tree.hpp"
#include "signing/encoding.hpp"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

using namespace ombud;
using namespace ombud::ledger;

namespace {

std::vector<Digest> leaves_of(std::uint64_t count) {
    std::vector<Digest> leaves;
    for (std::uint64_t i = 0; i < count; ++i)
        leaves.push_back(leaf_hash(std::to_string(i)));
    return leaves;
}

// RFC 6962's definition, word for word: split at the largest power of two below the size.
Digest root_by_definition(const std::vector<Digest>& leaves, std::uint64_t begin, std::uint64_t end) {
    if (begin == end)
        return signing::sha256(std::string_view());
    if (end - begin == 1)
        return leaves[begin];
    std::uint64_t half = 1;
    while (half * 2 < end - begin)
        half *= 2;
    return node_hash(root_by_definition(leaves, begin, begin + half), root_by_definition(leaves, begin + half, end));
}

Digest root_of(const std::vector<Digest>& leaves, Range range) {
    return root_by_definition(leaves, range.begin, range.end);
}

} // namespace

TEST_CASE("the tree's roots are those of Certificate Transparency's reference vectors", "[tree]") {
    using namespace std::string_literals;
    const std::string leaves[] = {""s, "\0"s, "\x10"s, " !"s, "01"s, "@ABC"s, "PQRSTUVW"s, "`abcdefghijklmno"s};
    const char* roots[] = {"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                           "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
                           "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
                           "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
                           "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
                           "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
                           "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
                           "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};
    Tree tree;
    CHECK(signing::hex(tree.root()) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    for (std::size_t i = 0; i < 8; ++i) {
        tree.append(leaf_hash(leaves[i]));
        CHECK(signing::hex(tree.root()) == roots[i]);
    }
}

TEST_CASE("a tree restored from its edge grows as the original does", "[tree]") {
    const auto leaves = leaves_of(100);
    Tree tree;
    for (std::uint64_t size = 0; size < leaves.size(); ++size) {
        auto restored = Tree::restore(tree.size(), tree.edge());
        REQUIRE(restored);
        tree.append(leaves[size]);
        restored->append(leaves[size]);

        REQUIRE(restored->root() == tree.root());
        REQUIRE(tree.root() == root_by_definition(leaves, 0, size + 1));
    }
}

TEST_CASE("an edge that does not fit its size is corrupt", "[tree]") {
    Tree tree;
    tree.append(leaf_hash("a"));

    CHECK(Tree::restore(3, tree.edge()).error().code == ErrorCode::corrupt);
    CHECK(Tree::restore(0, tree.edge()).error().code == ErrorCode::corrupt);
}

// Verifies as RFC 9162, section 2.1.3.2, tells a client to.
static bool includes(Digest leaf, std::uint64_t index, std::uint64_t size, const std::vector<Digest>& path,
                     const Digest& root) {
    std::uint64_t fn = index;
    std::uint64_t sn = size - 1;
    for (const Digest& hash : path) {
        if (sn == 0)
            return false;
        if ((fn & 1) != 0 || fn == sn) {
            leaf = node_hash(hash, leaf);
            while ((fn & 1) == 0 && fn != 0) {
                fn >>= 1;
                sn >>= 1;
            }
        } else {
            leaf = node_hash(leaf, hash);
        }
        fn >>= 1;
        sn >>= 1;
    }
    return sn == 0 && leaf == root;
}

TEST_CASE("inclusion proofs verify as RFC 9162 tells a client, for every leaf of every small tree", "[tree]") {
    const auto leaves = leaves_of(40);
    for (std::uint64_t size = 1; size <= leaves.size(); ++size)
        for (std::uint64_t index = 0; index < size; ++index) {
            std::vector<Digest> path;
            for (const Range& range : inclusion_ranges(index, size))
                path.push_back(root_of(leaves, range));
            const Digest root = root_by_definition(leaves, 0, size);

            REQUIRE(includes(leaves[index], index, size, path, root));
            REQUIRE_FALSE(includes(leaf_hash("other"), index, size, path, root));
        }
}

TEST_CASE("a consistency proof has RFC 6962's hashes", "[tree]") {
    // Section 2.1.3: proofs of 3, 4 and 6 leaves in the tree of seven.
    CHECK(consistency_ranges(3, 7) == std::vector<Range>{{2, 3}, {3, 4}, {0, 2}, {4, 7}});
    CHECK(consistency_ranges(4, 7) == std::vector<Range>{{4, 7}});
    CHECK(consistency_ranges(6, 7) == std::vector<Range>{{4, 6}, {6, 7}, {0, 4}});
    CHECK(consistency_ranges(7, 7).empty());
}

TEST_CASE("a checkpoint comes back from its text", "[checkpoint]") {
    const Checkpoint checkpoint{"example.com/site", 1'234, leaf_hash("x")};

    const auto parsed = parse_checkpoint(checkpoint.text() + "an extension line\n");

    REQUIRE(parsed);
    CHECK(parsed->origin == checkpoint.origin);
    CHECK(parsed->size == checkpoint.size);
    CHECK(parsed->root == checkpoint.root);
}

TEST_CASE("a text that is no checkpoint is refused", "[checkpoint]") {
    const std::string root = signing::base64(leaf_hash("x"));
    for (const std::string& text :
         {std::string(), std::string("origin\n"), "\n1\n" + root + "\n", "o\n01\n" + root + "\n",
          "o\n-1\n" + root + "\n", "o\n1x\n" + root + "\n", "o\n\n" + root + "\n",
          "o\n9223372036854775808\n" + root + "\n", std::string("o\n1\nAAAA\n")}) {
        DYNAMIC_SECTION("'" << text << "'") {
            CHECK(parse_checkpoint(text).error().code == ErrorCode::invalid_input);
        }
    }
}
