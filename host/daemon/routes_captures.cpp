// Captures of what modules are asked.
#include "daemon/route_nouns.hpp"

#include <charconv>

namespace ombud::daemon {
namespace {

Answered capture_json(const Result<replay::CaptureWriter::Status>& status) {
    if (!status)
        return fail(status.error());
    return json::object{{"file", status->file.string()}, {"calls", status->calls}, {"bytes", status->bytes}, {"ended_because", status->ended_because}};
}

} // namespace

void add_capture_routes(api::Router& router, Host& host) {
    router.add({Method::post, "/v1/capture", [&host](const Request& request) -> Answered {
                    const auto text = request.body_text_or("calls", "100000");
                    if (!text)
                        return fail(text.error());
                    constexpr std::uint64_t calls_max = 10'000'000;
                    std::uint64_t calls = 0;
                    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), calls);
                    if (error != std::errc{} || end != text->data() + text->size() || calls == 0 || calls > calls_max)
                        return fail(ErrorCode::invalid_input, "calls: '" + *text + "' is not an integer in 1.." + std::to_string(calls_max));
                    return capture_json(host.start_capture(calls, request.peer.name));
                }, {}, {"calls"}});
    router.add({Method::get, "/v1/capture", [&host](const Request&) { return capture_json(host.capture()); }, {}, {}});
    router.add({Method::del, "/v1/capture", [&host](const Request& request) { return capture_json(host.stop_capture(request.peer.name)); }, {}, {}});
}

} // namespace ombud::daemon
