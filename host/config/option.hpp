#pragma once
// Settings of a plugin: what its manifest declares, and the values that a site gives.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace ombud::config {

/// A text that only the plugin it is meant for may see: nothing prints it by accident.
class Secret {
  public:
    explicit Secret(std::string text) : text_(std::move(text)) {}
    /// The text itself; only for the document handed to the plugin, and for comparing.
    [[nodiscard]] const std::string& reveal() const { return text_; }
    bool operator==(const Secret&) const = default;

  private:
    std::string text_;
};

enum class OptionType {
    text,     ///< std::string
    integer,  ///< std::int64_t, in the option's unit
    boolean,  ///< bool
    duration, ///< std::int64_t, seconds
    size,     ///< std::int64_t, bytes
    path,     ///< std::string, absolute
    secret,   ///< Secret
    choice,   ///< std::string, one of the option's choices
    time,     ///< std::int64_t, seconds since midnight, 0 to 86400
    date,     ///< std::string, YYYY-MM-DD; of a register's field alone
};
/// The type's name in a manifest.
[[nodiscard]] const char* option_type_name(OptionType type);

/// A value with the type that its manifest gave it.
struct OptionValue {
    OptionType type = OptionType::text;
    std::variant<bool, std::int64_t, std::string, Secret> value;
    bool operator==(const OptionValue&) const = default;
};
/// Values by option name; options without value and default are absent.
using OptionValues = std::map<std::string, OptionValue, std::less<>>;

struct OptionChoice {
    std::string value;
    std::string help; ///< may be empty
};

/// One option as the manifest declares it.
struct OptionSpec {
    std::string name;
    OptionType type = OptionType::text;
    std::string unit;                ///< of an integer, for people; may be empty
    std::optional<std::int64_t> min; ///< inclusive, in the unit of the value; integer, duration, size and time only
    std::optional<std::int64_t> max; ///< inclusive, likewise
    std::optional<OptionValue> default_value;
    bool is_required = false;
    bool is_personal = false; ///< its values tell of persons: words, such as names of accounts, with blanks between
    std::vector<OptionChoice> choices; ///< type choice: two or more; else none
    std::string help;
};

/// The value as site.xml would have it; a secret becomes `(secret)`.
[[nodiscard]] std::string option_text(const OptionValue& value);

/// What may be written for the option: "a duration such as 30s, 10m, 48h or 7d, from 1m to 7d".
[[nodiscard]] std::string allowed_text(const OptionSpec& spec);

/// Reads a value of any type but secret and checks it against the option's range and choices.
///
/// @param text  blanks at its ends do not count
/// @return      nullopt: not one of allowed_text(); a relative path stays relative
[[nodiscard]] std::optional<OptionValue> parse_option(const OptionSpec& spec, std::string_view text);

} // namespace ombud::config
