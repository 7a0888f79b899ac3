// The gate between cameras and the VMS.
#include <mutex>

#include <boost/json/array.hpp>

#include <ombud/hook.h>
#include <ombud/host.h>
#include <ombud/vocabulary.h>

#include "daemon/site_gates/reach.hpp"
#include "daemon/site_gates/shown_certificate.hpp"
#include "daemon/site_gates/site_gate.hpp"
#include "gates/stream/stream_gate.hpp"

namespace ombud::daemon {
namespace {

namespace json = boost::json;

constexpr const char* name = "stream gate";

constexpr Reach stream_reach[] = {
    {"AMG-1", OMBUD_COVERAGE_PREVENTABLE, "tracks without a purpose are not served"},
    {"AMG-2", OMBUD_COVERAGE_PREVENTABLE, "such tracks never reach the VMS"},
    {"AMG-3", OMBUD_COVERAGE_PREVENTABLE, "tracks open and close by their hours while a stream runs"},
    {"AMG-6", OMBUD_COVERAGE_PREVENTABLE, "metadata that sensitive-tracks lists is dropped, or passes pseudonymised where it is ONVIF's XML; what is inside other tracks is not looked at"},
    {"AMG-7", OMBUD_COVERAGE_PREVENTABLE, "a mobile camera passes with purpose, zone and assessment on record; nothing can be pushed here"},
};

stream::Options options_of(const config::StreamGate& gate, const config::Site& site) {
    stream::Options options;
    options.listen = gate.listen;
    options.tls_listen = gate.tls_listen;
    options.certificate = gate.certificate;
    options.key = gate.key;
    if (gate.udp_ports)
        options.udp_ports = {gate.udp_ports->first, gate.udp_ports->last};
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

class Streams final : public SiteGate {
  public:
    explicit Streams(const GateParts& parts) : parts_(parts) {}

    Result<void> apply(const config::Site& site) override;
    void reconsider() override {
        const std::lock_guard lock(mutex_);
        if (gate_)
            gate_->reconsider();
    }
    [[nodiscard]] std::vector<Hook> hooks() const override {
        const std::lock_guard lock(mutex_);
        return gate_ ? std::vector<Hook>{{OMBUD_HOOK_STREAM_OPEN, OMBUD_EVENT_STREAM_OPEN}} : std::vector<Hook>{};
    }
    void tell(json::object& status) const override;
    Result<void> renew(signing::Looking looking) override;
    [[nodiscard]] std::vector<std::string> warnings() const override;
    using SiteGate::coverage;
    [[nodiscard]] std::optional<Coverage> coverage(std::string_view control, const config::Site& site,
                                                   std::string_view attachment) const override;

  private:
    const GateParts parts_;
    mutable std::mutex mutex_; // the members below
    std::unique_ptr<stream::StreamGate> gate_;
    std::optional<stream::Options> options_; // of the gate that runs, to put it back
    ShownCertificate certificate_{name};
};

Result<void> Streams::apply(const config::Site& site) {
    const std::lock_guard lock(mutex_);
    const auto& wanted = site.gates.streams;
    if (!wanted) {
        gate_.reset();
        options_.reset();
        certificate_.began({});
        return {};
    }
    const auto begin = [&](stream::Options options) {
        return stream::StreamGate::start(
            std::move(options), {parts_.asker(OMBUD_HOOK_STREAM_OPEN), parts_.clock, parts_.names,
                                 [this](std::string_view kind, const json::object& fields) {
                                     if (kind == "stream.no_udp_ports")
                                         parts_.log(name, OMBUD_LOG_WARNING, std::string(fields.at("stream").as_string()) + ": " +
                                                                                 std::string(fields.at("reason").as_string()));
                                     if (auto noted = parts_.ledger.append(entry_of(kind, fields)); !noted)
                                         parts_.log(name, OMBUD_LOG_ERROR, noted.error().message);
                                 }});
    };
    if (gate_) {
        auto changed = gate_->apply(options_of(*wanted, site));
        if (changed)
            options_ = options_of(*wanted, site);
        if (changed || changed.error().code != ErrorCode::refused)
            return changed;
        gate_.reset(); // other addresses or another certificate: its sessions end
    }
    stream::Options options = options_of(*wanted, site);
    auto begun = begin(options);
    if (!begun) {
        if (options_)
            if (auto again = begin(*options_)) {
                gate_ = std::move(*again);
                certificate_.began(gate_->certificate());
            }
        return fail(Error(begun.error()).within(name));
    }
    gate_ = std::move(*begun);
    certificate_.began(gate_->certificate());
    options_ = std::move(options);
    return {};
}

Result<void> Streams::renew(signing::Looking looking) {
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
        ShownCertificate::tell(parts_, name, *news);
    return found ? Result<void>() : fail(Error(found.error()).within(name));
}

std::vector<std::string> Streams::warnings() const {
    const std::lock_guard lock(mutex_);
    auto all = certificate_.warnings(parts_.clock.utc_ns());
    if (const auto udp = gate_ ? gate_->udp_ports() : stream::UdpPorts::Status{}; udp.refused > 0)
        all.push_back(std::string(name) + ": a track found all UDP ports of " + udp.ports + " in use, " + std::to_string(udp.refused) +
                      (udp.refused == 1 ? " time" : " times") + " since the gate began: give udp-ports more, or have the VMS fetch by TCP");
    return all;
}

void Streams::tell(json::object& all) const {
    const std::lock_guard lock(mutex_);
    if (!gate_)
        return;
    json::array list;
    for (const stream::StreamStatus& one : gate_->status()) {
        json::array viewers(one.viewers.begin(), one.viewers.end()), shut(one.shut.begin(), one.shut.end());
        list.push_back({{"name", one.name}, {"camera", one.camera}, {"state", one.state}, {"why", one.why},
                        {"last_reason", one.last_reason}, {"viewers", std::move(viewers)}, {"shut", std::move(shut)},
                        {"packets", one.counts.packets}, {"bytes", one.counts.bytes}, {"dropped", one.counts.dropped_count()}});
    }
    const stream::UdpPorts::Status udp = gate_->udp_ports();
    all["streams"] = {{"port", gate_->port()}, {"tls_port", gate_->tls_port()}, {"streams", std::move(list)},
                      {"certificate", certificate_.json()},
                      {"udp", {{"ports", udp.ports}, {"pairs", udp.pairs}, {"open", udp.open}, {"refused", udp.refused}}}};
}

std::optional<Coverage> Streams::coverage(std::string_view control, const config::Site& site, std::string_view attachment) const {
    const std::lock_guard lock(mutex_);
    const Reach* reach = find_reach(stream_reach, control);
    if (reach == nullptr || !gate_ || !site.gates.streams)
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

} // namespace

std::unique_ptr<SiteGate> make_stream_gate(const GateParts& parts) {
    return std::make_unique<Streams>(parts);
}

} // namespace ombud::daemon
