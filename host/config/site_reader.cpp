#include <algorithm>
#include <array>
#include <set>
#include <system_error>
#include <utility>

#include "config/day.hpp"
#include "config/gates_reader.hpp"
#include "config/ledger_reader.hpp"
#include "config/mask_reader.hpp"
#include "config/option_values.hpp"
#include "config/site.hpp"
#include "config/web_reader.hpp"
#include "config/xml_reader.hpp"

namespace ombud::config {
namespace {

constexpr std::int64_t period_s_max = 36'500LL * 86'400;
constexpr const char* zone_folder = "/usr/share/zoneinfo";
constexpr std::array<std::string_view, 7> day_names{"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

/// What a list (xs:list) holds.
std::vector<std::string> words_of(std::string_view list) {
    std::vector<std::string> words;
    for (std::size_t begin = 0; begin < list.size();) {
        const std::size_t end = std::min(list.find_first_of(" \t\r\n", begin), list.size());
        if (end > begin)
            words.emplace_back(list.substr(begin, end - begin));
        begin = end + 1;
    }
    return words;
}

/// Reads one site; what the readers share.
class SiteReader {
  public:
    SiteReader(XmlReader& xml, const std::filesystem::path& base_dir, const Manifests& manifests)
        : xml_(xml), base_dir_(base_dir), manifests_(manifests) {}

    Site read(pugi::xml_node root);

  private:
    void read_timezone(pugi::xml_node root);
    Attachment read_attachment(pugi::xml_node node);
    Camera read_camera(pugi::xml_node node);
    Track read_track(pugi::xml_node node);
    Hours read_hours(pugi::xml_node node);
    std::optional<Retention> read_retention(pugi::xml_node node);
    std::int64_t read_period(pugi::xml_node node, const char* attribute);
    std::optional<LastDay> read_last_day(pugi::xml_node node, const char* attribute);
    RecordRetention read_record(pugi::xml_node node);
    EvidenceLock read_lock(pugi::xml_node node);
    ModuleSettings read_module(pugi::xml_node node);
    std::vector<std::string> read_given_cameras(pugi::xml_node node);
    Person read_person(pugi::xml_node node);
    const Manifest* find_manifest(pugi::xml_node node, const char* attribute, PluginKind kind);
    void check_attachment(pugi::xml_node node);
    /// Adds a problem when the key was seen before.
    void check_once(std::set<std::string>& seen, const std::string& key, pugi::xml_node node, const std::string& what);

    XmlReader& xml_;
    const std::filesystem::path& base_dir_;
    const Manifests& manifests_;
    Site site_;
    std::optional<sdk::TimeZone> zone_;
    std::set<std::string> attachment_ids_, camera_ids_, devices_, record_kinds_, locked_, module_ids_, accounts_, vms_users_;
};

void SiteReader::check_once(std::set<std::string>& seen, const std::string& key, pugi::xml_node node,
                            const std::string& what) {
    if (!seen.insert(key).second)
        xml_.add(node, what + " is given twice");
}

void SiteReader::read_timezone(pugi::xml_node root) {
    site_.timezone = XmlReader::text(root, "timezone");
    if (site_.timezone.empty())
        return;
    if (auto zone = sdk::TimeZone::read(site_.timezone)) {
        zone_ = std::move(*zone);
        return;
    }
    std::error_code error;
    const bool has_zones = std::filesystem::is_directory(zone_folder, error);
    xml_.add(root, "timezone " + in_quotes(site_.timezone) +
                       (has_zones ? " is not a zone of this machine's time zone database; an example is Europe/Berlin"
                                  : " cannot be checked: there is no time zone database at " +
                                        std::string(zone_folder) + "; install tzdata"));
}

std::optional<LastDay> SiteReader::read_last_day(pugi::xml_node node, const char* attribute) {
    const auto text = XmlReader::text(node, attribute);
    const auto date = parse_date(text);
    if (!date) {
        if (has_date_form(text)) // another form is the grammar's to refuse
            xml_.add(node, std::string(attribute) + " " + in_quotes(text) +
                               " is not a day of the calendar, 1970-01-01 to 2199-12-31");
        return std::nullopt;
    }
    const std::chrono::year_month_day next = std::chrono::sys_days(*date) + std::chrono::days(1);
    return LastDay{*date, zone_ ? start_of_day_utc_s(*zone_, next) * 1'000'000'000 : 0};
}

std::int64_t SiteReader::read_period(pugi::xml_node node, const char* attribute) {
    const auto period = xml_.value(node, attribute, parse_duration_s, "a duration such as 30s, 10m, 48h or 7d");
    if (period && (*period < 1 || *period > period_s_max))
        xml_.add(node, std::string(attribute) + " " + in_quotes(XmlReader::text(node, attribute)) +
                           " is not from 1s to 36500d");
    return period.value_or(0);
}

const Manifest* SiteReader::find_manifest(pugi::xml_node node, const char* attribute, PluginKind kind) {
    const auto id = XmlReader::text(node, attribute);
    if (id.empty())
        return nullptr;
    const auto found = manifests_.find(id);
    if (found != manifests_.end() && found->second.kind == kind)
        return &found->second;
    std::vector<std::string> known;
    for (const auto& [name, manifest] : manifests_)
        if (manifest.kind == kind)
            known.push_back(name);
    xml_.add(node, std::string(attribute) + " " + in_quotes(id) +
                       (found == manifests_.end()    ? " has no manifest"
                        : kind == PluginKind::module ? " is a connector, not a module"
                                                     : " is a module, not a connector") +
                       known_names(known));
    return nullptr;
}

Attachment SiteReader::read_attachment(pugi::xml_node node) {
    Attachment attachment{XmlReader::text(node, "id"), XmlReader::text(node, "connector"), {}};
    check_once(attachment_ids_, attachment.id, node, "id " + in_quotes(attachment.id));
    if (const Manifest* manifest = find_manifest(node, "connector", PluginKind::connector))
        attachment.options = read_option_values(xml_, node, *manifest, base_dir_);
    attachment.older_reason = XmlReader::text(node, "older");
    return attachment;
}

void SiteReader::check_attachment(pugi::xml_node node) {
    const auto id = XmlReader::text(node, "attachment");
    if (id.empty() || attachment_ids_.contains(id))
        return;
    xml_.add(node, "attachment " + in_quotes(id) + " is not one of <attachments>" + known_names(attachment_ids_));
}

std::optional<Retention> SiteReader::read_retention(pugi::xml_node node) {
    if (!node)
        return std::nullopt;
    return Retention{read_period(node, "period"), XmlReader::text(node, "justification"),
                     read_last_day(node, "justified-until")};
}

Hours SiteReader::read_hours(pugi::xml_node node) {
    constexpr auto allowed = "a time as HH:MM, 00:00 to 24:00";
    Hours hours;
    const std::string days = XmlReader::text(node, "days");
    for (const std::string& name : words_of(days)) {
        const auto* const day = std::ranges::find(day_names, name);
        if (day != day_names.end())
            hours.days.push_back(static_cast<int>(day - day_names.begin()) + 1);
    }
    std::ranges::sort(hours.days);
    if (std::ranges::adjacent_find(hours.days) != hours.days.end())
        xml_.add(node, "days " + in_quotes(days) + " names a day twice");
    const auto from = xml_.value(node, "from", parse_time_of_day_s, allowed);
    const auto to = xml_.value(node, "to", parse_time_of_day_s, allowed);
    if (from && to && (*from == *to || *from == 86'400))
        xml_.add(node,
                 "from " + in_quotes(time_of_day_text(*from)) + " to " + in_quotes(time_of_day_text(*to)) +
                     " is no span; a whole day is from 00:00 to 24:00, and a to before from ends on the next day");
    hours.from_s = from.value_or(0);
    hours.to_s = to.value_or(0);
    return hours;
}

Track SiteReader::read_track(pugi::xml_node node) {
    Track track;
    track.kind = XmlReader::text(node, "kind") == "metadata" ? TrackKind::metadata : TrackKind::audio;
    track.purpose = {XmlReader::content(node.child("purpose")), XmlReader::text(node, "legal-basis")};
    track.assessment = XmlReader::text(node, "assessment");
    track.until = read_last_day(node, "until");
    for (const auto& hours : node.children("hours"))
        track.hours.push_back(read_hours(hours));
    return track;
}

Camera SiteReader::read_camera(pugi::xml_node node) {
    Camera camera;
    camera.id = XmlReader::text(node, "id");
    camera.attachment = XmlReader::text(node, "attachment");
    camera.device = XmlReader::text(node, "device");
    camera.name = node.attribute("name") ? XmlReader::text(node, "name") : camera.id;
    const auto area = XmlReader::text(node, "area");
    camera.area = area == "public-border"    ? Area::public_border
                  : area == "access-control" ? Area::access_control
                                             : Area::private_area;
    camera.resolution = XmlReader::text(node, "resolution");
    camera.is_mobile = XmlReader::text(node, "mobile") == "true";
    camera.zone = XmlReader::text(node, "zone");
    camera.assessment = XmlReader::text(node, "assessment");
    if (const auto purpose = node.child("purpose"))
        camera.purpose = Purpose{XmlReader::content(purpose), XmlReader::text(purpose, "legal-basis")};
    camera.retention = read_retention(node.child("retention"));
    for (const auto& track : node.children("track"))
        camera.tracks.push_back(read_track(track));
    camera.masks = read_masks(xml_, node);

    check_once(camera_ids_, camera.id, node, "id " + in_quotes(camera.id));
    check_attachment(node);
    if (!camera.device.empty())
        check_once(devices_, camera.attachment + '\n' + camera.device, node,
                   "device " + in_quotes(camera.device) + " of attachment " + in_quotes(camera.attachment));
    return camera;
}

RecordRetention SiteReader::read_record(pugi::xml_node node) {
    RecordRetention record{XmlReader::text(node, "kind"), read_period(node, "retention"),
                           XmlReader::text(node, "note")};
    check_once(record_kinds_, record.kind, node, "kind " + in_quotes(record.kind));
    return record;
}

EvidenceLock SiteReader::read_lock(pugi::xml_node node) {
    EvidenceLock lock{XmlReader::text(node, "attachment"), XmlReader::text(node, "recording"),
                      XmlReader::text(node, "reason"),     XmlReader::text(node, "case"),
                      XmlReader::text(node, "owner"),      read_last_day(node, "review")};
    check_attachment(node);
    check_once(locked_, lock.attachment + '\n' + lock.recording, node,
               "recording " + in_quotes(lock.recording) + " of attachment " + in_quotes(lock.attachment));
    return lock;
}

ModuleSettings SiteReader::read_module(pugi::xml_node node) {
    ModuleSettings module{
        XmlReader::text(node, "id"), parse_mode(XmlReader::text(node, "mode")).value_or(Mode::off), {},
        parse_runner(XmlReader::text(node, "runner"))};
    check_once(module_ids_, module.id, node, "id " + in_quotes(module.id));
    if (const Manifest* manifest = find_manifest(node, "id", PluginKind::module))
        module.options = read_option_values(xml_, node, *manifest, base_dir_);
    module.unsigned_reason = XmlReader::text(node, "unsigned");
    module.older_reason = XmlReader::text(node, "older");
    if (node.attribute("cameras"))
        module.cameras = read_given_cameras(node);
    return module;
}

std::vector<std::string> SiteReader::read_given_cameras(pugi::xml_node node) {
    const std::string text = XmlReader::text(node, "cameras");
    std::vector<std::string> ids = words_of(text);
    std::ranges::sort(ids);
    if (std::ranges::adjacent_find(ids) != ids.end())
        xml_.add(node, "cameras " + in_quotes(text) + " names a camera twice");
    for (const std::string& id : ids)
        if (!camera_ids_.contains(id))
            xml_.add(node, "cameras " + in_quotes(text) + ": " + in_quotes(id) + " is not one of <cameras>" + known_names(camera_ids_));
    return ids;
}

Person SiteReader::read_person(pugi::xml_node node) {
    Person person{XmlReader::text(node, "account"), Role::reader, XmlReader::text(node, "vms-user")};
    const auto role = XmlReader::text(node, "role");
    for (const Role known : {Role::approver, Role::administrator})
        if (role == role_name(known))
            person.role = known;
    check_once(accounts_, person.account, node, "account " + in_quotes(person.account));
    if (!person.vms_user.empty())
        check_once(vms_users_, person.vms_user, node, "vms-user " + in_quotes(person.vms_user));
    return person;
}

Site SiteReader::read(pugi::xml_node root) {
    site_.id = XmlReader::text(root, "id");
    site_.name = root.attribute("name") ? XmlReader::text(root, "name") : site_.id;
    read_timezone(root);
    for (const auto& node : root.child("attachments").children("attachment"))
        site_.attachments.push_back(read_attachment(node));
    for (const auto& node : root.child("cameras").children("camera"))
        site_.cameras.push_back(read_camera(node));
    for (const auto& node : root.child("records").children("record"))
        site_.records.push_back(read_record(node));
    for (const auto& node : root.child("locks").children("lock"))
        site_.locks.push_back(read_lock(node));
    for (const auto& node : root.child("modules").children("module"))
        site_.modules.push_back(read_module(node));
    for (const auto& node : root.child("people").children("person"))
        site_.people.push_back(read_person(node));
    site_.gates = read_gates(xml_, root.child("gates"), camera_ids_, base_dir_);
    if (const auto web = root.child("gates").child("web"))
        site_.gates.web = read_web(xml_, web, attachment_ids_);
    site_.ledger = read_ledger(xml_, root.child("ledger"), base_dir_);
    return std::move(site_);
}

} // namespace

Checked<Site> parse_site(std::string_view text, const std::string& name, const std::filesystem::path& base_dir,
                         const Manifests& manifests) {
    XmlReader xml(text, name, Grammar::site);
    Site site;
    if (const auto root = xml.root())
        site = SiteReader(xml, base_dir, manifests).read(root);
    if (xml.has_problems())
        return tl::unexpected(std::move(xml).rejection());
    return site;
}

Checked<Site> read_site(const std::filesystem::path& file, const Manifests& manifests) {
    const auto text = read_bytes(file);
    if (!text)
        return tl::unexpected(text.error());
    std::error_code error;
    const auto absolute = std::filesystem::absolute(file, error);
    if (error)
        return tl::unexpected(
            Rejection{ErrorCode::unavailable, {{file.string(), 0, "its folder cannot be found: " + error.message()}}});
    return parse_site(*text, file.string(), absolute.parent_path(), manifests);
}

} // namespace ombud::config
