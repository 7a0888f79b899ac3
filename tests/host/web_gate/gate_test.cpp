// The gate over a real socket, ledger and approvals; what requests mean and what modules answer is the test's.
#include "gates/web/web_gate.hpp"

#include <catch2/catch.hpp>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>
#include <mutex>
#include <ombud/hook.h>
#include <ombud/vocabulary.h>

#include "scratch_ledger.hpp"
#include "store/database.hpp"

namespace ombud::web {
namespace {

const approvals::Person anna{1000, std::nullopt, "anna", ""}, ben{1001, std::nullopt, "ben", ""};

struct Stage {
    ledger::ScratchLedger ledger;
    Names names;
    std::unique_ptr<approvals::Approvals> approvals;
    std::unique_ptr<WebGate> gate;
    std::optional<approvals::Person> person = anna;

    // What the connector says of the next requests.
    Standing standing = Standing::granted;
    std::string act = "read", export_id, recordings = "5", note = "why";
    bool is_export = false, changes = false, is_by_cookie = false, cannot_describe = false;
    // What the modules say.
    VerdictAction verdict = VerdictAction::allow, verdict_approved = VerdictAction::allow;
    bool cannot_record = false;
    // What was entered of exports that left, and whether that works.
    bool cannot_enter = false;
    std::vector<std::string> entered; ///< "RECORDINGS by APPROVER: REASON"
    int asked = 0;
    EventRef last;
    std::uint32_t last_hook = 0;

    explicit Stage(bool enforces = true) { start(enforces); }

    void start(bool enforces) {
        gate.reset();
        approvals.reset();
        auto opened = approvals::Approvals::open(*ledger, ledger.clock);
        REQUIRE(opened);
        approvals = std::move(*opened);
        approvals->add(WebGate::kind_of_approval(ledger.clock));
        auto releases = Releases::open(*ledger, ledger.clock);
        REQUIRE(releases);
        WebGate::Options options;
        options.http.listen = "inet:127.0.0.1:0";
        options.attachment = "zm";
        options.enforces = enforces;
        auto begun = WebGate::start(std::move(options),
                                    {[this](const Asked&) { return describe(); },
                                     [this](std::uint32_t hook, const EventRef& event) { return ask(hook, event); },
                                     [](std::string_view device) { return device == "1" ? std::string("gate") : std::string(); },
                                     [this](std::string_view user) { return user == "anna.vms" ? person : std::nullopt; }, *approvals,
                                     std::move(*releases),
                                     [this](ledger::Ledger::Transaction&, const Leaving& leaving) { return enter(leaving); }, ledger.clock, names, [](int, std::string_view) {}});
        if (!begun)
            FAIL(begun.error().message);
        gate = std::move(*begun);
    }

    Result<Description> describe() {
        if (cannot_describe)
            return fail(ErrorCode::unavailable, "the database is away");
        Description said;
        said.standing = standing;
        said.changes = changes;
        said.is_by_cookie = is_by_cookie;
        said.note = note;
        if (standing == Standing::open)
            return said;
        EventBuilder builder(names, is_export ? OMBUD_EVENT_EXPORT_RELEASE : OMBUD_EVENT_ACCESS_REQUEST, 1);
        builder.text(OMBUD_KEY_ACT, act).text(OMBUD_KEY_DEVICES, "1");
        if (standing != Standing::nobody)
            builder.text(OMBUD_KEY_USER, "anna.vms", true);
        if (!recordings.empty())
            builder.text(OMBUD_KEY_RECORDINGS, recordings);
        if (!export_id.empty())
            builder.text(OMBUD_KEY_EXPORT, export_id);
        said.event = *builder.build();
        return said;
    }

    Result<Judgement> ask(std::uint32_t hook, const EventRef& event) {
        if (cannot_record)
            return fail(ErrorCode::unavailable, "no space");
        ++asked;
        last = event;
        last_hook = hook;
        Judgement judgement;
        judgement.applied.action = event->integer(names.intern(OMBUD_KEY_APPROVED)) == 1 ? verdict_approved : verdict;
        judgement.applied.rule = "EXP-8";
        judgement.applied.reason = "because";
        return judgement;
    }

    Result<std::function<void()>> enter(const Leaving& leaving) {
        if (cannot_enter)
            return fail(ErrorCode::unavailable, "the register is full");
        const std::string line = leaving.exported.recordings + " by " + leaving.approver + ": " + leaving.approval_reason;
        return [this, line] { entered.push_back(line); };
    }

    std::string field(std::string_view key) { return std::string(last->text(names.intern(key)).value_or("")); }

    Outcome request(Asked asked_of = {}) {
        asked_of.method = "GET";
        asked_of.target = "/zm/";
        asked_of.peer = "192.0.2.7";
        asked_of.host = "cctv.example";
        return gate->judge(asked_of);
    }

    Outcome make_export(const std::string& id, const std::string& of = "5") {
        is_export = true;
        changes = true;
        act = "export";
        export_id = id;
        recordings = of;
        return request();
    }
    Outcome fetch(const std::string& id) {
        is_export = true;
        act = "download";
        export_id = id;
        recordings.clear();
        return request();
    }
};

} // namespace

TEST_CASE("what is open passes unasked", "[web_gate]") {
    Stage stage;
    stage.standing = Standing::open;
    CHECK(stage.request().passes());
    CHECK(stage.asked == 0);
}

TEST_CASE("a request is asked with who, what and where", "[web_gate]") {
    Stage stage;
    CHECK(stage.request().passes());

    CHECK(stage.last_hook == OMBUD_HOOK_ACCESS_REQUEST);
    CHECK(stage.field(OMBUD_KEY_ATTACHMENT) == "zm");
    CHECK(stage.field(OMBUD_KEY_ACT) == "read");
    CHECK(stage.field(OMBUD_KEY_USER) == "anna.vms");
    CHECK(stage.field(OMBUD_KEY_PEER) == "192.0.2.7");
    CHECK(stage.field(OMBUD_KEY_CAMERAS) == "gate");
    CHECK(stage.field(OMBUD_KEY_STANDING) == "granted");
    for (const sdk::Field one : stage.last->read()) {
        const auto key = stage.names.name(one.key());
        CHECK(one.is_personal() == (key == OMBUD_KEY_USER || key == OMBUD_KEY_PEER));
    }
}

TEST_CASE("in enforce nothing but what is granted passes, and all of it is asked", "[web_gate]") {
    struct Row {
        Standing standing;
        unsigned status;
    };
    for (const Row row : {Row{Standing::lacking, 403}, {Standing::nobody, 401}, {Standing::strange, 403}}) {
        Stage stage;
        stage.standing = row.standing;
        const Outcome outcome = stage.request();
        CHECK(outcome.status == row.status);
        CHECK(stage.asked == 1);
        CHECK(stage.last->integer(stage.names.intern(OMBUD_KEY_REFUSED)) == 1);
        CHECK(stage.field(OMBUD_KEY_NOTE) == "why");
    }
}

TEST_CASE("in monitor the gate refuses nothing by itself, and the record is the same", "[web_gate]") {
    for (const Standing standing : {Standing::lacking, Standing::nobody, Standing::strange}) {
        Stage stage(false);
        stage.standing = standing;
        CHECK(stage.request().passes());
        CHECK(stage.asked == 1);
        CHECK(stage.field(OMBUD_KEY_STANDING) == to_string(standing));
        CHECK_FALSE(stage.last->integer(stage.names.intern(OMBUD_KEY_REFUSED)));
    }
}

TEST_CASE("when it cannot be told who asks, enforce lets nobody in", "[web_gate]") {
    Stage stage;
    stage.cannot_describe = true;
    const Outcome outcome = stage.request();
    CHECK(outcome.status == 503);
    CHECK_THAT(outcome.reason, !Catch::Contains("database")); // of what is wrong inside strangers learn nothing
    CHECK(stage.field(OMBUD_KEY_STANDING) == "unknown");
    CHECK(stage.field(OMBUD_KEY_NOTE) == "the database is away");
    Stage watching(false);
    watching.cannot_describe = true;
    CHECK(watching.request().passes());
}

TEST_CASE("what cannot be recorded does not pass, in monitor neither", "[web_gate]") {
    for (const bool enforces : {true, false}) {
        Stage stage(enforces);
        stage.cannot_record = true;
        CHECK(stage.request().status == 503);
    }
}

TEST_CASE("a module's refusal is carried out with its reason", "[web_gate]") {
    Stage stage;
    stage.verdict = VerdictAction::deny;
    const Outcome outcome = stage.request();
    CHECK(outcome.status == 403);
    CHECK(outcome.rule == "EXP-8");
    CHECK(outcome.reason == "because");
    stage.verdict = VerdictAction::transform; // there is nothing to change in a request
    stage.gate->reconsider();
    CHECK(stage.request().status == 403);
}

TEST_CASE("another site cannot act by somebody's cookie", "[web_gate]") {
    Stage stage;
    stage.changes = stage.is_by_cookie = true;
    Asked evil;
    evil.origin = "https://evil.example";
    CHECK(stage.request(evil).status == 403);
    CHECK(stage.field(OMBUD_KEY_STANDING) == "cross-site");
    CHECK(stage.request().status == 403); // nothing shows where it comes from
    Asked own;
    own.origin = "https://cctv.example";
    CHECK(stage.request(own).passes());
    stage.is_by_cookie = false; // a token is not sent by itself
    CHECK(stage.request(evil).passes());
    stage.changes = false;
    stage.is_by_cookie = true;
    CHECK(stage.request(evil).passes()); // looking changes nothing
}

TEST_CASE("the same harmless request is asked once in two seconds, anything else each time", "[web_gate]") {
    Stage stage;
    for (int i = 0; i < 5; ++i)
        CHECK(stage.request().passes());
    CHECK(stage.asked == 1);
    stage.recordings = "6";
    (void)stage.request();
    CHECK(stage.asked == 2);
    stage.ledger.clock.advance_ns(2'000'000'000);
    (void)stage.request();
    CHECK(stage.asked == 3);
    stage.gate->reconsider();
    (void)stage.request();
    CHECK(stage.asked == 4);
    stage.changes = true;
    for (int i = 0; i < 3; ++i)
        (void)stage.request();
    CHECK(stage.asked == 7);
    for (int i = 0; i < 3; ++i)
        CHECK(stage.make_export("", "5").passes());
    CHECK(stage.asked == 10);
    stage.is_export = stage.changes = false;
    stage.act = "login";
    for (int i = 0; i < 3; ++i)
        (void)stage.request();
    CHECK(stage.asked == 13);
}

TEST_CASE("strangers fill the ledger with one line in two seconds, whatever they ask for", "[web_gate]") {
    Stage stage;
    stage.standing = Standing::nobody;
    for (int i = 0; i < 100; ++i) {
        stage.recordings = std::to_string(i + 1);
        stage.changes = i % 2 == 0;
        CHECK(stage.request().status == 401);
    }
    CHECK(stage.asked == 1);
}

TEST_CASE("an export is opened by a second person, once", "[web_gate]") {
    Stage stage;
    stage.verdict = VerdictAction::defer;
    const Outcome held = stage.make_export("77");
    CHECK(held.decision == "held");
    CHECK(held.status == 403);
    REQUIRE(held.proposal != 0);
    CHECK(stage.last_hook == OMBUD_HOOK_EXPORT_RELEASE);
    CHECK(stage.make_export("78").proposal == held.proposal);
    CHECK_FALSE(stage.approvals->approve(held.proposal, "", anna));
    REQUIRE(stage.approvals->approve(held.proposal, "", ben));

    CHECK(stage.make_export("79", "6").decision == "held"); // of another recording
    CHECK(stage.make_export("79").passes());
    CHECK(stage.make_export("80").decision == "held");
    CHECK(stage.fetch("79").passes());
    CHECK(stage.field(OMBUD_KEY_RECORDINGS) == "5");
    CHECK(stage.fetch("79").passes());
    CHECK(stage.fetch("80").status == 403);
}

TEST_CASE("an approval holds across a restart, and not for ever", "[web_gate]") {
    Stage stage;
    stage.verdict = VerdictAction::defer;
    const auto first = stage.make_export("1").proposal;
    REQUIRE(stage.approvals->approve(first, "", ben));
    stage.start(true);
    stage.ledger.clock.advance_ns(14 * 60 * 1'000'000'000LL);
    CHECK(stage.make_export("1").passes());
    stage.start(true);
    CHECK(stage.make_export("2").decision == "held");
    CHECK(stage.fetch("1").passes());

    const auto second = stage.make_export("3").proposal;
    REQUIRE(stage.approvals->approve(second, "", ben));
    stage.ledger.clock.advance_ns(15 * 60 * 1'000'000'000LL);
    CHECK(stage.make_export("3").decision == "held");
    stage.ledger.clock.advance_ns(24 * 3600 * 1'000'000'000LL);
    CHECK(stage.fetch("1").status == 403);
}

TEST_CASE("of two at once an approval opens one", "[web_gate]") {
    Stage stage;
    stage.verdict = VerdictAction::defer;
    const auto held = stage.make_export("");
    REQUIRE(stage.approvals->approve(held.proposal, "", ben));
    auto releases = Releases::open(*stage.ledger, stage.ledger.clock);
    const Export wanted{"zm", "anna.vms", "export", "", "5", "1"};
    const auto grant = releases->find_grant(wanted);
    REQUIRE(grant);
    REQUIRE(*grant);
    CHECK(releases->use(wanted, *grant, true, {}));
    CHECK_FALSE(releases->use(wanted, *grant, true, {}));
    CHECK_FALSE(*releases->find_grant(wanted));
}

TEST_CASE("what leaves is entered with who approved it, and without that it does not leave", "[web_gate]") {
    Stage stage;
    CHECK(stage.make_export("1").passes());
    stage.verdict = VerdictAction::defer;
    const auto held = stage.make_export("2");
    REQUIRE(stage.approvals->approve(held.proposal, "for the police", ben));
    stage.cannot_enter = true;
    const Outcome full = stage.make_export("2");
    CHECK(full.status == 503);
    CHECK(full.rule == "EXP-6");
    stage.cannot_enter = false;
    CHECK(stage.make_export("2").passes()); // the approval was not used up by what did not leave
    CHECK(stage.fetch("2").passes());
    CHECK(stage.entered == std::vector<std::string>{"5 by : ", "5 by ben: for the police"});
    stage.verdict = VerdictAction::deny;
    CHECK_FALSE(stage.make_export("3").passes());
    CHECK(stage.entered.size() == 2);
}

TEST_CASE("an approval of an archive whose recordings are not known opens that archive, once", "[web_gate]") {
    Stage stage;
    stage.verdict = VerdictAction::defer;
    const auto held = stage.fetch("90");
    CHECK(held.decision == "held");
    REQUIRE(stage.approvals->approve(held.proposal, "", ben));
    CHECK(stage.fetch("91").decision == "held");
    CHECK(stage.fetch("90").passes());
    CHECK(stage.fetch("90").passes()); // a part of the same download
    CHECK(stage.entered == std::vector<std::string>{" by ben: "});
    stage.ledger.clock.advance_ns(Releases::fetch_within_ns);
    const auto later = stage.fetch("90");
    CHECK(later.decision == "held");
    REQUIRE(stage.approvals->approve(later.proposal, "", ben));
    CHECK(stage.fetch("90").passes());
    CHECK(stage.fetch("90").decision == "held"); // its id is of an earlier one
    CHECK(stage.entered.size() == 2);
}

TEST_CASE("who approved is overwritten once the approval is used or over", "[web_gate]") {
    Stage stage;
    stage.verdict = VerdictAction::defer;
    const auto approver_of = [&](std::int64_t proposal) {
        auto db = stage.ledger->open_for_reading();
        REQUIRE(db);
        auto select = db->prepare("SELECT approver FROM web_grant WHERE proposal = ?");
        REQUIRE(select);
        select->bind(1, proposal);
        REQUIRE(select->step().value_or(false));
        return std::string(select->text(0));
    };
    const auto first = stage.make_export("1").proposal;
    REQUIRE(stage.approvals->approve(first, "", ben));
    CHECK(approver_of(first) == "ben");
    CHECK(stage.make_export("1").passes());
    CHECK(approver_of(first).empty());
    const auto second = stage.make_export("2").proposal;
    REQUIRE(stage.approvals->approve(second, "", ben));
    stage.ledger.clock.advance_ns(15 * 60 * 1'000'000'000LL);
    REQUIRE(stage.approvals->approve(stage.make_export("3").proposal, "", ben));
    CHECK(approver_of(second).empty());
}

TEST_CASE("a key of an earlier export makes no second one, nor can others fetch it", "[web_gate]") {
    Stage stage;
    CHECK(stage.make_export("77").passes());
    CHECK(stage.make_export("77", "6").status == 403);
    CHECK(stage.field(OMBUD_KEY_STANDING) == "strange");
}

TEST_CASE("an account that the site names nobody of cannot be approved", "[web_gate]") {
    Stage stage;
    stage.verdict = VerdictAction::defer;
    stage.person.reset();
    const Outcome outcome = stage.make_export("77");
    CHECK(outcome.status == 403);
    CHECK(outcome.proposal == 0);
    CHECK_THAT(outcome.advice, Catch::Contains("vms-user"));
}

TEST_CASE("the gate speaks with the proxy over its socket", "[web_gate]") {
    Stage stage;
    const auto talk = [&](const std::string& fields, const std::string& target = "/v1/authorize") {
        boost::asio::io_context io;
        boost::asio::ip::tcp::socket socket(io);
        socket.connect({boost::asio::ip::make_address("127.0.0.1"), stage.gate->status().port});
        boost::asio::write(socket, boost::asio::buffer("GET " + target + " HTTP/1.1\r\nHost: cctv.example\r\n" + fields + "Connection: close\r\n\r\n"));
        boost::asio::streambuf answer;
        boost::system::error_code end;
        boost::asio::read(socket, answer, end);
        return std::string(static_cast<const char*>(answer.data().data()), answer.size());
    };
    const std::string told = "X-Original-URI: /zm/\r\nX-Original-Method: GET\r\nX-Real-IP: 192.0.2.7\r\n";

    CHECK_THAT(talk(told), Catch::StartsWith("HTTP/1.1 204"));
    const auto forwarded = talk(told + "X-Ombud-Forward: @vms\r\n");
    CHECK_THAT(forwarded, Catch::StartsWith("HTTP/1.1 200") && Catch::Contains("X-Accel-Redirect: @vms"));
    CHECK_THAT(forwarded, !Catch::Contains("Cache-Control") && !Catch::Contains("Content-Type"));
    CHECK_THAT(talk("X-Original-URI: /zm/\r\n"), Catch::StartsWith("HTTP/1.1 503"));
    CHECK_THAT(talk(told, "/v1/other"), Catch::StartsWith("HTTP/1.1 404"));

    stage.standing = Standing::lacking;
    stage.note = "<script>alert(1)</script>";
    const auto refused = talk(told + "Accept: text/html\r\nX-Ombud-Forward: @vms\r\n");
    CHECK_THAT(refused, Catch::StartsWith("HTTP/1.1 403") && Catch::Contains("X-Ombud-Rule: ACC-1") && Catch::Contains("text/html"));
    CHECK_THAT(refused, !Catch::Contains("X-Accel-Redirect") && !Catch::Contains("<script>alert(1)</script></p>"));
    CHECK_THAT(refused, Catch::Contains("&lt;script&gt;"));
}

} // namespace ombud::web
