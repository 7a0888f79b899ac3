#pragma once
// Which plugins took the host down from inside it, until another version of theirs is there or somebody has looked.

#include <filesystem>
#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "config/manifest.hpp"
#include "ledger/ledger.hpp"

namespace ombud::daemon {

/// Thread  any, unless said otherwise.
class Crashes {
  public:
    /// @param notes  file of the state folder (plugin_runtime/crash_notes.hpp)
    explicit Crashes(std::filesystem::path notes) : notes_(std::move(notes)) {}

    /// Records what earlier runs noted, reads all that is known, and has the next crash noted. Once, before the others.
    Result<void> prepare(ledger::Ledger& ledger);
    /// How often that library did.
    [[nodiscard]] int count(const std::string& plugin, const std::string& library) const;
    /// Opens a finding of a plugin that did, and closes it when it has not. [ledger's writer]
    /// @param library  that runs; empty: none does
    Result<void> tell(ledger::Ledger::Transaction& transaction, const config::Manifest& manifest, const std::string& library, std::int64_t now_utc_ns) const;
    /// A person has looked: the plugin has not, from its next start on. [ledger's writer]
    Result<void> forgive(ledger::Ledger::Transaction& transaction, const std::string& plugin, std::int64_t now_utc_ns);

  private:
    const std::filesystem::path notes_;
    mutable std::mutex mutex_;
    std::map<std::pair<std::string, std::string>, int> times_; // by plugin and library
};

} // namespace ombud::daemon
