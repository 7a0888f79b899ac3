#pragma once
// The site: what site.xml documents about a video system, its cameras and its modules.

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/gates.hpp"
#include "config/ledger_settings.hpp"
#include "config/manifest.hpp"
#include "config/mask.hpp"
#include "config/option.hpp"
#include "config/problem.hpp"

namespace ombud::config {

/// The last day on which something holds, as the site's time zone counts days.
struct LastDay {
    std::chrono::year_month_day date{};
    std::int64_t ends_utc_ns = 0; ///< the first instant of the next day: it holds before, not from then on
};

struct Purpose {
    std::string text;
    std::string legal_basis;
};

struct Retention {
    std::int64_t period_s = 0; ///< 1 s to 100 years
    std::string justification; ///< why longer than usual; may be empty
    std::optional<LastDay> justified_until;
};

/// A weekly span; to_s <= from_s means that it ends on the following day.
struct Hours {
    std::vector<int> days;   ///< 1 Monday to 7 Sunday, ascending, each once: the days on which it begins
    std::int32_t from_s = 0; ///< seconds since midnight, 0 to 86,340
    std::int32_t to_s = 0;   ///< exclusive, 0 to 86,400, never equal to from_s
};

enum class TrackKind { audio, metadata };

/// Leave to record a kind of track, for a purpose.
struct Track {
    TrackKind kind = TrackKind::audio;
    Purpose purpose;
    std::string assessment; ///< reference of the impact assessment; may be empty
    std::optional<LastDay> until;
    std::vector<Hours> hours; ///< empty: at all times
};

enum class Area { private_area, public_border, access_control };
[[nodiscard]] const char* area_name(Area area);            ///< as site.xml has it: "private", …
[[nodiscard]] const char* track_kind_name(TrackKind kind); ///< "audio", "metadata"

struct Camera {
    std::string id;         ///< unique in the site
    std::string attachment; ///< id of an Attachment
    std::string device;     ///< the VMS's own id; unique in the attachment
    std::string name;       ///< the id when not given
    Area area = Area::private_area;
    std::string resolution;             ///< need in words of EN 62676-4; may be empty
    bool is_mobile = false;             ///< carried by a person: a phone, a body-worn camera (AMG-7)
    std::string zone;                   ///< where signs tell of it; may be empty
    std::string assessment;             ///< reference of the impact assessment; may be empty
    std::optional<Purpose> purpose;     ///< absent: undocumented
    std::optional<Retention> retention; ///< absent: undocumented
    std::vector<Track> tracks;
    std::vector<Mask> masks;
};

/// A VMS, and the connector that speaks for it.
struct Attachment {
    std::string id;        ///< unique in the site
    std::string connector; ///< id of a manifest of kind connector
    OptionValues options;  ///< checked, defaults filled in
    std::string older_reason{}; ///< why a connector older than one that ran here may run again; empty: it may not
};

enum class Mode { off, monitor, enforce };
[[nodiscard]] const char* mode_name(Mode mode);                      ///< "off", "monitor", "enforce"
[[nodiscard]] std::optional<Mode> parse_mode(std::string_view text); ///< nullopt: none of these names

/// Where a module's code runs: inside the host's process, or in a confined one of its own.
enum class Runner { in_process, sandboxed };
[[nodiscard]] const char* runner_name(Runner runner);                    ///< "inline", "sandboxed"
[[nodiscard]] std::optional<Runner> parse_runner(std::string_view text); ///< nullopt: neither of these names

struct ModuleSettings {
    std::string id; ///< id of a manifest of kind module
    Mode mode = Mode::off;
    OptionValues options; ///< checked, defaults filled in
    std::optional<Runner> runner{}; ///< the administrator's word; absent: by manifest and trust
    std::string unsigned_reason{}; ///< why it may run though nobody signed it; empty: it may not
    std::string older_reason{};    ///< why it may run though a newer version ran here; empty: it may not
    std::vector<std::string> cameras{}; ///< ids of Cameras, ascending: all that it is given; empty: whatever there is
};

/// Retention of records that are no recordings (RET-8).
struct RecordRetention {
    std::string kind; ///< audit-log, alarm, mailbox, mobile or backup; each once
    std::int64_t retention_s = 0;
    std::string note; ///< may be empty
};

/// An evidence lock that the VMS itself cannot describe (RET-5). What is missing stays empty: a finding, not an error.
struct EvidenceLock {
    std::string attachment;
    std::string recording; ///< the VMS's own id
    std::string reason, case_reference, owner;
    std::optional<LastDay> review;
};

/// What a person may do by the host's local API; each role may all that the one before it may.
enum class Role { reader, approver, administrator };
[[nodiscard]] const char* role_name(Role role); ///< "reader", "approver", "administrator"

struct Person {
    std::string account; ///< of this machine; unique in the site; need not exist yet
    Role role = Role::reader;
    std::string vms_user; ///< personal: name of their account in the VMS; unique in the site; empty: none is known
};

/// A whole site.xml, checked.
struct Site {
    std::string id;
    std::string name;     ///< the id when not given
    std::string timezone; ///< IANA name, known on this machine
    std::vector<Attachment> attachments;
    std::vector<Camera> cameras;
    std::vector<RecordRetention> records;
    std::vector<EvidenceLock> locks;
    std::vector<ModuleSettings> modules;
    std::vector<Person> people;
    Gates gates;
    LedgerSettings ledger;

    [[nodiscard]] const Attachment* attachment(std::string_view id) const; ///< nullptr: there is none
    [[nodiscard]] const Camera* camera(std::string_view id) const;         ///< nullptr: there is none
    [[nodiscard]] const ModuleSettings* module(std::string_view id) const; ///< nullptr: not configured, so off
    [[nodiscard]] const Person* person(std::string_view account) const;    ///< nullptr: no role
    [[nodiscard]] const Person* person_of_vms(std::string_view user) const; ///< nullptr: the site names none
    /// The camera record of a device; nullptr: undocumented.
    [[nodiscard]] const Camera* camera_of(std::string_view attachment, std::string_view device) const;
};

/// Reads a site from text and checks it against the grammar, itself, the manifests and this machine.
///
/// @param text      the XML document: UTF-8, at most 4 MiB, no DOCTYPE
/// @param name      the file's name for messages
/// @param base_dir  absolute folder that relative path options and secret files start from
/// @param manifests all plugins that the site may name
/// Errors           invalid_input  every problem with its line; nothing is left half read
///                  A secret that cannot be read, or that others can read too, is such a problem.
/// Reads            secret files; the time zone's file under /usr/share/zoneinfo
/// Thread           any
/// Source           manifests/schema/site.xsd, version 1
[[nodiscard]] Checked<Site> parse_site(std::string_view text, const std::string& name,
                                       const std::filesystem::path& base_dir, const Manifests& manifests);

/// Reads a site.xml; relative paths start from its folder. See parse_site().
/// Errors  not_found: no such file; unavailable: not readable; invalid_input
[[nodiscard]] Checked<Site> read_site(const std::filesystem::path& file, const Manifests& manifests);

/// The site as text that is the same for the same meaning: one `path=value` a line, sorted by kind and id, no comments,
/// no secrets (only that one is set), times in UTC. For hashing into the ledger.
/// Form  `ombud-site 1` on the first line; \, line feed and carriage return in values as \\, \n, \r
[[nodiscard]] std::string canonical_text(const Site& site);

/// One difference between two sites.
struct Change {
    std::string path; ///< e.g. camera[entrance]/retention/period; the same for the same thing at all times
    std::string was;  ///< as site.xml has it; empty: there was none
    std::string
        becomes; ///< likewise; empty: there is none any more. A secret shows as "(secret)" or "(secret, changed)"
    bool is_personal = false; ///< path or values tell of a person: for those who administer, not for a ledger's line
};

/// What changes from one site to another, sorted by path. Empty: they mean the same, secrets included.
[[nodiscard]] std::vector<Change> diff(const Site& was, const Site& becomes);

} // namespace ombud::config
