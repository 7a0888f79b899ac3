#pragma once
// Registers: what people keep in the host for a module. A manifest declares them; records are checked against it.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "config/option.hpp"
#include "events/result.hpp"

namespace ombud::config {

/// One field of a register's records, declared as an option is. Its name is [a-z][a-z0-9_]*, never "key"; its type
/// text, integer, boolean, duration, choice or date.
/// One that is personal is never in a ledger's line.
struct RegisterField : OptionSpec {};

/// A table that people fill and a module reads.
struct Register {
    std::string name;          ///< unique in the manifest; [a-z][a-z0-9_]*
    std::string title;         ///< what is in it, for people
    std::string key;           ///< what the key is, for people: "address"
    bool key_personal = false; ///< the key tells of a person
    bool two_persons = false;  ///< a change waits for a second person's approval
    bool append_only = false;  ///< rows are only ever added, under running numbers
    std::vector<RegisterField> fields;

    [[nodiscard]] const RegisterField* field(std::string_view wanted) const; ///< nullptr: it has none of that name
};

inline constexpr std::size_t key_bytes_max = 254; // an address of RFC 5321 fits
inline constexpr std::size_t text_bytes_max = 4096;

/// One value of a record.
struct RecordValue {
    std::string field;
    std::string text; ///< as a person writes it; checking it again gives the same value
    /// What the module gets. text, choice: the text; integer: in the field's unit; boolean: 0 or 1; duration: seconds;
    /// date: the first instant of that day in the site's time zone, nanoseconds since 1970 UTC.
    std::variant<std::int64_t, std::string> value;
    bool is_personal = false;
    bool operator==(const RecordValue&) const = default;
};

/// A record that its register allows.
struct Record {
    std::string key;
    std::vector<RecordValue> values; ///< in the order of the register's fields; a field that is not set is absent
    bool operator==(const Record&) const = default;
};

/// Checks a record from its texts and fills in defaults. Blanks at the ends of key and values do not count.
///
/// @param key       1 to 254 bytes of UTF-8 without control characters
/// @param values    by field name; a text is 1 to 4096 bytes of UTF-8 without control characters
/// @param timezone  the site's
/// Errors  invalid_input  each problem on a line, with field, value and what is allowed. They may tell of a person: for
/// the
///                        asker alone.
///         unavailable    a date is given, and this machine does not know the time zone
/// Thread  any
[[nodiscard]] Result<Record> check_record(const Register& keeps, std::string_view key,
                                          const std::map<std::string, std::string>& values, std::string_view timezone);

} // namespace ombud::config
