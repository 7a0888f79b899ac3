#pragma once
// Which plugin this process died in: noted by the dying thread, read when the host starts again. A plugin that runs inside the host
// takes the host with it, and one that does so over the same event each time would keep it from ever coming up.

#include <csignal>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "events/result.hpp"

namespace ombud::crash_notes {

struct Note {
    std::string plugin;  ///< its id
    std::string library; ///< hex SHA-256
    int signal = 0;      ///< SIGSEGV, SIGABRT …
};

/// What earlier processes noted; a line that is none is passed over, as a full disk may leave one. A file that is not there has none.
/// Errors  unavailable  it cannot be read
Result<std::vector<Note>> read(const std::filesystem::path& file);

/// Empties the file, and notes in it from here on which plugin this process dies in. Once a process; the file stays open.
/// A crash in a thread that a plugin began by itself, and one that ends without a signal (_exit), is not noted.
/// Errors  unavailable  it cannot be written
Result<void> begin(const std::filesystem::path& file);

/// While it lives, this thread is in that plugin. Scopes do not nest.
class Scope {
  public:
    /// @param line  of line_for(); outlives the scope. Null: in none
    explicit Scope(const std::string* line);
    ~Scope();
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;
};
std::string line_for(const std::string& plugin, const std::string& library);

/// A stack for the note when the thread's own is used up. One a thread, made and destroyed on it.
class OwnStack {
  public:
    OwnStack();
    ~OwnStack();
    OwnStack(const OwnStack&) = delete;
    OwnStack& operator=(const OwnStack&) = delete;

  private:
    std::unique_ptr<std::byte[]> bytes_;
    stack_t was_{};
};

} // namespace ombud::crash_notes
