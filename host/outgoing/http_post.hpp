#pragma once
// One POST, to a place that was checked.

#include "events/result.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace ombud::outgoing {

/// A URL taken apart.
struct Url {
    std::string scheme, host; ///< lower case; host without the brackets of IPv6
    std::string origin;       ///< "https://host", and ":port" when it is not the scheme's own
    bool is_loopback = false; ///< "localhost", 127.0.0.0/8 or ::1 by its text
};

/// Where plain HTTP will do.
enum class Plain { this_machine, anywhere };
/// Reads a URL that something may be posted to: https, or http where `plain` says; no user, no password, no fragment.
/// Errors  invalid_input  anything else; the message does not repeat the URL, which may be personal
Result<Url> parse_post_url(const std::string& text, Plain plain = Plain::this_machine);

struct HttpAnswer {
    long status = 0;
    std::int64_t retry_after_s = 0; ///< 0: none told
    std::string content_type, body; ///< only when it is kept; of the type what stands before any parameter
};

/// Keeps its connection for the next call. Follows no redirect, uses no proxy, reads at most 64 KiB of an answer.
/// Thread  one at a time, but for cancel
class HttpPost {
  public:
    struct Options {
        std::string ca_file; ///< empty: the machine's own
        std::chrono::milliseconds time_limit{15'000};
        bool public_only = false; ///< connect to public addresses only, whatever the name resolves to
        bool keeps_answer = false; ///< its text counts, so one of more than 64 KiB is an error
    };
    explicit HttpPost(Options options);
    ~HttpPost();
    HttpPost(const HttpPost&) = delete;
    HttpPost& operator=(const HttpPost&) = delete;

    /// @param fields  "Name: value"
    /// Errors  refused      the address is not public;  unavailable  no whole answer: unreachable, bad certificate, slow
    Result<HttpAnswer> post(const std::string& url, std::string_view body, const std::vector<std::string>& fields);
    /// Makes the call that runs, and later ones, fail within about a second.
    void cancel() { is_cancelled_ = true; }

  private:
    struct Curl;
    std::unique_ptr<Curl> curl_;
    const Options options_;
    std::atomic<bool> is_cancelled_ = false;
};

} // namespace ombud::outgoing
