#pragma once
// Whether the index by kind lists what the entries say. Private to this folder of the source.

#include "events/result.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace ombud::ledger {

/// How many entries of each kind there are, and a sum over their indexes: what the index hides, adds or moves from one
/// kind to another changes one of them. The chain does not protect the index, and queries by kind trust it.
/// Indexes are summed scrambled under a key that nobody knows beforehand: plain sums would let 1 and 4 trade places with
/// 2 and 3.
class KindSums {
  public:
    /// Of entries 0 to `size` (exclusive). Only sums of one key can be compared.
    KindSums(std::uint64_t size, std::uint64_t key) : size_(size), key_(key) {}
    KindSums(KindSums&& other) noexcept : size_(other.size_), key_(other.key_), sums_(std::move(other.sums_)) {}

    /// @param number  an entry's place; one that is not below the size is ignored
    void add(std::string_view kind, std::int64_t number);
    /// The kinds of which the two differ, in order.
    [[nodiscard]] std::vector<std::string> differing(const KindSums& other) const;

  private:
    struct Sum {
        std::uint64_t count = 0;
        std::uint64_t indexes = 0; // scrambled, modulo 2^64
        friend bool operator==(const Sum&, const Sum&) = default;
    };
    using Map = std::map<std::string, Sum, std::less<>>;

    std::uint64_t size_, key_;
    Map sums_;
    Map::iterator last_ = sums_.end(); // runs of one kind are common
};

/// The sums as the index has them, of entries below `size`, read on a connection of its own. Entries are only ever
/// added, so what lies below `size` is the same in a later state of the file.
/// Errors  those of Database::open and Statement::step
Result<KindSums> read_kind_sums(const std::filesystem::path& file, std::uint64_t size, std::uint64_t key);

} // namespace ombud::ledger
