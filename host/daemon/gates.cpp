#include "daemon/gates.hpp"

#include <boost/json/array.hpp>

#include <ombud/feed.h>
#include <ombud/hook.h>
#include <ombud/host.h>
#include <ombud/vocabulary.h>


namespace ombud::daemon {
namespace {

namespace json = boost::json;

// What a gate in the path carries out, and what it cannot see. Modules judge; so nothing here holds while theirs is off.
struct Reach {
    std::string_view control;
    std::uint32_t level;
    std::string_view note;
};
constexpr Reach stream_reach[] = {
    {"AMG-1", OMBUD_COVERAGE_PREVENTABLE, "tracks without a purpose are not served"},
    {"AMG-2", OMBUD_COVERAGE_PREVENTABLE, "such tracks never reach the VMS"},
    {"AMG-3", OMBUD_COVERAGE_PREVENTABLE, "tracks open and close by their hours while a stream runs"},
    {"AMG-6", OMBUD_COVERAGE_PREVENTABLE, "metadata tracks are dropped whole; what is inside is not looked at"},
};
constexpr Reach mail_reach[] = {
    {"MAIL-1", OMBUD_COVERAGE_PREVENTABLE, "mail that the VMS hands to the site's mail server; another way out is not seen"},
    {"MAIL-2", OMBUD_COVERAGE_PREVENTABLE, "refused with the likely correction"},
    {"MAIL-3", OMBUD_COVERAGE_PREVENTABLE, "the list changes when a second person approves"},
    {"MAIL-4", OMBUD_COVERAGE_PREVENTABLE, "free-mail domains as listed; a private domain is not known as such"},
    {"MAIL-5", OMBUD_COVERAGE_PREVENTABLE, "by content; what cannot be looked into goes to cleared recipients only"},
    {"MAIL-6", OMBUD_COVERAGE_PREVENTABLE, "as the mail server tells of both hops"},
    {"MAIL-7", OMBUD_COVERAGE_PREVENTABLE, "the date is written; that the receiver deletes by it is not seen"},
};

constexpr Reach push_reach[] = {
    {"PUSH-1", OMBUD_COVERAGE_PREVENTABLE, "pushes that are sent through the gate; another way out is not seen"},
    {"PUSH-2", OMBUD_COVERAGE_PREVENTABLE, "a reference and a neutral text leave, nothing else"},
    {"PUSH-3", OMBUD_COVERAGE_PREVENTABLE, "lost, left and vanished devices get nothing; that somebody left has to be told"},
    {"PUSH-4", OMBUD_COVERAGE_PREVENTABLE, "account names by their pattern"},
    {"PUSH-5", OMBUD_COVERAGE_OBSERVABLE, "devices are cut off at once; locking the account in the VMS is left to people"},
    {"PUSH-6", OMBUD_COVERAGE_PREVENTABLE, "as site.xml tells provider and country; that it is true is not seen"},
    {"PUSH-7", OMBUD_COVERAGE_BLIND, "no VMS tells; the module's option two-step-login says what somebody has looked at"},
};

template <std::size_t N>
const Reach* find(const Reach (&table)[N], std::string_view control) {
    for (const Reach& one : table)
        if (one.control == control)
            return &one;
    return nullptr;
}

Coverage coverage_of(const Reach& reach, std::string_view where) {
    return {reach.level, std::string(where) + ": " + std::string(reach.note)};
}

push::ForwarderKind kind_of(config::ForwarderKind kind) {
    switch (kind) {
    case config::ForwarderKind::web_push: return push::ForwarderKind::web_push;
    case config::ForwarderKind::ntfy: return push::ForwarderKind::ntfy;
    case config::ForwarderKind::mqtt: return push::ForwarderKind::mqtt;
    case config::ForwarderKind::webhook: break;
    }
    return push::ForwarderKind::webhook;
}

stream::Options options_of(const config::StreamGate& gate, const config::Site& site) {
    stream::Options options;
    options.listen = gate.listen;
    options.tls_listen = gate.tls_listen;
    options.certificate = gate.certificate;
    options.key = gate.key;
    for (const config::Login& one : gate.viewers)
        options.viewers.push_back({one.name, one.secret.reveal()});
    for (const config::StreamSource& one : gate.streams) {
        const config::Camera& camera = *site.camera(one.camera); // the site was checked
        options.sources.push_back({one.name, camera.id, camera.attachment, camera.device, one.url, one.user,
                                   one.password ? one.password->reveal() : std::string{}, one.ca_file});
    }
    return options;
}

// A gate's own facts as an entry. Whatever is no text or number has no place there.
ledger::Entry entry_of(std::string_view kind, const json::object& fields) {
    ledger::Entry entry(kind);
    for (const auto& field : fields) {
        if (const auto* text = field.value().if_string())
            entry.set(field.key(), std::string_view(*text));
        else if (const auto* number = field.value().if_int64())
            entry.set(field.key(), *number);
        else if (const auto* count = field.value().if_uint64())
            entry.set(field.key(), static_cast<std::int64_t>(*count));
    }
    return entry;
}

} // namespace

Gates::Gates(Parts parts) : parts_(std::move(parts)), devices_(parts_.registers) {}
Gates::~Gates() = default;

std::function<Result<Judgement>(const EventRef&)> Gates::asker(std::uint32_t hook) {
    return [this, hook, key = parts_.names.intern(OMBUD_KEY_ATTACHMENT)](const EventRef& event) {
        return parts_.dispatcher.ask(hook, event, std::string(event->text(key).value_or("")), 0);
    };
}

Result<void> Gates::apply(const config::Site& site) {
    for (auto one : {&Gates::apply_streams, &Gates::apply_mail, &Gates::apply_push})
        if (auto applied = (this->*one)(site); !applied)
            return applied;
    return {};
}

Result<void> Gates::apply_streams(const config::Site& site) {
    const std::lock_guard lock(mutex_);
    const auto& wanted = site.gates.streams;
    if (!wanted) {
        streams_.reset();
        stream_options_.reset();
        return {};
    }
    const auto begin = [&](stream::Options options) {
        return stream::StreamGate::start(
            std::move(options), {asker(OMBUD_HOOK_STREAM_OPEN), parts_.clock, parts_.names,
                                 [this](std::string_view kind, const json::object& fields) {
                                     if (auto noted = parts_.ledger.append(entry_of(kind, fields)); !noted)
                                         parts_.log("stream gate", OMBUD_LOG_ERROR, noted.error().message);
                                 }});
    };
    if (streams_) {
        auto changed = streams_->apply(options_of(*wanted, site));
        if (changed)
            stream_options_ = options_of(*wanted, site);
        if (changed || changed.error().code != ErrorCode::refused)
            return changed;
        streams_.reset(); // other addresses or another certificate: its sessions end
    }
    stream::Options options = options_of(*wanted, site);
    auto begun = begin(options);
    if (!begun) {
        if (stream_options_)
            if (auto again = begin(*stream_options_))
                streams_ = std::move(*again);
        return fail(Error(begun.error()).within("stream gate"));
    }
    streams_ = std::move(*begun);
    stream_options_ = std::move(options);
    return {};
}

Result<void> Gates::apply_mail(const config::Site& site) {
    const std::lock_guard lock(mutex_);
    const auto& wanted = site.gates.mail;
    if (wanted && mail_ && now_.mail && now_.mail->listen == wanted->listen && now_.mail->group == wanted->group)
        return {};
    const auto begin = [&](const config::MailGate& gate) {
        return mail::MailGate::start({gate.listen, gate.group, {}},
                                     {asker(OMBUD_HOOK_MAIL_SEND), parts_.clock, parts_.names,
                                      [this](int level, std::string_view text) { parts_.log("mail gate", level, text); }});
    };
    mail_.reset();
    if (!wanted) {
        now_.mail.reset();
        return {};
    }
    auto begun = begin(*wanted);
    if (!begun) {
        if (now_.mail)
            if (auto again = begin(*now_.mail))
                mail_ = std::move(*again);
        return fail(Error(begun.error()).within("mail gate"));
    }
    mail_ = std::move(*begun);
    now_.mail = wanted;
    return {};
}

Result<std::unique_ptr<push::PushGate>> Gates::begin_push(const config::PushGate& wanted) {
    push::PushGate::Options options;
    options.https.listen = wanted.listen;
    options.https.certificate = wanted.certificate;
    options.https.key = wanted.key;
    options.https.body_bytes_max = 4U << 20; // a picture
    options.state_file = parts_.push_state;
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
        asker(OMBUD_HOOK_PUSH_SEND),
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

Result<void> Gates::apply_push(const config::Site& site) {
    const std::lock_guard lock(mutex_);
    const auto& wanted = site.gates.push;
    if (push_ && wanted && now_.push && *wanted == *now_.push)
        return {};
    push_.reset();
    if (!wanted) {
        now_.push.reset();
        return {};
    }
    auto begun = begin_push(*wanted);
    if (!begun) {
        if (now_.push)
            if (auto again = begin_push(*now_.push))
                push_ = std::move(*again);
        return fail(begun.error());
    }
    push_ = std::move(*begun);
    now_.push = wanted;
    return {};
}

Result<void> Gates::drop_device(const std::string& device) {
    const std::lock_guard lock(mutex_);
    if (!push_)
        return {};
    auto dropped = push_->drop_device(device);
    return dropped ? Result<void>() : fail(dropped.error());
}

void Gates::reconsider() {
    const std::lock_guard lock(mutex_);
    if (streams_)
        streams_->reconsider();
}

json::object Gates::status() const {
    const std::lock_guard lock(mutex_);
    json::object all;
    if (streams_) {
        json::array list;
        for (const stream::StreamStatus& one : streams_->status()) {
            json::array viewers(one.viewers.begin(), one.viewers.end()), shut(one.shut.begin(), one.shut.end());
            list.push_back({{"name", one.name}, {"camera", one.camera}, {"state", one.state}, {"why", one.why},
                            {"last_reason", one.last_reason}, {"viewers", std::move(viewers)}, {"shut", std::move(shut)},
                            {"packets", one.counts.packets}, {"bytes", one.counts.bytes}, {"dropped", one.counts.dropped_count()}});
        }
        all["streams"] = {{"port", streams_->port()}, {"tls_port", streams_->tls_port()}, {"streams", std::move(list)}};
    }
    if (mail_) {
        const mail::MailGate::Status mail = mail_->status();
        all["mail"] = {{"listen", mail.listen}, {"listening", mail.listening}, {"mails", mail.mails},
                       {"recipients_refused", mail.recipients_refused}, {"mails_refused", mail.mails_refused},
                       {"mails_changed", mail.mails_changed}, {"held", mail.held}, {"sessions", mail.sessions}};
    }
    if (push_) {
        const push::PushGate::Status push = push_->status();
        all["push"] = {{"port", push.port}, {"asked", push.asked}, {"refused", push.refused}, {"resolved", push.resolved},
                       {"unauthorised", push.unauthorised}};
    }
    return all;
}

std::optional<Coverage> Gates::coverage(std::string_view control) const {
    const std::lock_guard lock(mutex_);
    if (const Reach* reach = find(mail_reach, control))
        return mail_ ? coverage_of(*reach, "mail gate")
                     : Coverage{OMBUD_COVERAGE_BLIND, "no <mail> gate in site.xml: the VMS's mail passes unseen"};
    if (const Reach* reach = find(push_reach, control))
        return push_ ? coverage_of(*reach, "push gate")
                     : Coverage{OMBUD_COVERAGE_BLIND, "no <push> gate in site.xml: what is pushed passes unseen"};
    return std::nullopt;
}

std::optional<Coverage> Gates::coverage(std::string_view control, const config::Site& site, std::string_view attachment) const {
    const std::lock_guard lock(mutex_);
    const Reach* reach = find(stream_reach, control);
    if (reach == nullptr || !streams_ || !site.gates.streams)
        return std::nullopt;
    std::size_t cameras = 0, served = 0;
    for (const config::Camera& camera : site.cameras) {
        if (camera.attachment != attachment)
            continue;
        ++cameras;
        for (const config::StreamSource& source : site.gates.streams->streams)
            if (source.camera == camera.id) {
                ++served;
                break;
            }
    }
    if (served == 0)
        return std::nullopt;
    Coverage coverage = coverage_of(*reach, "stream gate, " + std::to_string(served) + " of " + std::to_string(cameras) +
                                                " documented cameras (one that the VMS reaches directly is not seen)");
    if (served < cameras)
        coverage.level = OMBUD_COVERAGE_BLIND; // raises nothing for the whole attachment
    return coverage;
}

} // namespace ombud::daemon
