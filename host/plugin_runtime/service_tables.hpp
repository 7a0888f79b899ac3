#pragma once
// The ABI's tables of host functions, for one instance.

#include <memory>
#include <string>
#include <thread>

#include <ombud/host.h>

#include "plugin_runtime/given_cameras.hpp"
#include "plugin_runtime/instance.hpp"
#include "plugin_runtime/services.hpp"

namespace ombud {

/// Behind `ombud_host.ctx`. Lives as long as the instance's worker.
class ServiceContext {
  public:
    /// @param actions  kinds of action that may be asked for; absent: any
    /// @param cameras  how far it reaches; null: everywhere
    ServiceContext(std::string name, const HostServices& services, std::shared_ptr<FeedSink> feed,
                   std::optional<std::set<std::string>> actions = std::nullopt, std::shared_ptr<const GivenCameras> cameras = nullptr);

    const std::string& name() const { return name_; }
    const HostServices& services() const { return services_; }

    const ombud_host* table() const { return &table_; }
    /// The worker tells where calls of [worker] functions belong to; null between calls.
    CallScope* scope() const { return scope_; }
    void enter(CallScope* scope) {
        scope_ = scope;
        registers_read_ = false;
    }
    void bind_worker() { worker_ = std::this_thread::get_id(); }

    /// Functions tagged [worker] touch state of one call: from another thread they would write into somebody else's.
    bool on_worker(const char* function) const;
    /// Room for one more item in the call's outbox; a full one is flushed where the call allows it.
    ombud_status make_room();
    /// Why a request reaches beyond the cameras that are given; empty: it does not. Fills in an attachment that is left out.
    std::string out_of_reach(ActionRequest& request);
    /// Whether a file may be looked into: of the event under way, or of the record that was lent last.
    bool may_probe(std::string_view path) const;
    /// Notes for log and ledger that the plugin asked for what it may not.
    ombud_status refuse(const std::string& what);

  private:
    friend struct ServiceTables;
    friend struct StateTable;
    std::string name_;
    const HostServices& services_;
    std::shared_ptr<FeedSink> feed_;
    const std::optional<std::set<std::string>> actions_;
    const std::shared_ptr<const GivenCameras> cameras_;
    std::unique_ptr<InventoryReader> inventory_;
    std::unique_ptr<RegisterReader> registers_;
    std::unique_ptr<StateReader> state_;
    StateChange lent_state_; // of the last state call
    bool registers_read_ = false; // in this call: the plugin sees one state of them to its end
    EventRef lent_record_;   // of the last inventory call
    EventRef lent_entry_;    // of the last register call
    MediaInfo lent_media_;   // of the last probe
    CallScope* scope_ = nullptr;
    std::thread::id worker_;
    ombud_host table_{};
};

} // namespace ombud
