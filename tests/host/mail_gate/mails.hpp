#pragma once
// Mails as a mail server passes them on, and files to put into them.

#include <string>
#include <string_view>
#include <vector>

#include "gates/mail/message.hpp"

namespace ombud::mail::testing {

/// The smallest files that are what they say.
inline const std::string png("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\10\2\0\0\0\x90wS\xde\0\0\0\0IEND\xae\x42\x60\x82", 45);
inline const std::string jpeg("\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0\xff\xdb\0\x43\0\1\2\3\4\5\6\7\xff\xd9", 34);

inline std::string base64(std::string_view bytes) {
    constexpr char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string text;
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        const auto byte = [&](std::size_t at) { return at < bytes.size() ? static_cast<unsigned char>(bytes[at]) : 0U; };
        const unsigned group = byte(i) << 16 | byte(i + 1) << 8 | byte(i + 2);
        for (unsigned j = 0; j < 4; ++j)
            text += i + j > bytes.size() ? '=' : digits[group >> (18 - 6 * j) & 63];
        if (i % 57 == 54)
            text += "\r\n";
    }
    return text;
}

/// The text with every "\n" as "\r\n".
inline std::string crlf(std::string_view text) {
    std::string out;
    for (const char c : text)
        out.append(c == '\n' ? "\r\n" : std::string(1, c));
    return out;
}

/// Splits a whole mail into what the mail server tells: headers one by one, then the body in pieces.
inline Incoming incoming(std::string_view mail, const MessageLimits& limits = {}, std::size_t piece = 1000) {
    Incoming in(limits);
    std::size_t at = 0;
    while (at < mail.size() && mail.substr(at, 2) != "\r\n") {
        std::size_t end = mail.find("\r\n", at);
        while (end + 2 < mail.size() && (mail[end + 2] == ' ' || mail[end + 2] == '\t'))
            end = mail.find("\r\n", end + 2);
        const std::string_view line = mail.substr(at, end - at);
        std::string value(line.substr(line.find(':') + 1));
        for (std::size_t cr = 0; (cr = value.find("\r\n", cr)) != std::string::npos;)
            value.erase(cr, 1); // folded values come with a bare LF
        in.header(line.substr(0, line.find(':')), value);
        at = end + 2;
    }
    for (at += 2; at < mail.size(); at += piece)
        in.body(mail.substr(at, piece));
    return in;
}

inline Message message(std::string_view mail, const MessageLimits& limits = {}) { return *Message::read(incoming(mail, limits)); }

/// The parts of a mail, as its question tells them.
inline std::string parts_of(std::string_view mail, const MessageLimits& limits = {}) { return to_string(message(mail, limits).parts()); }

/// A mail of one part.
inline std::string single(std::string_view headers, std::string_view body) {
    return crlf("From: cam@site.example\nTo: anna@site.example\nSubject: alarm\nMIME-Version: 1.0\n") + crlf(headers) + "\r\n" + std::string(body);
}

/// A multipart/mixed mail of whole parts (headers, empty line, body), with CRLF.
inline std::string mixed(const std::vector<std::string>& parts, std::string_view type = "multipart/mixed") {
    std::string body;
    for (const std::string& part : parts)
        body += "--frontier\r\n" + part + "\r\n";
    return single("Content-Type: " + std::string(type) + "; boundary=\"frontier\"\n", body + "--frontier--\r\n");
}

inline std::string text_part(std::string_view text = "Motion at the gate.\r\n") { return "Content-Type: text/plain\r\n\r\n" + std::string(text); }
inline std::string file_part(std::string_view type, std::string_view bytes) {
    return "Content-Type: " + std::string(type) + "\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename=\"x.bin\"\r\n\r\n" +
           base64(bytes) + "\r\n";
}

} // namespace ombud::mail::testing
