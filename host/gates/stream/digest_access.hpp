#pragma once
// HTTP authentication as RTSP uses it: what a server asks for, and what a client answers. Digest with MD5 and SHA-256, Basic.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "events/result.hpp"

namespace ombud::stream {

enum class Algorithm { md5, md5_sess, sha256, sha256_sess };
[[nodiscard]] std::string_view to_string(Algorithm algorithm);

/// The value of one WWW-Authenticate or Authorization header: a scheme and its parameters, names in lower case.
struct AuthHeader {
    std::string scheme; ///< lower case
    std::string token;  ///< of Basic
    std::vector<std::pair<std::string, std::string>> parameters;

    [[nodiscard]] std::string_view get(std::string_view name) const;
};

/// Errors  invalid_input  not of that form, over 4 kB, or more than 40 parameters
/// Source  RFC 7235, section 2.1; one challenge a header, as RTSP servers send them
Result<AuthHeader> parse_auth(std::string_view header);

/// What a digest is computed over. `qop` empty: as RFC 2069; else "auth".
struct DigestInput {
    Algorithm algorithm = Algorithm::md5;
    std::string_view user, realm, password, method, uri, nonce, qop, cnonce, nc;
};
/// Lower-case hexadecimal. Source RFC 7616, section 3.4; RFC 2069, section 2.4
[[nodiscard]] std::string digest_response(const DigestInput& input);

/// A camera's challenge, of several the strongest that we speak, and the answers to it. Thread one.
class Challenge {
  public:
    /// Errors  invalid_input  none of them is one that the gate speaks; what was offered
    static Result<Challenge> choose(const std::vector<std::string_view>& www_authenticate);

    /// The Authorization of one request; counts it.
    /// @param cnonce  unpredictable
    std::string authorization(std::string_view user, std::string_view password, std::string_view method,
                              std::string_view uri, std::string_view cnonce);
    /// Only the nonce was too old: the credentials may still be right.
    [[nodiscard]] bool is_stale() const { return stale_; }
    /// "Digest SHA-256", "Digest MD5", "Basic": for people.
    [[nodiscard]] std::string name() const;

  private:
    bool basic_ = false, stale_ = false, qop_ = false, told_algorithm_ = false;
    Algorithm algorithm_ = Algorithm::md5;
    std::string realm_, nonce_, opaque_;
    std::uint32_t count_ = 0;
};

/// The gate's own challenge towards one viewer's connection: Digest, SHA-256 or MD5. Thread one.
class Guard {
  public:
    struct Login {
        std::string name, password;
    };
    static constexpr std::string_view realm = "ombud";

    /// @param logins  outlives the guard
    /// @param lifetime_ns  how long a nonce is taken
    Guard(const std::vector<Login>& logins, std::int64_t lifetime_ns) : logins_(logins), lifetime_ns_(lifetime_ns) {}

    enum class Standing { right, wrong, stale, absent };
    struct Seen {
        Standing standing = Standing::absent;
        std::string name; ///< of the login, when right
    };
    /// The URI is taken as the header tells it: clients differ in what they name (with and without the track, the query, the
    /// slash), and a nonce serves one connection, whose stranger would be inside it already.
    /// @param authorization  the request's header; empty: none
    Seen check(std::string_view authorization, std::string_view method, std::int64_t mono_ns);
    /// The WWW-Authenticate headers; a fresh nonce when the last is too old. SHA-256 first; older clients take the last.
    /// Errors  unavailable  no randomness
    Result<std::vector<std::string>> challenges(bool stale, std::int64_t mono_ns);

  private:
    const std::vector<Login>& logins_;
    std::int64_t lifetime_ns_;
    std::string nonce_;
    std::int64_t issued_ns_ = 0;
    unsigned long last_count_ = 0;
};

} // namespace ombud::stream
