#pragma once
// One contained instance: its runner, started again when it dies, and the tables by which the host calls it.

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <ombud/frames.h>
#include <ombud/hook.h>
#include <ombud/observer.h>

#include "contained/deaths.hpp"
#include "contained/runner.hpp"
#include "plugin_runtime/cell.hpp"
#include "plugin_runtime/service_tables.hpp"

namespace ombud::contained {

/// Behind the `ombud_instance` that the host passes to the tables of contained_tables.hpp.
/// Thread  the instance's worker, unless said otherwise
class RunnerCell final : public Cell {
  public:
    RunnerCell(Library library, std::shared_ptr<ProcessWatch> watch, ServiceContext& context, const ombud_config* config);

    ombud_status create(ombud_instance** out) override;
    void end(const std::string& why) override;
    void forgive() override;
    CellStatus status() const override;

    ombud_status start();
    ombud_status stop(std::int64_t deadline_mono_ns);
    void destroy();
    ombud_status judge(const ombud_hook_call& call, ombud_verdict& verdict);
    ombud_status observe(const ombud_event& event);
    ombud_status audit(const ombud_audit_run& run);
    ombud_status look(const ombud_frame& frame, std::uint8_t* squares);

  private:
    Result<void> be_there(std::int64_t until_mono_ns);
    Result<void> boot();
    Result<ombud_status> begin_instance(Call step, std::int64_t limit_ns);
    void note_death(const std::string& how);
    ombud_status failed(const Error& error);
    template <class Deliver>
    ombud_status deliver(std::int64_t limit_ns, const ombud_event& event, const Deliver& deliver_once);
    void set_aside(const ombud_event& event, const std::string& how);
    ombud_status read_verdict(std::span<const std::byte> payload, ombud_verdict& verdict);

    const Library library_;
    const std::shared_ptr<ProcessWatch> watch_;
    ServiceContext& context_;
    const ombud_config* const config_;
    std::optional<HostCalls> calls_;
    Descriptor document_;
    // What the last verdict points to, beside the answer that the runner's channel keeps.
    std::vector<ombud_track_rule> rules_;
    std::vector<ombud_field_text> fields_;
    std::vector<std::uint32_t> parts_;
    std::vector<std::uint64_t> event_; // one that is delivered again

    mutable std::mutex mutex_; // the members below; the worker alone changes runner_
    std::condition_variable changed_;
    std::unique_ptr<Runner> runner_;
    Deaths deaths_;
    std::string last_death_, ended_;
};

} // namespace ombud::contained
