#pragma once
// Names of event types and field keys as numbers, the same over the life of a site.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "events/result.hpp"

namespace ombud {

/// Interns names; numbers start at 1 and never change. Thread any.
class Names {
  public:
    static constexpr std::uint32_t count_max = 65'535;

    /// Makes a new number durable before it is handed out: journalled events outlive the process.
    using Persist = std::function<Result<void>(std::uint32_t number, std::string_view name)>;

    /// @param known    names 1..n in order, as stored
    /// @param persist  may be empty: numbers then live as long as the process
    explicit Names(const std::vector<std::string>& known = {}, Persist persist = {});

    /// Number of a name of [a-z0-9_.], 1 to 64 bytes; 0 when it is no such name, there are too many, or it cannot be stored.
    /// While a new one is stored, only other new ones wait: whoever stores it may need names itself.
    std::uint32_t intern(std::string_view name);
    /// Empty when there is no such number. Lives as long as this object.
    std::string_view name(std::uint32_t number) const;

  private:
    std::uint32_t find(std::string_view name) const;

    std::mutex storing_;               // one new name at a time; taken before the other
    mutable std::shared_mutex mutex_;  // the two below
    std::map<std::string, std::uint32_t, std::less<>> numbers_;
    std::vector<std::unique_ptr<std::string>> names_; // stable addresses
    Persist persist_;
};

} // namespace ombud
