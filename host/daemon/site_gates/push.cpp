#include "daemon/site_gates/push.hpp"

#include <ombud/hook.h>
#include <ombud/host.h>
#include <ombud/vocabulary.h>

#include "daemon/site_gates/reach.hpp"

namespace ombud::daemon {
namespace {

constexpr Reach push_reach[] = {
    {"PUSH-1", OMBUD_COVERAGE_PREVENTABLE, "pushes that are sent through the gate; another way out is not seen"},
    {"PUSH-2", OMBUD_COVERAGE_PREVENTABLE, "a reference and a neutral text leave, nothing else"},
    {"PUSH-3", OMBUD_COVERAGE_PREVENTABLE, "lost, left and vanished devices get nothing; that somebody left has to be told"},
    {"PUSH-4", OMBUD_COVERAGE_PREVENTABLE, "account names by their pattern"},
    {"PUSH-5", OMBUD_COVERAGE_PREVENTABLE, "a lost device gets nothing from then on; whether its person's account can be disabled stands with each attachment"},
    {"PUSH-6", OMBUD_COVERAGE_PREVENTABLE, "as site.xml tells provider and country; that it is true is not seen"},
    {"PUSH-7", OMBUD_COVERAGE_BLIND, "no VMS tells; the module's option two-step-login says what somebody has looked at"},
};

push::ForwarderKind kind_of(config::ForwarderKind kind) {
    switch (kind) {
    case config::ForwarderKind::web_push: return push::ForwarderKind::web_push;
    case config::ForwarderKind::ntfy: return push::ForwarderKind::ntfy;
    case config::ForwarderKind::mqtt: return push::ForwarderKind::mqtt;
    case config::ForwarderKind::webhook: break;
    }
    return push::ForwarderKind::webhook;
}

} // namespace

Result<std::unique_ptr<push::PushGate>> PushSiteGate::begin(const config::PushGate& wanted) {
    push::PushGate::Options options;
    options.https.listen = wanted.listen;
    options.https.certificate = wanted.certificate;
    options.https.key = wanted.key;
    options.https.body_bytes_max = 4U << 20; // a picture
    options.state_file = parts_.state / "push.db";
    for (const config::Login& one : wanted.senders)
        options.senders.push_back({one.name, one.secret.reveal()});
    for (const config::Forwarder& one : wanted.forwarders) {
        push::ForwarderOptions way;
        way.id = one.id;
        way.kind = kind_of(one.kind);
        way.url = one.url;
        way.topic = one.topic;
        way.provider = one.provider;
        way.country = one.country;
        way.contact = one.contact;
        way.user = one.user;
        way.secret = one.secret ? one.secret->reveal() : std::string{};
        way.ca_file = one.ca_file;
        options.forwarders.push_back(std::move(way));
    }
    const auto told = [this](const char* what, const auto& changed) {
        if (!changed)
            parts_.log("push gate", OMBUD_LOG_ERROR, std::string(what) + ": " + changed.error().message);
    };
    push::PushGate::Parts parts{
        parts_.asker(OMBUD_HOOK_PUSH_SEND),
        [this](const std::string& person) { return devices_.of(person); },
        [this](const std::string& id) { return devices_.find(id); },
        [this, told](const std::string& id, std::int64_t utc_ns) { told("a device was seen", devices_.saw(id, utc_ns)); },
        [this, told](const std::string& id, const std::string& reason) { told("a device is gone", devices_.forget(id, reason)); },
        [this](const ledger::Entry& entry) -> Result<void> {
            auto noted = parts_.ledger.append(entry);
            return noted ? Result<void>() : fail(noted.error());
        },
        parts_.clock,
        parts_.names};
    auto begun = push::PushGate::start(std::move(options), std::move(parts));
    if (!begun)
        return fail(Error(begun.error()).within("push gate"));
    return begun;
}

Result<void> PushSiteGate::apply(const config::Site& site) {
    const std::lock_guard lock(mutex_);
    const auto& wanted = site.gates.push;
    if (gate_ && wanted && now_ && *wanted == *now_)
        return {};
    gate_.reset();
    certificate_.began({});
    if (!wanted) {
        now_.reset();
        return {};
    }
    auto begun = begin(*wanted);
    if (!begun) {
        if (now_)
            if (auto again = begin(*now_)) {
                gate_ = std::move(*again);
                certificate_.began(gate_->certificate());
            }
        return fail(begun.error());
    }
    gate_ = std::move(*begun);
    certificate_.began(gate_->certificate());
    now_ = wanted;
    return {};
}

Result<void> PushSiteGate::renew(signing::Looking looking) {
    Result<bool> found = false;
    std::optional<ShownCertificate::News> news;
    {
        const std::lock_guard lock(mutex_);
        if (!gate_)
            return {};
        found = gate_->look_at_certificate(looking);
        news = certificate_.looked(found, gate_->certificate());
    }
    if (news)
        ShownCertificate::tell(parts_, "push gate", *news);
    return found ? Result<void>() : fail(Error(found.error()).within("push gate"));
}

std::vector<std::string> PushSiteGate::warnings() const {
    const std::lock_guard lock(mutex_);
    return certificate_.warnings(parts_.clock.utc_ns());
}

Result<void> PushSiteGate::drop_device(const std::string& device) {
    const std::lock_guard lock(mutex_);
    if (!gate_)
        return {};
    auto dropped = gate_->drop_device(device);
    return dropped ? Result<void>() : fail(dropped.error());
}

std::vector<SiteGate::Hook> PushSiteGate::hooks() const {
    const std::lock_guard lock(mutex_);
    return gate_ ? std::vector<Hook>{{OMBUD_HOOK_PUSH_SEND, OMBUD_EVENT_PUSH_SEND}} : std::vector<Hook>{};
}

void PushSiteGate::tell(boost::json::object& all) const {
    const std::lock_guard lock(mutex_);
    if (!gate_)
        return;
    const push::PushGate::Status push = gate_->status();
    all["push"] = {{"port", push.port}, {"asked", push.asked}, {"refused", push.refused}, {"resolved", push.resolved},
                   {"unauthorised", push.unauthorised}, {"certificate", certificate_.json()}};
}

std::optional<Coverage> PushSiteGate::coverage(std::string_view control) const {
    const Reach* reach = find_reach(push_reach, control);
    if (reach == nullptr)
        return std::nullopt;
    const std::lock_guard lock(mutex_);
    return gate_ ? coverage_of(*reach, "push gate")
                 : Coverage{OMBUD_COVERAGE_BLIND, "no <push> gate in site.xml: what is pushed passes unseen"};
}

} // namespace ombud::daemon
