#include "daemon/daemon.hpp"

#include <chrono>
#include <csignal>
#include <pthread.h>

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <ombud/host.h>

#include "api/server.hpp"
#include "daemon/host.hpp"
#include "daemon/people.hpp"
#include "daemon/routes.hpp"

namespace ombud::daemon {
namespace {

constexpr int exit_stopped = 0;
constexpr int exit_failed = 3;

spdlog::level::level_enum level_of(int level) {
    switch (level) {
    case OMBUD_LOG_DEBUG: return spdlog::level::debug;
    case OMBUD_LOG_INFO: return spdlog::level::info;
    case OMBUD_LOG_WARNING: return spdlog::level::warn;
    default: return spdlog::level::err;
    }
}

// Waits for the end: a signal, or that nothing can be recorded any more.
int wait_for_end(const sigset_t& signals, const Host& host) {
    while (true) {
        const timespec second{1, 0};
        const int number = ::sigtimedwait(&signals, nullptr, &second);
        if (number > 0) {
            spdlog::info("[daemon] stopping (signal {})", number);
            return exit_stopped;
        }
        if (const auto error = host.fatal()) {
            spdlog::critical("[daemon] nothing can be recorded any more, so nothing may be judged: {}; stopping. What was accepted is "
                             "in the journal; free space or mend the disk, then start again",
                             error->message);
            return exit_failed;
        }
    }
}

} // namespace

Result<int> run_daemon(const Options& given) {
    Options options = given;
    if (options.socket.empty())
        options.socket = options.state / "ombud.sock";
    auto logger = spdlog::stderr_color_mt("ombud");
    spdlog::set_default_logger(logger);
    spdlog::set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %^%l%$ %v");
    spdlog::set_level(options.verbose ? spdlog::level::debug : spdlog::level::info);

    // Blocked before any thread starts, so that every thread inherits it and only wait_for_end sees them.
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    std::signal(SIGPIPE, SIG_IGN);

    const SystemClock clock;
    auto host = Host::start(options, clock, [](const std::string& who, int level, std::string_view message) {
        spdlog::log(level_of(level), "[{}] {}", who, message);
    });
    if (!host)
        return fail(host.error());
    api::ServerOptions serving;
    serving.socket_path = options.socket;
    serving.group = options.group;
    serving.people = [raw = host->get()](const std::string& account) { return access_of(*raw->site(), account); };
    auto server = api::Server::start(serving, make_router(**host));
    if (!server)
        return fail(server.error());
    spdlog::info("[daemon] site {} is up; API at {}", (*host)->site()->id, options.socket.string());
    const int ended = wait_for_end(signals, **host);
    server->reset();
    host->reset();
    spdlog::info("[daemon] stopped");
    return ended;
}

} // namespace ombud::daemon
