#include "gates/export/desk.hpp"

#include "gates/export/table.hpp"
#include "gates/export/work.hpp"

namespace ombud::exports {
namespace {

constexpr std::size_t files_max = seal::files_max;

bool is_one_of(State state, std::initializer_list<State> states) {
    for (const State one : states)
        if (one == state)
            return true;
    return false;
}

tl::unexpected<Error> not_now(const Export& one, std::string_view what) {
    return fail(ErrorCode::refused, "export " + std::to_string(one.id) + " is " +
                                        std::string(one.is_open() ? to_string(one.state) : std::string_view(one.outcome)) + ": " +
                                        std::string(what));
}

Result<void> check_person(const Export& one, const approvals::Person& person, bool may_all) {
    if (may_all || one.requester.uid == person.uid)
        return {};
    return fail(ErrorCode::refused, "export " + std::to_string(one.id) + " is another person's");
}

// Two files of one name, from two folders.
void make_names_unique(std::vector<HeldFile>& files) {
    std::set<std::string> seen;
    for (HeldFile& one : files) {
        const std::filesystem::path name(one.name);
        for (int n = 2; !seen.insert(one.name).second; ++n)
            one.name = name.stem().string() + "-" + std::to_string(n) + name.extension().string();
    }
}

} // namespace

approvals::Approvals::Kind ExportDesk::proposal_kind(std::function<void()> wake) {
    return {"export.release",
            [wake = std::move(wake)](ledger::Ledger::Transaction& transaction, const approvals::Proposal& proposal,
                                     const approvals::Person& decider) -> Result<std::function<void()>> {
                auto open = table::open_ones(transaction.db());
                if (!open)
                    return fail(open.error());
                for (Export& one : *open) {
                    if (one.proposal != proposal.id || one.state != State::asked)
                        continue;
                    one.state = State::approved;
                    one.approver = decider;
                    one.why.clear();
                    if (auto put = table::put(transaction.db(), one); !put)
                        return fail(put.error());
                    return wake;
                }
                return fail(ErrorCode::refused, "the export it is about no longer waits");
            }};
}

Result<void> ExportDesk::prepare(ledger::Ledger& ledger) { return table::prepare(ledger); }

Result<std::int64_t> ExportDesk::count_open(const ledger::Ledger& ledger) {
    auto db = ledger.open_for_reading();
    return db ? table::count_open(*db) : fail(db.error());
}

ExportDesk::ExportDesk(std::unique_ptr<Work> work) : work_(std::move(work)) {}
ExportDesk::~ExportDesk() = default;

Result<std::unique_ptr<ExportDesk>> ExportDesk::start(Options options, Parts parts) {
    auto work = std::make_unique<Work>(std::move(options), std::move(parts));
    if (auto begun = work->begin(); !begun)
        return fail(begun.error());
    return std::unique_ptr<ExportDesk>(new ExportDesk(std::move(work)));
}

Result<void> ExportDesk::apply(Options options) { return work_->apply(std::move(options)); }
void ExportDesk::reconsider() { work_->reconsider(); }
void ExportDesk::wake() { work_->wake(); }

Result<Export> ExportDesk::submit(const Submission& submission) {
    const auto options = work_->options();
    if (submission.files.empty() || submission.files.size() > files_max)
        return fail(ErrorCode::invalid_input, std::to_string(submission.files.size()) + " files are not 1 to " + std::to_string(files_max));
    Export fresh;
    fresh.requester = submission.requester;
    auto described = exports::describe(submission.fields, *options);
    if (!described)
        return fail(described.error());
    fresh.description = std::move(*described);
    const Giver giver{submission.requester.uid.value_or(static_cast<uid_t>(-1))};
    std::set<std::pair<std::uint64_t, std::uint64_t>> seen;
    for (const std::string& one : submission.files) {
        auto file = look_at(one, giver);
        if (!file)
            return fail(file.error());
        if (!seen.emplace(file->device, file->inode).second)
            return fail(ErrorCode::invalid_input, file->source + " is given twice");
        fresh.files.push_back(std::move(*file));
    }
    make_names_unique(fresh.files);
    auto opened = work_->open(std::move(fresh));
    if (!opened)
        return fail(opened.error());
    work_->wake();
    return work_->settled(opened->id, answer_time_ns);
}

Result<Export> ExportDesk::describe(std::int64_t id, const Fields& fields, const approvals::Person& person, bool may_all) {
    const auto was = work_->find(id);
    if (!was)
        return fail(was.error());
    if (auto may = check_person(*was, person, may_all); !may)
        return fail(may.error());
    if (!is_one_of(was->state, {State::incomplete, State::refused, State::blocked}))
        return not_now(*was, "what is said of it cannot be changed now");
    const auto options = work_->options();
    auto described = exports::describe(fields, *options, was->description);
    if (!described)
        return fail(described.error());
    Export next = *was;
    next.description = std::move(*described);
    complete(next.description, *options, next.files, work_->parts().clock.utc_ns());
    const std::string lacks = missing(next.description);
    next.state = lacks.empty() ? State::judging : State::incomplete;
    next.why = lacks.empty() ? std::string{} : "it lacks " + lacks;
    next.rule.clear();
    next.misdescribed.clear();
    next.approver.reset(); // whoever approved read something else
    next.retries = next.retry_utc_ns = 0;
    ledger::Entry entry = Work::entry("export.described", next);
    if (person.uid != was->requester.uid)
        entry.set("by", ledger::Personal{person.account});
    auto changed = work_->change(*was, std::move(next), entry);
    if (!changed)
        return fail(changed.error());
    work_->wake();
    return work_->settled(id, answer_time_ns);
}

Result<Export> ExportDesk::retry(std::int64_t id, const approvals::Person& person, bool may_all) {
    const auto was = work_->find(id);
    if (!was)
        return fail(was.error());
    if (auto may = check_person(*was, person, may_all); !may)
        return fail(may.error());
    if (was->state == State::recorded) { // it has left as far as records go: only its name is missing
        Export next = *was;
        next.retry_utc_ns = 0;
        if (auto changed = work_->change(*was, std::move(next)); !changed)
            return fail(changed.error());
    } else if (is_one_of(was->state, {State::refused, State::blocked})) {
        Export next = *was;
        next.state = State::judging;
        next.why.clear();
        next.rule.clear();
        next.retries = next.retry_utc_ns = 0;
        if (auto changed = work_->change(*was, std::move(next)); !changed)
            return fail(changed.error());
    } else {
        return not_now(*was, "there is nothing to try again");
    }
    work_->wake();
    return work_->settled(id, answer_time_ns);
}

Result<Export> ExportDesk::withdraw(std::int64_t id, const std::string& reason, const approvals::Person& person, bool may_all) {
    const auto was = work_->find(id);
    if (!was)
        return fail(was.error());
    if (auto may = check_person(*was, person, may_all); !may)
        return fail(may.error());
    if (is_one_of(was->state, {State::releasing, State::recorded, State::clearing, State::closed}))
        return not_now(*was, "it cannot be withdrawn");
    // The proposal first: when somebody has just approved it, this fails, and the export goes its way.
    if (was->state == State::asked) {
        auto& approvals = work_->parts().approvals;
        const auto ended = approvals::may_be_same(was->requester, person)
                               ? approvals.withdraw(was->proposal, reason.empty() ? "the export was withdrawn" : reason, person)
                               : approvals.refuse(was->proposal, reason.empty() ? "the export was withdrawn" : reason, person);
        if (!ended)
            return fail(ended.error());
    }
    Export next = *was;
    next.state = State::clearing;
    next.outcome = "withdrawn";
    next.why = reason;
    ledger::Entry entry = Work::entry("export.withdrawn", next);
    if (!reason.empty())
        entry.set("reason", reason);
    if (person.uid != was->requester.uid)
        entry.set("by", ledger::Personal{person.account});
    auto changed = work_->change(*was, std::move(next), entry);
    if (!changed)
        return fail(changed.error());
    work_->wake();
    return work_->settled(id, answer_time_ns);
}

Result<Export> ExportDesk::find(std::int64_t id) const { return work_->find(id); }

Result<std::vector<Export>> ExportDesk::list(bool all, std::int64_t limit) const {
    auto db = work_->parts().ledger.open_for_reading();
    if (!db)
        return fail(db.error());
    return all ? table::newest(*db, limit) : table::open_ones(*db);
}

std::vector<Left> ExportDesk::left() const { return work_->left(); }
std::optional<Covering> ExportDesk::covering() const { return work_->covering(); }
Options ExportDesk::options() const { return *work_->options(); }

} // namespace ombud::exports
