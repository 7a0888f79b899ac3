#include "ledger/tree.hpp"

#include <algorithm>
#include <bit>

namespace ombud::ledger {
namespace {

signing::Sha256& hasher() {
    thread_local signing::Sha256 one;
    return one;
}

// The largest power of two below size, where RFC 6962 splits a tree of two leaves or more.
std::uint64_t split_of(std::uint64_t size) {
    return std::bit_floor(size - 1);
}

void collect_inclusion(std::uint64_t index, Range tree, std::vector<Range>& out) {
    const std::uint64_t size = tree.end - tree.begin;
    if (size <= 1)
        return;
    const std::uint64_t middle = tree.begin + split_of(size);
    if (index < middle) {
        collect_inclusion(index, {tree.begin, middle}, out);
        out.push_back({middle, tree.end});
    } else {
        collect_inclusion(index, {middle, tree.end}, out);
        out.push_back({tree.begin, middle});
    }
}

// `whole`: the old tree is this very subtree, whose hash the verifier knows already.
void collect_consistency(std::uint64_t old_end, Range tree, bool whole, std::vector<Range>& out) {
    if (old_end == tree.end) {
        if (!whole)
            out.push_back(tree);
        return;
    }
    const std::uint64_t middle = tree.begin + split_of(tree.end - tree.begin);
    if (old_end <= middle) {
        collect_consistency(old_end, {tree.begin, middle}, whole, out);
        out.push_back({middle, tree.end});
    } else {
        collect_consistency(old_end, {middle, tree.end}, false, out);
        out.push_back({tree.begin, middle});
    }
}

} // namespace

Digest leaf_hash(std::string_view line) {
    constexpr std::uint8_t prefix[] = {0x00};
    hasher().update(prefix);
    hasher().update(line);
    return hasher().finish();
}

Digest node_hash(const Digest& left, const Digest& right) {
    std::array<std::uint8_t, 65> input;
    input[0] = 0x01;
    std::copy(left.begin(), left.end(), input.begin() + 1);
    std::copy(right.begin(), right.end(), input.begin() + 33);
    hasher().update(input);
    return hasher().finish();
}

void Tree::append(const Digest& leaf) {
    Digest node = leaf;
    std::size_t level = 0;
    for (; (size_ >> level & 1) != 0; ++level)
        node = node_hash(subtrees_[level], node);
    subtrees_[level] = node;
    ++size_;
}

Digest Tree::root() const {
    if (size_ == 0)
        return signing::sha256(std::string_view());
    auto level = static_cast<std::size_t>(std::countr_zero(size_));
    Digest root = subtrees_[level];
    for (++level; level < 64; ++level)
        if ((size_ >> level & 1) != 0)
            root = node_hash(subtrees_[level], root);
    return root;
}

std::vector<std::uint8_t> Tree::edge() const {
    std::vector<std::uint8_t> bytes;
    for (std::size_t level = 64; level-- > 0;)
        if ((size_ >> level & 1) != 0)
            bytes.insert(bytes.end(), subtrees_[level].begin(), subtrees_[level].end());
    return bytes;
}

Result<Tree> Tree::restore(std::uint64_t size, std::span<const std::uint8_t> edge) {
    if (edge.size() != static_cast<std::size_t>(std::popcount(size)) * sizeof(Digest))
        return fail(ErrorCode::corrupt, "the tree's right edge has " + std::to_string(edge.size()) +
                                            " bytes, which does not fit " + std::to_string(size) + " entries");
    Tree tree;
    tree.size_ = size;
    for (std::size_t level = 64; level-- > 0;)
        if ((size >> level & 1) != 0) {
            std::copy_n(edge.begin(), sizeof(Digest), tree.subtrees_[level].begin());
            edge = edge.subspan(sizeof(Digest));
        }
    return tree;
}

std::vector<Range> inclusion_ranges(std::uint64_t index, std::uint64_t size) {
    std::vector<Range> ranges;
    if (index < size)
        collect_inclusion(index, {0, size}, ranges);
    return ranges;
}

std::vector<Range> consistency_ranges(std::uint64_t old_size, std::uint64_t new_size) {
    std::vector<Range> ranges;
    if (old_size > 0 && old_size < new_size)
        collect_consistency(old_size, {0, new_size}, true, ranges);
    return ranges;
}

} // namespace ombud::ledger
