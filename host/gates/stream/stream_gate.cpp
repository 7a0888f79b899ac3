#include "gates/stream/stream_gate.hpp"

#include <atomic>
#include <future>
#include <set>

#include "gates/stream/datagrams.hpp"
#include "gates/stream/desk.hpp"
#include "gates/stream/session.hpp"

namespace ombud::stream {
namespace {

constexpr int notes_lane = 1;
using Sources = std::map<std::string, std::shared_ptr<SourceState>, std::less<>>;

bool is_name(std::string_view text) {
    return !text.empty() && text.size() <= 100 && text != "." && text != ".." &&
           text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") == std::string_view::npos;
}

bool is_same(const Source& a, const Source& b) {
    return a.name == b.name && a.camera == b.camera && a.attachment == b.attachment && a.device == b.device && a.url == b.url &&
           a.user == b.user && a.password == b.password && a.ca_file == b.ca_file;
}

Result<std::shared_ptr<SourceState>> make_source(const Source& source, const Limits& limits) {
    if (!is_name(source.name))
        return fail(ErrorCode::invalid_input, "stream \"" + source.name + "\": a name is 1 to 100 of letters, digits, '.', '_' and '-'");
    const auto within = [&source](Error error) { return fail(std::move(error).within("stream '" + source.name + "'")); };
    auto url = parse_url(source.url);
    if (!url)
        return within(url.error());
    auto state = std::make_shared<SourceState>();
    if (url->is_tls) {
        auto tls = Tls::client(source.ca_file);
        if (!tls)
            return within(tls.error());
        state->tls = std::move(*tls);
    }
    state->source = source;
    state->url = std::move(*url);
    state->limits = limits;
    return state;
}

Result<Sources> make_sources(const Options& options) {
    Sources sources;
    for (const Source& source : options.sources) {
        auto state = make_source(source, options.limits);
        if (!state)
            return fail(state.error());
        if (!sources.emplace(source.name, std::move(*state)).second)
            return fail(ErrorCode::invalid_input, "stream '" + source.name + "' is named twice");
    }
    return sources;
}

Result<std::vector<Guard::Login>> make_logins(const std::vector<Viewer>& viewers) {
    std::vector<Guard::Login> logins;
    std::set<std::string> names;
    for (const Viewer& viewer : viewers) {
        if (viewer.name.empty() || viewer.password.empty() || viewer.name.find_first_of(":\"\\") != std::string::npos)
            return fail(ErrorCode::invalid_input, "viewer \"" + viewer.name +
                                                      "\": it needs a name without ':', '\"' and '\\', and a password");
        if (!names.insert(viewer.name).second)
            return fail(ErrorCode::invalid_input, "viewer '" + viewer.name + "' is named twice");
        logins.push_back({viewer.name, viewer.password});
    }
    if (logins.empty())
        return fail(ErrorCode::invalid_input, "no viewer is configured, so nobody could log in: name the VMS and its password");
    return logins;
}

} // namespace

struct StreamGate::Impl {
    Impl(Options o, Parts p)
        : options(std::move(o)), parts(std::move(p)), desk(options.limits.askers),
          house{loop, parts.clock, parts.names, options.limits, {}, {}, 0, UdpPorts(options.udp_ports), {}, {}, {}}, files(options.certificate, options.key) {}

    Result<void> listen() {
        const auto accepted = [this](std::shared_ptr<Wire> wire) { accept(std::move(wire)); };
        const auto open = [&](const std::string& text, std::shared_ptr<Tls> tls) -> Result<std::unique_ptr<Listener>> {
            const auto endpoint = parse_endpoint(text);
            if (!endpoint)
                return fail(endpoint.error());
            return Listener::listen(loop, *endpoint, std::move(tls), options.limits.login, accepted);
        };
        if (options.listen.empty() && options.tls_listen.empty())
            return fail(ErrorCode::invalid_input, "no address to listen on is configured, e.g. 127.0.0.1:8554");
        if (!options.listen.empty()) {
            auto opened = open(options.listen, nullptr);
            if (!opened)
                return fail(opened.error());
            plain = std::move(*opened);
        }
        if (!options.tls_listen.empty()) {
            std::shared_ptr<Tls> tls;
            if (auto looked = look_at_certificate(signing::Looking::at_once, [&](std::shared_ptr<Tls> made) { tls = std::move(made); }); !looked)
                return fail(looked.error());
            auto opened = open(options.tls_listen, std::move(tls));
            if (!opened)
                return fail(opened.error());
            secret = std::move(*opened);
        }
        return {};
    }

    Result<bool> look_at_certificate(signing::Looking looking, const std::function<void(std::shared_ptr<Tls>)>& show) {
        return files.look(looking, [&](const signing::ServerIdentity& identity) -> Result<void> {
            auto tls = Tls::server(identity);
            if (!tls)
                return fail(std::move(tls.error()).within(options.certificate.string()));
            show(std::move(*tls));
            return {};
        });
    }

    void accept(std::shared_ptr<Wire> wire) {
        if (sessions.size() >= options.limits.connections_max || house.unnamed >= options.limits.connections_unnamed_max)
            return wire->close(); // a place is free again as soon as one of them logs in, or fails to in time
        auto session = std::make_shared<Session>(house, std::move(wire));
        sessions.insert(session);
        session->start();
    }

    void ask(EventRef event, std::function<void(Result<Decision>)> answered) {
        desk.queue(0, [this, event = std::move(event), answered = std::move(answered)]() mutable {
            if (stopping) // nobody waits for it any more
                return;
            Result<Decision> decided = fail(ErrorCode::internal, "not asked");
            if (auto judged = parts.ask(event))
                decided = std::move(judged->applied);
            else
                decided = fail(judged.error());
            loop.post([answered = std::move(answered), decided = std::move(decided)]() mutable { answered(std::move(decided)); });
        });
    }

    void end_all(const std::string& why, const std::function<bool(const Session&)>& is_meant) {
        const auto copy = sessions; // ending removes them
        for (const auto& session : copy)
            if (is_meant(*session))
                session->end(why);
    }

    /// Runs `work` on the loop's thread and waits for it.
    void on_loop(const std::function<void()>& work) {
        std::promise<void> done;
        loop.post([&] {
            work();
            done.set_value();
        });
        done.get_future().wait();
    }

    StreamStatus status_of(const SourceState& source) const {
        StreamStatus status{source.source.name, source.source.camera, "idle", "", source.last_reason, {}, {}, source.counts};
        if (!source.last_error.empty()) {
            status.state = "unreachable";
            status.why = source.last_error;
        }
        for (const auto& session : sessions) {
            if (session->source() != &source)
                continue;
            status.viewers.push_back(session->viewer_name());
            for (std::string& kind : session->shut())
                if (std::find(status.shut.begin(), status.shut.end(), kind) == status.shut.end())
                    status.shut.push_back(std::move(kind));
            status.counts.add(session->counts());
            if (session->is_playing())
                status.state = "playing";
        }
        return status;
    }

    Options options;
    Parts parts;
    std::atomic<bool> stopping{false};
    Loop loop;
    Desk desk;
    House house;
    std::set<std::shared_ptr<Session>> sessions;
    std::unique_ptr<Listener> plain, secret;
    signing::IdentityFiles files; // of `secret`
};

StreamGate::StreamGate(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Result<std::unique_ptr<StreamGate>> StreamGate::start(Options options, Parts parts) {
    auto sources = make_sources(options);
    if (!sources)
        return fail(sources.error());
    auto logins = make_logins(options.viewers);
    if (!logins)
        return fail(logins.error());
    auto impl = std::make_unique<Impl>(std::move(options), std::move(parts));
    Impl* const gate = impl.get();
    gate->house.sources = std::move(*sources);
    gate->house.logins = std::move(*logins);
    gate->house.ask = [gate](EventRef event, std::function<void(Result<Decision>)> answered) {
        gate->ask(std::move(event), std::move(answered));
    };
    gate->house.note = [gate](std::string kind, boost::json::object fields) {
        if (gate->parts.note)
            gate->desk.queue(notes_lane, [gate, kind = std::move(kind), fields = std::move(fields)] { gate->parts.note(kind, fields); });
    };
    gate->house.ended = [gate](Session& session) {
        gate->loop.post([gate, self = session.shared_from_this()] { gate->sessions.erase(self); });
    };
    if (auto listening = gate->listen(); !listening)
        return fail(listening.error());
    gate->loop.start();
    return std::unique_ptr<StreamGate>(new StreamGate(std::move(impl)));
}

StreamGate::~StreamGate() {
    impl_->stopping = true;
    impl_->on_loop([gate = impl_.get()] {
        gate->plain.reset();
        gate->secret.reset();
        gate->end_all("the gate stops", [](const Session&) { return true; });
    });
    impl_->on_loop([] {}); // what the ends posted
    impl_->desk.stop(true);
    impl_->loop.stop();
    impl_->sessions.clear();
}

void StreamGate::reconsider() {
    impl_->loop.post([gate = impl_.get()] {
        const auto copy = gate->sessions;
        for (const auto& session : copy)
            session->reconsider();
    });
}

Result<void> StreamGate::apply(Options options) {
    const Options& old = impl_->options;
    if (options.listen != old.listen || options.tls_listen != old.tls_listen || options.certificate != old.certificate ||
        options.key != old.key || options.udp_ports != old.udp_ports)
        return fail(ErrorCode::refused, "the stream gate's addresses, ports and certificate change only with a restart");
    auto sources = make_sources(options);
    if (!sources)
        return fail(sources.error());
    auto logins = make_logins(options.viewers);
    if (!logins)
        return fail(logins.error());
    impl_->on_loop([&, gate = impl_.get()] {
        for (auto& [name, state] : *sources)
            if (const auto known = gate->house.sources.find(name);
                known != gate->house.sources.end() && is_same(known->second->source, state->source))
                state = known->second; // with its sessions and what is known of the camera
        const Sources before = std::exchange(gate->house.sources, std::move(*sources));
        const std::vector<Guard::Login> logins_before = std::exchange(gate->house.logins, std::move(*logins));
        gate->end_all("its configuration changed", [&](const Session& session) {
            if (session.source() == nullptr)
                return false;
            const auto now = gate->house.sources.find(session.source()->source.name);
            return now == gate->house.sources.end() || now->second.get() != session.source();
        });
        const auto holds = [](const std::vector<Guard::Login>& among, const std::string& name) -> const Guard::Login* {
            for (const Guard::Login& login : among)
                if (login.name == name)
                    return &login;
            return nullptr;
        };
        gate->end_all("its login changed", [&](const Session& session) {
            if (session.viewer_name().empty())
                return false;
            const auto* now = holds(gate->house.logins, session.viewer_name());
            const auto* was = holds(logins_before, session.viewer_name());
            return !now || !was || now->password != was->password;
        });
        gate->options = std::move(options);
    });
    reconsider();
    return {};
}

std::vector<StreamStatus> StreamGate::status() {
    std::vector<StreamStatus> all;
    impl_->on_loop([&, gate = impl_.get()] {
        for (const auto& [name, source] : gate->house.sources)
            all.push_back(gate->status_of(*source));
    });
    return all;
}

Result<bool> StreamGate::look_at_certificate(signing::Looking looking) {
    if (!impl_->secret)
        return false;
    return impl_->look_at_certificate(looking, [this](std::shared_ptr<Tls> tls) {
        impl_->on_loop([&] { impl_->secret->show(std::move(tls)); });
    });
}

const std::optional<signing::Certificate>& StreamGate::certificate() const {
    return impl_->files.shown();
}

UdpPorts::Status StreamGate::udp_ports() {
    UdpPorts::Status status;
    impl_->on_loop([&] { status = impl_->house.udp_ports.status(); });
    return status;
}

std::uint16_t StreamGate::port() const {
    return impl_->plain ? impl_->plain->port() : std::uint16_t{0};
}
std::uint16_t StreamGate::tls_port() const {
    return impl_->secret ? impl_->secret->port() : std::uint16_t{0};
}

} // namespace ombud::stream
