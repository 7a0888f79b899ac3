#include <catch2/catch.hpp>

#include "list_of_tests.hpp"

using namespace ombud::email_whitelist;
using namespace ombud::email_whitelist::testing;

TEST_CASE("words reach everybody, pictures those who are cleared", "[whitelist]") {
    Desk desk;
    CHECK(desk.message({"anna@site.example"}, "1:text/plain 2:text/html").kind == Kind::allow);
    CHECK(desk.message({"guard@site.example"}, "1:text/plain 2:picture/jpeg 3:opaque/encrypted").kind == Kind::allow);

    const Answer answer = desk.message({"guard@site.example", "anna@site.example"}, "1:text/plain 2:picture/jpeg 3:text/plain 4:opaque/tnef");
    CHECK(answer.kind == Kind::transform);
    CHECK(answer.rule == "MAIL-5");
    CHECK(answer.parts == std::vector<uint32_t>{2, 4});
}

TEST_CASE("whatever is no text needs clearance", "[whitelist]") {
    Desk desk;
    for (const char* kind : {"picture", "video", "sound", "document", "archive", "opaque", "other", "something-new"})
        CHECK(desk.message({"anna@site.example"}, "1:" + std::string(kind) + "/x").parts == std::vector<uint32_t>{1});
}

TEST_CASE("a mail with pictures is refused where the site says so", "[whitelist]") {
    Desk desk;
    desk.settings.refuse_attachments = true;
    CHECK(desk.message({"anna@site.example"}, "1:picture/png").kind == Kind::deny);
    CHECK(desk.message({"anna@site.example"}, "1:text/plain").kind == Kind::allow);
}

TEST_CASE("a recipient who is not on the list, or no longer, is not cleared", "[whitelist]") {
    Desk desk;
    CHECK(desk.message({"guard@site.example", "stranger@far.example"}, "1:picture/png").kind == Kind::transform);
    CHECK(desk.message({}, "1:picture/png").kind == Kind::transform);
    auto all = records();
    all[1].until_utc_ns = now_ns;
    desk.list = Whitelist(all, desk.settings.free_mail);
    CHECK(desk.message({"guard@site.example"}, "1:picture/png").kind == Kind::transform);
}

TEST_CASE("a list of parts that cannot be read lets nothing through", "[whitelist]") {
    Desk desk;
    for (const char* parts : {"?", "1text/plain", "x:text/plain", "1:text", ":text/plain", "9999999999:text/plain"})
        CHECK(desk.message({"anna@site.example"}, parts).kind == Kind::defer);
}

TEST_CASE("each mail carries the date by which it is to be deleted", "[whitelist]") {
    Desk desk;
    desk.settings.retention_ns = 7 * 24 * hour_ns;
    const Answer words = desk.message({"anna@site.example"}, "1:text/plain");
    CHECK(words.kind == Kind::transform);
    CHECK(words.rule == "MAIL-7");
    CHECK(words.delete_by == "Sun, 22 Jun 2025 15:06:40 +0000");
    CHECK(words.parts.empty());

    const Answer picture = desk.message({"anna@site.example"}, "1:text/plain 2:picture/png");
    CHECK(picture.rule == "MAIL-5");
    CHECK(picture.delete_by == words.delete_by);
    CHECK(picture.parts == std::vector<uint32_t>{2});
}
