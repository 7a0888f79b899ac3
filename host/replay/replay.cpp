#include "replay/replay.hpp"

#include <algorithm>

#include <ombud/hook.h>

#include "bus/flight.hpp"
#include "bus/journal.hpp"
#include "replay/verdict_line.hpp"
#include "replay/world.hpp"

namespace ombud::replay {
namespace {

Result<const CapturedModule*> module_of(const Capture& capture, const std::string& module) {
    const auto found = capture.modules.find(module);
    if (found != capture.modules.end())
        return &found->second;
    std::string known;
    for (const auto& [id, one] : capture.modules)
        known += (known.empty() ? "; it has " : ", ") + id;
    return fail(ErrorCode::not_found, "the capture has no module '" + module + "'" + known);
}

// As the site gave them when the capture was taken.
std::shared_ptr<const GivenCameras> cameras_of(const CapturedModule& module, Names& names) {
    if (!module.is_limited)
        return nullptr;
    std::vector<GivenCameras::Camera> given;
    boost::json::error_code none;
    if (const auto* cameras = module.document.find_pointer("/site/cameras", none); cameras != nullptr && cameras->is_array())
        for (const boost::json::value& one : cameras->get_array()) {
            const auto text = [&](const char* key) {
                const auto* value = one.is_object() ? one.get_object().if_contains(key) : nullptr;
                return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
            };
            given.push_back({text("id"), text("attachment"), text("device")});
        }
    return std::make_shared<const GivenCameras>(names, given);
}

} // namespace

Result<void> replay(const Capture& capture, Names& names, const std::shared_ptr<const Plugin>& plugin, const config::Manifest& manifest,
                    const std::function<void(std::string_view line)>& line) {
    const auto module = module_of(capture, manifest.id);
    if (!module)
        return fail(module.error());
    config::Site site;
    site.id = site.name = capture.site;
    site.timezone = capture.timezone;
    auto world = World::make(std::move(site), {}, capture.begun_utc_ns, &names);
    if (!world)
        return fail(world.error());
    auto changed = capture.registers.begin();
    const auto show_registers = [&](std::uint64_t call) -> Result<void> {
        for (; changed != capture.registers.end() && changed->before <= call; ++changed)
            if (changed->place.first == manifest.id)
                if (auto shown = (*world)->show(changed->declaration, changed->records); !shown)
                    return shown;
        return {};
    };
    if (auto shown = show_registers(1); !shown)
        return shown;
    const auto cameras = cameras_of(**module, names);
    auto player = Player::begin((*world)->surroundings(), plugin, manifest, (*module)->document, OMBUD_CALL_REPLAY, cameras);
    if (!player)
        return fail(player.error());
    std::int64_t mono_ns = 0;
    for (const CapturedCall& call : capture.calls) {
        (*world)->clock.advance_ns(call.mono_ns - mono_ns);
        (*world)->clock.set_utc_ns(call.utc_ns); // it may have been set meanwhile
        mono_ns = call.mono_ns;
        if (auto shown = show_registers(call.number); !shown)
            return shown;
        const bool is_event = call.hook == 0;
        const EventRef event = call.event->stamped(call.event->seq(), (*world)->clock.mono_ns(), source_id(call.attachment), call.event->header().flags);
        if (is_event)
            (*world)->follow(call.attachment, event);
        const std::string_view type = names.name(event->type());
        if (is_event ? !player->concerns(type) : !player->has_hook(call.hook))
            continue;
        using Extent = GivenCameras::Extent;
        const Extent extent = cameras ? cameras->extent(*event, call.attachment) : Extent::given;
        if (extent == Extent::others)
            continue;
        if (extent == Extent::unclear) {
            if (!is_event || player->hook(type) != nullptr)
                line(line_text(call.number, fault_line(Flight::beyond_given)));
            continue;
        }
        const Said said = is_event ? player->tell(event, call.flags) : player->ask(call.hook, event, call.flags);
        if (!is_event || player->hook(type) != nullptr) // else it was only observed, which has no answer
            line(line_text(call.number, said.fault ? fault_line(*said.fault) : verdict_line(*said.verdict, names)));
    }
    return {};
}

Result<void> recorded_lines(const Capture& capture, const std::string& module, const std::function<void(std::string_view line)>& line) {
    if (const auto known = module_of(capture, module); !known)
        return fail(known.error());
    for (const CapturedCall& call : capture.calls)
        if (const auto answer = call.answers.find(module); answer != call.answers.end())
            line(line_text(call.number, answer->second));
    return {};
}

} // namespace ombud::replay
