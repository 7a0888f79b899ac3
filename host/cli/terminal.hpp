#pragma once
// Where results and messages go, and what the place can show.

#include "events/result.hpp"

#include <cstddef>
#include <ostream>
#include <string>
#include <string_view>

namespace ombud::cli {

/// What a program that was called tells its caller by its exit code.
enum class Exit : int {
    done = 0,
    wrong = 1,  ///< what was checked is not as it should be
    usage = 2,  ///< called wrongly; nothing was done
    failed = 3, ///< could not be done
};

enum class Style { plain, strong, faint, good, warning, bad };

/// Results go to `out`, messages and progress to `err`.
struct Terminal {
    std::ostream& out;
    std::ostream& err;
    std::size_t width = 0; ///< columns of the terminal that shows `out`; 0: no terminal, nothing is cut
    bool colours = false;
    bool progress = false; ///< `err` is shown on a terminal
    bool quiet = false;    ///< no remarks and no progress; errors still

    /// The text in a style, when there are colours.
    [[nodiscard]] std::string styled(std::string_view text, Style style) const;
    /// `ombud: error: …`, a line for each of the message's, then `ombud: hint: …` when it has one.
    void print_error(const Error& error) const;
    /// `ombud: …` on `err`, unless quiet.
    void remark(std::string_view text) const;
};

/// A stranger's text as it may be sent to a terminal: what would move the cursor, change colours or turn the direction
/// of writing is shown as its bytes instead.
std::string harmless(std::string_view text);
/// Columns that a text takes on a terminal (combining marks 0, wide characters 2).
std::size_t width_of(std::string_view text);
/// The text cut to so many columns, with `…` at the end when something is missing.
std::string cut(std::string_view text, std::size_t columns);

} // namespace ombud::cli
