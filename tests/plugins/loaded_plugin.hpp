#pragma once
// One instance of a plugin, loaded from its .so as a host would, with its calls made the way a host makes them.

#include "plugin_host.hpp"

#include <cstdint>
#include <ombud/connector.h>
#include <ombud/hook.h>
#include <ombud/module.h>
#include <string>
#include <string_view>
#include <vector>

namespace ombud::testing {

/// Copied while its views are valid.
struct GivenVerdict {
    ombud_status status = OMBUD_INTERNAL;
    std::int32_t action = OMBUD_UNSET;
    std::string rule_id, reason, evidence_json;
    std::uint32_t transform_kind = OMBUD_TRANSFORM_NONE;
    std::vector<ombud_track_rule> track_rules;
    std::vector<std::uint32_t> parts;
    std::map<std::string, std::string> field_texts; ///< by the key's name
    std::string advice;
};

struct GivenResult {
    ombud_status status = OMBUD_INTERNAL;
    std::uint32_t outcome = OMBUD_OUTCOME_UNSET;
    std::string proof;
};

/// Stops (when started) and destroys in its destructor; the library stays mapped.
class LoadedPlugin {
  public:
    /// Opens the library and makes the instance; does not start it.
    /// @param file  e.g. the target's file: $<TARGET_FILE:hello_c>
    /// @throws std::runtime_error  what the loader or the plugin said
    LoadedPlugin(const std::string& file, PluginHost& host);
    ~LoadedPlugin();
    LoadedPlugin(const LoadedPlugin&) = delete;
    LoadedPlugin& operator=(const LoadedPlugin&) = delete;

    /// Makes an instance and destroys it; answers what create() did. host.error says why it failed.
    static ombud_status try_create(const std::string& file, PluginHost& host);

    const ombud_module& module() const { return *module_; }
    ombud_status start();
    ombud_status stop();
    ombud_status observe(const sdk::Event& event);
    GivenVerdict judge(std::uint32_t hook_id, const sdk::Event& event, std::uint32_t flags = 0);
    /// @param cancel_at  answers OMBUD_CANCELLED from that many progress calls on; 0: never
    ombud_status audit(bool corrects, std::uint64_t cancel_at = 0);
    std::uint64_t progress_calls() const { return progress_calls_; } ///< of the last audit

    ombud_status open(std::string_view position);
    /// Clears host.put, then lists.
    ombud_status list(std::uint32_t what);
    ombud_status poll(std::int64_t wait_ns);
    GivenResult act(const ombud_action& action);
    GivenResult act(std::string_view kind, std::string_view recording, std::string_view device = {});

  private:
    static ombud_status progress(void* ctx, std::uint64_t done, std::uint64_t total);
    template <class Table>
    const Table& extension(const char* id) const;

    PluginHost& host_;
    const ombud_module* module_ = nullptr;
    ombud_instance* instance_ = nullptr;
    std::uint64_t progress_calls_ = 0, cancel_at_ = 0;
};

} // namespace ombud::testing
