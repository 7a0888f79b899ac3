#include "outgoing/time_stamp.hpp"

#include "outgoing/http_post.hpp"

namespace ombud::outgoing {

Result<void> check_time_stamp_url(const std::string& url) {
    const auto parsed = parse_post_url(url, Plain::anywhere);
    return parsed ? Result<void>() : fail(parsed.error());
}

Result<std::string> ask_time_stamp(const std::string& url, const std::string& query) {
    const auto parsed = parse_post_url(url, Plain::anywhere);
    if (!parsed)
        return fail(parsed.error());
    HttpPost::Options options;
    options.time_limit = std::chrono::seconds(10);
    options.keeps_answer = true;
    HttpPost post(options);
    auto answer = post.post(url, query, {"Content-Type: application/timestamp-query", "Accept: application/timestamp-reply"});
    if (!answer)
        return fail(std::move(answer.error()).within(parsed->origin));
    if (answer->status != 200)
        return fail(ErrorCode::unavailable, parsed->origin + ": answers HTTP " + std::to_string(answer->status));
    if (answer->content_type != "application/timestamp-reply")
        return fail(ErrorCode::unavailable, parsed->origin + ": answers '" + answer->content_type.substr(0, 80) + "' instead of application/timestamp-reply");
    return std::move(answer->body);
}

} // namespace ombud::outgoing
