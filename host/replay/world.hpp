#pragma once
// What a module is shown away from the daemon: a clock that stands still, an inventory, registers and its memory, all of them
// told to it by whoever replays. Nothing of it is enforced or recorded.

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "config/site.hpp"
#include "connect/inventory.hpp"
#include "events/clock.hpp"
#include "events/event.hpp"
#include "plugin_runtime/services.hpp"
#include "registers/board.hpp"
#include "replay/player.hpp"

namespace ombud::replay {

/// A folder that is made with the object and goes with it. Empty path: it could not be made.
class ScratchFolder {
  public:
    ScratchFolder();
    ~ScratchFolder();
    ScratchFolder(const ScratchFolder&) = delete;
    ScratchFolder& operator=(const ScratchFolder&) = delete;
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  private:
    std::filesystem::path path_;
};

/// Outlives the players in it; neither copied nor moved. Thread: one, and no player's call under way while it is changed.
class World {
  public:
    /// @param site          names cameras
    /// @param declarations  the registers that there are
    /// @param utc_ns        what time it is
    /// @param names         those of events that are there already, outliving the world; null: names of its own
    static Result<std::unique_ptr<World>> make(config::Site site, const std::vector<registers::Declaration>& declarations,
                                               std::int64_t utc_ns, Names* names = nullptr);
    World(const World&) = delete;
    World& operator=(const World&) = delete;

    FakeClock clock;
    Names& names;
    std::map<std::string, std::string> memory; ///< what the module keeps by ombud.state/1
    std::vector<std::string> log;              ///< "warning: …", what it wrote there

    [[nodiscard]] Surroundings surroundings() { return {services_, names, memory}; }
    [[nodiscard]] const config::Site& site() const { return site_; }

    /// Puts a record into a register, as a person would.
    /// @param corrects  of a register that only grows: key of the row that it stands for; empty: none
    /// Errors  not_found      there is no such register
    ///         invalid_input  what the register does not allow
    Result<void> keep(const std::string& module, const std::string& name, const std::string& key, const registers::Texts& texts,
                      const std::string& corrects = {});
    /// Errors  not_found  no such register or record
    Result<void> remove(const std::string& module, const std::string& name, const std::string& key);

    /// Has a register hold just these records, whose `event` is made here.
    Result<void> show(const std::shared_ptr<const registers::Declaration>& declaration, const std::vector<registers::Record>& records);

    /// Adds a device, recording or storage area to the inventory, as a listing would.
    /// @param what  OMBUD_LIST_*
    Result<void> list(const std::string& attachment, std::uint32_t what, const EventRef& record);
    /// Has the inventory follow an event, as the host does before it asks modules: what it cannot take is logged, and judged all the same.
    void follow(const std::string& attachment, const EventRef& event);
    void cover(const std::string& attachment, std::string_view control, std::uint32_t level);

  private:
    World(config::Site site, std::int64_t utc_ns, Names* given);
    Result<registers::Content> content(const std::string& module, const std::string& name) const;
    void put_content(const registers::Place& place, registers::Content content);

    Names own_names_;
    config::Site site_;
    ScratchFolder folder_;
    std::unique_ptr<Inventory> inventory_;
    registers::Board board_;
    std::map<registers::Place, std::uint64_t> revisions_;
    HostServices services_;
};

} // namespace ombud::replay
