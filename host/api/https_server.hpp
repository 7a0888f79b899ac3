#pragma once
// HTTP/1.1 over TLS for programs on other machines. Who may call is the handler's to decide: there is no kernel here
// that says who a peer is.

#include "api/router.hpp"
#include "events/result.hpp"
#include "signing/cms/server_identity.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace ombud::api {

struct HttpsOptions {
    std::string listen;                ///< "ADDRESS:PORT", "[IPV6]:PORT"; port 0: any free one
    std::filesystem::path certificate; ///< PEM, the server's first, then the chain
    std::filesystem::path key;         ///< PEM without passphrase; nobody but its owner may use the file
    std::size_t header_bytes_max = 16 * 1024;
    std::size_t body_bytes_max = 1024 * 1024;
    std::size_t connections_max = 64;
    std::size_t workers = 4;                           ///< handlers that run at once
    std::chrono::milliseconds request_timeout{10'000}; ///< for the handshake, a whole request, the pause before it
    std::chrono::milliseconds answer_timeout{10'000};  ///< for the peer to take a whole answer
    std::chrono::milliseconds stop_timeout{2'000};     ///< for answers under way when the server stops
};

/// One call as it came; nothing in it is checked but that it is HTTP.
struct HttpsCall {
    std::string_view method, target, body;
    std::string_view authorization; ///< the field of that name; empty: none
    std::string_view client;        ///< the peer's address, without its port
};

struct HttpsReply {
    Answer answer;
    std::string authenticate; ///< the field WWW-Authenticate, with status 401; empty: none
};

/// The token of `Bearer TOKEN`; empty when the field is anything else.  Source RFC 6750, 2.1
[[nodiscard]] std::string_view bearer_token(std::string_view authorization);

/// Answers one call. May block, but not for ever. An exception becomes status 500.
/// Thread  several at once, on the server's workers
using HttpsHandler = std::function<HttpsReply(const HttpsCall&)>;

/// Looks at a call before its body is read, so that strangers cannot make the server hold what they send. A reply ends
/// the call. Must not block. Only a POST or PUT that passes may have a body.
/// Thread  the server's own
using HttpsAdmission = std::function<std::optional<HttpsReply>(const HttpsCall&)>;

/// Serves a handler until it is destroyed. TLS 1.2 or newer. Whatever peers send, they get an answer or lose their
/// connection; nothing else changes, and nothing is thrown.
class HttpsServer {
  public:
    /// Listens, and serves once it returns.
    ///
    /// Errors  invalid_input  `listen` is no address and port; certificate or key cannot be used, or do not belong
    ///                        together
    ///         not_found      no such certificate or key
    ///         refused        others than its owner may use the key's file
    ///         unavailable    the address is in use, or not this machine's
    static Result<std::unique_ptr<HttpsServer>> start(const HttpsOptions& options, HttpsHandler handler,
                                                      HttpsAdmission admission = {});

    /// Stops as Server does. Never from a handler.
    ~HttpsServer();
    HttpsServer(const HttpsServer&) = delete;
    HttpsServer& operator=(const HttpsServer&) = delete;

    /// Where it listens: the one of `listen`, unless that was 0.
    [[nodiscard]] std::uint16_t port() const;

    /// Takes up another certificate and key where the files hold one: connections that come from then on are shown it, the
    /// others go on. Thread  any, one call at a time, with certificate()
    /// Errors  as signing::IdentityFiles::look
    Result<bool> look_at_certificate(signing::Looking looking);
    /// The certificate that is shown.
    [[nodiscard]] const signing::Certificate& certificate() const;

  private:
    class Impl;
    explicit HttpsServer(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

} // namespace ombud::api
