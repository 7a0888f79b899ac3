#include "daemon/site_gates/exports.hpp"

#include <ombud/finding.h>
#include <ombud/hook.h>
#include <ombud/host.h>
#include <ombud/vocabulary.h>

#include "daemon/site_gates/reach.hpp"
#include "findings/findings.hpp"
#include "outgoing/time_stamp.hpp"
#include "seal/sealing_key.hpp"
#include "signing/encoding.hpp"

namespace ombud::daemon {
namespace {

constexpr const char* desk_name = "export_desk"; // as findings name who raised them

constexpr Reach export_reach[] = {
    {"EXP-1", OMBUD_COVERAGE_PREVENTABLE, "what leaves by the desk; what goes another way is not seen"},
    {"EXP-2", OMBUD_COVERAGE_PREVENTABLE, "what leaves by the desk is sealed; what goes another way is not seen"},
    {"EXP-3", OMBUD_COVERAGE_PREVENTABLE, "what leaves by the desk is AES-256-GCM for its recipients, signed"},
    {"EXP-4", OMBUD_COVERAGE_PREVENTABLE, "destinations of the desk, by what the kernel says they are"},
    {"EXP-5", OMBUD_COVERAGE_PREVENTABLE, "a medium is asked for; that the one in the register is the one plugged in is not seen"},
    {"EXP-6", OMBUD_COVERAGE_PREVENTABLE, "no copy leaves the desk without its row; what is shown or told has to be written down"},
    {"EXP-7", OMBUD_COVERAGE_PREVENTABLE, "where a required mask is missing nothing leaves the desk"},
    {"EXP-8", OMBUD_COVERAGE_PREVENTABLE, "a second person approves exactly what is sealed"},
    {"EXP-10", OMBUD_COVERAGE_PREVENTABLE, "classes of recipients as site.xml says them"},
    {"EXP-11", OMBUD_COVERAGE_PREVENTABLE, "a day of destruction is asked for; that the copy ends is not seen"},
    {"EXP-13", OMBUD_COVERAGE_PREVENTABLE, "copies for data subjects are pixelated, and somebody looks through them; what they overlook is not seen"},
};

exports::Options options_of(const config::ExportDesk& desk, const config::Site& site, const std::filesystem::path& state,
                            const sdk::TimeZone& zone) {
    exports::Options options;
    options.site = site.id;
    options.drop = desk.drop;
    options.hold = desk.hold.empty() ? state / "exports" : desk.hold;
    options.keep_ns = desk.keep_s * 1'000'000'000;
    options.destroy_by_ns = desk.destroy_by_s * 1'000'000'000;
    options.size_bytes_max = desk.size_bytes_max;
    options.waiting_max = desk.waiting_max;
    for (const config::ExportDestination& one : desk.destinations)
        options.destinations.push_back({one.id, config::destination_kind_name(one.kind), one.path});
    for (const config::ExportRecipient& one : desk.recipients)
        options.recipients.push_back({one.id, one.name, one.title, one.organisation, config::recipient_class_name(one.recipient_class),
                                      one.legal_ground, one.certificate,
                                      one.passphrase ? std::optional(one.passphrase->reveal()) : std::nullopt});
    for (const config::Authoriser& one : desk.authorisers)
        options.authorisers[one.account] = {one.name, one.title};
    for (const config::Camera& one : site.cameras) {
        exports::CameraPlace& camera = options.cameras[one.id] = {one.attachment, one.device, {}};
        for (const config::Mask& mask : one.masks) {
            if (!mask.is_required_for_export)
                continue;
            media::MaskPolygon& polygon = camera.masks.emplace_back(media::MaskPolygon{mask.id, {}});
            for (const config::MaskPoint& point : mask.points)
                polygon.points.push_back({point.x / 1e6, point.y / 1e6});
        }
    }
    options.zone = zone;
    return options;
}

std::string day_of(std::int64_t utc_ns, const sdk::TimeZone& zone) { return exports::local_words(utc_ns, zone).substr(0, 10); }

} // namespace

ExportsSiteGate::ExportsSiteGate(const GateParts& parts) : parts_(parts) {
    parts_.approvals.add(exports::ExportDesk::proposal_kind([this] {
        const std::lock_guard lock(mutex_);
        if (desk_)
            desk_->wake();
    }));
}

// Why it was granted and by whom: a second person where there was one, else whoever took it on themselves.
Result<std::function<void()>> ExportsSiteGate::enter(ledger::Ledger::Transaction& transaction, const exports::Export& one) {
    std::shared_ptr<const exports::Options> options;
    {
        const std::lock_guard lock(mutex_);
        options = options_;
    }
    const exports::Description& said = one.description;
    const approvals::Person& authoriser = one.approver ? *one.approver : one.requester;
    const auto known = options->authorisers.find(authoriser.account);
    std::string cameras;
    for (const std::string& camera : said.cameras)
        cameras += (cameras.empty() ? "" : " ") + camera;
    RegisterRow row{"export_watchdog", "disclosures", {}};
    row.fields = {{"recorded_from", day_of(said.begin_utc_ns, options->zone)},
                  {"recorded_to", day_of(said.end_utc_ns - 1, options->zone)},
                  {"requester_name", said.requester_name},
                  {"requester_title", said.requester_title},
                  {"requester_organisation", said.requester_organisation},
                  {"authoriser_name", known == options->authorisers.end() ? approvals::name_of(authoriser) : known->second.name},
                  {"authoriser_title", known != options->authorisers.end() ? known->second.title
                                       : one.approver                      ? "second person at the export desk"
                                                                           : "requester at the export desk"},
                  {"description", said.summary},
                  {"request_reason", said.reason},
                  {"grant_reason", !said.grant.empty()              ? said.grant
                                   : !one.approval_reason.empty() ? one.approval_reason
                                   : one.approver                   ? "approved by a second person"
                                                                    : "no module of the site refused it"},
                  {"how", "copied"},
                  {"cameras", cameras},
                  {"covered", exports::covering_words(one, false)},
                  {"export", std::to_string(one.id)},
                  {"digest", one.manifest_sha256}};
    if (const exports::Recipient* to = options->recipient(said.recipient))
        row.fields["recipient_class"] = to->recipient_class;
    if (!said.legal_ground.empty())
        row.fields["legal_ground"] = said.legal_ground;
    if (said.destroy_by_utc_ns != 0)
        row.fields["destroy_by"] = day_of(said.destroy_by_utc_ns - 1, options->zone);
    if (!said.medium.empty())
        row.fields["medium"] = said.medium;
    auto added = parts_.registers.append(transaction, row, approvals::host_person());
    if (!added)
        return fail(Error(added.error()).within("register of disclosures"));
    return [this, revision = added->revision] { parts_.registers.show({"export_watchdog", "disclosures"}, revision); };
}

// Before anything is sealed under it: an outsider finds in the ledger which certificate was the site's, and since when.
Result<void> ExportsSiteGate::note_key(const seal::KeyRecord& key) {
    const std::string digest = signing::hex(key.certificate.sha256());
    const std::lock_guard lock(noting_);
    if (digest == noted_key_)
        return {};
    ledger::Entry entry("seal.key");
    entry.set("number", std::int64_t{key.number}).set("certificate_sha256", digest);
    if (!key.reason.empty())
        entry.set("reason", key.reason);
    if (auto noted = parts_.ledger.append(entry); !noted)
        return fail(noted.error());
    noted_key_ = digest;
    return {};
}

Result<ExportsSiteGate::Sealing> ExportsSiteGate::sealing_of(const config::ExportDesk& desk, const std::string& site) const {
    Sealing sealing;
    if (desk.seal_key) {
        sealing.key.token = desk.seal_key->token;
        if (desk.seal_key->secret)
            (sealing.key.token.empty() ? sealing.key.passphrase : sealing.key.pin) = desk.seal_key->secret->reveal();
    }
    if (desk.time_stamp) {
        sealing.time_stamp_url = desk.time_stamp->url;
        if (auto usable = outgoing::check_time_stamp_url(desk.time_stamp->url); !usable)
            return fail(Error(usable.error()).within("time-stamp"));
        auto authorities = signing::Certificate::read_all(desk.time_stamp->ca_file, 100);
        if (!authorities)
            return fail(Error(authorities.error()).within("time-stamp"));
        sealing.time_stampers = std::move(*authorities);
        sealing.is_time_stamp_required = desk.time_stamp->is_required;
    }
    auto keys = seal::SealingKeys::open(parts_.state / "seal", site, sealing.key, parts_.clock);
    if (!keys)
        return fail(Error(keys.error()).within("sealing key"));
    return sealing;
}

exports::ExportDesk::Parts ExportsSiteGate::desk_parts() {
    exports::ExportDesk::Parts parts{parts_.ledger, parts_.approvals, parts_.names, parts_.clock,
                                     parts_.asker(OMBUD_HOOK_EXPORT_RELEASE), {}, parts_.pixelate, {}, {}, {}};
    parts.seal = [this](const seal::SealRequest& given) -> Result<seal::Sealed> {
        std::shared_ptr<const Sealing> sealing;
        {
            const std::lock_guard lock(mutex_);
            sealing = sealing_;
        }
        seal::SealRequest request = given;
        if (!sealing->time_stamp_url.empty())
            request.time_stamp = [&](const std::string& query) { return outgoing::ask_time_stamp(sealing->time_stamp_url, query); };
        request.time_stampers = sealing->time_stampers;
        request.is_time_stamp_required = sealing->is_time_stamp_required;
        auto keys = seal::SealingKeys::open(parts_.state / "seal", request.facts.site, sealing->key, parts_.clock); // anew: it may have been rotated
        if (!keys)
            return fail(Error(keys.error()).within("sealing key"));
        if (auto noted = note_key(keys->records().back()); !noted)
            return fail(noted.error());
        return seal::seal_files(request, keys->current(), parts_.clock);
    };
    parts.enter = [this](ledger::Ledger::Transaction& transaction, const exports::Export& one) { return enter(transaction, one); };
    parts.tell_undescribed = [this](ledger::Ledger::Transaction& transaction, const exports::Export& one, bool is_undescribed) {
        const std::string number = std::to_string(one.id), key = "undescribed/" + number;
        if (!is_undescribed)
            return findings::clear(transaction, desk_name, key, "it was described, or ended", parts_.clock.utc_ns());
        Finding finding;
        finding.severity = OMBUD_SEVERITY_WARNING;
        finding.key = key;
        finding.control = "EXP-6";
        finding.text = "recordings were handed in, and for an hour nobody has said what they are, for whom and why; say it: ombud export describe " + number +
                       ", or have them removed: ombud export withdraw " + number;
        finding.person = one.requester.account;
        return findings::raise(transaction, desk_name, finding, 0, parts_.clock.utc_ns());
    };
    parts.log = [this](int level, std::string_view text) { parts_.log("export desk", level, text); };
    return parts;
}

Result<void> ExportsSiteGate::apply(const config::Site& site) {
    const auto within = [](const Error& error) { return fail(Error(error).within("export desk")); };
    const auto& wanted = site.gates.exports;
    std::shared_ptr<exports::ExportDesk> desk;
    {
        const std::lock_guard lock(mutex_);
        desk = desk_;
    }
    if (!wanted) {
        const auto held = exports::ExportDesk::count_open(parts_.ledger);
        if (!held)
            return within(held.error());
        if (*held > 0 && desk)
            return within({ErrorCode::refused, "holds " + std::to_string(*held) +
                                                   " exports; withdraw them, or let them leave, before <exports> goes\nhint: ombud export list"});
        {
            const std::lock_guard lock(mutex_);
            desk_.reset();
        }
        return {}; // the last pointer ends it, here or with the call that holds it
    }
    const auto zone = sdk::TimeZone::read(site.timezone);
    if (!zone)
        return within({ErrorCode::invalid_input, "time zone " + site.timezone + ": " + zone.error().message});
    exports::Options options = options_of(*wanted, site, parts_.state, *zone);
    auto sealing = sealing_of(*wanted, site.id);
    if (!sealing)
        return within(sealing.error());
    const auto sealing_now = std::make_shared<const Sealing>(std::move(*sealing));
    if (desk) {
        if (auto applied = desk->apply(options); !applied)
            return within(applied.error());
        const std::lock_guard lock(mutex_);
        options_ = std::make_shared<const exports::Options>(std::move(options));
        sealing_ = sealing_now;
        return {};
    }
    {
        const std::lock_guard lock(mutex_);
        options_ = std::make_shared<const exports::Options>(options);
        sealing_ = sealing_now;
    }
    auto begun = exports::ExportDesk::start(std::move(options), desk_parts());
    if (!begun)
        return within(begun.error());
    const std::lock_guard lock(mutex_);
    desk_ = std::move(*begun);
    return {};
}

void ExportsSiteGate::reconsider() {
    if (auto here = desk())
        (*here)->reconsider();
}

std::vector<SiteGate::Hook> ExportsSiteGate::hooks() const {
    return desk() ? std::vector<Hook>{{OMBUD_HOOK_EXPORT_RELEASE, OMBUD_EVENT_EXPORT_RELEASE}} : std::vector<Hook>{};
}

void ExportsSiteGate::tell(boost::json::object& all) const {
    const auto here = desk();
    if (!here)
        return;
    const auto held = (*here)->list(false, 0);
    boost::json::object states;
    if (held)
        for (const exports::Export& one : *held) {
            auto& count = states[exports::to_string(one.state)];
            count = (count.is_int64() ? count.get_int64() : 0) + 1;
        }
    boost::json::value covering;
    if (const auto now = (*here)->covering())
        covering = {{"export", now->id}, {"file", now->file + 1}, {"files", now->files}, {"share", now->share}};
    all["exports"] = {{"drop", (*here)->options().drop.string()}, {"held", std::move(states)}, {"left", (*here)->left().size()}, {"covering", std::move(covering)}};
}

std::vector<std::string> ExportsSiteGate::warnings() const {
    const auto here = desk();
    std::vector<std::string> all;
    if (!here) {
        if (const auto held = exports::ExportDesk::count_open(parts_.ledger); held && *held > 0)
            all.push_back(std::to_string(*held) + " exports are held by a desk that site.xml no longer has: put <exports> back, then withdraw them");
        return all;
    }
    std::int64_t incomplete = 0, blocked = 0;
    if (const auto held = (*here)->list(false, 0))
        for (const exports::Export& one : *held) {
            incomplete += one.state == exports::State::incomplete ? 1 : 0;
            blocked += one.state == exports::State::blocked || (one.state == exports::State::recorded && !one.why.empty()) ? 1 : 0;
        }
    if (incomplete > 0)
        all.push_back(std::to_string(incomplete) + (incomplete == 1 ? " export lacks" : " exports lack") + " a description: ombud export list");
    if (blocked > 0)
        all.push_back(std::to_string(blocked) + (blocked == 1 ? " export" : " exports") + " cannot leave: ombud export list");
    if (const auto left = (*here)->left(); !left.empty())
        all.push_back(std::to_string(left.size()) + " in the drop folder cannot be taken over, the first: " + left.front().name + ": " + left.front().why);
    return all;
}

std::optional<Coverage> ExportsSiteGate::coverage(std::string_view control) const {
    const Reach* reach = find_reach(export_reach, control);
    if (reach == nullptr)
        return std::nullopt;
    return desk() ? coverage_of(*reach, "export desk")
                  : Coverage{OMBUD_COVERAGE_BLIND, "no <exports> in site.xml: what is exported passes unseen"};
}

Result<std::shared_ptr<exports::ExportDesk>> ExportsSiteGate::desk() const {
    const std::lock_guard lock(mutex_);
    if (!desk_)
        return fail(ErrorCode::not_found, "this site has no export desk\nhint: <exports> in site.xml, see manifests/schema/README.md");
    return desk_;
}

} // namespace ombud::daemon
