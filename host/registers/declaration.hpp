#pragma once
// What a register is: whose it is, what a record of it holds, and who may change it.

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "events/result.hpp"

namespace ombud::registers {

/// A field's value: as people write it, and as modules read it.
struct Value {
    std::string text;
    std::variant<std::int64_t, std::string> typed;
    bool erased = false; ///< it was personal and is gone; the text says so, and modules do not see the field
    bool operator==(const Value&) const = default;
};
using Values = std::map<std::string, Value, std::less<>>;
using Texts = std::map<std::string, std::string, std::less<>>;

struct Field {
    std::string name; ///< as modules read it: [a-z0-9_.]
    std::string help; ///< for people, with what may be written
    bool personal = false;
};

/// A register of a module's manifest. No field is a secret: people are shown what is kept here.
struct Declaration {
    std::string module, name;
    std::string title;     ///< for people
    std::string key_title; ///< what a key is: `address`
    bool key_personal = false;
    bool two_persons = false; ///< people's changes wait for a second person
    bool append_only = false; ///< rows are only ever added; a key is the row's number, from 1 without gaps
    std::vector<Field> fields;

    /// Reads the texts of a whole record. Pure, and quick: called on the ledger's writer, too.
    /// @return its fields with defaults filled in
    /// Errors  invalid_input  a key or value that is not allowed, a field that is missing or unknown: which, and what is allowed
    std::function<Result<Values>(std::string_view key, const Texts& texts)> check;

    [[nodiscard]] const Field* field(std::string_view wanted) const {
        for (const Field& one : fields)
            if (one.name == wanted)
                return &one;
        return nullptr;
    }
};

} // namespace ombud::registers
