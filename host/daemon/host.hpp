#pragma once
// The one object graph of the daemon. The order of the members is the order of start-up.

#include <atomic>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "anchors/anchors.hpp"
#include "approvals/approvals.hpp"
#include "bus/dispatcher.hpp"
#include "bus/journal.hpp"
#include "bus/notices.hpp"
#include "bus/shadow.hpp"
#include "config/site.hpp"
#include "connect/attachment.hpp"
#include "connect/inventory.hpp"
#include "daemon/anchor_watch.hpp"
#include "daemon/audits.hpp"
#include "daemon/clock_guard.hpp"
#include "daemon/daemon.hpp"
#include "daemon/gates.hpp"
#include "daemon/ledger_upkeep.hpp"
#include "daemon/modules.hpp"
#include "daemon/site_witness.hpp"
#include "enforcement/enforcer.hpp"
#include "gates/recording/recording_gate.hpp"
#include "ledger/ledger.hpp"
#include "registers/registers.hpp"
#include "replay/capture_writer.hpp"
#include "trust/trust.hpp"

namespace ombud::daemon {

/// Hex SHA-256 of the site's canonical text: what entries name a configuration by.
std::string config_hash(const config::Site& site);

/// Thread  any, unless said otherwise.
class Host {
  public:
    using Log = std::function<void(const std::string& who, int level, std::string_view message)>;

    /// Brings everything up but the API.
    /// Errors  what is wrong, with its file and place; nothing is left running
    static Result<std::unique_ptr<Host>> start(const Options& options, const Clock& clock, Log log);
    /// Stops everything in the opposite order; what waits stays in the journal.
    ~Host();

    struct Switched {
        Mode was = Mode::off, mode = Mode::off;
        std::uint64_t ledger_index = 0;
    };
    /// Switches a module at an event's boundary; the entry and the mode become durable together.
    Result<Switched> switch_mode(const std::string& module, Mode mode, const std::string& reason, const std::string& who);

    /// What a new site.xml would change.
    Result<std::vector<config::Change>> difference(const std::string& site_xml, const std::string& name) const;
    struct Applied {
        std::vector<config::Change> changes;
        std::uint64_t ledger_index = 0;
    };
    /// Applies a new site.xml whole, or refuses it whole; writes it to the site file.
    Result<Applied> apply_site(const std::string& site_xml, const std::string& name, const std::string& reason,
                               const std::string& who);

    /// Takes up what changed in the folders of trusted keys; what runs and is withdrawn becomes a finding.
    Result<std::vector<trust::Trust::Change>> reload_trust(const std::string& reason, const std::string& who);

    /// Begins a capture of what modules are asked and answer, in a file of the state folder, at a moment at which nothing is under way.
    /// Errors  refused  one is being taken; unavailable  its file cannot be made, or the entry not be recorded
    Result<replay::CaptureWriter::Status> start_capture(std::uint64_t calls_max, const std::string& who);
    /// Ends it; one that reached a bound is shown once more.
    /// Errors  not_found  none was begun
    Result<replay::CaptureWriter::Status> stop_capture(const std::string& who);
    /// Errors  not_found
    Result<replay::CaptureWriter::Status> capture() const;

    Result<std::int64_t> start_audit(const std::string& module, bool correct, bool requested, const std::string& who);

    /// One module taken to the release that lies in the folders of plugins and manifests now.
    struct Reloaded {
        std::string was, version;       ///< versions
        std::string library;            ///< hex SHA-256
        std::uint64_t ledger_index = 0;
        std::int64_t paused_ns = 0;     ///< how long events and questions waited
    };
    /// The new release starts beside the running one, which ends when all that it was asked is recorded; the new one is asked
    /// from the next event on, and finds in `ombud.state/1` all that the old one kept.
    /// Errors  of its files, its trust, its start, the site under its manifest: the old one runs on, and nothing was lost
    Result<Reloaded> reload_module(const std::string& module, const std::string& reason, const std::string& who);

    struct ShadowStatus {
        std::string version, library;
        std::int64_t since_utc_ns = 0;
        Shadow::Counts counts;
    };
    /// Asks the release that lies in the folders beside the running one; its answers are compared and count for nothing.
    Result<ShadowStatus> begin_shadow(const std::string& module, const std::string& reason, const std::string& who);
    Result<ShadowStatus> end_shadow(const std::string& module, const std::string& reason, const std::string& who);
    std::map<std::string, ShadowStatus> shadows() const;

    // What the API shows.
    std::shared_ptr<const config::Site> site() const;
    std::shared_ptr<const config::Manifests> manifests() const;
    std::shared_ptr<Attachment> attachment(const std::string& id) const;
    std::vector<std::string> warnings() const;
    /// Whether nothing can be recorded any more; the daemon ends then.
    std::optional<Error> fatal() const;

    const Options options;
    const Clock& clock;
    const std::int64_t started_utc_ns;
    Log log;
    std::unique_ptr<ledger::Signer> signer;
    std::unique_ptr<anchors::Anchors> anchors; ///< outlives the ledger, whose end is a last checkpoint
    std::unique_ptr<ledger::Ledger> ledger;
    Notices notices;
    std::unique_ptr<Names> names;
    std::unique_ptr<Journal> journal;
    std::unique_ptr<approvals::Approvals> approvals;
    std::unique_ptr<Registers> registers;
    std::unique_ptr<Inventory> inventory;
    HostServices services;
    std::unique_ptr<trust::Trust> trust;
    std::unique_ptr<Modules> modules;
    std::unique_ptr<Dispatcher> dispatcher;
    std::unique_ptr<RecordingGate> recordings;
    std::unique_ptr<Enforcer> enforcer;
    std::unique_ptr<Audits> audits;
    std::unique_ptr<ClockGuard> clock_guard;
    std::unique_ptr<Gates> gates;
    std::unique_ptr<SiteWitness> witness;

  private:
    Host(const Options& given, const Clock& lent, Log write);
    Result<void> open_records();
    Result<void> open_site();
    Result<void> start_modules();
    Result<void> start_attachments();
    Result<void> start_gates();
    void keep_time();
    void keep_ledger();
    Result<std::vector<Member>> members_for(const config::Site& site, const ModuleSet& current, bool reuse) const;
    Result<std::shared_ptr<Instance>> make_connector(const config::Site& site, const config::Attachment& wanted);
    Result<media::PixelatedCopy> pixelate(const std::filesystem::path& input, const std::filesystem::path& output, media::PixelateOptions how);
    Result<std::shared_ptr<Attachment>> make_attachment(const config::Site& site, const config::Attachment& wanted);
    Result<Member> audit_member(const std::string& module);
    struct Release; // reload.cpp
    struct Shadowed {
        std::shared_ptr<Shadow> shadow;
        std::string version, library;
        std::int64_t since_utc_ns = 0;
        [[nodiscard]] ShadowStatus status() const { return {version, library, since_utc_ns, shadow->counts()}; }
    };
    Result<Release> read_release(const std::string& module) const;
    Result<Member> member_of(const Release& release, Mode mode, std::int64_t start_ns) const;
    void stop_shadow(const Shadowed& shadowed, const std::string& reason, const std::string& who);
    void end_shadows(const std::string& reason); // of those that the dispatcher does not ask any more
    void note_difference(const std::string& module, const Shadow::Difference& one);
    void tell_devices();
    void end_capture(const std::string& why); ///< within Dispatcher::exchange(), or when it has stopped
    void set_site(config::Site site);
    void set_manifests(config::Manifests manifests);

    mutable std::mutex mutex_; // the members below
    std::shared_ptr<const config::Manifests> manifests_;
    std::shared_ptr<const config::Site> site_;
    std::map<std::string, Shadowed> shadows_;
    std::map<std::string, std::shared_ptr<Attachment>> attachments_;
    std::map<std::string, std::int64_t> audit_due_mono_ns_;
    std::optional<AnchorWatch> anchor_watch_;   // the timekeeper's, as is the next
    std::optional<LedgerUpkeep> upkeep_;
    std::string upkeep_failure_; // told once
    std::shared_ptr<replay::CaptureWriter> capture_;
    std::optional<Error> fatal_;
    std::mutex changing_; // one switch or application at a time
    std::condition_variable wake_;
    bool stopping_ = false;
    std::thread timekeeper_;
};

} // namespace ombud::daemon
