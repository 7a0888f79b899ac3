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

/// How many entries of each kind there are, and the sum of their indexes: what an index hides or adds changes one of
/// them. The chain does not protect the index, and queries by kind trust it.
class KindSums {
  public:
    /// Of entries 0 to `size` (exclusive).
    explicit KindSums(std::uint64_t size) : size_(size) {}
    KindSums(KindSums&& other) noexcept : size_(other.size_), sums_(std::move(other.sums_)) {}

    /// @param number  an entry's place; one that is not below the size is ignored
    void add(std::string_view kind, std::int64_t number);
    /// The kinds of which the two differ, in order.
    [[nodiscard]] std::vector<std::string> differing(const KindSums& other) const;

  private:
    struct Sum {
        std::uint64_t count = 0;
        std::uint64_t indexes = 0; // modulo 2^64
        friend bool operator==(const Sum&, const Sum&) = default;
    };
    using Map = std::map<std::string, Sum, std::less<>>;

    std::uint64_t size_;
    Map sums_;
    Map::iterator last_ = sums_.end(); // runs of one kind are common
};

/// The sums as the index has them, of entries below `size`, read on a connection of its own. Entries are only ever
/// added, so what lies below `size` is the same in a later state of the file.
/// Errors  those of Database::open and Statement::step
Result<KindSums> read_kind_sums(const std::filesystem::path& file, std::uint64_t size);

} // namespace ombud::ledger
