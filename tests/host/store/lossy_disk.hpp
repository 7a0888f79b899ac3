#pragma once
// A disk that keeps what was synced, and of everything else only what it likes: below SQLite, as a VFS.

#include <cstdint>
#include <filesystem>

namespace ombud {

/// While it exists, every database of this process is opened on it. Databases read and write as ever; `lose_power` writes what a disk
/// could hold if the power went at that moment. One at a time.
class LossyDisk {
  public:
    /// @param believes_syncs  false: a sync keeps nothing, as with a disk that lies about it
    explicit LossyDisk(bool believes_syncs = true);
    ~LossyDisk();
    LossyDisk(const LossyDisk&) = delete;
    LossyDisk& operator=(const LossyDisk&) = delete;

    /// Writes the databases of `folder`, and their logs, into `into` as they may be found after the power went: what was synced, and of each
    /// write since all, nothing, or some sectors of 512 bytes, as `seed` decides. Thread  any
    void lose_power(const std::filesystem::path& folder, const std::filesystem::path& into, std::uint32_t seed);
    /// Writes that were not synced when the power went, all in all: a test that saw none has tested nothing.
    [[nodiscard]] std::uint64_t unsynced_writes() const;
};

} // namespace ombud
