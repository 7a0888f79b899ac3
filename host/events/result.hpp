#pragma once
// What every host function that can fail returns: a value, or an error that says where and what next.

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

namespace ombud {

/// Numbers equal those of `ombud_status` (sdk/include/ombud/base.h); a test pins them.
enum class ErrorCode : std::int32_t {
    not_found = 1,     ///< what was asked for does not exist
    invalid_input = 2, ///< the caller, a file or a peer gave something unusable
    unavailable = 3,   ///< may work later: busy, disconnected, disk full
    too_new = 4,       ///< written for a newer ABI or schema than this host
    refused = 5,       ///< understood, and not allowed
    corrupt = 6,       ///< stored data does not verify
    internal = 7,      ///< a library or the host itself failed
    cancelled = 8,     ///< stopped because the caller asked for it
};

/// An error with a message for a person: lower case, no full stop, naming the value that was wrong.
struct Error {
    ErrorCode code = ErrorCode::internal;
    std::string message;

    /// The same error with the place prefixed: `site.xml:12: ` + message. Outermost place first.
    [[nodiscard]] Error within(std::string_view place) && {
        message.insert(0, std::string(place) + ": ");
        return std::move(*this);
    }
};

template <class T = void>
using Result = tl::expected<T, Error>;

/// Makes the failed half of any Result<T>.
[[nodiscard]] inline tl::unexpected<Error> fail(ErrorCode code, std::string message) {
    return tl::unexpected<Error>(Error{code, std::move(message)});
}
[[nodiscard]] inline tl::unexpected<Error> fail(Error error) { return tl::unexpected<Error>(std::move(error)); }

} // namespace ombud
