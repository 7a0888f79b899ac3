// The gate that a reverse proxy asks, in front of a VMS's pages.
#include <algorithm>
#include <mutex>

#include <pwd.h>
#include <vector>

#include <ombud/hook.h>
#include <ombud/host.h>
#include <ombud/vocabulary.h>

#include "daemon/site_gates/reach.hpp"
#include "daemon/site_gates/site_gate.hpp"
#include "gates/export/description.hpp"
#include "gates/web/web_gate.hpp"

namespace ombud::daemon {
namespace {

namespace json = boost::json;

#define OMBUD_PAST_THE_PROXY "whoever reaches the VMS's web server past the proxy is not seen: let it listen to the proxy alone"

constexpr Reach enforced[] = {
    {"EXP-1", OMBUD_COVERAGE_PREVENTABLE, "exports and downloads on the VMS's pages; " OMBUD_PAST_THE_PROXY},
    {"EXP-2", OMBUD_COVERAGE_PREVENTABLE, "the VMS seals nothing, so each export of its pages is a plain one; " OMBUD_PAST_THE_PROXY},
    {"EXP-6", OMBUD_COVERAGE_PREVENTABLE, "no copy leaves the VMS's pages without its row; to whom it is handed on has to be written down; " OMBUD_PAST_THE_PROXY},
    {"EXP-8", OMBUD_COVERAGE_PREVENTABLE, "for accounts that the site names a person of (vms-user); others are refused"},
    {"ACC-3", OMBUD_COVERAGE_PREVENTABLE, "replays are asked with their recordings and times; what a replay runs on into is not"},
    {"ACC-4", OMBUD_COVERAGE_PREVENTABLE, "each request is on record before it is answered, a repeated harmless one every two seconds; " OMBUD_PAST_THE_PROXY},
};

/// The account of this machine, as the local API would know it.
std::optional<approvals::Person> person_of_account(const std::string& account) {
    std::vector<char> text(16 * 1024);
    passwd entry{};
    passwd* found = nullptr;
    if (::getpwnam_r(account.c_str(), &entry, text.data(), text.size(), &found) != 0 || found == nullptr)
        return std::nullopt;
    return approvals::Person{entry.pw_uid, std::nullopt, account, {}};
}

const registers::Place disclosures{"export_watchdog", "disclosures"};

std::string blank_separated(std::string lines) {
    std::replace(lines.begin(), lines.end(), '\n', ' ');
    return lines;
}

/// What is known of an export on the VMS's pages. Who gets the copy is not, nor until when: the audit asks for the day.
RegisterRow row_of(const web::Leaving& leaving, const config::Site& site, const sdk::TimeZone& zone, std::int64_t now_utc_ns) {
    const web::Export& what = leaving.exported;
    const auto day = [&](std::optional<std::int64_t> utc_ns) { return exports::local_words(utc_ns.value_or(now_utc_ns), zone).substr(0, 10); };
    std::string cameras;
    for (const config::Camera& camera : site.cameras)
        if (camera.attachment == what.attachment && ("\n" + what.devices + "\n").find("\n" + camera.device + "\n") != std::string::npos)
            cameras += (cameras.empty() ? "" : " ") + camera.id;
    RegisterRow row{disclosures.first, disclosures.second, {}};
    row.fields = {{"recorded_from", day(leaving.begin_utc_ns)},
                  {"recorded_to", day(leaving.end_utc_ns)},
                  {"requester_name", what.user.empty() ? "nobody that is known" : what.user},
                  {"requester_title", "account of " + what.attachment},
                  {"requester_organisation", site.name},
                  {"authoriser_name", what.user.empty() ? "nobody that is known" : what.user},
                  {"authoriser_title", "requester on the video system's pages"},
                  {"description", (what.recordings.empty() ? "recordings that are not known, nor their days: the day is that of the export"
                                                           : "recordings " + blank_separated(what.recordings)) +
                                      " of " + what.attachment + ", unsealed; to whom the copy goes is not known here"},
                  {"request_reason", "asked for on the video system's pages"},
                  {"grant_reason", leaving.approver.empty()          ? "no module of the site refused it"
                                   : leaving.approval_reason.empty() ? "approved by a second person"
                                                                     : leaving.approval_reason},
                  {"how", "copied"},
                  {"cameras", cameras},
                  {"export", what.id}};
    if (!leaving.approver.empty()) {
        row.fields["authoriser_name"] = leaving.approver;
        row.fields["authoriser_title"] = "second person at the web gate";
        if (site.gates.exports)
            for (const config::Authoriser& one : site.gates.exports->authorisers)
                if (one.account == leaving.approver) {
                    row.fields["authoriser_name"] = one.name;
                    row.fields["authoriser_title"] = one.title;
                }
    }
    return row;
}

class Web final : public SiteGate {
  public:
    explicit Web(const GateParts& parts) : parts_(parts) { parts_.approvals.add(web::WebGate::kind_of_approval(parts_.clock)); }

    Result<void> apply(const config::Site& site) override;
    void reconsider() override {
        const std::lock_guard lock(mutex_);
        if (gate_)
            gate_->reconsider();
    }
    [[nodiscard]] std::vector<Hook> hooks() const override {
        const std::lock_guard lock(mutex_);
        return gate_ ? std::vector<Hook>{{OMBUD_HOOK_ACCESS_REQUEST, OMBUD_EVENT_ACCESS_REQUEST},
                                         {OMBUD_HOOK_EXPORT_RELEASE, OMBUD_EVENT_EXPORT_RELEASE}}
                     : std::vector<Hook>{};
    }
    void tell(json::object& status) const override;
    using SiteGate::coverage;
    [[nodiscard]] std::optional<Coverage> coverage(std::string_view control, const config::Site& site,
                                                   std::string_view attachment) const override;

  private:
    Result<void> begin(const config::Site& site);
    [[nodiscard]] bool keeps_disclosures() const { return parts_.registers.content(disclosures.first, disclosures.second).has_value(); }
    Result<std::function<void()>> enter(ledger::Ledger::Transaction& transaction, const web::Leaving& leaving);
    /// What people and cameras are, as the gate asks for each request.
    std::shared_ptr<const config::Site> site() const {
        const std::lock_guard lock(site_mutex_);
        return site_;
    }

    const GateParts parts_;
    mutable std::mutex site_mutex_;
    std::shared_ptr<const config::Site> site_;
    mutable std::mutex mutex_; // the members below
    std::unique_ptr<web::Describer> describer_;
    std::unique_ptr<web::WebGate> gate_; // uses the describer
    std::shared_ptr<const config::Site> begun_with_;
};

// A site without export_watchdog keeps no such register; coverage then says nothing of EXP-6.
Result<std::function<void()>> Web::enter(ledger::Ledger::Transaction& transaction, const web::Leaving& leaving) {
    if (!keeps_disclosures())
        return std::function<void()>();
    const auto within = [](const std::string& message) {
        return fail(Error(ErrorCode::unavailable, message).within("register of disclosures"));
    };
    const auto now = site();
    const auto zone = sdk::TimeZone::read(now->timezone);
    if (!zone)
        return within("time zone " + now->timezone + ": " + zone.error().message);
    const auto added = parts_.registers.append(transaction, row_of(leaving, *now, *zone, parts_.clock.utc_ns()), approvals::host_person());
    if (!added)
        return within(added.error().message);
    return [this, revision = added->revision] { parts_.registers.show(disclosures, revision); };
}

Result<void> Web::begin(const config::Site& site) {
    const config::WebGate& wanted = *site.gates.web;
    auto releases = web::Releases::open(parts_.ledger, parts_.clock);
    if (!releases)
        return fail(releases.error());
    auto instance = parts_.connector(site, *site.attachment(wanted.attachment));
    if (!instance)
        return fail(instance.error());
    auto describer = web::Describer::create(std::move(*instance));
    if (!describer)
        return fail(describer.error());
    web::WebGate::Options options;
    options.http.listen = wanted.listen;
    options.http.group = wanted.group;
    options.attachment = wanted.attachment;
    options.enforces = wanted.enforces;
    options.approval_lifetime_ns = wanted.approval_lifetime_s * 1'000'000'000;
    auto begun = web::WebGate::start(
        std::move(options),
        {[raw = describer->get()](const web::Asked& asked) { return raw->describe(asked); },
         [this](std::uint32_t hook, const EventRef& event) { return parts_.asker(hook)(event); },
         [this, id = wanted.attachment](std::string_view device) {
             const auto now = this->site();
             const auto* camera = now->camera_of(id, device);
             return camera == nullptr ? std::string{} : camera->id;
         },
         [this](std::string_view user) -> std::optional<approvals::Person> {
             const auto now = this->site();
             const auto* person = now->person_of_vms(user);
             return person == nullptr ? std::nullopt : person_of_account(person->account);
         },
         parts_.approvals, std::move(*releases),
         [this](ledger::Ledger::Transaction& transaction, const web::Leaving& leaving) { return enter(transaction, leaving); }, parts_.clock, parts_.names,
         [this](int level, std::string_view text) { parts_.log("web gate", level, text); }});
    if (!begun)
        return fail(begun.error());
    describer_ = std::move(*describer);
    gate_ = std::move(*begun);
    return {};
}

Result<void> Web::apply(const config::Site& site) {
    const std::lock_guard lock(mutex_);
    const auto& wanted = site.gates.web;
    const auto shared = std::make_shared<const config::Site>(site);
    const auto show = [&](std::shared_ptr<const config::Site> now) {
        const std::lock_guard site_lock(site_mutex_);
        site_ = std::move(now);
    };
    if (gate_ && wanted && begun_with_ && *wanted == *begun_with_->gates.web) {
        const auto* was = begun_with_->attachment(wanted->attachment);
        const auto* now = site.attachment(wanted->attachment);
        if (was->connector == now->connector && was->options == now->options && begun_with_->timezone == site.timezone) {
            show(shared);
            return {};
        }
    }
    gate_.reset();
    describer_.reset();
    if (!wanted) {
        begun_with_.reset();
        return {};
    }
    show(shared);
    if (auto begun = begin(*shared); !begun) {
        if (begun_with_) {
            show(begun_with_);
            if (auto again = begin(*begun_with_); !again)
                parts_.log("web gate", OMBUD_LOG_ERROR, "cannot be put back as it was: " + again.error().message);
        }
        return fail(Error(begun.error()).within("web gate"));
    }
    begun_with_ = shared;
    return {};
}

void Web::tell(json::object& all) const {
    const std::lock_guard lock(mutex_);
    if (!gate_)
        return;
    const web::WebGate::Status web = gate_->status();
    const config::WebGate& given = *begun_with_->gates.web;
    all["web"] = {{"listen", given.listen}, {"port", web.port}, {"attachment", given.attachment},
                  {"mode", given.enforces ? "enforce" : "monitor"}, {"open", web.open}, {"asked", web.asked},
                  {"repeated", web.repeated}, {"refused", web.refused}, {"held", web.held}, {"failed", web.failed}};
}

std::optional<Coverage> Web::coverage(std::string_view control, const config::Site& site, std::string_view attachment) const {
    const Reach* reach = find_reach(enforced, control);
    if (reach == nullptr || !site.gates.web || site.gates.web->attachment != attachment)
        return std::nullopt;
    if (control == "EXP-6" && !keeps_disclosures())
        return std::nullopt;
    const std::lock_guard lock(mutex_);
    if (!gate_)
        return std::nullopt;
    if (site.gates.web->enforces)
        return coverage_of(*reach, "web gate");
    return Coverage{OMBUD_COVERAGE_OBSERVABLE, "web gate in monitor: what is not understood or has no right passes and is on record; " OMBUD_PAST_THE_PROXY};
}

} // namespace

std::unique_ptr<SiteGate> make_web_gate(const GateParts& parts) {
    return std::make_unique<Web>(parts);
}

} // namespace ombud::daemon
