#pragma once
// What was last told of each file, so that unchanged ones are neither looked into nor told again.

#include "tree.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace ombud::folder {

/// What looking into a file found.
struct MediaFacts {
    std::optional<std::int64_t> duration_ns, creation_utc_ns;
    std::string tracks;      ///< empty: none or unknown
    std::string unreadable;  ///< why it could not be looked into; empty: it was
    bool may_change = false; ///< the same content may be readable another time
};

/// In memory only, about 120 bytes a file; at most files_max are kept, and those beyond are looked into each time.
/// Thread: worker.
class KnownFiles {
  public:
    static constexpr std::size_t files_max = 1'000'000;

    struct Told {
        FileFacts file;
        std::uint64_t lock = 0; ///< a number for what the lock said; 0: no lock
        bool is_open = false;
    };

    std::optional<Told> find(std::string_view path) const;
    /// What looking into that very content found; empty: look again.
    std::optional<MediaFacts> media(std::string_view path, const FileFacts& file) const;

    void keep(std::string_view path, const Told& told, const MediaFacts& media);
    void forget(std::string_view path);
    bool is_full() const { return files_.size() >= files_max; }
    std::size_t size() const { return files_.size(); }

    /// Between the two, what is not kept anew is forgotten.
    void begin_listing() { ++generation_; }
    void end_listing();

  private:
    struct Entry {
        std::uint64_t inode, lock;
        std::int64_t size_bytes, ctime_ns, duration_ns, creation_utc_ns;
        std::uint32_t tracks, unreadable; // places in texts_
        std::uint32_t generation;
        bool is_open, may_change;
    };
    static std::uint64_t key(std::string_view path);
    std::optional<std::uint32_t> text(const std::string& text);

    // By a hash of the path: two paths that share one only make each other be looked into again, for their inodes
    // differ.
    std::unordered_map<std::uint64_t, Entry> files_;
    std::vector<std::string> texts_{""}; // few: combinations of tracks, and reasons
    std::map<std::string, std::uint32_t> text_places_{{"", 0}};
    std::uint32_t generation_ = 0;
};

} // namespace ombud::folder
