#include <catch2/catch.hpp>

#include "mails.hpp"

using namespace ombud;
using namespace ombud::mail;
using namespace ombud::mail::testing;

namespace {

const std::string why = "no recipient may get pictures (MAIL-5)";

/// The mail as a server would pass it on after the change, to be looked at again.
std::string rewritten(const std::string& mail, const std::vector<std::uint32_t>& numbers) {
    Message read = message(mail);
    const auto done = read.without(numbers, why);
    REQUIRE(done);
    std::string whole;
    for (const Header& header : read.headers())
        if (!done->new_content || header.name.substr(0, 8) != "Content-")
            whole += header.name + ":" + header.value + "\r\n";
    for (const Header& header : done->content)
        whole += header.name + ": " + header.value + "\r\n";
    return whole + "\r\n" + done->body;
}

} // namespace

TEST_CASE("a removed picture leaves a note, and the rest stays", "[mail]") {
    const std::string mail = mixed({text_part("Motion at the gate.\r\n"), file_part("image/png", png)});
    const std::string after = rewritten(mail, {2});

    CHECK(parts_of(after) == "1:text/plain 2:text/plain");
    CHECK_THAT(after, Catch::Contains("Motion at the gate.\r\n"));
    CHECK_THAT(after, Catch::Contains("part 2 of this mail, picture/png") && Catch::Contains(why));
    CHECK_THAT(after, !Catch::Contains("x.bin") && !Catch::Contains(base64(png).substr(0, 20)));
}

TEST_CASE("a mail that is a picture becomes a note with headers of its own", "[mail]") {
    const std::string mail = single("Content-Type: image/jpeg; name=\"face.jpg\"\nContent-Transfer-Encoding: base64\nContent-ID: <1@x>\n", base64(jpeg) + "\r\n");
    const std::string after = rewritten(mail, {1});

    CHECK(parts_of(after) == "1:text/plain");
    CHECK_THAT(after, Catch::Contains("Content-Type: text/plain") && !Catch::Contains("face.jpg") && !Catch::Contains("Content-ID"));
}

TEST_CASE("HTML loses its embedded picture and keeps its words", "[mail]") {
    const std::string html = "<html><p>Motion at the g\xc3\xa4te</p><img src=\"data:image/png;base64," + base64(png) + "\"><p>end</p>\r\n";
    const std::string mail = single("Content-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: 8bit\n", html);
    REQUIRE(parts_of(mail) == "1:picture/html");
    const std::string after = rewritten(mail, {1});

    CHECK(parts_of(after) == "1:text/html");
    CHECK_THAT(after, Catch::Contains("Motion at the g=C3=A4te") && Catch::Contains("<p>end</p>") && Catch::Contains("quoted-printable"));
}

TEST_CASE("what is cut out of a text leaves no picture that was a text all along", "[mail]") {
    const std::string mail = single("Content-Type: text/html\n", "/* XPM<p>x</p><img src=\"data:image/png;base64," + base64(png) + "\">\r\n");
    REQUIRE(parts_of(mail).find("1:picture") == 0);
    const std::string after = rewritten(mail, {1});

    CHECK(parts_of(after) == "1:text/plain");
    CHECK_THAT(after, !Catch::Contains("XPM"));
}

TEST_CASE("a mail that was changed has no stray line ending, whatever it was made of", "[mail]") {
    // Where the last boundary has no line end, the parser takes the CR before it for the part's own.
    const std::string mail = single("Content-Type: multipart/alternative; boundary=a\n",
                                    "--a\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64(png) + "\r\n--a\r\n\r\nx\r\n--a--");
    REQUIRE(parts_of(mail) == "1:picture/png 2:text/plain");
    const std::string after = rewritten(mail, {1});

    CHECK(parts_of(after) == "1:text/plain 2:text/plain");
    CHECK_THAT(after, !Catch::Contains("\r\r"));
}

TEST_CASE("what is cut out of a text leaves no boundary behind", "[mail]") {
    // Without its picture the line would be the boundary, and what follows a part.
    const std::string inner = "Content-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64(png) + "\r\n";
    const std::string cut = "words\r\n--frontierdata:image/png;base64," + base64(png).substr(0, 60) + "\r\n" + inner;
    // Wrapped as quoted-printable, the line would be.
    const std::string wrapped = "<img src=\"data:image/png;base64,AAAA\">\r\n" + std::string(75, 'x') + "--frontier\r\n" + inner;
    for (const std::string& text : {cut, wrapped}) {
        const std::string mail = mixed({"Content-Type: text/html\r\nContent-Transfer-Encoding: 7bit\r\n\r\n" + text});
        const std::string found = parts_of(mail);
        REQUIRE(found.find("1:picture") == 0);
        const std::string after = rewritten(mail, {1});

        INFO(after);
        CHECK(parts_of(after).find("2:") == std::string::npos);
        CHECK(parts_of(after).find("ambiguous") == std::string::npos);
    }
}

TEST_CASE("a part of a mail within the mail is removed there", "[mail]") {
    std::string inner = mixed({text_part(), file_part("image/png", png)});
    for (std::size_t at = 0; (at = inner.find("frontier", at)) != std::string::npos; at += 6)
        inner.replace(at, 8, "within");
    const std::string mail = mixed({text_part(), "Content-Type: message/rfc822\r\n\r\n" + inner});
    const std::string after = rewritten(mail, {3});

    CHECK(parts_of(after) == "1:text/plain 2:text/plain 3:text/plain");
    CHECK_THAT(after, Catch::Contains("Subject: alarm"));
}

TEST_CASE("a picture that is a mail within the mail is removed there", "[mail]") {
    const std::string inner = "Content-Type: message/rfc822\r\n\r\n" + single("Content-Type: image/png\nContent-Transfer-Encoding: base64\n", base64(png) + "\r\n");
    const std::string after = rewritten(mixed({text_part(), inner}), {2});
    CHECK(parts_of(after) == "1:text/plain 2:text/plain");
}

TEST_CASE("an opaque mail becomes a note as a whole", "[mail]") {
    struct Row { const char* behaviour; std::string mail; };
    MessageLimits limits;
    for (const Row& row : {Row{"stray line endings", single("Content-Type: text/plain\nContent-Type: text/html\n", "one\ntwo\r\n")},
                           Row{"two boundaries", single("Content-Type: multipart/mixed; boundary=a; boundary=b\n", "--a\r\n\r\nx\r\n--a--\r\n")}})
        DYNAMIC_SECTION(row.behaviour) {
            const std::string after = rewritten(row.mail, {1});
            CHECK(parts_of(after) == "1:text/plain");
            CHECK_THAT(after, Catch::Contains("opaque/"));
        }
}

TEST_CASE("every line of a new body ends in CRLF", "[mail]") {
    const std::string mail = mixed({"Content-Type: text/plain\r\nContent-Transfer-Encoding: 8bit\r\n\r\nbody\r\n", file_part("image/png", png)});
    Message read = message(mail);
    const auto done = read.without(std::vector<std::uint32_t>{2}, why);
    REQUIRE(done);
    for (std::size_t i = 0; i < done->body.size(); ++i)
        if ((done->body[i] == '\n') != (i > 0 && done->body[i - 1] == '\r'))
            FAIL("a bare line ending at byte " << i);
    CHECK_THAT(done->body, Catch::EndsWith("\r\n"));
}

TEST_CASE("parts that are not touched stay byte for byte", "[mail]") {
    const std::string odd = "Content-Type: text/plain;\r\n\tcharset=\"iso-8859-1\"\r\nX-Odd:   two  blanks \r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nT=F6r =\r\nsoft\r\n";
    CHECK_THAT(rewritten(mixed({odd, file_part("image/png", png)}), {2}), Catch::Contains(odd));
}

TEST_CASE("a number that the mail does not have is an error", "[mail]") {
    Message read = message(mixed({text_part()}));
    const auto done = read.without(std::vector<std::uint32_t>{2}, why);
    REQUIRE_FALSE(done);
    CHECK(done.error().code == ErrorCode::invalid_input);
    CHECK_THAT(done.error().message, Catch::Contains("part 2") && Catch::Contains("has 1"));
}
