#pragma once
// ZoneMinder's REST interface, version 2.0 (ZoneMinder 1.36).

#include "options.hpp"

#include <boost/json/value.hpp>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <ombud/result.hpp>
#include <string>
#include <string_view>
#include <utility>

namespace ombud::zoneminder {

/// Talks to one ZoneMinder; logs in when needed, renews its token before it runs out, logs in again when it is refused.
///
/// The token goes in the body of each request: ZoneMinder also takes it in the address, but there it would stand in the
/// web server's log. A reading request is therefore a POST with X-HTTP-Method-Override: GET, which CakePHP honours.
/// No message holds the password or a token, whatever the server answers.
///
/// Errors of each call
///   unavailable  not reachable, no answer within time_limit_ms, or an answer of 5xx
///   refused      the login or its rights are not enough
///   not_found    an answer of 404
///   corrupt      no JSON, a redirect, or a body beyond body_bytes_max: is api-url right?
///   internal     another answer
/// Thread: one at a time.
class Rest {
  public:
    using Form = std::initializer_list<std::pair<std::string_view, std::string_view>>;

    /// @param mono_ns  the host's monotonic clock
    Rest(RestSettings settings, std::function<std::int64_t()> mono_ns);
    ~Rest();

    /// @param path  below the URL, already percent-encoded: "/monitors/1.json"
    Result<boost::json::value> get(std::string_view path);
    /// Sets columns: edit("/events/1.json", {{"Event[Archived]", "1"}}).
    Result<> edit(std::string_view path, Form form);
    /// ZoneMinder answers 200 whether it erased or not: look again.
    Result<> erase(std::string_view path);

    /// Version of ZoneMinder, such as "1.36.33".
    Result<std::string> version();

  private:
    struct Answer {
        long status = 0;
        std::string content_type;
        std::string body;
    };

    Result<> log_in();
    Result<> renew();
    Result<> ensure_token();
    Result<> take_token(const Answer& answer);
    Result<Answer> send(std::string_view verb, std::string_view path, std::string body);
    Result<Answer> call(std::string_view verb, std::string_view path, Form form);
    Result<> judge(const Answer& answer, std::string_view path) const;
    std::string escape(std::string_view text) const;
    std::string without_secrets(std::string text) const;

    struct Curl;
    std::unique_ptr<Curl> curl_;
    RestSettings settings_;
    std::function<std::int64_t()> mono_ns_;
    std::string access_token_;
    std::string refresh_token_;
    std::int64_t access_until_ns_ = 0;  ///< by mono_ns: renew from here on
    std::int64_t refresh_until_ns_ = 0; ///< by mono_ns: log in anew from here on
};

} // namespace ombud::zoneminder
