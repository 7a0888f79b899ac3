#pragma once
// One instance of a module away from the daemon's flow: what it says to each call.

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include <boost/json/value.hpp>

#include "config/manifest.hpp"
#include "plugin_runtime/instance.hpp"

namespace ombud::replay {

/// What a module said in one call.
struct Said {
    std::optional<Verdict> verdict;   ///< none: it was not asked for one, or `fault`
    std::optional<std::string> fault; ///< why there is no usable answer
    Outbox outbox;                    ///< empty with a fault
};

/// What it is lent, and where what it remembers goes. All outlive the player.
struct Surroundings {
    const HostServices& services;
    const Names& names;
    std::map<std::string, std::string>& memory;
};

/// The daemon's own Instance, inline or in a process of its own, called one call after another. Thread: one.
class Player {
  public:
    /// How long a call may take before it is a fault. Not the manifest's deadline: whether that is kept depends on the machine,
    /// and what a replay says must not.
    static constexpr std::chrono::seconds patience{30};

    /// Creates and starts the instance.
    /// @param settings  as config::module_document() makes it
    /// @param flags     OMBUD_CALL_* that every question carries
    /// @param cameras   how far it reaches; null: everywhere. Which calls it gets is the caller's part
    /// Errors  as Instance::create()
    static Result<Player> begin(const Surroundings& around, const std::shared_ptr<const Plugin>& plugin, const config::Manifest& manifest,
                                boost::json::value settings, std::uint32_t flags, std::shared_ptr<const GivenCameras> cameras = nullptr);

    /// Tells it of an event: judged by the hook of the event's type, observed, or both; as the manifest says.
    /// @param flags  OMBUD_CALL_* beside those of every question
    Said tell(const EventRef& event, std::uint32_t flags = 0);
    /// Asks a hook.
    Said ask(std::uint32_t hook, const EventRef& question, std::uint32_t flags = 0);
    /// Has it walk the inventory.
    /// @param audit_flags  OMBUD_AUDIT_*
    Said audit(std::uint32_t audit_flags);

    /// Whether the manifest names the event type or the hook: the host calls it for nothing else.
    [[nodiscard]] bool concerns(std::string_view event_type) const;
    [[nodiscard]] const config::HookSpec* hook(std::string_view name) const;
    [[nodiscard]] bool has_hook(std::uint32_t id) const;

  private:
    Player(const Surroundings& around, const config::Manifest& manifest, std::uint32_t flags) : around_(around), manifest_(&manifest), flags_(flags) {}
    Said call(std::uint32_t hook, const EventRef& event, bool observe, std::uint32_t flags);
    void remember(const Outbox& outbox);

    Surroundings around_;
    const config::Manifest* manifest_;
    std::uint32_t flags_;
    std::uint64_t calls_ = 0;
    std::shared_ptr<Instance> instance_;
};

} // namespace ombud::replay
