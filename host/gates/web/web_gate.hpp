#pragma once
// The gate in front of a VMS's pages: a reverse proxy asks it about every request before anything reaches the VMS.
// README.md says how the two speak.

#include "api/http_server.hpp"
#include "approvals/approvals.hpp"
#include "bus/dispatcher.hpp"
#include "events/clock.hpp"
#include "events/event.hpp"
#include "events/names.hpp"
#include "gates/web/asked.hpp"
#include "gates/web/describer.hpp"
#include "gates/web/recent.hpp"
#include "gates/web/releases.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace ombud::web {

inline constexpr const char* approval_kind = "web.export";

/// What came of one question, as the proxy and the person are told.
struct Outcome {
    unsigned status = 204; ///< 204 passes; 401, 403, 503 do not
    std::string decision = "allowed"; ///< allowed, refused, held, login, unavailable
    std::string rule, reason, advice;
    std::int64_t proposal = 0; ///< that waits for a second person; 0: none
    std::int64_t valid_until_mono_ns = 0; ///< as the modules told; 0: none did
    bool passes() const { return status == 204; }
};

/// An export that is about to leave by the VMS's pages.
struct Leaving {
    const Export& exported;
    std::optional<std::int64_t> begin_utc_ns, end_utc_ns; ///< of its recordings; nothing: not known
    std::string approver;                                 ///< account of the second person; empty: there was none
    std::string approval_reason;
};

class WebGate {
  public:
    struct Options {
        api::HttpServerOptions http;
        std::string attachment;
        bool enforces = false; ///< refuse by itself what is not granted; else that is only recorded
        std::int64_t approval_lifetime_ns = 15 * 60 * 1'000'000'000LL; ///< in which an approved export must be made
        std::int64_t memory_ns = 2'000'000'000; ///< for which a harmless request like the last is not asked again
    };
    /// Called from several threads at once.
    struct Parts {
        /// What a request means; Describer::describe.
        std::function<Result<Description>(const Asked&)> describe;
        /// Asks a hook about an event; the answer is durable when it returns.
        std::function<Result<Judgement>(std::uint32_t hook, const EventRef&)> ask;
        /// The camera record of a device; empty: undocumented.
        std::function<std::string(std::string_view device)> camera_of;
        /// The person of this machine that has an account in the VMS; nothing: the site names none.
        std::function<std::optional<approvals::Person>(std::string_view user)> person_of;
        approvals::Approvals& approvals;
        Releases releases;
        /// Enters what leaves into a register, with the use of its approval; may be empty. [ledger's writer]
        std::function<Result<std::function<void()>>(ledger::Ledger::Transaction&, const Leaving&)> enter;
        const Clock& clock;
        Names& names;
        std::function<void(int level, std::string_view)> log;
    };

    /// Serves once it returns.  Errors  those of HttpServer::start
    static Result<std::unique_ptr<WebGate>> start(Options options, Parts parts);
    /// Returns when no question is under way.
    ~WebGate();
    WebGate(const WebGate&) = delete;
    WebGate& operator=(const WebGate&) = delete;

    /// Modules or their modes changed: nothing that was answered before counts any more.
    void reconsider() { recent_.clear(); }

    /// The kind of proposal that opens an export. Thread  before the first of them
    static approvals::Approvals::Kind kind_of_approval(const Clock& clock);

    struct Status {
        std::uint16_t port = 0;
        std::uint64_t open = 0, asked = 0, repeated = 0, refused = 0, held = 0, failed = 0;
    };
    [[nodiscard]] Status status() const;

    /// One request. Thread  any
    Outcome judge(const Asked& asked);

  private:
    WebGate(Options options, Parts parts);
    struct Case; ///< one request on its way

    void stand(Case& one) const;
    Outcome judge_export(Case& one);
    Outcome ask(Case& one, bool approved);
    Outcome let_leave(const Case& one, const std::optional<Grant>& grant, bool remembers) const;
    Outcome refuse_by_itself(const Case& one) const;
    Outcome propose(const Case& one, const Decision& decision);
    Result<EventRef> event_of(const Case& one, bool approved) const;
    std::string cameras_of(std::string_view devices) const;

    const Options options_;
    const Parts parts_;
    Recent recent_;
    mutable std::atomic<std::uint64_t> open_{0}, asked_{0}, repeated_{0}, refused_{0}, held_{0}, failed_{0};
    std::atomic<bool> is_blind_{false}; ///< the last request could not be described
    std::unique_ptr<api::HttpServer> server_; // last: handlers use all else
};

} // namespace ombud::web
