#pragma once
// A connector's half of "ombud.web/1": what a request to a VMS's pages means.

#include <cstdint>
#include <ombud/event_builder.hpp>
#include <ombud/growable.hpp>
#include <ombud/result.hpp>
#include <ombud/view.hpp>
#include <ombud/web.h>
#include <optional>
#include <string>
#include <string_view>

namespace ombud::sdk {

/// Borrowed until describe() returns. The members are those of ombud_web_request.
struct WebRequest {
    std::string_view method;
    std::string_view target;
    std::string_view cookie = {};
    std::string_view authorization = {};
    std::string_view content_type = {};
    std::string_view body = {};
    std::string_view peer = {};
    bool is_body_unseen = false;

    /// Errors: invalid_input, too_new (read_growable).
    [[nodiscard]] static Result<WebRequest> read(const ombud_web_request* in) {
        const auto raw = read_growable(in, "web request");
        if (!raw)
            return fail(raw.error());
        return WebRequest{to_text(raw->method),       to_text(raw->target), to_text(raw->cookie), to_text(raw->authorization),
                          to_text(raw->content_type), to_text(raw->body),   to_text(raw->peer),
                          (raw->flags & OMBUD_WEB_BODY_UNSEEN) != 0};
    }
};

enum class Standing : std::uint32_t {
    unset = OMBUD_WEB_UNSET,
    open = OMBUD_WEB_OPEN,
    granted = OMBUD_WEB_GRANTED,
    lacking = OMBUD_WEB_LACKING,
    nobody = OMBUD_WEB_NOBODY,
    strange = OMBUD_WEB_STRANGE,
};

/// What describe() answers; see ombud_web_answer.
struct WebAnswer {
    Standing standing = Standing::unset;
    bool changes = false;
    bool is_by_cookie = false;
    std::optional<Event> event; ///< none with Standing::open
    std::string note;
};

} // namespace ombud::sdk
