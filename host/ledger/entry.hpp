#pragma once
// What the host puts into the ledger.

#include "events/result.hpp"
#include "signing/digest.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ombud::ledger {

/// A value about a person. The ledger holds `hmac-sha256:<hex>` of it under a fresh salt; value and salt live in
/// the openings database, from which they can be erased while the chain stays whole.
struct Personal {
    std::string_view value; ///< UTF-8, at most 1 MiB; copied when set
};

using Salt = std::array<std::uint8_t, 32>;

/// A personal value and the salt under which the ledger commits to it.
struct Opening {
    std::string key;
    Salt salt{};
    std::string value;

    /// `hmac-sha256:` and 64 hexadecimal digits.
    [[nodiscard]] std::string commitment() const;
};

/// One entry before it is appended: a kind, and fields by key.
///
///     Entry("verdict.denied").set("camera", "gate-2").set("user", Personal{name}).set("age_s", 86'400)
///
/// Values are checked and rendered as they are set, on the caller's thread. What is wrong is kept and reported by
/// `render`, and so by Ledger::append. The keys `at`, `index` and `kind` are the ledger's own.
/// Thread  one at a time
class Entry {
  public:
    /// @param kind  what happened, such as `verdict.denied`; the same rule as for keys, see is_key
    explicit Entry(std::string_view kind);

    Entry& set(std::string_view key, std::int64_t value);
    /// @param text  UTF-8. In an entry that would grow past line_bytes_max, the longest texts are replaced by
    ///              `sha256:<hex>` of themselves; keep such bodies elsewhere
    Entry& set(std::string_view key, std::string_view text);
    Entry& set(std::string_view key, const Personal& personal);

    /// The line that is hashed and stored.
    ///
    /// @param index  position in the ledger;  @param at_ns  UTC nanoseconds
    /// Errors  invalid_input  a kind, key or value breaks the rules above, a key is set twice, or the entry is too long
    ///         unavailable    no random bytes were to be had for a salt
    [[nodiscard]] Result<std::string> render(std::uint64_t index, std::int64_t at_ns) const;
    /// The same, behind what `out` holds; unchanged on an error.
    [[nodiscard]] Result<void> render_to(std::string& out, std::uint64_t index, std::int64_t at_ns) const;

    [[nodiscard]] const std::string& kind() const { return kind_; }
    [[nodiscard]] const std::vector<Opening>& openings() const { return openings_; }

  private:
    // One field as `"key":value`, within text_: an entry is made for every event, so it is few allocations.
    struct Part {
        std::size_t at, size;
        std::size_t key_size;
        std::size_t digest; // place in digests_; none: npos
    };
    static constexpr std::size_t npos = static_cast<std::size_t>(-1);

    [[nodiscard]] std::string_view text_of(const Part& part) const { return std::string_view(text_).substr(part.at, part.size); }
    [[nodiscard]] std::string_view key_of(const Part& part) const { return std::string_view(text_).substr(part.at + 1, part.key_size); }
    bool begin(std::string_view key);
    Part& end(std::string_view key, std::size_t at);
    [[nodiscard]] Result<void> shorten(std::size_t size);
    void reject(std::string message);

    std::string kind_;
    std::string text_;
    std::vector<Part> parts_; // in the order of their keys
    std::vector<signing::Digest> digests_; // of texts long enough to be worth replacing
    std::vector<Opening> openings_;
    std::optional<Error> error_;
};

} // namespace ombud::ledger
