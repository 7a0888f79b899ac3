#include "daemon/gates.hpp"

#include <algorithm>

#include <ombud/vocabulary.h>

#include "daemon/not_given.hpp"
#include "daemon/site_gates/exports.hpp"
#include "daemon/site_gates/push.hpp"

namespace ombud::daemon {

std::function<Result<Judgement>(const EventRef&)> GateParts::asker(std::uint32_t hook) const {
    return [&dispatcher = dispatcher, hook, key = names.intern(OMBUD_KEY_ATTACHMENT)](const EventRef& event) {
        return dispatcher.ask(hook, event, std::string(event->text(key).value_or("")), 0);
    };
}

Gates::Gates(const GateParts& parts) {
    auto push = std::make_unique<PushSiteGate>(parts);
    push_ = push.get();
    gates_.push_back(make_stream_gate(parts));
    gates_.push_back(make_mail_gate(parts));
    gates_.push_back(std::move(push));
    auto exports = std::make_unique<ExportsSiteGate>(parts);
    exports_ = exports.get();
    gates_.push_back(std::move(exports));
    gates_.push_back(make_web_gate(parts));
}
Gates::~Gates() = default;

Result<void> Gates::apply(const config::Site& site) {
    for (const auto& gate : gates_)
        if (auto applied = gate->apply(site); !applied)
            return applied;
    return {};
}

Result<void> Gates::drop_device(const std::string& device) { return push_->drop_device(device); }

Result<void> Gates::renew_certificates(signing::Looking looking) {
    Result<void> first;
    for (const auto& gate : gates_)
        if (auto renewed = gate->renew(looking); !renewed && first)
            first = std::move(renewed);
    return first;
}

void Gates::reconsider() {
    for (const auto& gate : gates_)
        gate->reconsider();
}

std::vector<std::string> Gates::warnings() const {
    std::vector<std::string> all;
    for (const auto& gate : gates_)
        for (std::string& one : gate->warnings())
            all.push_back(std::move(one));
    return all;
}

boost::json::object Gates::status() const {
    boost::json::object all;
    for (const auto& gate : gates_)
        gate->tell(all);
    return all;
}

std::vector<std::string> Gates::unjudged(const config::Site& site, const std::vector<Member>& modules) const {
    std::vector<std::string> all;
    for (const auto& gate : gates_)
        for (const SiteGate::Hook& hook : gate->hooks()) {
            std::vector<std::string> judges;
            for (const Member& member : modules)
                if (member.mode != Mode::off && std::any_of(member.hooks.begin(), member.hooks.end(),
                                                            [&](const HookPlace& place) { return place.hook == hook.id; }))
                    judges.push_back(member.id);
            const std::string name(hook.name);
            if (judges.empty())
                all.push_back("no module judges " + name + ": everything passes the gate that asks it; name one in <modules>, or switch it on");
            else if (const auto kept = cameras_given_to_none(site, judges); kept && !kept->empty() && names_cameras(hook.id))
                all.push_back("no module judges " + name + " of cameras " + camera_list(*kept) + ": all of theirs passes the gate that asks it; "
                              "name them in cameras=\"…\" of a <module> that judges it");
        }
    return all;
}

std::optional<Coverage> Gates::coverage(std::string_view control) const {
    std::optional<Coverage> best;
    for (const auto& gate : gates_)
        if (auto one = gate->coverage(control); one && (!best || one->level > best->level))
            best = std::move(one);
    return best;
}

std::optional<Coverage> Gates::coverage(std::string_view control, const config::Site& site, std::string_view attachment) const {
    std::optional<Coverage> best;
    for (const auto& gate : gates_)
        if (auto one = gate->coverage(control, site, attachment); one && (!best || one->level > best->level))
            best = std::move(one);
    return best;
}

} // namespace ombud::daemon
