#pragma once
// The host that a checked plugin meets: the host's own tables and settings, over an inventory, registers and a memory of ours.

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include <boost/json/value.hpp>

#include "conformance/check.hpp"
#include "conformance/pages.hpp"
#include "events/clock.hpp"
#include "events/event.hpp"
#include "plugin_runtime/config_tables.hpp"
#include "plugin_runtime/plugin.hpp"
#include "plugin_runtime/service_tables.hpp"
#include "plugin_runtime/services.hpp"
#include "verdicts/verdict.hpp"

namespace ombud::conformance {

/// Where its code runs.
enum class Where {
    here,
    confined ///< in a process of its own, as a site has it by runner="sandboxed"
};

/// The loaded plugin and what all its instances share. Must outlive its actors; neither copied nor moved. Thread: one.
class Stage {
  public:
    /// Loads the plugin.
    Stage(const Subject& subject, Witness& witness, Where where = Where::here);
    Stage(const Stage&) = delete;
    Stage& operator=(const Stage&) = delete;

    /// The plugin, or none: problem() says why.
    const Plugin* plugin() const { return plugin_.get(); }
    /// Why nothing can be played; empty when it can.
    const std::string& problem() const { return problem_; }
    /// The settings of one instance, as the host would hand them over.
    const boost::json::value& document() const { return document_; }

    FakeClock clock;
    Names names;
    bool services_fail = false;               ///< from now on whatever an instance is lent answers that it cannot

    /// Notes what comes next, "creating an instance", with the circumstance.
    void step(const std::string& doing) const { witness_.step(circumstance.empty() ? doing : doing + " with " + circumstance); }
    std::string circumstance; ///< "option most as a text"; empty: none worth telling

  private:
    friend class Actor;
    Witness& witness_;
    const Subject& subject_;
    const std::map<std::string, std::string>* opening_ = nullptr; ///< memory of the actor that is being made
    std::shared_ptr<const Plugin> plugin_;
    std::string problem_;
    boost::json::value document_;
    HostServices services_;
};

/// What an instance said in one call.
struct Answered {
    ombud_status status = OMBUD_OK;
    std::string error;              ///< by set_error
    std::int32_t action = 0;        ///< as it stands in the verdict
    std::optional<Verdict> verdict; ///< none: `fault` says what is wrong with it
    std::string fault;
    bool has_reason = false, has_rule = false;
    Outbox outbox;
    std::int64_t took_ns = 0;
    /// Status and verdict as text: equal answers have equal texts.
    [[nodiscard]] std::string text() const;
    /// The same with what was sent in the call: findings, actions, what is to be remembered.
    [[nodiscard]] std::string text_and_sent() const;
};

/// How the memory of a call's inputs is lent.
enum class Lending {
    plain,
    read_only, ///< writing crashes
    taken_back ///< read-only, and gone when the call returns: a kept pointer crashes when it is used
};

/// How the host's table looks.
struct HostShape {
    std::uint32_t size = sizeof(ombud_host); ///< smaller: what is behind it cannot be read; larger: not zero
    bool lends_nothing = false; ///< no extension at all
};

/// One instance. Destroys what it created.
class Actor {
  public:
    explicit Actor(Stage& stage, HostShape shape = {});
    Actor(Stage& stage, HostShape shape, boost::json::value document);
    ~Actor();
    Actor(const Actor&) = delete;
    Actor& operator=(const Actor&) = delete;

    ombud_status create();
    ombud_status start();
    ombud_status stop(std::int64_t patience_ns = 1'000'000'000);
    void destroy();
    /// create() and start(). Errors  unavailable  which of them failed, and what the plugin told
    Result<void> begin();

    /// @param flags  OMBUD_CALL_*
    Answered judge(std::uint32_t hook, const EventRef& event, std::uint32_t flags = 0, Lending lending = Lending::plain,
                   const ombud_packet* packet = nullptr);
    /// The same with any call and verdict; their struct_size are the caller's.
    Answered judge_raw(const ombud_hook_call* call, ombud_verdict* verdict);
    Answered observe(const ombud_event* event);
    Answered observe(const EventRef& event, Lending lending = Lending::plain);
    /// Walks the whole inventory once.
    Answered audit(bool corrects);

    std::map<std::string, std::string> state; ///< what it remembers; what it sends is added. Set it for a restart
    /// Draws for each call whether the caller's thread makes it or one that lives for this call alone; absent: the caller's.
    std::optional<std::mt19937_64> threads;

    [[nodiscard]] ombud_instance* instance() const { return instance_; }
    [[nodiscard]] const std::string& error() const { return scope_.error; } ///< of the last call

  private:
    template <class Call>
    ombud_status enter(bool sends, Call&& call);
    Answered finish(ombud_status status, std::int64_t began_ns);

    Stage& remembering(Stage& stage);

    Stage& stage_;
    ConfigTable config_;
    ServiceContext context_;
    std::unique_ptr<Cell> cell_; ///< null: it runs here
    Pages table_; ///< the host's table, in the shape that was asked for
    CallScope scope_;
    ombud_instance* instance_ = nullptr;
    bool is_started_ = false;
    std::vector<std::unique_ptr<Pages>> lent_; ///< taken back; kept a while, so that their addresses stay dead
};

/// The failed check when the plugin or its settings cannot be had; nothing: the stage can be played on. A connector only lives
/// and dies there: it is never told to open its VMS.
std::optional<Seen> unplayable(const Stage& stage);

} // namespace ombud::conformance
