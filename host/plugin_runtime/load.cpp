#include <algorithm>
#include <cstring>
#include <mutex>
#include <vector>

#include <boost/dll/shared_library.hpp>

#include "plugin_runtime/crash_notes.hpp"
#include "plugin_runtime/plugin.hpp"

namespace ombud {
namespace {

std::string text_of(const ombud_view& view) {
    return view.ptr == nullptr ? std::string{} : std::string(static_cast<const char*>(view.ptr), view.len);
}

// A plugin's table of functions, cut or zero-filled to what this host knows. What a newer plugin appended is not for us:
// its ABI note said that it can do without.
template <class Table>
Table copy_table(const void* given) {
    Table table{};
    if (given == nullptr)
        return table;
    std::uint32_t size = 0;
    std::memcpy(&size, given, sizeof size);
    std::memcpy(&table, given, std::min<std::size_t>(size, sizeof table));
    return table;
}

// Libraries are never unmapped (see Plugin), so their handles live here.
void keep(boost::dll::shared_library library) {
    static std::mutex mutex;
    static auto& kept = *new std::vector<boost::dll::shared_library>;
    const std::lock_guard lock(mutex);
    kept.push_back(std::move(library));
}

} // namespace

Result<std::shared_ptr<const Plugin>> Plugin::load(const AdmittedPlugin& admitted, const std::string& id) {
    const std::string place = admitted.file.string();
    const std::string crash_line = crash_notes::line_for(id, admitted.sha256);
    const crash_notes::Scope inside(&crash_line);
    boost::dll::fs::error_code error;
    boost::dll::shared_library library;
    try {
        library.load(admitted.copy.string(), boost::dll::load_mode::rtld_now | boost::dll::load_mode::rtld_local);
    } catch (const std::exception& thrown) {
        return fail(ErrorCode::invalid_input, place + ": cannot be loaded: " + thrown.what());
    }
    if (!library.has("ombud_module_entry_v1"))
        return fail(ErrorCode::invalid_input, place + ": exports no ombud_module_entry_v1");
    const auto& entry = library.get<const ombud_module*()>("ombud_module_entry_v1");
    const ombud_module* given = entry();
    if (given == nullptr)
        return fail(ErrorCode::invalid_input, place + ": its entry gave no module");

    auto plugin = std::make_shared<Plugin>();
    plugin->file_ = admitted;
    plugin->module_ = copy_table<ombud_module>(given);
    const ombud_module& module = plugin->module_;
    plugin->id_ = text_of(module.id);
    plugin->version_ = text_of(module.version);
    if (plugin->id_ != id)
        return fail(ErrorCode::invalid_input, place + ": says it is '" + plugin->id_ + "', its manifest says '" + id + "'");
    if (module.create == nullptr || module.start == nullptr || module.stop == nullptr || module.destroy == nullptr ||
        module.get_extension == nullptr)
        return fail(ErrorCode::invalid_input, place + ": its table lacks a function that every module must have");
    plugin->hook_ = copy_table<ombud_hook>(module.get_extension(OMBUD_HOOK_ID));
    plugin->observer_ = copy_table<ombud_observer>(module.get_extension(OMBUD_OBSERVER_ID));
    plugin->audit_ = copy_table<ombud_audit>(module.get_extension(OMBUD_AUDIT_ID));
    plugin->connector_ = copy_table<ombud_connector>(module.get_extension(OMBUD_CONNECTOR_ID));
    plugin->frames_ = copy_table<ombud_frames>(module.get_extension(OMBUD_FRAMES_ID));
    plugin->web_ = copy_table<ombud_web>(module.get_extension(OMBUD_WEB_ID));
    const ombud_connector& connector = plugin->connector_;
    if (connector.open != nullptr && (connector.list == nullptr || connector.poll == nullptr || connector.act == nullptr))
        return fail(ErrorCode::invalid_input, place + ": its connector table lacks list, poll or act");
    keep(std::move(library));
    return std::shared_ptr<const Plugin>(std::move(plugin));
}

} // namespace ombud
