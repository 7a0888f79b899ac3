#include "gates/mail/text_scan.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace ombud::mail {
namespace {

constexpr std::size_t line_bytes_kept = 4096;
constexpr std::size_t line_overlap = 64; // so that nothing hides across the end of what is kept

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

enum : std::uint8_t { control = 1, blank = 2, coding = 4 };

// What each byte is, once: every byte of every text passes here.
constexpr std::array<std::uint8_t, 256> make_kinds() {
    std::array<std::uint8_t, 256> kinds{};
    for (std::size_t i = 0; i < 256; ++i) {
        const char c = static_cast<char>(i);
        if (i < 0x20 || i == 0x7f)
            kinds[i] = c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\x1b' ? blank : control; // ESC: ISO-2022-JP
        else if (c == ' ' || c == '<' || c == '>' || i >= 0x80)
            kinds[i] = blank;
        else if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '+' || c == '/' || c == '=' ||
                 c == '_' || c == '-' || c == '%')
            kinds[i] = coding;
    }
    return kinds;
}
constexpr auto kinds = make_kinds();

std::size_t find_data_uri(std::string_view lowered, std::size_t from) {
    for (std::size_t at = from; (at = lowered.find("data:", at)) != std::string_view::npos; at += 5) {
        // In words: "data: a, b" is prose; a URI names a type, or says at once that base64 follows.
        const std::string_view rest = lowered.substr(at + 5, 64);
        for (const std::string_view begin : {"image/", "video/", "audio/", "application/", "text/", "font/", "model/", ";", ","})
            if (rest.starts_with(begin))
                return at;
    }
    return std::string_view::npos;
}

bool is_uuencode_head(std::string_view line) { // "begin 644 NAME", "begin-base64 644 NAME"
    for (const std::string_view word : {"begin ", "begin-base64 "})
        if (line.starts_with(word)) {
            const std::string_view rest = line.substr(word.size());
            const std::size_t digits = std::min(rest.find_first_not_of("01234567"), rest.size());
            return digits >= 3 && digits <= 6 && digits + 1 < rest.size() && rest[digits] == ' ';
        }
    return false;
}

} // namespace

std::string_view to_string(Cargo cargo) {
    switch (cargo) {
    case Cargo::none: return "plain";
    case Cargo::binary: return "binary";
    case Cargo::uuencode: return "uuencode";
    case Cargo::yenc: return "yenc";
    case Cargo::encrypted: return "encrypted";
    case Cargo::data_uri: return "html";
    case Cargo::svg: return "svg";
    case Cargo::encoded: return "encoded";
    }
    return "plain";
}

void TextScan::found(Cargo cargo) {
    if (cargo != Cargo::data_uri)
        more_ = true;
    if (cargo_ == Cargo::none || cargo == Cargo::binary)
        cargo_ = cargo;
}

void TextScan::look_at_line() {
    std::string lowered(line_);
    std::transform(lowered.begin(), lowered.end(), lowered.begin(), lower);
    if (is_uuencode_head(lowered))
        found(Cargo::uuencode);
    else if (lowered.starts_with("=ybegin "))
        found(Cargo::yenc);
    else if (lowered.starts_with("-----begin pgp message"))
        found(Cargo::encrypted);
    if (lowered.find("<svg") != std::string::npos)
        found(Cargo::svg);
    if (find_data_uri(lowered, 0) != std::string::npos || lowered.find(";base64,") != std::string::npos) {
        found(Cargo::data_uri);
        in_data_uri_ = true; // what follows without an end of the URI belongs to it
    }
}

void TextScan::end_line() {
    if (!line_.empty())
        look_at_line();
    const bool dense = length_ >= 40 && !blank_ && !in_data_uri_;
    dense_ = dense ? dense_ + 1 : 0;
    if (dense_ >= dense_lines_max)
        found(Cargo::encoded);
    line_.clear();
    length_ = 0;
    blank_ = false;
}

// Every byte of every text passes here, so it goes in stretches of one line's words.
void TextScan::feed(std::string_view bytes) {
    while (!bytes.empty()) {
        if (more_) { // what it is called by stays, but for control characters: the rest need not be taken apart
            if (!is_textual(bytes))
                found(Cargo::binary);
            return;
        }
        const char c = bytes.front();
        const std::size_t taken = c == '\n' || c == '\r' ? 1 : take_words(bytes);
        if (c == '\n')
            end_line();
        if (c == '\n' || c == '\r')
            unbroken_ = 0;
        bytes.remove_prefix(taken);
    }
}

// Takes what precedes the line's end, the first byte that decides something, and the room in line_. @return how much that was
std::size_t TextScan::take_words(std::string_view bytes) {
    bytes = bytes.substr(0, line_bytes_kept - line_.size());
    std::size_t count = 0;
    std::uint8_t seen = 0;
    bool is_too_long = false;
    for (const char c : bytes) {
        if (c == '\n' || c == '\r')
            break;
        const std::uint8_t kind = kinds[static_cast<unsigned char>(c)];
        seen |= kind;
        unbroken_ = kind == coding ? unbroken_ + 1 : 0;
        ++count;
        if (in_data_uri_)
            in_data_uri_ = c != '"' && c != '\'' && c != '>' && c != ')';
        else if ((is_too_long = unbroken_ > unbroken_bytes_max))
            break;
    }
    line_ += bytes.substr(0, count);
    length_ += count;
    blank_ |= (seen & blank) != 0;
    if ((seen & control) != 0)
        found(Cargo::binary);
    if (line_.size() == line_bytes_kept) {
        look_at_line();
        line_.erase(0, line_.size() - line_overlap);
    }
    if (is_too_long && !in_data_uri_) {
        look_at_line(); // a data: URI may stand in this very line
        if (!in_data_uri_)
            found(Cargo::encoded);
    }
    return count;
}

void TextScan::finish() { end_line(); }

bool is_textual(std::string_view bytes) {
    return std::none_of(bytes.begin(), bytes.end(), [](char c) { return kinds[static_cast<unsigned char>(c)] == control; });
}

std::string without_data_uris(std::string_view html) {
    std::string lowered(html);
    std::transform(lowered.begin(), lowered.end(), lowered.begin(), lower);
    std::string kept;
    std::size_t at = 0;
    while (true) {
        const std::size_t begin = find_data_uri(lowered, at);
        if (begin == std::string::npos)
            return kept.append(html.substr(at));
        kept.append(html.substr(at, begin - at));
        at = std::min(html.find_first_of("\"'<>)", begin), html.size());
    }
}

} // namespace ombud::mail
