#pragma once
// What a request means, in the words of the VMS's connector.

#include "events/event.hpp"
#include "gates/web/asked.hpp"
#include "plugin_runtime/instance.hpp"

#include <chrono>
#include <memory>
#include <string>

namespace ombud::web {

enum class Standing { open, granted, lacking, nobody, strange, cross_site, unknown };
[[nodiscard]] std::string_view to_string(Standing standing); ///< as OMBUD_KEY_STANDING has it

struct Description {
    Standing standing = Standing::unknown;
    bool changes = false, is_by_cookie = false;
    EventRef event; ///< null: open, or unknown
    std::string note;
};

/// Asks an instance of the connector that is the gate's own, so that a listing or a slow VMS never holds up a page.
/// Thread  any
class Describer {
  public:
    /// Errors  invalid_input  the connector has no "ombud.web/1"
    static Result<std::unique_ptr<Describer>> create(std::shared_ptr<Instance> instance,
                                                     std::chrono::milliseconds patience = std::chrono::seconds(2));
    ~Describer();

    /// Errors  unavailable  no answer in time, or what the connector said;  internal  its answer makes no sense
    Result<Description> describe(const Asked& asked) const;

  private:
    Describer(std::shared_ptr<Instance> instance, const ombud_web* web, std::chrono::milliseconds patience)
        : instance_(std::move(instance)), web_(web), patience_(patience) {}

    const std::shared_ptr<Instance> instance_;
    const ombud_web* const web_;
    const std::chrono::milliseconds patience_;
};

} // namespace ombud::web
