#include "contained/plugin.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include "contained/cell.hpp"

namespace ombud::contained {
namespace {

RunnerCell& of(ombud_instance* self) { return *reinterpret_cast<RunnerCell*>(self); }

// The tables that Instance calls; `self` is the cell.
constexpr ombud_hook hook_calls{sizeof(ombud_hook), 0, [](ombud_instance* self, const ombud_hook_call* call, ombud_verdict* verdict) -> ombud_status {
                              return of(self).judge(*call, *verdict);
                          }};
constexpr ombud_observer observer_calls{sizeof(ombud_observer), 0,
                                  [](ombud_instance* self, const ombud_event* event) -> ombud_status { return of(self).observe(*event); }};
constexpr ombud_audit audit_calls{sizeof(ombud_audit), 0,
                            [](ombud_instance* self, const ombud_audit_run* run) -> ombud_status { return of(self).audit(*run); }};
constexpr ombud_frames frames_calls{sizeof(ombud_frames), 0, [](ombud_instance* self, const ombud_frame* frame, std::uint8_t* squares) -> ombud_status {
                                  return of(self).look(*frame, squares);
                              }};

// The checked bytes in memory that nobody can change: runners have users of their own, who may not read the private copy.
Result<Descriptor> in_memory(const AdmittedPlugin& admitted, const std::string& id) {
    const auto file = Descriptor::open(admitted.copy);
    struct stat info{};
    if (!file || ::fstat(file->number(), &info) != 0)
        return file ? Result<Descriptor>(fail(ErrorCode::unavailable, admitted.copy.string() + ": cannot be read")) : fail(file.error());
    std::string bytes(static_cast<std::size_t>(info.st_size), '\0');
    for (std::size_t done = 0; done < bytes.size();) {
        const ssize_t got = ::pread(file->number(), bytes.data() + done, bytes.size() - done, static_cast<off_t>(done));
        if (got <= 0)
            return fail(ErrorCode::unavailable, admitted.copy.string() + ": cannot be read");
        done += static_cast<std::size_t>(got);
    }
    return Descriptor::sealed(id, bytes);
}

} // namespace

Result<std::shared_ptr<const Plugin>> ContainedPlugin::load(const AdmittedPlugin& admitted, const Expected& expected,
                                                            std::shared_ptr<ProcessWatch> watch) {
    auto plugin = std::make_shared<ContainedPlugin>();
    const auto layers = parse_layers(expected.demanded);
    if (!layers)
        return fail(Error(layers.error()).within(expected.id));
    auto opened = in_memory(admitted, expected.id);
    if (!opened)
        return fail(opened.error());
    plugin->library_ = {expected.id, admitted.file.string(), std::make_shared<const Descriptor>(std::move(*opened)), *layers, expected.control};
    plugin->watch_ = std::move(watch);
    const auto nothing = Descriptor::sealed("settings", "");
    if (!nothing)
        return fail(nothing.error());
    const auto scout = Runner::start(plugin->library_, nothing->number(), plugin->watch_);
    if (!scout)
        return fail(scout.error());
    plugin->library_.demanded = (*scout)->layers(); // what holds once has to hold again
    const Description& said = (*scout)->description();
    if ((said.has & (has_connector | has_web)) != 0)
        return fail(ErrorCode::invalid_input, admitted.file.string() + ": speaks for a VMS, and only modules run in processes of their own");
    plugin->file_ = admitted;
    plugin->id_ = expected.id;
    plugin->version_ = said.version;
    plugin->module_.struct_size = sizeof plugin->module_;
    plugin->module_.start = [](ombud_instance* self) -> ombud_status { return of(self).start(); };
    plugin->module_.stop = [](ombud_instance* self, std::int64_t deadline) -> ombud_status { return of(self).stop(deadline); };
    plugin->module_.destroy = [](ombud_instance* self) { of(self).destroy(); };
    if ((said.has & has_hook) != 0)
        plugin->hook_ = hook_calls;
    if ((said.has & has_observer) != 0)
        plugin->observer_ = observer_calls;
    if ((said.has & has_audit) != 0)
        plugin->audit_ = audit_calls;
    if ((said.has & has_frames) != 0)
        plugin->frames_ = frames_calls;
    return std::shared_ptr<const Plugin>(std::move(plugin));
}

std::unique_ptr<Cell> ContainedPlugin::make_cell(ServiceContext& context, const ombud_config* config) const {
    return std::make_unique<RunnerCell>(library_, watch_, context, config);
}

} // namespace ombud::contained
