// Who may take recordings out, how and to whom: plain values in, answers and findings out. No host, no clock.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace ombud::export_watchdog {

using Accounts = std::set<std::string, std::less<>>;

enum class SecondPerson { never, unlisted, always };

struct Settings {
    Accounts exporters, administrators, deleters, archivers; // of the video system
    Accounts desk_exporters, mask_lifters;                   // of this machine
    bool web_exports_by_two = false;                         // else refused
    SecondPerson second_person = SecondPerson::unlisted;
    int64_t destroy_by_max_ns = int64_t{365} * 86'400'000'000'000;
};

struct Answer {
    enum class Kind { allow, deny, defer } kind = Kind::deny;
    std::string rule, reason; // no personal values
};

/// What is to leave, as far as it is known.
struct Release {
    std::string via;                // desk or web
    std::optional<std::string> user;
    std::vector<std::string> formats;
    bool sealed = false;
    std::string reason, recipient_class, legal_ground, destination, destination_kind;
    std::string medium;             // key in the media register; empty: none was named
    bool medium_usable = false;     // it is in the register, and neither destroyed nor back
    std::optional<int64_t> destroy_by_utc_ns;
    std::optional<std::string> masks;
    bool pixelated = false, reviewed = false, approved = false;
};

/// EXP-1, 2, 4, 6, 7, 8, 10, 11, 13. A refusal names all that is wrong, its rule is that of the first.
Answer judge_release(const Release& release, const Settings& settings, int64_t utc_ns);

/// What somebody wants of the video system's pages. @param user  nothing: nobody is logged in
Answer judge_access(std::string_view act, const std::optional<std::string>& user, const Settings& settings);

/// An export inside the video system, seen afterwards.
struct SeenExport {
    std::string attachment, export_id, state;
    std::optional<std::string> user;
    std::vector<std::string> formats;
    bool sealed = false;
};

struct Finding {
    enum class Severity { info = 1, warning = 2, violation = 3 } severity = Severity::warning;
    std::string key, control, attachment, text; // no personal values
    std::string person = {};
    std::string evidence_json = {};
};

/// What an export that was seen means.
struct SeenMeaning {
    std::vector<Finding> findings;
    std::vector<std::string> cleared; // keys
    bool remove = false;              // EXP-11: what it left in the video system is to go
};
SeenMeaning judge_seen(const SeenExport& seen, const Settings& settings);

/// Whether one of the formats can be opened by anybody who gets the file; unknown ones count as such.
bool holds_plain(const std::vector<std::string>& formats);

} // namespace ombud::export_watchdog
