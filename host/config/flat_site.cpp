// The site as a sorted list of paths and values: what two sites are compared by, and what is hashed.
#include <map>

#include "config/site.hpp"
#include "config/values.hpp"

namespace ombud::config {
namespace {

struct Leaf {
    std::string value;
    bool is_secret = false;
    bool is_personal = false;
    bool operator==(const Leaf&) const = default;
};
using FlatSite = std::map<std::string, Leaf>;

/// Gathers leaves below one path; empty texts are absent.
class Branch {
  public:
    Branch(FlatSite& flat, std::string path) : flat_(flat), path_(std::move(path)) {}

    void put(std::string_view name, std::string value) const {
        if (!value.empty())
            flat_[path_ + std::string(name)] = {std::move(value), false, false};
    }
    void put_personal(std::string_view name, std::string value) const {
        if (!value.empty())
            flat_[path_ + std::string(name)] = {std::move(value), false, true};
    }
    void put_secret(std::string_view name, std::string value) const {
        flat_[path_ + std::string(name)] = {std::move(value), true, false};
    }
    void put_day(std::string_view name, const std::optional<LastDay>& day) const {
        if (day)
            put(name, date_text(day->date));
    }
    [[nodiscard]] Branch below(std::string_view name) const { return {flat_, path_ + std::string(name) + "/"}; }

  private:
    FlatSite& flat_;
    std::string path_;
};

/// With line breaks and backslashes escaped.
std::string one_line(std::string_view value) {
    std::string out;
    for (const char c : value) {
        if (c == '\\')
            out += "\\\\";
        else if (c == '\n')
            out += "\\n";
        else if (c == '\r')
            out += "\\r";
        else
            out += c;
    }
    return out;
}

/// `camera[entrance]`; a bracket in a name cannot be taken for the path's own.
std::string key(std::string_view kind, std::string_view name) {
    std::string out(kind);
    out += '[';
    for (const char c : one_line(name)) {
        if (c == '[' || c == ']')
            out += '\\';
        out += c;
    }
    return out + ']';
}

std::string days_text(const std::vector<int>& days) {
    constexpr const char* names[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
    std::string out;
    for (const int day : days)
        out += (out.empty() ? "" : " ") + std::string(names[day - 1]);
    return out;
}

void put_options(const Branch& branch, const OptionValues& values) {
    const Branch options = branch.below("option");
    for (const auto& [name, option] : values) {
        if (const auto* secret = std::get_if<Secret>(&option.value))
            options.put_secret(name, secret->reveal());
        else
            options.put(name, option_text(option));
    }
}

void put_track(const Branch& branch, const Track& track) {
    branch.put("kind", track_kind_name(track.kind));
    branch.put("purpose", track.purpose.text);
    branch.put("legal-basis", track.purpose.legal_basis);
    branch.put("assessment", track.assessment);
    branch.put_day("until", track.until);
    for (std::size_t i = 0; i < track.hours.size(); ++i) {
        const Hours& hours = track.hours[i];
        const Branch span = branch.below("hours[" + std::to_string(i + 1) + "]");
        span.put("days", days_text(hours.days));
        span.put("from", time_of_day_text(hours.from_s));
        span.put("to", time_of_day_text(hours.to_s));
    }
}

void put_camera(const Branch& branch, const Camera& camera) {
    branch.put("attachment", camera.attachment);
    branch.put("device", camera.device);
    branch.put("name", camera.name);
    branch.put("area", area_name(camera.area));
    branch.put("resolution", camera.resolution);
    if (camera.is_mobile)
        branch.put("mobile", "true");
    branch.put("zone", camera.zone);
    branch.put("assessment", camera.assessment);
    if (camera.purpose) {
        branch.put("purpose", camera.purpose->text);
        branch.put("legal-basis", camera.purpose->legal_basis);
    }
    if (camera.retention) {
        const Branch retention = branch.below("retention");
        retention.put("period", duration_text(camera.retention->period_s));
        retention.put("justification", camera.retention->justification);
        retention.put_day("justified-until", camera.retention->justified_until);
    }
    for (std::size_t i = 0; i < camera.tracks.size(); ++i)
        put_track(branch.below("track[" + std::to_string(i + 1) + "]"), camera.tracks[i]);
    for (const Mask& mask : camera.masks) {
        const Branch area = branch.below(key("mask", mask.id));
        area.put("reason", mask.reason);
        area.put("required-for-export", mask.is_required_for_export ? "true" : "false");
        area.put("points", points_text(mask.points));
    }
}

void put_logins(const Branch& branch, const char* kind, const std::vector<Login>& logins) {
    for (const Login& login : logins)
        branch.below(key(kind, login.name)).put_secret("secret", login.secret.reveal());
}

void put_streams(const Branch& branch, const StreamGate& gate) {
    branch.put("listen", gate.listen);
    branch.put("tls-listen", gate.tls_listen);
    branch.put("certificate", gate.certificate);
    branch.put("key", gate.key);
    if (gate.udp_ports)
        branch.put("udp-ports", std::to_string(gate.udp_ports->first) + "-" + std::to_string(gate.udp_ports->last));
    put_logins(branch, "viewer", gate.viewers);
    for (const StreamSource& stream : gate.streams) {
        const Branch source = branch.below(key("stream", stream.name));
        source.put("camera", stream.camera);
        source.put("url", stream.url);
        source.put("user", stream.user);
        if (stream.password)
            source.put_secret("secret", stream.password->reveal());
        source.put("ca-file", stream.ca_file);
    }
}

void put_push(const Branch& branch, const PushGate& gate) {
    branch.put("listen", gate.listen);
    branch.put("certificate", gate.certificate);
    branch.put("key", gate.key);
    put_logins(branch, "sender", gate.senders);
    for (const Forwarder& forwarder : gate.forwarders) {
        const Branch way = branch.below(key("forwarder", forwarder.id));
        way.put("kind", forwarder_kind_name(forwarder.kind));
        way.put("url", forwarder.url);
        way.put("topic", forwarder.topic);
        way.put("provider", forwarder.provider);
        way.put("country", forwarder.country);
        way.put_personal("contact", forwarder.contact);
        way.put("user", forwarder.user);
        if (forwarder.secret)
            way.put_secret("secret", forwarder.secret->reveal());
        way.put("ca-file", forwarder.ca_file);
    }
}

void put_exports(const Branch& branch, const ExportDesk& desk) {
    branch.put("drop", desk.drop);
    branch.put("hold", desk.hold);
    branch.put("keep", duration_text(desk.keep_s));
    if (desk.destroy_by_s != 0)
        branch.put("destroy-by", duration_text(desk.destroy_by_s));
    branch.put("size-max", size_text(desk.size_bytes_max));
    branch.put("waiting-max", std::to_string(desk.waiting_max));
    for (const ExportDestination& one : desk.destinations) {
        const Branch destination = branch.below(key("destination", one.id));
        destination.put("kind", destination_kind_name(one.kind));
        destination.put("path", one.path);
    }
    for (const ExportRecipient& one : desk.recipients) {
        const Branch recipient = branch.below(key("recipient", one.id));
        recipient.put_personal("name", one.name);
        recipient.put_personal("title", one.title);
        recipient.put("organisation", one.organisation);
        recipient.put("class", recipient_class_name(one.recipient_class));
        recipient.put("legal-ground", one.legal_ground);
        recipient.put("certificate", one.certificate);
        if (one.passphrase)
            recipient.put_secret("secret", one.passphrase->reveal());
    }
    for (const Authoriser& one : desk.authorisers) {
        const Branch authoriser = branch.below(key("authoriser", one.account));
        authoriser.put_personal("name", one.name);
        authoriser.put_personal("title", one.title);
    }
    if (desk.seal_key) {
        const Branch seal_key = branch.below("seal-key");
        seal_key.put("token", desk.seal_key->token);
        if (desk.seal_key->secret)
            seal_key.put_secret("secret", desk.seal_key->secret->reveal());
    }
    if (desk.time_stamp) {
        const Branch time_stamp = branch.below("time-stamp");
        time_stamp.put("url", desk.time_stamp->url);
        time_stamp.put("ca-file", desk.time_stamp->ca_file);
        time_stamp.put("required", desk.time_stamp->is_required ? "true" : "false");
    }
}

void put_gates(const Branch& branch, const Gates& gates) {
    if (gates.streams)
        put_streams(branch.below("streams"), *gates.streams);
    if (gates.mail) {
        const Branch mail = branch.below("mail");
        mail.put("listen", gates.mail->listen);
        mail.put("group", gates.mail->group);
    }
    if (gates.push)
        put_push(branch.below("push"), *gates.push);
    if (gates.exports)
        put_exports(branch.below("exports"), *gates.exports);
    if (gates.web) {
        const Branch web = branch.below("web");
        web.put("listen", gates.web->listen);
        web.put("group", gates.web->group);
        web.put("attachment", gates.web->attachment);
        web.put("mode", gates.web->enforces ? "enforce" : "monitor");
        web.put("approval-lifetime", duration_text(gates.web->approval_lifetime_s));
    }
}

void put_ledger(const Branch& branch, const LedgerSettings& ledger) {
    if (ledger.keep_s != 0)
        branch.put("keep", duration_text(ledger.keep_s));
    for (const Anchor& one : ledger.anchors) {
        const Branch anchor = branch.below(key("anchor", one.name()));
        anchor.put("path", one.path);
        if (one.kind == AnchorKind::mail) {
            anchor.put("url", one.url);
            anchor.put("from", one.from);
        }
        anchor.put("key", one.key);
        anchor.put("ca-file", one.ca_file);
        anchor.put("every", duration_text(one.every_s));
    }
    if (!ledger.witness)
        return;
    const Branch witness = branch.below("witness");
    witness.put("listen", ledger.witness->listen);
    for (const std::string& log : ledger.witness->logs)
        witness.below(key("log", log.substr(0, log.find('+')))).put("key", log);
}

FlatSite flatten(const Site& site) {
    FlatSite flat;
    const Branch top(flat, "");
    top.put("id", site.id);
    top.put("name", site.name);
    top.put("timezone", site.timezone);
    for (const Attachment& attachment : site.attachments) {
        const Branch branch = top.below(key("attachment", attachment.id));
        branch.put("connector", attachment.connector);
        branch.put("older", attachment.older_reason);
        put_options(branch, attachment.options);
    }
    for (const Camera& camera : site.cameras)
        put_camera(top.below(key("camera", camera.id)), camera);
    for (const RecordRetention& record : site.records) {
        const Branch branch = top.below(key("record", record.kind));
        branch.put("retention", duration_text(record.retention_s));
        branch.put("note", record.note);
    }
    for (const EvidenceLock& lock : site.locks) {
        const Branch branch = top.below(key("lock", lock.attachment)).below(key("recording", lock.recording));
        branch.put("locked", "true"); // a lock without any description is one, too
        branch.put("reason", lock.reason);
        branch.put("case", lock.case_reference);
        branch.put_personal("owner", lock.owner);
        branch.put_day("review", lock.review);
    }
    for (const ModuleSettings& module : site.modules) {
        const Branch branch = top.below(key("module", module.id));
        branch.put("mode", mode_name(module.mode));
        if (module.runner)
            branch.put("runner", runner_name(*module.runner));
        branch.put("unsigned", module.unsigned_reason);
        branch.put("older", module.older_reason);
        std::string cameras;
        for (const std::string& id : module.cameras)
            cameras += (cameras.empty() ? "" : " ") + id;
        branch.put("cameras", cameras);
        put_options(branch, module.options);
    }
    for (const Person& person : site.people)
        top.below(key("person", person.account)).put_personal("role", role_name(person.role));
    for (const Person& person : site.people)
        if (!person.vms_user.empty())
            top.below(key("person", person.account)).put_personal("vms-user", person.vms_user);
    put_gates(top.below("gates"), site.gates);
    put_ledger(top.below("ledger"), site.ledger);
    return flat;
}

std::string shown(const Leaf& leaf) {
    return leaf.is_secret ? "(secret)" : leaf.value;
}

} // namespace

std::string canonical_text(const Site& site) {
    std::string text = "ombud-site 1\n";
    for (const auto& [path, leaf] : flatten(site))
        text += path + "=" + (leaf.is_secret ? "(secret)" : one_line(leaf.value)) + "\n";
    return text;
}

std::vector<Change> diff(const Site& was, const Site& becomes) {
    const FlatSite before = flatten(was);
    const FlatSite after = flatten(becomes);
    std::vector<Change> changes;
    auto old = before.begin();
    auto fresh = after.begin();
    while (old != before.end() || fresh != after.end()) {
        if (fresh == after.end() || (old != before.end() && old->first < fresh->first)) {
            changes.push_back({old->first, shown(old->second), "", old->second.is_personal});
            ++old;
        } else if (old == before.end() || fresh->first < old->first) {
            changes.push_back({fresh->first, "", shown(fresh->second), fresh->second.is_personal});
            ++fresh;
        } else {
            if (old->second != fresh->second)
                changes.push_back(
                    {fresh->first, shown(old->second),
                     old->second.is_secret && fresh->second.is_secret ? "(secret, changed)" : shown(fresh->second),
                     fresh->second.is_personal});
            ++old;
            ++fresh;
        }
    }
    return changes;
}

} // namespace ombud::config
