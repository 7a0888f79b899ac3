#include "ledger/kind_index.hpp"

#include "store/database.hpp"

namespace ombud::ledger {
namespace {

// Source  the finalizer of SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014)
std::uint64_t scrambled(std::uint64_t value) {
    value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9U;
    value = (value ^ (value >> 27)) * 0x94D049BB133111EBU;
    return value ^ (value >> 31);
}

} // namespace

void KindSums::add(std::string_view kind, std::int64_t number) {
    const auto index = static_cast<std::uint64_t>(number);
    if (index >= size_)
        return;
    if (last_ == sums_.end() || last_->first != kind)
        last_ = sums_.try_emplace(std::string(kind)).first;
    ++last_->second.count;
    last_->second.indexes += scrambled(index ^ key_);
}

std::vector<std::string> KindSums::differing(const KindSums& other) const {
    std::vector<std::string> kinds;
    for (const auto& [kind, sum] : sums_) {
        const auto found = other.sums_.find(kind);
        if (found == other.sums_.end() || found->second != sum)
            kinds.push_back(kind);
    }
    for (const auto& [kind, sum] : other.sums_)
        if (!sums_.contains(kind))
            kinds.push_back(kind);
    return kinds;
}

Result<KindSums> read_kind_sums(const std::filesystem::path& file, std::uint64_t size, std::uint64_t key) {
    auto db = store::Database::open(file, {.access = store::Access::read_only});
    if (!db)
        return fail(db.error());
    auto rows = db->prepare("SELECT kind, idx FROM entry INDEXED BY entry_by_kind ORDER BY kind, idx");
    if (!rows)
        return fail(rows.error());
    KindSums sums(size, key);
    for (;;) {
        auto row = rows->step();
        if (!row)
            return fail(row.error());
        if (!*row)
            return sums;
        sums.add(rows->text(0), rows->integer(1));
    }
}

} // namespace ombud::ledger
