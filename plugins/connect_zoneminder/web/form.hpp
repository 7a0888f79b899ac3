#pragma once
// Parameters of an address or a form's body, read as PHP reads them, or not at all.

#include "../options.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ombud::zoneminder::web {

/// Decodes %XX once. Errors: invalid_input (a broken code, or a decoded text that is not UTF-8 or holds a control character)
/// @param plus_is_space  as in a query or form, not in a path
/// @param allow_lines    CR, LF and TAB may stand in it, as in a form's text
Result<std::string> decode(std::string_view text, bool plus_is_space, bool allow_lines);

/// Names with their values, decoded once. What PHP, Apache or zms could read in another way than this is an error.
class Form {
  public:
    static constexpr std::size_t parameters_max = 500; ///< PHP drops what is past its max_input_vars (1000) silently
    static constexpr std::size_t bytes_max = 256 * 1024;

    /// Errors  invalid_input  a name that PHP would change (`.`, space, lone brackets), one that is given twice, as text and
    ///                        as list, a `;`, what decode() refuses, or too much
    static Result<Form> parse(std::string_view text, bool is_body);
    /// As $_REQUEST has them: the body's over the address's. Errors  invalid_input  both have a name, with different values
    static Result<Form> merged(const Form& query, const Form& body);

    /// The text of a name; empty: it is not there.
    [[nodiscard]] std::string_view text(std::string_view name) const;
    [[nodiscard]] bool has(std::string_view name) const; ///< as text, or as list
    /// `name`, `name[]` and `name[…]`, in order.
    [[nodiscard]] std::vector<std::string_view> all(std::string_view name) const;
    [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& parameters() const { return parameters_; }

  private:
    std::vector<std::pair<std::string, std::string>> parameters_;
};

} // namespace ombud::zoneminder::web
