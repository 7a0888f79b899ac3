#pragma once
// The Merkle tree over the entries.

#include "events/result.hpp"
#include "signing/digest.hpp"

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace ombud::ledger {

using signing::Digest;

/// Hash of an entry's bytes: SHA-256(0x00 ‖ line).  Source RFC 6962, section 2.1
[[nodiscard]] Digest leaf_hash(std::string_view line);
/// Hash of an inner node: SHA-256(0x01 ‖ left ‖ right).  Source RFC 6962, section 2.1
[[nodiscard]] Digest node_hash(const Digest& left, const Digest& right);

/// A tree that only grows, kept as its right edge: one hash for each complete subtree, at most 64.
/// Thread  one at a time
class Tree {
  public:
    /// Appends one leaf. Amortised one node hash.
    void append(const Digest& leaf);

    [[nodiscard]] std::uint64_t size() const { return size_; }
    /// Hash of the whole; of the empty tree, SHA-256 of nothing.
    [[nodiscard]] Digest root() const;

    /// The edge: 32 bytes for each complete subtree, largest first.
    [[nodiscard]] std::vector<std::uint8_t> edge() const;
    /// The tree of that size and edge.
    /// Errors  corrupt  the edge has not 32 bytes for each bit that is set in `size`
    static Result<Tree> restore(std::uint64_t size, std::span<const std::uint8_t> edge);

  private:
    std::uint64_t size_ = 0;
    std::array<Digest, 64> subtrees_{}; // [k] is valid when bit k of size_ is set
};

/// Leaves [begin, end) of a tree, whose hash is one line of a proof.
struct Range {
    std::uint64_t begin;
    std::uint64_t end;

    friend bool operator==(const Range&, const Range&) = default;
};

/// The subtrees whose hashes prove that leaf `index` is in the tree of `size` leaves, from the leaf up.
/// @param index  0 to size - 1
/// Source  RFC 6962, section 2.1.1
[[nodiscard]] std::vector<Range> inclusion_ranges(std::uint64_t index, std::uint64_t size);

/// The subtrees whose hashes prove that the tree of `old_size` leaves is a prefix of that of `new_size`.
/// @param old_size  1 to new_size; equal sizes need no hashes
/// Source  RFC 6962, section 2.1.2
[[nodiscard]] std::vector<Range> consistency_ranges(std::uint64_t old_size, std::uint64_t new_size);

} // namespace ombud::ledger
