#include <catch2/catch.hpp>

#include <ombud/vocabulary.h>

#include "gates/mail/session.hpp"
#include "mails.hpp"

using namespace ombud;
using namespace ombud::mail;
using namespace ombud::mail::testing;

namespace {

/// A gate without a mail server: answers as the test says and keeps what was asked.
struct Desk {
    Names names;
    FakeClock clock;
    std::vector<EventRef> asked;
    std::vector<std::string> log;
    Result<void> recorded; // of recipients, as it turns out later
    std::function<Result<Judgement>(const EventRef&)> answer = [](const EventRef&) { return Judgement{}; };
    std::shared_ptr<Judge> judge = std::make_shared<Judge>(
        [this](const EventRef& event) {
            asked.push_back(event);
            return answer(event);
        },
        [this](const EventRef& event) -> Result<Dispatcher::Ahead> {
            asked.push_back(event);
            auto judged = answer(event);
            if (!judged)
                return fail(judged.error());
            Dispatcher::Ahead ahead = Dispatcher::Ahead::of(std::move(*judged));
            std::promise<Result<void>> outcome;
            outcome.set_value(recorded);
            ahead.recorded = outcome.get_future().share();
            return ahead;
        },
        clock, names, [this](int, std::string_view line) { log.emplace_back(line); }, MessageLimits{});
    Session session{judge};

    void decide(Decision decision) {
        answer = [decision](const EventRef&) {
            Judgement judgement;
            judgement.merged = judgement.applied = decision;
            return judgement;
        };
    }
    std::string text(std::size_t index, std::string_view key) { return std::string(asked.at(index)->text(names.intern(key)).value_or("(none)")); }
    std::optional<std::int64_t> integer(std::size_t index, std::string_view key) { return asked.at(index)->integer(names.intern(key)); }

    void begin(Envelope envelope = {"cam@site.example", "127.0.0.1", "", "4A1"}) { session.begin(std::move(envelope)); }
    void pass(std::string_view mail) {
        const std::size_t body = mail.find("\r\n\r\n") + 4;
        for (std::size_t at = 0; at + 2 < body;) {
            const std::size_t end = mail.find("\r\n", at), colon = mail.find(':', at);
            session.header(mail.substr(at, colon - at), mail.substr(colon + 1, end - colon - 1));
            at = end + 2;
        }
        session.body(mail.substr(body));
    }
};

Decision decision(VerdictAction action, std::string rule = "MAIL-1", std::string reason = "not on the list", std::string advice = "") {
    Decision made;
    made.action = action;
    made.rule = std::move(rule);
    made.reason = std::move(reason);
    made.advice = std::move(advice);
    return made;
}

} // namespace

TEST_CASE("a recipient is asked about with all that is known before any content", "[mail]") {
    Desk desk;
    desk.begin({"cam@site.example", "192.0.2.7", "TLSv1.3", "4A1"});
    const Reply reply = desk.session.recipient({"Anna@Site.example", "smtp", "[relay.example]:587", "encrypt"});

    CHECK(reply.code == 0);
    CHECK(desk.text(0, OMBUD_KEY_STAGE) == "recipient");
    CHECK(desk.text(0, OMBUD_KEY_SENDER) == "cam@site.example");
    CHECK(desk.text(0, OMBUD_KEY_RECIPIENT) == "Anna@Site.example");
    CHECK(desk.text(0, OMBUD_KEY_NEXT_HOP) == "smtp:[relay.example]:587");
    CHECK(desk.text(0, OMBUD_KEY_QUEUE_ID) == "4A1");
    CHECK(desk.integer(0, OMBUD_KEY_TLS_IN) == 1);
    CHECK(desk.integer(0, OMBUD_KEY_TLS_OUT) == 1);
    for (const sdk::Field field : desk.asked[0]->read())
        CHECK(field.is_personal() == (desk.names.name(field.key()) == OMBUD_KEY_SENDER || desk.names.name(field.key()) == OMBUD_KEY_RECIPIENT));
}

TEST_CASE("TLS counts on each hop as the mail server tells it", "[mail]") {
    struct Row { const char* behaviour; Envelope envelope; Recipient recipient; int in; std::optional<int> out; };
    const Row rows[] = {
        {"plain text from elsewhere", {"", "192.0.2.7", "", ""}, {"a@b", "smtp", "b", "may"}, 0, 0},
        {"from this machine", {"", "127.0.0.1", "", ""}, {"a@b", "smtp", "b", "dane"}, 1, 0},
        {"from this machine by IPv6", {"", "IPv6:::1", "", ""}, {"a@b", "smtp", "b", "verify"}, 1, 1},
        {"a name that begins like a number", {"", "127.evil.example", "", ""}, {"a@b", "smtp", "127.evil.example", ""}, 0, {}},
        {"to this machine", {"", "192.0.2.7", "TLSv1.2", ""}, {"a@b", "smtp", "[127.0.0.1]:2525", ""}, 1, 1},
        {"delivered here", {"", "", "", ""}, {"a@b", "local", "b", ""}, 0, 1},
        {"nothing told", {"", "", "", ""}, {"a@b", "smtp", "b", ""}, 0, {}},
    };
    for (const Row& row : rows)
        DYNAMIC_SECTION(row.behaviour) {
            CHECK(is_protected_in(row.envelope) == (row.in == 1));
            const auto out = is_protected_out(row.recipient);
            CHECK(out.has_value() == row.out.has_value());
            CHECK(out.value_or(false) == (row.out.value_or(0) == 1));
        }
}

TEST_CASE("a refused recipient gets reason, requirement and advice; the others go on", "[mail]") {
    Desk desk;
    desk.begin();
    desk.decide(decision(VerdictAction::deny, "MAIL-2", "not on the list of recipients", "did you mean anna@site.example?"));
    const Reply refused = desk.session.recipient({"ana@site.example", "smtp", "site.example", ""});
    desk.decide(decision(VerdictAction::allow));
    const Reply allowed = desk.session.recipient({"bob@site.example", "smtp", "site.example", ""});
    desk.pass(single("", "x\r\n"));
    desk.session.end("4A1");

    CHECK(refused.code == 550);
    CHECK(refused.enhanced == "5.7.1");
    CHECK(refused.text == "MAIL-2: not on the list of recipients; did you mean anna@site.example?");
    CHECK(allowed.code == 0);
    CHECK(desk.text(2, OMBUD_KEY_RECIPIENTS) == "bob@site.example");
    CHECK(desk.judge->counts.recipients_refused == 1);
}

TEST_CASE("mail of this machine's own programs is refused as a whole for one bad recipient", "[mail]") {
    Desk desk;
    desk.begin();
    CHECK(desk.session.recipient({"anna@site.example", "", "", "encrypt"}).code == 0);
    desk.decide(decision(VerdictAction::deny));
    CHECK(desk.session.recipient({"stranger@far.example", "", "", "encrypt"}).code == 0);
    desk.decide(decision(VerdictAction::allow));
    desk.pass(single("", "x\r\n"));
    const Ending ending = desk.session.end("4A1");
    CHECK(ending.reply.code == 550);
    CHECK(ending.reply.text == "MAIL-1: not on the list");
    CHECK(desk.asked.size() == 2);

    desk.begin();
    desk.pass(single("", "x\r\n"));
    CHECK(desk.session.end("4A2").reply.code == 0);
}

TEST_CASE("a reply is one line of printable ASCII whatever a module says", "[mail]") {
    CHECK(smtp_text("a\r\n250 ok\tb\x7f") == "a??250 ok?b?");
    CHECK(smtp_text("für Ä") == "f?r ?");
    CHECK(smtp_text(std::string(5000, 'x')).size() == 400);
}

TEST_CASE("a mail is held when the judgement of one of its recipients was not recorded after all", "[mail]") {
    Desk desk;
    desk.begin();
    CHECK(desk.session.recipient({"anna@site.example", "smtp", "", ""}).code == 0);
    desk.recorded = fail(ErrorCode::unavailable, "the disk is full");
    CHECK(desk.session.recipient({"ben@site.example", "smtp", "", ""}).code == 0);

    desk.pass("Subject: alarm\r\n\r\nMotion\r\n");
    const Ending ending = desk.session.end("4A1");

    CHECK(ending.reply.code == 451);
    CHECK_FALSE(ending.body);
    REQUIRE(desk.log.size() == 1);
    CHECK_THAT(desk.log[0], Catch::Contains("the disk is full"));
}

TEST_CASE("a refusal that was not recorded is no refusal: the recipient is held", "[mail]") {
    Desk desk;
    desk.decide(decision(VerdictAction::deny));
    desk.recorded = fail(ErrorCode::unavailable, "the disk is full");
    desk.begin();

    CHECK(desk.session.recipient({"anna@site.example", "smtp", "", ""}).code == 451);
}

TEST_CASE("a mail that cannot be judged is held by its sender", "[mail]") {
    Desk desk;
    desk.begin();
    SECTION("nothing answers") {
        desk.answer = [](const EventRef&) -> Result<Judgement> { return fail(ErrorCode::unavailable, "the ledger is full"); };
        CHECK(desk.session.recipient({"a@b", "smtp", "site.example", ""}).code == 451);
        CHECK_THAT(desk.log.at(0), Catch::Contains("the ledger is full"));
    }
    SECTION("a module failed") {
        Decision fault = decision(VerdictAction::deny);
        fault.by_fault = true;
        desk.decide(fault);
        CHECK(desk.session.recipient({"a@b", "smtp", "site.example", ""}).code == 451);
    }
    SECTION("a module defers") {
        desk.decide(decision(VerdictAction::defer));
        CHECK(desk.session.recipient({"a@b", "smtp", "site.example", ""}).code == 451);
    }
    SECTION("a recipient cannot be transformed") {
        Decision changed = decision(VerdictAction::transform);
        changed.parts = {1};
        desk.decide(changed);
        CHECK(desk.session.recipient({"a@b", "smtp", "site.example", ""}).code == 451);
    }
    SECTION("the gate is closed") {
        desk.judge->close();
        CHECK(desk.session.recipient({"a@b", "smtp", "site.example", ""}).code == 451);
        CHECK(desk.session.end("").reply.code == 451);
        CHECK(desk.asked.empty());
    }
}

TEST_CASE("what monitor would have done changes nothing", "[mail]") {
    Desk desk;
    desk.answer = [](const EventRef&) {
        Judgement judgement;
        judgement.merged = decision(VerdictAction::deny);
        return judgement;
    };
    desk.begin();
    CHECK(desk.session.recipient({"a@b", "smtp", "site.example", ""}).code == 0);
    desk.pass(mixed({file_part("image/png", png)}));
    const Ending ending = desk.session.end("4A1");
    CHECK(ending.reply.code == 0);
    CHECK_FALSE(ending.body);
    CHECK(ending.headers.empty());
}

TEST_CASE("a whole mail is asked about with its parts and all its recipients", "[mail]") {
    Desk desk;
    desk.begin();
    desk.session.recipient({"a@site.example", "smtp", "site.example", ""});
    desk.session.recipient({"b@site.example", "smtp", "site.example", ""});
    desk.pass(mixed({text_part(), file_part("image/png", png)}));
    desk.session.end("4A1");

    CHECK(desk.text(2, OMBUD_KEY_STAGE) == "message");
    CHECK(desk.text(2, OMBUD_KEY_RECIPIENTS) == "a@site.example\nb@site.example");
    CHECK(desk.text(2, OMBUD_KEY_HEADER_RECIPIENTS) == "anna@site.example");
    CHECK(desk.text(2, OMBUD_KEY_PARTS) == "1:text/plain 2:picture/png");
}

TEST_CASE("a refused mail gets a 550 as a whole", "[mail]") {
    Desk desk;
    desk.begin();
    desk.session.recipient({"a@site.example", "smtp", "site.example", ""});
    desk.decide(decision(VerdictAction::deny, "MAIL-5", "it holds a picture"));
    desk.pass(mixed({file_part("image/png", png)}));
    const Ending ending = desk.session.end("4A1");
    CHECK(ending.reply.code == 550);
    CHECK(ending.reply.text == "MAIL-5: it holds a picture");
}

TEST_CASE("a changed mail gets a new body and the date by which it is to be deleted", "[mail]") {
    Desk desk;
    desk.begin();
    desk.session.recipient({"a@site.example", "smtp", "site.example", ""});
    Decision changed = decision(VerdictAction::transform, "MAIL-5", "pictures stay here");
    changed.parts = {2};
    changed.fields = {{desk.names.intern(OMBUD_KEY_DELETE_BY), "Sun, 29 Nov 2026 09:00:00 +0000"}};
    desk.decide(changed);
    std::string mail = mixed({text_part(), file_part("image/png", png)});
    mail.insert(0, "Expires: never\r\nExpires: soon\r\n");
    desk.pass(mail);
    const Ending ending = desk.session.end("4A1");

    REQUIRE(ending.body);
    CHECK_THAT(*ending.body, Catch::Contains("pictures stay here (MAIL-5)"));
    REQUIRE(ending.headers.size() == 3);
    CHECK((ending.headers[0].name == "Expires" && ending.headers[0].index == 2 && !ending.headers[0].value));
    CHECK((ending.headers[1].index == 1 && !ending.headers[1].value));
    CHECK((ending.headers[2].index == 0 && ending.headers[2].value == "Sun, 29 Nov 2026 09:00:00 +0000"));
    CHECK(desk.judge->counts.mails_changed == 1);
}

TEST_CASE("a change that cannot be carried out holds the mail", "[mail]") {
    Desk desk;
    Decision changed = decision(VerdictAction::transform);
    SECTION("a part that is not there") { changed.parts = {7}; }
    SECTION("a field without a header") { changed.fields = {{desk.names.intern("colour"), "red"}}; }
    SECTION("a header that would be two") { changed.fields = {{desk.names.intern(OMBUD_KEY_DELETE_BY), "x\r\nBcc: y"}}; }
    desk.begin();
    desk.session.recipient({"a@site.example", "smtp", "site.example", ""});
    desk.decide(changed);
    desk.pass(mixed({text_part()}));
    const Ending ending = desk.session.end("4A1");
    CHECK(ending.reply.code == 451);
    CHECK_FALSE(ending.body);
    CHECK_THAT(desk.log.at(0), Catch::Contains("cannot be changed"));
}

TEST_CASE("recipients beyond what one question can hold are sent separately", "[mail]") {
    Desk desk;
    desk.begin();
    const std::string address(250, 'a');
    int accepted = 0;
    while (desk.session.recipient({address, "smtp", "site.example", ""}).code == 0)
        ++accepted;
    CHECK(accepted > 100);
    CHECK(desk.session.recipient({address, "smtp", "site.example", ""}).code == 452);
    desk.pass(single("", "x\r\n"));
    CHECK(desk.session.end("4A1").reply.code == 0);
}

TEST_CASE("an aborted mail leaves nothing to the next one", "[mail]") {
    Desk desk;
    desk.begin();
    desk.session.recipient({"first@site.example", "smtp", "site.example", ""});
    desk.pass(mixed({file_part("image/png", png)}));
    desk.session.abort();
    desk.begin();
    desk.session.recipient({"second@site.example", "smtp", "site.example", ""});
    desk.pass(single("", "x\r\n"));
    desk.session.end("4A2");
    CHECK(desk.text(2, OMBUD_KEY_RECIPIENTS) == "second@site.example");
    CHECK(desk.text(2, OMBUD_KEY_PARTS) == "1:text/plain");
}

TEST_CASE("an address that is no UTF-8 can be asked about", "[mail]") {
    Desk desk;
    desk.begin();
    CHECK(desk.session.recipient({"a\xff@site.example", "smtp", "site.example", ""}).code == 0);
    CHECK(desk.text(0, OMBUD_KEY_RECIPIENT) == "a\\xff@site.example");
}
