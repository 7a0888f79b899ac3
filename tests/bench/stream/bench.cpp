// stream_bench [CAMERAS] [SECONDS]: synthetic cameras of 4 Mbit/s to as many viewers, straight, through a bare relay
// (relay.cpp), and through the gate, in turns. What is between runs on processor 0, cameras and viewers on the others.
// Cameras and viewers are programs of this bench, since real ones would take more processor than what is measured.
#include <algorithm>
#include <arpa/inet.h>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <poll.h>
#include <sched.h>
#include <string>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cameras.hpp"
#include "gates/stream/stream_gate.hpp"
#include "relay.hpp"
#include "traffic.hpp"
#include "viewers.hpp"

using namespace ombud;
using namespace ombud::bench;

namespace {

void stay_on(unsigned first, unsigned last) {
    cpu_set_t set;
    CPU_ZERO(&set);
    for (unsigned processor = first; processor <= last; ++processor)
        CPU_SET(processor, &set);
    ::sched_setaffinity(0, sizeof set, &set);
}

/// A process between cameras and viewers; prints its port into a pipe.
struct Between {
    pid_t pid = 0;
    std::uint16_t port = 0;

    template <class Run>
    explicit Between(Run&& run) {
        int ends[2];
        if (::pipe(ends) != 0)
            std::exit(3);
        pid = ::fork();
        if (pid == 0) {
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);
            stay_on(0, 0);
            ::close(ends[0]);
            run(ends[1]);
            ::_exit(0);
        }
        ::close(ends[1]);
        if (::read(ends[0], &port, sizeof port) != sizeof port)
            std::fprintf(stderr, "what is between did not start\n"), std::exit(3);
        ::close(ends[0]);
    }
    Between(const Between&) = delete;
    Between& operator=(const Between&) = delete;
    ~Between() {
        ::kill(pid, SIGKILL);
        ::waitpid(pid, nullptr, 0);
    }

    double processor_s() const {
        clockid_t clock{};
        timespec time{};
        if (::clock_getcpuclockid(pid, &clock) != 0 || ::clock_gettime(clock, &time) != 0)
            return 0;
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
    }
    double resident_mb() const {
        std::ifstream status("/proc/" + std::to_string(pid) + "/status");
        for (std::string line; std::getline(status, line);)
            if (line.starts_with("VmRSS:"))
                return std::stod(line.substr(6)) / 1024;
        return 0;
    }
};

void tell_port(int pipe, std::uint16_t port) {
    if (::write(pipe, &port, sizeof port) != sizeof port)
        std::exit(3);
    ::close(pipe);
}

void relay(int pipe, std::uint16_t cameras) {
    const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    ::bind(listener, reinterpret_cast<sockaddr*>(&address), size);
    ::listen(listener, 256);
    ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
    tell_port(pipe, ntohs(address.sin_port));
    run_relay(listener, cameras);
}

void gate(int pipe, std::uint16_t cameras, int count, bool without_sound) {
    stream::Options options;
    options.listen = "127.0.0.1:0";
    options.viewers = {{"vms", "secret"}};
    for (int number = 0; number < count; ++number) {
        const std::string name = "cam" + std::to_string(number);
        options.sources.push_back({name, name, "bench", name, "rtsp://127.0.0.1:" + std::to_string(cameras) + "/" + name, "", "", ""});
    }
    SystemClock clock;
    Names names;
    const auto ask = [without_sound](const EventRef&) -> Result<Judgement> {
        Judgement judgement;
        if (without_sound) {
            judgement.applied.action = VerdictAction::transform;
            judgement.applied.tracks = {{OMBUD_TRACK_AUDIO, OMBUD_TRACK_REMOVE, 0, 0}};
        }
        return judgement;
    };
    auto started = stream::StreamGate::start(options, {ask, clock, names, {}});
    if (!started)
        std::fprintf(stderr, "%s\n", started.error().message.c_str()), std::exit(3);
    tell_port(pipe, (*started)->port());
    ::pause();
}

struct Measured {
    double processor = 0, resident_mb = 0, mbit = 0, median_ms = 0, p99_ms = 0;
};

double median(std::vector<double> values) {
    std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2), values.end());
    return values[values.size() / 2];
}

Measured measure(const Between* between, const Cameras& cameras, int count, int seconds) {
    const double idle_mb = between ? between->resident_mb() : 0;
    Viewers viewers(count, between ? between->port : cameras.port());
    ::sleep(1); // until all play evenly
    viewers.take();
    const double before = between ? between->processor_s() : 0;
    const std::int64_t begin = now_ns();
    ::sleep(static_cast<unsigned>(seconds));
    auto seen = viewers.take();
    const double took = static_cast<double>(now_ns() - begin) * 1e-9;
    Measured measured;
    if (between) {
        measured.processor = (between->processor_s() - before) / took;
        measured.resident_mb = (between->resident_mb() - idle_mb) / count;
    }
    measured.mbit = static_cast<double>(seen.bytes) * 8e-6 / took;
    auto& delays = seen.delays_ns;
    std::sort(delays.begin(), delays.end());
    if (!delays.empty()) {
        measured.median_ms = static_cast<double>(delays[delays.size() / 2]) * 1e-6;
        measured.p99_ms = static_cast<double>(delays[delays.size() * 99 / 100]) * 1e-6;
    }
    return measured;
}

} // namespace

int main(int argc, char** argv) {
    const int count = argc > 1 ? std::atoi(argv[1]) : 64, seconds = argc > 2 ? std::atoi(argv[2]) : 5;
    std::signal(SIGPIPE, SIG_IGN);
    const auto processors = static_cast<unsigned>(std::max(2l, ::sysconf(_SC_NPROCESSORS_ONLN)));
    stay_on(1, processors - 1);
    const char* const names[] = {"straight", "relay", "gate, all passes", "gate, without sound"};
    std::map<std::string, std::vector<Measured>> rounds;
    std::uint64_t late = 0;
    try {
        for (int round = 0; round < 3; ++round)
            for (int way = 0; way < 4; ++way) {
                const auto cameras = std::make_unique<Cameras>();
                std::unique_ptr<Between> between;
                if (way > 0) // forked beside the cameras' thread, of whom it needs nothing
                    between = std::make_unique<Between>([&](int pipe) {
                        way == 1 ? relay(pipe, cameras->port()) : gate(pipe, cameras->port(), count, way == 3);
                    });
                rounds[names[way]].push_back(measure(between.get(), *cameras, count, seconds));
                between.reset();
                late += cameras->late();
            }
    } catch (const std::exception& error) {
        std::fprintf(stderr, "stream_bench: %s\n", error.what());
        return 1;
    }
    const auto middle = [&rounds](const std::string& name, double Measured::*field) {
        std::vector<double> values;
        for (const Measured& one : rounds[name])
            values.push_back(one.*field);
        return median(values);
    };
    std::printf("%d cameras of 4 Mbit/s, interleaved; medians of 3 rounds of %d s; %llu pictures were late at the cameras\n\n", count, seconds,
                static_cast<unsigned long long>(late));
    std::printf("| way | Mbit/s | processor | of the relay's | latency p50 | added to straight | p99 | memory a stream |\n|---|---|---|---|---|---|---|---|\n");
    const double relay_processor = middle("relay", &Measured::processor), straight_ms = middle("straight", &Measured::median_ms);
    for (const std::string name : names) {
        const double processor = middle(name, &Measured::processor), ms = middle(name, &Measured::median_ms);
        if (name == "straight")
            std::printf("| straight | %.0f | | | %.3f ms | | %.2f ms | |\n", middle(name, &Measured::mbit), ms, middle(name, &Measured::p99_ms));
        else
            std::printf("| %s | %.0f | %.1f %% | %.2f | %.3f ms | %.3f ms | %.2f ms | %.2f MB |\n", name.c_str(), middle(name, &Measured::mbit),
                        processor * 100, processor / relay_processor, ms, ms - straight_ms, middle(name, &Measured::p99_ms),
                        middle(name, &Measured::resident_mb));
    }
    std::printf("\nAims: processor at most 1.3 of the relay's, less than 1 ms added, less than 2 MB a stream.\n");
}
