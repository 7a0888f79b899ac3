#pragma once
// What tells of a person, in other letters: the same person is the same all through one capture, and nobody's name stands in it.

#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <string_view>

#include "events/result.hpp"

namespace ombud::replay {

/// By a keyed hash (HMAC-SHA-256) whose key lives as long as this object and is written nowhere. A pseudonym has the value's shape, since
/// rules look at it: letters become letters, digits digits, all else stays; of several lines each is a value of its own. Of an address only
/// what stands before the last @ is changed, each part between + by itself: whose mail server it is tells no person, and is what rules
/// ask. Two values never share a pseudonym. Thread any.
class Pseudonyms {
  public:
    /// Errors  unavailable  the system gives no random bytes
    static Result<Pseudonyms> make();
    /// With a key that is given; for tests.
    explicit Pseudonyms(const std::array<std::uint8_t, 32>& key) : key_(key) {}
    Pseudonyms(Pseudonyms&& other) noexcept : key_(other.key_) {}

    [[nodiscard]] std::string of(std::string_view value);
    /// Each of the words that blanks divide.
    [[nodiscard]] std::string of_words(std::string_view words);

  private:
    std::string of_line(std::string_view line);
    std::string of_name(std::string_view name);

    const std::array<std::uint8_t, 32> key_;
    std::mutex mutex_;
    std::map<std::string, std::string, std::less<>> known_;
    std::set<std::string, std::less<>> given_;
};

} // namespace ombud::replay
