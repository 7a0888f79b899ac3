#pragma once
// Four eyes: what one person asks for and another approves before it holds.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "approvals/person.hpp"
#include "events/clock.hpp"
#include "ledger/ledger.hpp"

namespace ombud::approvals {

enum class State { open, approved, refused, withdrawn, expired };
std::string_view to_string(State state);
Result<State> parse_state(std::string_view name);

/// What is asked for. The kind's owner reads `payload`, people read `subject`.
struct Request {
    std::string kind;      ///< `register.change`
    std::string subject;   ///< one line, such as `email_whitelist/recipients anna@example.org: set`
    bool personal = false; ///< subject and payload are about a person: commitments in the ledger, gone from here at the end
    std::string payload;   ///< JSON
    std::string reason;    ///< recorded as it is: no personal values
};

struct Proposal {
    std::int64_t id = 0;
    Request request; ///< once it has ended, a personal one is without subject and payload
    Person asker;    ///< the account's name only while it is open
    std::int64_t asked_utc_ns = 0, expires_utc_ns = 0;
    State state = State::open;
    std::int64_t ended_utc_ns = 0;      ///< 0: open
    std::string end_reason;             ///< of whoever decided
    std::uint64_t ledger_index = 0;     ///< of `approval.asked`
    std::uint64_t end_ledger_index = 0; ///< 0: open
};

/// Which proposals to show.
struct ProposalQuery {
    bool all = false;        ///< false: only open ones
    std::int64_t limit = 100;
};

/// Names a person in an entry, as `user` (and `login`, where they became somebody else): commitments.
void set_person(ledger::Entry& entry, const Person& person);

/// Proposals and their ends, in a table of the ledger's file: every step is an entry of the same transaction.
///
/// Nobody decides alone: who may be the asker (may_be_same) cannot approve. Names of persons are in the ledger's openings,
/// and in the table only while a proposal is open.
/// Thread  any; not from inside a unit of work
class Approvals {
  public:
    static constexpr std::int64_t lifetime_default_ns = 72 * 3'600'000'000'000;
    static constexpr std::int64_t open_max = 1'000;

    /// What happens on approval.
    struct Kind {
        std::string name;
        /// In the transaction of `approval.granted`, and last in it. An error approves nothing, and is what the decider
        /// is told. [ledger's writer]
        /// @return what to do once all of it is durable, before approve() returns; may be empty [the caller's thread]
        std::function<Result<std::function<void()>>(ledger::Ledger::Transaction&, const Proposal&, const Person& decider)> apply;
    };

    /// @param ledger, clock  borrowed
    /// @param lifetime_ns    after that long an open proposal expires; 1 s or more
    static Result<std::unique_ptr<Approvals>> open(ledger::Ledger& ledger, const Clock& clock,
                                                   std::int64_t lifetime_ns = lifetime_default_ns);

    /// Before the first proposal of that kind is made or decided. Thread  one, before all others
    void add(Kind kind);

    /// Records a proposal; it waits for decide().
    /// Errors  refused        the same is asked for already (the message names the proposal), or open_max wait
    ///         invalid_input  no such kind, no reason, or a text that cannot be recorded
    Result<Proposal> propose(const Request& request, const Person& asker);

    /// Approves and applies at once, or refuses.
    /// @param reason  recorded; may be empty when approving
    /// Errors  not_found  no such proposal;  refused  it has ended, or the decider may be the asker
    ///         those of the kind's `apply`: the proposal stays open
    Result<Proposal> approve(std::int64_t id, const std::string& reason, const Person& decider);
    Result<Proposal> refuse(std::int64_t id, const std::string& reason, const Person& decider);
    /// Errors  as above;  refused  somebody else asked for it
    Result<Proposal> withdraw(std::int64_t id, const std::string& reason, const Person& asker);

    /// Ends what is past its time. @return how many
    Result<std::int64_t> expire();

    /// Newest first. Thread any
    Result<std::vector<Proposal>> list(const ProposalQuery& query) const;
    Result<Proposal> find(std::int64_t id) const;
    Result<std::int64_t> count_open() const;

  private:
    Approvals(ledger::Ledger& ledger, const Clock& clock, std::int64_t lifetime_ns)
        : ledger_(ledger), clock_(clock), lifetime_ns_(lifetime_ns) {}
    Result<void> note_next_expiry();
    Result<Proposal> end(std::int64_t id, State state, const std::string& reason, const Person& person);

    ledger::Ledger& ledger_;
    const Clock& clock_;
    const std::int64_t lifetime_ns_;
    std::map<std::string, Kind, std::less<>> kinds_;
    std::mutex mutex_;
    std::int64_t next_expiry_utc_ns_ = 0; ///< no open proposal expires before; asked every second, so not of the table
};

} // namespace ombud::approvals
