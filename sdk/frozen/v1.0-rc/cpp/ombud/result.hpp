#pragma once
// What can fail returns a value, or an error that says what and where. No dependency, no exception needed.

#include <cassert>
#include <ombud/base.h>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace ombud::sdk {

/// Numbers are those of ombud_status (ombud/base.h).
enum class ErrorCode : ombud_status {
    not_found = OMBUD_NOT_FOUND,
    invalid_input = OMBUD_INVALID_INPUT,
    unavailable = OMBUD_UNAVAILABLE,
    too_new = OMBUD_TOO_NEW,
    refused = OMBUD_REFUSED,
    corrupt = OMBUD_CORRUPT,
    internal = OMBUD_INTERNAL,
    cancelled = OMBUD_CANCELLED,
};

/// An error with a message for a person: lower case, no full stop, naming the value that was wrong.
struct Error {
    ErrorCode code = ErrorCode::internal;
    std::string message;

    /// The same error with the place prefixed: "options/root: " + message. Outermost place first.
    [[nodiscard]] Error within(std::string_view place) && {
        message.insert(0, std::string(place) + ": ");
        return std::move(*this);
    }
};

/// The failed half of any Result; made by fail().
struct Failure {
    Error error;
};

[[nodiscard]] inline Failure fail(ErrorCode code, std::string message) {
    return {Error{code, std::move(message)}};
}
[[nodiscard]] inline Failure fail(Error error) {
    return {std::move(error)};
}

/// A value or an Error. Used like std::expected: `if (!result) return fail(result.error()); use(*result);`
/// Reading the half that is not there is a programming error (asserted).
template <class T = void>
class [[nodiscard]] Result {
  public:
    Result(T value) : value_(std::move(value)) {}                 // NOLINT: returning a value is the point
    Result(Failure failure) : error_(std::move(failure.error)) {} // NOLINT
    template <class U, class = std::enable_if_t<std::is_convertible_v<U&&, T> && !std::is_same_v<std::decay_t<U>, T> &&
                                                !std::is_same_v<std::decay_t<U>, Failure> &&
                                                !std::is_same_v<std::decay_t<U>, Result>>>
    Result(U&& value) : value_(std::in_place, std::forward<U>(value)) {} // NOLINT

    [[nodiscard]] explicit operator bool() const noexcept { return value_.has_value(); }
    [[nodiscard]] bool has_value() const noexcept { return value_.has_value(); }

    T& operator*() & { return assert(value_), *value_; }
    const T& operator*() const& { return assert(value_), *value_; }
    T&& operator*() && { return assert(value_), std::move(*value_); }
    T* operator->() { return assert(value_), &*value_; }
    const T* operator->() const { return assert(value_), &*value_; }
    [[nodiscard]] T value_or(T other) const& { return value_ ? *value_ : std::move(other); }

    Error& error() & { return assert(!value_), error_; }
    const Error& error() const& { return assert(!value_), error_; }
    Error&& error() && { return assert(!value_), std::move(error_); }

  private:
    std::optional<T> value_;
    Error error_;
};

/// Success without a value, or an Error.
template <>
class [[nodiscard]] Result<void> {
  public:
    Result() = default;
    Result(Failure failure) : error_(std::move(failure.error)) {} // NOLINT

    [[nodiscard]] explicit operator bool() const noexcept { return !error_; }
    [[nodiscard]] bool has_value() const noexcept { return !error_; }

    Error& error() & { return assert(error_), *error_; }
    const Error& error() const& { return assert(error_), *error_; }
    Error&& error() && { return assert(error_), std::move(*error_); }

  private:
    std::optional<Error> error_;
};

/// The Result of a C function that answered `status`.
[[nodiscard]] inline Result<> to_result(ombud_status status, std::string_view what) {
    if (status == OMBUD_OK)
        return {};
    const bool known = status > OMBUD_OK && status <= OMBUD_CANCELLED;
    return fail(known ? static_cast<ErrorCode>(status) : ErrorCode::internal,
                std::string(what) + " answered status " + std::to_string(status));
}

} // namespace ombud::sdk
