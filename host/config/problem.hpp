#pragma once
// What is wrong with a configuration file: all of it, each with its line.

#include <cstddef>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "events/result.hpp"

namespace ombud::config {

/// One thing that is wrong, as a person needs to be told.
struct Problem {
    std::string file;     ///< as the caller named it
    std::size_t line = 0; ///< 1 is the first; 0: the file as a whole
    std::string message;  ///< lower case, names the value and what is allowed; never a secret

    /// `site.xml:12: message`, or `site.xml: message` when the file as a whole is meant.
    [[nodiscard]] std::string text() const;
    bool operator==(const Problem&) const = default;
};

/// Why a file was not taken: every problem found, in the order of their lines.
struct Rejection {
    ErrorCode code = ErrorCode::invalid_input;
    std::vector<Problem> problems; ///< never empty

    /// One error whose message has one problem a line, for callers that only pass it on.
    [[nodiscard]] Error error() const;
    operator Error() const { return error(); } // so that a Checked<T> can be returned where a Result<T> is asked for
};

/// A value, or everything that is wrong with its file. Converts to Result<T>.
template <class T>
using Checked = tl::expected<T, Rejection>;

} // namespace ombud::config
