#pragma once
// The plugin in a runner: loaded, and its functions called as the host says.

#include <memory>
#include <optional>

#include "plugin_runtime/config_tables.hpp"
#include "plugin_runtime/plugin.hpp"
#include "runner/lent_tables.hpp"

namespace ombud::runner {

/// One library with at most one instance.
/// Thread  the runner's
class Stage {
  public:
    explicit Stage(Line& line) : line_(line) {}

    /// Carries out one order and answers it.
    void carry_out(const Line::Order& order);

  private:
    void load(contained::Reader& from);
    ombud_status create(contained::Reader& from);
    ombud_status judge(contained::Reader& from, ombud_verdict& verdict);
    ombud_status observe(contained::Reader& from);
    ombud_status audit(contained::Reader& from);
    ombud_status look(contained::Reader& from);
    const ombud_event* copied_event(contained::Reader& from);

    Line& line_;
    std::shared_ptr<const Plugin> plugin_;
    std::unique_ptr<ConfigTable> config_;
    std::unique_ptr<LentTables> lent_;
    ombud_instance* instance_ = nullptr;
    std::vector<std::uint64_t> event_; // of the call under way
};

} // namespace ombud::runner
