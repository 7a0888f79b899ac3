#pragma once
// What happens to files and folders below the root, as inotify tells it.

#include "tree.hpp"

#include <cstdint>
#include <ombud/result.hpp>
#include <string>
#include <unordered_map>
#include <vector>

namespace ombud::folder {

struct Change {
    enum class Kind {
        made,           ///< a file came to be, perhaps to be written yet
        finished,       ///< a file was closed after writing, or moved here
        removed,        ///< a file was deleted or moved away
        folder_made,    ///< a folder came to be or was moved here: watch it, then look into it
        folder_removed, ///< a folder was deleted, and was empty then
    };
    Kind kind;
    std::string path; ///< relative to the root
};

/// Thread: worker.
class Watch {
  public:
    /// Errors: unavailable (no inotify left to this user; the message names the limit).
    static sdk::Result<Watch> open(const Tree& tree);

    /// Tells of what happens in a folder from now on, but not below it. A folder that is gone is fine.
    /// Errors: refused (it may not be read), unavailable (too many folders are watched; the message names the limit).
    sdk::Result<> add(const std::string& folder);

    /// What happened, in order; waits at most wait_ns for the first.
    /// Errors: unavailable (what happened is not known any more, or the root is gone: list everything again).
    sdk::Result<std::vector<Change>> read(std::int64_t wait_ns);

    std::size_t folders() const { return folders_.size(); }

  private:
    Watch(const Tree& tree, Descriptor inotify) : tree_(&tree), inotify_(std::move(inotify)) {}

    const Tree* tree_;
    Descriptor inotify_;
    std::unordered_map<int, std::string> folders_; // by inotify's number
};

} // namespace ombud::folder
