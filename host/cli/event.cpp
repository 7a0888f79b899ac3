// `ombud event`: tells the daemon that something happened, from a script of the VMS.
#include "cli/command.hpp"
#include "cli/fields.hpp"
#include "cli/wording.hpp"

namespace ombud::cli {
namespace {

Exit run(Context& context) {
    auto fields = parse_fields(context.texts("FIELD"));
    if (!fields)
        return context.misused(fields.error().message);
    const boost::json::value body{
        {"type", context.text("TYPE")}, {"attachment", context.text("--attachment")}, {"fields", std::move(*fields)}};
    return context.call(api::Method::post, "/v1/events", body, [&](const boost::json::value& answer) {
        context.terminal.remark("event " + text_of(answer.as_object(), "seq") + " is in the journal");
        return Exit::done;
    });
}

} // namespace

Command event_command() {
    return {"event",
            "report that something happened",
            "Returns once the event is in the journal and cannot be lost. Example: ombud event recording.finished "
            "--attachment cctv recording=4711 device=3 size_bytes:=1048576",
            {{"TYPE", "", "type of the event, such as recording.finished", true},
             {"FIELD", "", "NAME=TEXT or NAME:=INTEGER", false, true}},
            {{"--attachment", "ID", "the video system it happened in", true}},
            run};
}

} // namespace ombud::cli
