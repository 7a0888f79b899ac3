#include "seal/manifest.hpp"

#include "events/printable.hpp"

#include <algorithm>
#include <cstdio>
#include <set>

namespace ombud::seal {
namespace {

tl::unexpected<Error> wrong(const std::string& what) {
    return fail(ErrorCode::invalid_input, what);
}

constexpr std::size_t name_bytes_max = 255;
constexpr std::size_t id_bytes_max = 64;

bool is_id_char(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '-';
}

/// Well-formed UTF-8 without control characters but tab and line feed.
Result<void> check_text(const char* what, const std::string& text, bool is_needed) {
    if (text.empty() && is_needed)
        return wrong(std::string("the ") + what + " is missing");
    if (text.size() > text_bytes_max)
        return wrong(std::string("the ") + what + " has " + std::to_string(text.size()) + " bytes, " +
                     std::to_string(text_bytes_max) + " are the most");
    std::string without_line_feeds = text;
    std::replace(without_line_feeds.begin(), without_line_feeds.end(), '\n', ' ');
    if (printable(without_line_feeds) != without_line_feeds)
        return wrong(std::string("the ") + what + " holds a control character or is not UTF-8: " + printable(text));
    return {};
}

} // namespace

std::string plain_name(std::size_t file) {
    char name[32];
    std::snprintf(name, sizeof name, "file-%04zu", file);
    return name;
}

std::string part_name(std::size_t file, std::size_t part) {
    char name[48];
    std::snprintf(name, sizeof name, "file-%04zu.part-%05zu.cms", file, part);
    return name;
}

Result<void> check_name(std::string_view name) {
    const auto refused = [&](const char* why) {
        return wrong("the name '" + printable(name.substr(0, name_bytes_max)) + "' " + why);
    };
    if (name.empty())
        return wrong("a file's name inside is empty");
    if (name.size() > name_bytes_max)
        return refused("has more than 255 bytes");
    if (name == "." || name == ".." || name.find('/') != std::string_view::npos)
        return refused("leads to another folder; a file inside has a name alone");
    if (printable(name) != name || name.find('\t') != std::string_view::npos)
        return refused("holds a control character or is not UTF-8");
    return {};
}

Result<void> check_facts(const Facts& facts) {
    const std::string& id = facts.export_id;
    if (id.empty() || id.size() > id_bytes_max || id.front() == '.' || !std::all_of(id.begin(), id.end(), is_id_char))
        return wrong("the export's id '" + printable(id.substr(0, 200)) +
                     "' is not 1 to 64 of A-Z, a-z, 0-9, '.', '_', '-'");
    const struct {
        const char* what;
        const std::string& text;
        bool is_needed;
    } texts[] = {
        {"site", facts.site, true},
        {"reason", facts.reason, true},
        {"legal ground", facts.legal_ground, false},
        {"requester", facts.requester, false},
        {"approver", facts.approver, false},
        {"recipient's name", facts.recipient.name, true},
        {"recipient's organisation", facts.recipient.organisation, false},
        {"recipient's class", facts.recipient.recipient_class, false},
        {"destination", facts.destination, false},
        {"word on masks", facts.masks, false},
    };
    for (const auto& row : texts)
        if (auto fine = check_text(row.what, row.text, row.is_needed); !fine)
            return fine;
    if (facts.cameras.empty() || facts.cameras.size() > cameras_max)
        return wrong(std::to_string(facts.cameras.size()) + " cameras are named, not 1 to " +
                     std::to_string(cameras_max));
    for (const Camera& camera : facts.cameras) {
        if (auto fine = check_text("camera's id", camera.id, true); !fine)
            return fine;
        if (auto fine = check_text("camera's name", camera.name, false); !fine)
            return fine;
    }
    if (facts.end_utc_ns < facts.begin_utc_ns)
        return wrong("the recordings end before they begin");
    return {};
}

} // namespace ombud::seal
