#include <catch2/catch.hpp>

#include "mails.hpp"

using namespace ombud::mail;
using namespace ombud::mail::testing;

TEST_CASE("a mail of words alone is one part of text", "[mail]") {
    CHECK(parts_of(single("Content-Type: text/plain\n", "Motion at the gate.\r\n")) == "1:text/plain");
    CHECK(parts_of(single("", "No MIME at all.\r\n")) == "1:text/plain");
    CHECK(parts_of(single("", "")) == "1:text/empty");
}

TEST_CASE("parts are numbered outermost first, and containers have no number", "[mail]") {
    const std::string inner = "Content-Type: multipart/related; boundary=\"in\"\r\n\r\n--in\r\nContent-Type: text/html\r\n\r\n<html><p>Motion</p></html>\r\n--in\r\n" +
                              file_part("image/jpeg", jpeg) + "--in--\r\n";
    CHECK(parts_of(mixed({text_part(), inner, file_part("image/png", png)})) == "1:text/plain 2:text/html 3:picture/jpeg 4:picture/png");
}

TEST_CASE("what a part holds is told from its bytes, whatever it is called", "[mail]") {
    CHECK(parts_of(mixed({file_part("text/plain", png)})) == "1:picture/png");
    CHECK(parts_of(mixed({file_part("application/pdf", jpeg)})) == "1:picture/jpeg");
    CHECK(parts_of(mixed({file_part("image/png", "only words in here\r\n")})) == "1:text/plain");
}

TEST_CASE("a mail within a mail is looked into", "[mail]") {
    const std::string inner = mixed({text_part(), file_part("image/png", png)});
    std::string outer = "Content-Type: message/rfc822\r\n\r\n" + inner;
    for (std::size_t at = 0; (at = outer.find("frontier", at)) != std::string::npos; at += 6)
        outer.replace(at, 8, "within");
    CHECK(parts_of(mixed({text_part(), outer})) == "1:text/plain 2:text/plain 3:picture/png");
}

TEST_CASE("what cannot be inspected is opaque and says why", "[mail]") {
    struct Row { const char* behaviour; std::string part; const char* parts; };
    const std::vector<Row> rows = {
        {"message/partial", "Content-Type: message/partial; id=\"x\"; number=1; total=2\r\n\r\nhalf of it\r\n", "1:opaque/partial"},
        {"message/external-body", "Content-Type: message/external-body; access-type=URL; url=\"http://x.example/p\"\r\n\r\nContent-Type: image/png\r\n\r\n",
         "1:opaque/external-body"},
        {"S/MIME", file_part("application/pkcs7-mime; smime-type=enveloped-data", "0\x82\x01"), "1:opaque/pkcs7-mime"},
        {"TNEF", file_part("application/ms-tnef", "\x78\x9f\x3e\x22 more"), "1:opaque/tnef"},
        {"TNEF under another name", file_part("application/octet-stream", "\x78\x9f\x3e\x22 more"), "1:opaque/tnef"},
        {"an unknown transfer encoding", "Content-Type: text/plain\r\nContent-Transfer-Encoding: x-rot13\r\n\r\nZbgvba\r\n", "1:opaque/encoding"},
        {"a charset in which ASCII means something else", "Content-Type: text/html; charset=utf-7\r\n\r\n+ADw-img src+AD0-x+AD4-\r\n", "1:opaque/charset"},
        {"an encoded container", "Content-Type: multipart/mixed; boundary=b\r\nContent-Transfer-Encoding: base64\r\n\r\n--b\r\n\r\nx\r\n--b--\r\n",
         "1:opaque/encoding"},
    };
    for (const Row& row : rows)
        DYNAMIC_SECTION(row.behaviour) { CHECK(parts_of(mixed({row.part})) == row.parts); }
}

TEST_CASE("multipart/encrypted is opaque as a whole", "[mail]") {
    const std::string mail = mixed({"Content-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n", file_part("application/octet-stream", "x")},
                                   "multipart/encrypted; protocol=\"application/pgp-encrypted\"");
    CHECK(parts_of(mail) == "1:opaque/encrypted");
}

TEST_CASE("a mail that can be read in two ways is one opaque part", "[mail]") {
    struct Row { const char* behaviour; std::string mail; const char* parts; };
    const std::vector<Row> rows = {
        {"two Content-Types", single("Content-Type: text/plain\nContent-Type: multipart/mixed; boundary=b\n", "--b\r\n\r\nx\r\n--b--\r\n"),
         "1:opaque/ambiguous"},
        {"two boundaries", single("Content-Type: multipart/mixed; boundary=a; boundary=b\n", "--a\r\n\r\nx\r\n--a--\r\n--b\r\n\r\ny\r\n--b--\r\n"),
         "1:opaque/ambiguous"},
        {"a multipart without a boundary", single("Content-Type: multipart/mixed\n", "--b\r\n\r\nx\r\n--b--\r\n"), "1:opaque/ambiguous"},
        {"a multipart without an end", single("Content-Type: multipart/mixed; boundary=b\n", "--b\r\n\r\nx\r\n"), "1:opaque/ambiguous"},
        {"a bare LF", single("Content-Type: text/plain\n", "one\ntwo\r\n"), "1:opaque/stray-line-ending"},
        {"a bare CR", single("Content-Type: text/plain\n", "one\rtwo\r\n"), "1:opaque/stray-line-ending"},
        {"a CR at the end", single("Content-Type: text/plain\n", "one\r"), "1:opaque/ambiguous"},
        {"a bare CR in a header", single("X-Trick: a\rContent-Type: text/html\n", "one\r\n"), "1:opaque/stray-line-ending"},
        {"a NUL", single("Content-Type: text/plain\n", std::string("one\0two\r\n", 9)), "1:opaque/stray-line-ending"},
    };
    for (const Row& row : rows)
        DYNAMIC_SECTION(row.behaviour) { CHECK(parts_of(row.mail) == row.parts); }
}

TEST_CASE("a file that hides before the first part makes the container opaque", "[mail]") {
    std::string mail = mixed({text_part()});
    mail.insert(mail.find("--frontier"), "begin 644 face.jpg\r\nM_]C_X``02D9)1@`!`0```0`!``#_VP!#``$\r\nend\r\n");
    CHECK(parts_of(mail) == "1:opaque/between-parts");
}

TEST_CASE("what is too large, too deep or too many is opaque", "[mail]") {
    MessageLimits limits;
    limits.bytes_max = 4000;
    CHECK(parts_of(single("", std::string(5000, 'a') + "\r\n"), limits) == "1:opaque/too-large");
    limits = {};
    limits.parts_max = 2;
    CHECK(parts_of(mixed({text_part(), text_part(), text_part()}), limits) == "1:opaque/too-many-parts");

    std::string deep = text_part();
    for (int i = 0; i < 25; ++i) {
        const std::string boundary = "b" + std::to_string(i);
        deep = "Content-Type: multipart/mixed; boundary=" + boundary + "\r\n\r\n--" + boundary + "\r\n" + deep + "\r\n--" + boundary + "--\r\n";
    }
    CHECK(parts_of(mixed({deep})) == "1:opaque/too-deep");
}

TEST_CASE("a mail beyond what memory keeps is looked into from its file", "[mail]") {
    std::string words;
    while (words.size() < 3 * 1024 * 1024)
        words += "Motion at the gate, nothing else to be seen.\r\n";
    CHECK(parts_of(mixed({text_part(words), file_part("image/png", png)})) == "1:text/plain 2:picture/png");
}

TEST_CASE("addresses of To, Cc and Bcc are told, groups and encoded names included", "[mail]") {
    const std::string mail = crlf("To: Anna <anna@site.example>, guards: g1@site.example, g2@site.example;\nCc: =?utf-8?q?B=C3=B6b?= <bob@other.example>\n"
                                  "Bcc: hidden@far.example\n") +
                             "\r\nx\r\n";
    auto found = message(mail).header_recipients(100);
    std::sort(found.begin(), found.end());
    CHECK(found == std::vector<std::string>{"anna@site.example", "bob@other.example", "g1@site.example", "g2@site.example", "hidden@far.example"});
    CHECK(message(mail).header_recipients(2).size() == 2);
}
