#include "gates/mail/content.hpp"

#include <algorithm>

#include <ombud/view.hpp>

#include "gates/mail/archive.hpp"
#include "gates/mail/magic.hpp"
#include "gates/mail/text_scan.hpp"

namespace ombud::mail {
namespace {

std::string subtype(std::string_view type) {
    type.remove_prefix(std::min(type.size(), type.find('/') + 1));
    if (type.starts_with("x-"))
        type.remove_prefix(2);
    return detail_of(type);
}

/// What a signature says for certain; text and the unknown are told from all of the bytes.
bool sort_by_type(std::string_view type, std::string_view head, Sort& sort) {
    static constexpr std::string_view videos[] = {"application/ogg", "application/x-matroska", "application/mxf", "application/mp4",
                                                  "application/vnd.rn-realmedia", "application/x-shockwave-flash"};
    static constexpr std::string_view documents[] = {"application/pdf", "application/postscript", "text/rtf", "application/rtf",
                                                     "application/msword", "application/x-ole-storage"};
    const auto is_one_of = [type](const auto& list) { return std::find(std::begin(list), std::end(list), type) != std::end(list); };
    if (type.starts_with("image/") || type == "application/dicom")
        sort = {Kind::picture, subtype(type)};
    else if (type.starts_with("video/") || is_one_of(videos))
        sort = {Kind::video, subtype(type)};
    else if (type.starts_with("audio/"))
        sort = {Kind::sound, subtype(type)};
    else if (head.starts_with("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"))
        sort = {Kind::document, "ole"};
    else if (head.starts_with("\x78\x9F\x3E\x22"))
        sort = {Kind::opaque, "tnef"}; // Outlook's own envelope; a parser of it is more risk than a camera's mail is worth
    else if (is_one_of(documents))
        sort = {Kind::document, subtype(type)};
    else
        return false;
    return true;
}

/// Text for certain, as far as a beginning tells: the rest, and what texts can be, is looked at by others.
bool is_words(std::string_view head) {
    static constexpr std::string_view binary_begins[] = {"GIF8", "BM", "RIFF", "ID3", "II", "MM", "PK"};
    return is_textual(head) && sdk::is_utf8(head) &&
           std::none_of(std::begin(binary_begins), std::end(binary_begins), [head](std::string_view begin) { return head.starts_with(begin); });
}

/// Files that are text throughout and no words. libmagic knows some of them, at half a millisecond for every text.
bool sort_by_text(std::string_view head, Sort& sort) {
    const auto begins_pnm = head.size() > 3 && head[0] == 'P' && head[1] >= '1' && head[1] <= '3' && (head[2] == '\n' || head[2] == ' ' || head[2] == '\r') &&
                            (head[3] == '#' || head[3] == '\n' || (head[3] >= '0' && head[3] <= '9'));
    if (head.starts_with("/* XPM"))
        sort = {Kind::picture, "xpixmap"};
    else if (head.starts_with("#define ") && head.substr(0, 256).find("_width ") != std::string_view::npos)
        sort = {Kind::picture, "xbitmap"};
    else if (begins_pnm)
        sort = {Kind::picture, "portable-pixmap"};
    else if (head.starts_with("%!"))
        sort = {Kind::document, "postscript"};
    else if (head.starts_with("{\\rtf"))
        sort = {Kind::document, "rtf"};
    else if (head.substr(0, 1024).find("%PDF-") != std::string_view::npos)
        sort = {Kind::document, "pdf"};
    else
        return false;
    return true;
}

bool is_html(std::string_view head) {
    std::string lowered(head);
    std::transform(lowered.begin(), lowered.end(), lowered.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    static constexpr std::string_view tags[] = {"<!doctype html", "<html", "<body", "<p>", "<div", "<img"};
    return std::any_of(std::begin(tags), std::end(tags), [&](std::string_view tag) { return lowered.find(tag) != std::string::npos; });
}

Sort sort_cargo(Cargo cargo, std::string_view type, std::string_view head) {
    switch (cargo) {
    case Cargo::none: return {Kind::text, is_html(head) ? "html" : "plain"};
    case Cargo::binary: return {Kind::other, type == "text/plain" || type.empty() ? "octet-stream" : subtype(type)};
    case Cargo::data_uri:
    case Cargo::svg: return {Kind::picture, std::string(to_string(cargo))};
    case Cargo::uuencode:
    case Cargo::yenc:
    case Cargo::encrypted:
    case Cargo::encoded: return {Kind::opaque, std::string(to_string(cargo))};
    }
    return {};
}

} // namespace

std::string_view to_string(Kind kind) {
    switch (kind) {
    case Kind::text: return "text";
    case Kind::other: return "other";
    case Kind::archive: return "archive";
    case Kind::document: return "document";
    case Kind::sound: return "sound";
    case Kind::opaque: return "opaque";
    case Kind::video: return "video";
    case Kind::picture: return "picture";
    }
    return "other";
}

std::string to_string(const Sort& sort) { return std::string(to_string(sort.kind)) + "/" + sort.detail; }

std::string detail_of(std::string_view text) {
    std::string detail;
    for (const char c : text.substr(0, 40))
        detail += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32)
                  : (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '+' || c == '-' ? c
                                                                                                            : '-';
    return detail.empty() ? "unknown" : detail;
}

Budget full_budget(const ContentLimits& limits) {
    return {limits.unpacked_bytes_max, limits.archive_entries_max, limits.archive_depth_max};
}

Sort sort_content(Source& source, Budget& budget) {
    std::string head(magic_bytes, '\0');
    std::size_t filled = 0;
    std::ptrdiff_t count = 0;
    while (filled < head.size() && (count = source.read(head.data() + filled, head.size() - filled)) > 0)
        filled += static_cast<std::size_t>(count);
    head.resize(filled);
    if (count < 0)
        return {Kind::opaque, "unreadable"};
    if (head.empty())
        return {Kind::text, "empty"};
    const bool is_text = is_words(head);
    const std::string type = is_text ? "text/plain" : media_type(head);
    if (type.empty())
        return {Kind::opaque, "unknown"}; // libmagic's database is missing

    char buffer[16 * 1024];
    if (is_archive(type, head)) {
        Spool bytes;
        bool kept = bytes.append(head).has_value();
        while (kept && (count = source.read(buffer, sizeof buffer)) > 0)
            kept = bytes.append({buffer, static_cast<std::size_t>(count)}).has_value();
        if (!kept || count < 0)
            return {Kind::opaque, "unreadable"};
        return sort_archive(bytes, type, budget);
    }
    if (Sort sort; is_text ? sort_by_text(head, sort) : sort_by_type(type, head, sort))
        return sort;
    TextScan scan;
    scan.feed(head);
    while (scan.cargo() != Cargo::binary && (count = source.read(buffer, sizeof buffer)) > 0)
        scan.feed({buffer, static_cast<std::size_t>(count)});
    if (count < 0)
        return {Kind::opaque, "unreadable"};
    scan.finish();
    return sort_cargo(scan.cargo(), type, head);
}

} // namespace ombud::mail
