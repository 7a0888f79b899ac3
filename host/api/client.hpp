#pragma once
// The callers' half of the local API.

#include "api/request.hpp"
#include "events/result.hpp"

#include <boost/json/value.hpp>
#include <chrono>
#include <filesystem>
#include <string>

namespace ombud::api {

/// Calls a running daemon; each call is a connection of its own, so that a client holds nothing between calls.
/// Thread  any; calls on one client may run at once
class Client {
  public:
    explicit Client(std::filesystem::path socket_path, std::chrono::milliseconds timeout = std::chrono::seconds(60))
        : socket_path_(std::move(socket_path)), timeout_(timeout) {}

    /// Sends one call and waits for its answer, at most the client's timeout in all.
    ///
    /// @param target  path and query, encoded (encode_part in target.hpp)
    /// @param body    null: none
    /// Errors  the daemon's own, with code, message and hint line; and about the way there:
    ///         unavailable  nobody serves the socket (the hint says how to start), or no answer in time
    ///         refused      the socket may not be opened by this user
    ///         internal     what answers is not this API
    [[nodiscard]] Result<boost::json::value> request(Method method, const std::string& target,
                                                     const boost::json::value& body = nullptr) const;
    /// The same, with the answer's bytes exactly as they came.
    [[nodiscard]] Result<std::string> request_text(Method method, const std::string& target,
                                                   const boost::json::value& body = nullptr) const;

    [[nodiscard]] const std::filesystem::path& socket_path() const { return socket_path_; }

  private:
    std::filesystem::path socket_path_;
    std::chrono::milliseconds timeout_;
};

} // namespace ombud::api
