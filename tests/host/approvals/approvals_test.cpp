#include "approvals/approvals.hpp"

#include <atomic>
#include <fstream>
#include <iterator>
#include <thread>

#include "scratch_ledger.hpp"

namespace ombud::approvals {
namespace {

const Person anna{1000, 1000, "anna", ""}, bert{1001, 1001, "bert", ""}, carl{1002, 1002, "carl", ""};
const Person anna_as_root{0, 1000, "root", "anna"};

constexpr std::int64_t hour_ns = 3'600'000'000'000;

/// Approvals with the kind `test`, whose applier appends an entry `test.applied`, unless it is told to fail.
struct Stage {
    ledger::ScratchLedger ledger;
    std::unique_ptr<Approvals> approvals;
    std::optional<Error> applier_fails;
    int after_commit = 0;

    Stage() { reopen(); }
    void reopen() {
        approvals.reset();
        ledger.reopen();
        auto opened = Approvals::open(*ledger, ledger.clock);
        if (!opened)
            FAIL(opened.error().message);
        approvals = std::move(*opened);
        approvals->add({"test", [this](auto& transaction, const Proposal& proposal, const Person&) -> Result<std::function<void()>> {
                            ledger::Entry entry("test.applied");
                            entry.set("payload", proposal.request.payload);
                            if (auto appended = transaction.append(entry); !appended)
                                return fail(appended.error());
                            if (applier_fails)
                                return fail(*applier_fails);
                            return [this] { ++after_commit; };
                        }});
    }
    static Request change(const std::string& payload = R"({"n":1})") { return {"test", "change " + payload, false, payload, "needed"}; }
    static Request personal() { return {"test", "send to secret.name@example.org", true, R"({"to":"secret.name@example.org"})", "needed"}; }
    Proposal asked(const Request& request = change(), const Person& asker = anna) {
        auto made = approvals->propose(request, asker);
        if (!made)
            FAIL(made.error().message);
        return *made;
    }
    std::vector<std::string> kinds() {
        std::vector<std::string> found;
        auto reader = ledger.reader();
        REQUIRE(reader.each({}, [&](const ledger::StoredEntry& entry) {
            found.push_back(entry.kind);
            return true;
        }));
        return found;
    }
};

using Kinds = std::vector<std::string>;

TEST_CASE("a second person approves, and it is done in the same transaction", "[approvals]") {
    Stage stage;
    const Proposal asked = stage.asked();

    const auto granted = stage.approvals->approve(asked.id, "looks right", bert);

    REQUIRE(granted);
    CHECK(granted->state == State::approved);
    CHECK(granted->end_reason == "looks right");
    CHECK(stage.kinds() == Kinds{"approval.asked", "approval.granted", "test.applied"});
    CHECK(granted->ledger_index == 0);
    CHECK(granted->end_ledger_index == 1);
    CHECK(stage.after_commit == 1);
    CHECK(stage.approvals->list({})->empty());
}

TEST_CASE("nobody approves what they asked for themselves", "[approvals]") {
    Stage stage;
    const Proposal asked = stage.asked();
    for (const Person& person : {anna, anna_as_root}) {
        const auto granted = stage.approvals->approve(asked.id, "", person);

        REQUIRE_FALSE(granted);
        CHECK(granted.error().code == ErrorCode::refused);
        CHECK_THAT(granted.error().message, Catch::Contains("second person"));
    }
    CHECK(stage.kinds() == Kinds{"approval.asked"});
    CHECK(*stage.approvals->count_open() == 1);
}

TEST_CASE("a refusal needs a reason and changes nothing else", "[approvals]") {
    Stage stage;
    const Proposal asked = stage.asked();

    const auto bare = stage.approvals->refuse(asked.id, "", bert);
    const auto refused = stage.approvals->refuse(asked.id, "not needed", bert);

    REQUIRE_FALSE(bare);
    CHECK(bare.error().code == ErrorCode::invalid_input);
    REQUIRE(refused);
    CHECK(stage.kinds() == Kinds{"approval.asked", "approval.refused"});
    CHECK(stage.after_commit == 0);
}

TEST_CASE("whoever asked withdraws, and nobody else does", "[approvals]") {
    Stage stage;
    const Proposal asked = stage.asked();

    const auto by_other = stage.approvals->withdraw(asked.id, "", bert);
    const auto by_asker = stage.approvals->withdraw(asked.id, "", anna_as_root);

    REQUIRE_FALSE(by_other);
    CHECK(by_other.error().code == ErrorCode::refused);
    REQUIRE(by_asker);
    CHECK(stage.kinds() == Kinds{"approval.asked", "approval.withdrawn"});
}

TEST_CASE("what was decided stays decided, and unknown numbers are not found", "[approvals]") {
    Stage stage;
    const Proposal asked = stage.asked();
    REQUIRE(stage.approvals->refuse(asked.id, "no", bert));

    const auto again = stage.approvals->approve(asked.id, "", carl);
    const auto unknown = stage.approvals->approve(4711, "", carl);

    REQUIRE_FALSE(again);
    CHECK(again.error().code == ErrorCode::refused);
    CHECK_THAT(again.error().message, Catch::Contains("is refused already"));
    REQUIRE_FALSE(unknown);
    CHECK(unknown.error().code == ErrorCode::not_found);
    CHECK(stage.after_commit == 0);
}

TEST_CASE("a proposal expires after 72 hours, not before", "[approvals]") {
    Stage stage;
    const Proposal asked = stage.asked();

    stage.ledger.clock.advance_ns(72 * hour_ns - 1);
    CHECK(*stage.approvals->expire() == 0);
    stage.ledger.clock.advance_ns(1);
    const auto late = stage.approvals->approve(asked.id, "", bert);

    REQUIRE_FALSE(late);
    CHECK_THAT(late.error().message, Catch::Contains("is expired already"));
    CHECK(stage.approvals->find(asked.id)->state == State::expired);
    CHECK(stage.kinds() == Kinds{"approval.asked", "approval.expired"});
    CHECK(*stage.approvals->expire() == 0);
}

TEST_CASE("when applying fails, nothing is approved and the decider is told why", "[approvals]") {
    Stage stage;
    const Proposal asked = stage.asked();
    stage.applier_fails = Error{ErrorCode::refused, "the record changed meanwhile"};

    const auto failed = stage.approvals->approve(asked.id, "", bert);

    REQUIRE_FALSE(failed);
    CHECK(failed.error().code == ErrorCode::refused);
    CHECK_THAT(failed.error().message, Catch::Contains("the record changed meanwhile"));
    CHECK(stage.kinds() == Kinds{"approval.asked"});
    CHECK(stage.after_commit == 0);
    CHECK(stage.approvals->find(asked.id)->state == State::open);
    stage.applier_fails.reset();
    CHECK(stage.approvals->approve(asked.id, "", bert));
}

TEST_CASE("open proposals outlive the process with all that the second person must see", "[approvals]") {
    Stage stage;
    const Proposal asked = stage.asked(Stage::personal());

    stage.reopen();

    const auto open = stage.approvals->list({});
    REQUIRE(open);
    REQUIRE(open->size() == 1);
    const Proposal& one = open->front();
    CHECK(one.id == asked.id);
    CHECK(one.request.subject == asked.request.subject);
    CHECK(one.request.payload == asked.request.payload);
    CHECK(one.asker.uid == anna.uid);
    CHECK(one.asker.login == anna.login);
    CHECK(one.asker.account == "anna");
    CHECK(one.expires_utc_ns == asked.expires_utc_ns);
    CHECK(stage.approvals->approve(asked.id, "", bert));
}

TEST_CASE("of many who decide at once exactly one does", "[approvals]") {
    Stage stage;
    const Proposal asked = stage.asked();
    std::atomic<int> done = 0, refused = 0;
    std::vector<std::thread> threads;
    for (std::uint32_t i = 0; i < 8; ++i)
        threads.emplace_back([&, i] {
            const Person person{2000 + i, 2000 + i, "person" + std::to_string(i), ""};
            const auto result = i % 2 == 0 ? stage.approvals->approve(asked.id, "", person)
                                           : stage.approvals->refuse(asked.id, "no", person);
            if (result)
                ++done;
            else if (result.error().code == ErrorCode::refused)
                ++refused;
        });
    for (std::thread& thread : threads)
        thread.join();

    CHECK(done == 1);
    CHECK(refused == 7);
    CHECK(stage.kinds().size() <= 3);
    CHECK(stage.after_commit <= 1);
}

TEST_CASE("the same is not asked for twice while it waits", "[approvals]") {
    Stage stage;
    const Proposal asked = stage.asked();

    const auto twice = stage.approvals->propose(Stage::change(), bert);
    const auto other = stage.approvals->propose(Stage::change(R"({"n":2})"), bert);

    REQUIRE_FALSE(twice);
    CHECK_THAT(twice.error().message, Catch::Contains("proposal " + std::to_string(asked.id) + " asks for the same"));
    CHECK(other);
    REQUIRE(stage.approvals->withdraw(asked.id, "", anna));
    CHECK(stage.approvals->propose(Stage::change(), anna));
}

TEST_CASE("a proposal needs a kind that somebody applies, and a reason", "[approvals]") {
    Stage stage;
    Request no_reason = Stage::change(), no_kind = Stage::change();
    no_reason.reason.clear();
    no_kind.kind = "unheard.of";

    for (const Request& request : {no_reason, no_kind}) {
        const auto made = stage.approvals->propose(request, anna);

        REQUIRE_FALSE(made);
        CHECK(made.error().code == ErrorCode::invalid_input);
    }
    CHECK(stage.kinds().empty());
}

TEST_CASE("a thousand open proposals are the most", "[approvals]") {
    Stage stage;
    std::atomic<int> next = 0, failed = 0;
    std::vector<std::thread> threads;
    for (int t = 0; t < 16; ++t)
        threads.emplace_back([&] {
            for (int i = next++; i < Approvals::open_max; i = next++)
                if (!stage.approvals->propose(Stage::change(std::to_string(i)), anna))
                    ++failed;
        });
    for (std::thread& thread : threads)
        thread.join();
    REQUIRE(failed == 0);

    const auto beyond = stage.approvals->propose(Stage::change(), anna);

    REQUIRE_FALSE(beyond);
    CHECK(beyond.error().code == ErrorCode::refused);
}

TEST_CASE("what is personal is in no ledger line, and in no table once the proposal has ended", "[approvals]") {
    Stage stage;
    const Proposal asked = stage.asked(Stage::personal());
    const auto lines_hold = [&](std::string_view word) {
        bool found = false;
        auto reader = stage.ledger.reader();
        REQUIRE(reader.each({}, [&](const ledger::StoredEntry& entry) {
            found |= entry.line.find(word) != std::string::npos;
            return true;
        }));
        return found;
    };
    REQUIRE(stage.approvals->refuse(asked.id, "no", bert));

    CHECK_FALSE(lines_hold("secret.name"));
    CHECK_FALSE(lines_hold("anna"));
    CHECK_FALSE(lines_hold("bert"));
    const auto ended = stage.approvals->find(asked.id);
    REQUIRE(ended);
    CHECK(ended->request.subject.empty());
    CHECK(ended->request.payload.empty());
    CHECK(ended->asker.account.empty());
    const std::filesystem::path file = stage.ledger->database_path();
    stage.approvals.reset();
    stage.ledger.close(); // moves the log into the file
    std::ifstream in(file, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(in), {}};
    CHECK(bytes.find("approval.asked") != std::string::npos);
    CHECK(bytes.find("secret.name") == std::string::npos);
    CHECK(bytes.find("anna") == std::string::npos);
}

} // namespace
} // namespace ombud::approvals
