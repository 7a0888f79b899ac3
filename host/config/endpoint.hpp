#pragma once
// Where something listens, and where something is reached. Internal to this folder.

#include <optional>
#include <string>
#include <string_view>

namespace ombud::config {

inline constexpr std::string_view address_words =
    "ADDRESS:PORT with an IPv4 address or an IPv6 address in brackets, such as 0.0.0.0:8554 or [::1]:8554; port 0 to "
    "65535, 0 is any free one";

/// Whether the text is what address_words say. Names are none: an address to listen on must not depend on who resolves
/// it.
[[nodiscard]] bool is_listen_address(std::string_view text);

inline constexpr std::size_t socket_path_bytes_max = 107; // sockaddr_un, and a NUL behind it

/// Whether a socket can have that path: absolute, at most 107 bytes, no control characters, no slash at its end.
[[nodiscard]] bool is_socket_path(std::string_view text);

/// What a URL must be.
struct UrlRule {
    std::string_view encrypted, plain;  ///< schemes, such as "https" and "http"
    bool is_plain_for_loopback = false; ///< the plain scheme only reaches this machine
    bool is_host_alone = false;         ///< nothing behind host and port
    std::string_view example;
};

/// Why the text is none, in words to follow "url "; nullopt: it is good. A text that may hold a secret is not repeated.
///
/// Refused beside what is no URL: '@', as in front of it a user or password stand; a parameter such as `password=`; a
/// fragment; characters that RFC 3986 wants escaped. Names of hosts are letters, digits, '-', '_' and '.'.
[[nodiscard]] std::optional<std::string> url_problem(std::string_view text, const UrlRule& rule);

/// Whether the URL, which is good, is encrypted.
[[nodiscard]] bool is_encrypted(std::string_view url, const UrlRule& rule);

/// Whether ISO 3166-1 has assigned the two capital letters to a country.
[[nodiscard]] bool is_country(std::string_view code);

} // namespace ombud::config
