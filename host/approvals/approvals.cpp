#include "approvals/approvals.hpp"

#include <algorithm>
#include <array>

#include "approvals/proposals.hpp"

namespace ombud::approvals {
namespace {

constexpr std::array<std::string_view, 5> states{"open", "approved", "refused", "withdrawn", "expired"};

std::string_view kind_of_end(State state) {
    switch (state) {
    case State::approved: return "approval.granted";
    case State::refused: return "approval.refused";
    case State::withdrawn: return "approval.withdrawn";
    default: return "approval.expired";
    }
}

ledger::Entry asking(const Request& request, const Person& asker, std::int64_t lifetime_ns) {
    ledger::Entry entry("approval.asked");
    entry.set("about", request.kind).set("reason", request.reason).set("lifetime_s", lifetime_ns / 1'000'000'000);
    set_person(entry, asker);
    if (request.personal)
        entry.set("subject", ledger::Personal{request.subject}).set("payload", ledger::Personal{request.payload});
    else
        entry.set("subject", request.subject).set("payload", request.payload);
    return entry;
}

std::string numbered(std::int64_t id) { return "proposal " + std::to_string(id); }

// Whether this person may end an open proposal this way.
Result<void> check(const Proposal& proposal, State state, const Person& person) {
    if (proposal.state != State::open)
        return fail(ErrorCode::refused, numbered(proposal.id) + " is " + std::string(to_string(proposal.state)) +
                                            " already\nhint: `ombud approve --all` shows how each ended");
    const bool same = may_be_same(proposal.asker, person);
    if (state == State::withdrawn && !same)
        return fail(ErrorCode::refused, numbered(proposal.id) + " was asked for by " + name_of(proposal.asker) +
                                            ", who alone withdraws it\nhint: ombud approve " + std::to_string(proposal.id) +
                                            " --refuse --reason TEXT");
    if ((state == State::approved || state == State::refused) && same)
        return fail(ErrorCode::refused, numbered(proposal.id) + " was asked for by " + name_of(proposal.asker) +
                                            ", who may be the same person as " + name_of(person) +
                                            ": a second person decides\nhint: they run `ombud approve " +
                                            std::to_string(proposal.id) + "`; --withdraw takes it back");
    return {};
}

Result<void> close(ledger::Ledger::Transaction& transaction, Proposal& proposal, State state, const std::string& reason,
                   const Person* person, std::int64_t now) {
    ledger::Entry entry(kind_of_end(state));
    entry.set("proposal", proposal.id).set("about", proposal.request.kind);
    entry.set("asked", static_cast<std::int64_t>(proposal.ledger_index));
    if (!reason.empty())
        entry.set("reason", reason);
    if (person != nullptr)
        set_person(entry, *person);
    const auto index = transaction.append(entry);
    if (!index)
        return fail(index.error());
    proposal.state = state;
    proposal.ended_utc_ns = now;
    proposal.end_reason = reason;
    proposal.end_ledger_index = *index;
    return proposals::close(transaction.db(), proposal);
}

} // namespace

void set_person(ledger::Entry& entry, const Person& person) {
    entry.set("user", ledger::Personal{person.account});
    if (!person.login_account.empty())
        entry.set("login", ledger::Personal{person.login_account});
}

std::string_view to_string(State state) { return states[static_cast<std::size_t>(state)]; }

Result<State> parse_state(std::string_view name) {
    for (std::size_t i = 0; i < states.size(); ++i)
        if (states[i] == name)
            return static_cast<State>(i);
    return fail(ErrorCode::corrupt, "'" + std::string(name) + "' is no state of a proposal");
}

Result<std::unique_ptr<Approvals>> Approvals::open(ledger::Ledger& ledger, const Clock& clock, std::int64_t lifetime_ns) {
    if (lifetime_ns < 1'000'000'000)
        return fail(ErrorCode::invalid_input, "approvals: a lifetime of " + std::to_string(lifetime_ns) + " ns is less than a second");
    if (auto prepared = proposals::prepare(ledger); !prepared)
        return fail(Error(prepared.error()).within("approvals"));
    auto made = std::unique_ptr<Approvals>(new Approvals(ledger, clock, lifetime_ns));
    if (auto noted = made->note_next_expiry(); !noted)
        return fail(Error(noted.error()).within("approvals"));
    return made;
}

Result<void> Approvals::note_next_expiry() {
    const std::lock_guard lock(mutex_); // a proposal made meanwhile is in the table, or lowers the number afterwards
    auto db = ledger_.open_for_reading();
    const auto next = db ? proposals::next_expiry(*db) : Result<std::int64_t>(fail(db.error()));
    if (!next)
        return fail(next.error());
    next_expiry_utc_ns_ = *next;
    return {};
}

void Approvals::add(Kind kind) {
    std::string name = kind.name;
    kinds_.insert_or_assign(std::move(name), std::move(kind));
}

Result<Proposal> Approvals::propose(const Request& request, const Person& asker) {
    if (!kinds_.contains(request.kind))
        return fail(ErrorCode::invalid_input, "'" + request.kind + "' is no kind of proposal");
    if (request.reason.empty())
        return fail(ErrorCode::invalid_input, "a proposal needs a reason: the second person reads it");
    Proposal made;
    made.request = request;
    made.asker = asker;
    made.asked_utc_ns = clock_.utc_ns();
    made.expires_utc_ns = made.asked_utc_ns + lifetime_ns_;
    const ledger::Entry entry = asking(request, asker, lifetime_ns_);
    auto done = ledger_.commit([&](ledger::Ledger::Transaction& transaction) -> Result<void> {
        const auto same = proposals::find_same(transaction.db(), request);
        const auto open = proposals::count_open(transaction.db());
        if (!same || !open)
            return fail(!same ? same.error() : open.error());
        if (*same != 0)
            return fail(ErrorCode::refused, numbered(*same) + " asks for the same and waits for a second person\nhint: ombud approve " +
                                                std::to_string(*same));
        if (*open >= open_max)
            return fail(ErrorCode::refused, std::to_string(*open) + " proposals wait already; decide some of them\nhint: ombud approve");
        const auto index = transaction.append(entry);
        if (!index)
            return fail(index.error());
        made.ledger_index = *index;
        const auto id = proposals::insert(transaction.db(), made);
        if (!id)
            return fail(id.error());
        made.id = *id;
        return {};
    });
    if (!done)
        return fail(done.error());
    const std::lock_guard lock(mutex_);
    next_expiry_utc_ns_ = std::min(next_expiry_utc_ns_, made.expires_utc_ns);
    return made;
}

Result<Proposal> Approvals::approve(std::int64_t id, const std::string& reason, const Person& decider) {
    return end(id, State::approved, reason, decider);
}
Result<Proposal> Approvals::refuse(std::int64_t id, const std::string& reason, const Person& decider) {
    if (reason.empty())
        return fail(ErrorCode::invalid_input, "refusing needs a reason: whoever asked reads it\nhint: --reason TEXT");
    return end(id, State::refused, reason, decider);
}
Result<Proposal> Approvals::withdraw(std::int64_t id, const std::string& reason, const Person& asker) {
    return end(id, State::withdrawn, reason, asker);
}

Result<Proposal> Approvals::end(std::int64_t id, State state, const std::string& reason, const Person& person) {
    if (auto ended = expire(); !ended)
        return fail(ended.error());
    Proposal proposal;
    std::function<void()> then;
    auto done = ledger_.commit([&](ledger::Ledger::Transaction& transaction) -> Result<void> {
        auto found = proposals::find(transaction.db(), id);
        if (!found)
            return fail(found.error());
        if (!*found)
            return fail(ErrorCode::not_found, "there is no proposal " + std::to_string(id) + "\nhint: `ombud approve` lists what is open");
        proposal = std::move(**found);
        if (auto allowed = check(proposal, state, person); !allowed)
            return allowed;
        Proposal ended = proposal;
        if (auto closed = close(transaction, ended, state, reason, &person, clock_.utc_ns()); !closed)
            return closed;
        if (state == State::approved) {
            const auto known = kinds_.find(proposal.request.kind);
            if (known == kinds_.end())
                return fail(ErrorCode::unavailable, numbered(id) + ": this host knows no kind '" + proposal.request.kind + "'");
            auto applied = known->second.apply(transaction, proposal, person);
            if (!applied)
                return fail(Error(applied.error()).within(numbered(id) + " is not approved"));
            then = std::move(*applied);
        }
        proposal = std::move(ended);
        return {};
    });
    if (!done)
        return fail(done.error());
    if (then)
        then();
    return proposal;
}

Result<std::int64_t> Approvals::expire() {
    const std::int64_t now = clock_.utc_ns();
    {
        const std::lock_guard lock(mutex_);
        if (now < next_expiry_utc_ns_)
            return 0;
    }
    std::int64_t count = 0;
    auto done = ledger_.commit([&](ledger::Ledger::Transaction& transaction) -> Result<void> {
        auto due = proposals::overdue(transaction.db(), now);
        if (!due)
            return fail(due.error());
        for (Proposal& one : *due)
            if (auto closed = close(transaction, one, State::expired, {}, nullptr, now); !closed)
                return closed;
        count = static_cast<std::int64_t>(due->size());
        return {};
    });
    if (!done)
        return fail(done.error());
    if (auto noted = note_next_expiry(); !noted)
        return fail(noted.error());
    return count;
}

Result<std::vector<Proposal>> Approvals::list(const ProposalQuery& query) const {
    auto db = ledger_.open_for_reading();
    if (!db)
        return fail(db.error());
    return proposals::list(*db, query);
}

Result<Proposal> Approvals::find(std::int64_t id) const {
    auto db = ledger_.open_for_reading();
    if (!db)
        return fail(db.error());
    auto found = proposals::find(*db, id);
    if (!found)
        return fail(found.error());
    if (!*found)
        return fail(ErrorCode::not_found, "there is no proposal " + std::to_string(id) + "\nhint: `ombud approve` lists what is open");
    return std::move(**found);
}

Result<std::int64_t> Approvals::count_open() const {
    auto db = ledger_.open_for_reading();
    if (!db)
        return fail(db.error());
    return proposals::count_open(*db);
}

} // namespace ombud::approvals
