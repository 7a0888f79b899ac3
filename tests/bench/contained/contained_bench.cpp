// What a question to a module costs: inline, and in a confined process of its own, against what nobody can be faster than there: a
// bare ping-pong over a futex with the same bytes, that spins as long. All in turns in one run, so trust the ratios.
#include <array>
#include <atomic>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <functional>
#include <future>
#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include <boost/signals2/signal.hpp>
#include <ombud/vocabulary.h>

#include "contained/plugin.hpp"
#include "measure.hpp"
#include "plugin_runtime/instance.hpp"

namespace ombud::bench {
namespace {

constexpr int rounds = 7, calls_each = 4000, warm_up = 500;
constexpr std::size_t message_bytes = 256;

std::int64_t clock_ns(clockid_t clock) {
    timespec now{};
    ::clock_gettime(clock, &now);
    return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

// ---- the rival: nothing but two words and a buffer

struct alignas(64) Word {
    std::atomic<std::uint32_t> count{0}, sleeps{0};
};
struct Bare {
    Word there, back;
    std::array<std::byte, message_bytes> out, in;
};

void post(Word& word, std::uint32_t count) {
    word.count.store(count);
    if (word.sleeps.exchange(0) != 0)
        ::syscall(SYS_futex, &word.sleeps, FUTEX_WAKE, 1, nullptr, nullptr, 0);
}
void await(Word& word, std::uint32_t count) {
    for (int i = 0; i < 512; ++i) {
        if (word.count.load() == count)
            return;
        __builtin_ia32_pause();
    }
    while (word.count.load() != count) {
        word.sleeps.store(1);
        if (word.count.load() == count)
            return;
        ::syscall(SYS_futex, &word.sleeps, FUTEX_WAIT, 1, nullptr, nullptr, 0);
    }
}

class PingPong {
  public:
    PingPong() {
        shared_ = static_cast<Bare*>(::mmap(nullptr, sizeof(Bare), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
        require(shared_ != MAP_FAILED, "no memory");
        child_ = ::fork();
        require(child_ >= 0, "no process");
        if (child_ == 0) {
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);
            std::array<std::byte, message_bytes> copy{};
            for (std::uint32_t i = 1;; ++i) {
                await(shared_->there, i);
                copy = shared_->out;
                shared_->in = copy;
                post(shared_->back, i);
            }
        }
    }
    ~PingPong() {
        ::kill(child_, SIGKILL);
        ::waitpid(child_, nullptr, 0);
        ::munmap(shared_, sizeof(Bare));
    }
    void once() {
        shared_->out = copy_;
        post(shared_->there, ++sent_);
        await(shared_->back, sent_);
        copy_ = shared_->in;
    }

  private:
    Bare* shared_ = nullptr;
    pid_t child_ = -1;
    std::uint32_t sent_ = 0;
    std::array<std::byte, message_bytes> copy_{};
};

// ---- measuring

struct Spread {
    std::vector<double> p50, p99;
};
void measure(Spread& into, const std::function<void()>& once) {
    for (int i = 0; i < warm_up; ++i)
        once();
    std::vector<double> each;
    each.reserve(calls_each);
    for (int i = 0; i < calls_each; ++i) {
        const std::int64_t before = clock_ns(CLOCK_MONOTONIC);
        once();
        each.push_back(static_cast<double>(clock_ns(CLOCK_MONOTONIC) - before) / 1000);
    }
    into.p50.push_back(quantile(each, 0.5));
    into.p99.push_back(quantile(each, 0.99));
}
void print(const char* what, const Spread& spread, const Spread& against) {
    std::printf("| %s | %.2f | %.2f | %.2f |\n", what, median(spread.p50), median(spread.p99), median(spread.p50) / median(against.p50));
}

/// Runs work on the instance's worker, where its tables may be called.
void on_worker(Instance& instance, const std::function<void(ombud_instance*)>& work) {
    std::promise<void> done;
    instance.post([&](ombud_instance* self, CallScope&) {
        work(self);
        done.set_value();
    });
    done.get_future().wait();
}

struct Question {
    SystemClock clock;
    EventRef event;
    ombud_packet packet{};
    std::vector<std::byte> data;

    explicit Question(Names& names)
        : event(value(EventBuilder(names, OMBUD_EVENT_RECORDING_FINISHED, 1).text(OMBUD_KEY_RECORDING, "2026/01/31/42").text(OMBUD_KEY_TRACKS, "video/h264").build())),
          data(65'536 + 64) {
        packet.struct_size = sizeof packet;
        packet.data = {data.data(), 65'536};
    }
    void ask(const Plugin& plugin, ombud_instance* self, bool with_packet) const {
        ombud_hook_call call{};
        call.struct_size = sizeof call;
        call.hook_id = OMBUD_HOOK_RECORDING_FINISHED;
        call.deadline_mono_ns = clock.mono_ns() + 10'000'000'000;
        call.event = &event->header();
        call.packet = with_packet ? &packet : nullptr;
        ombud_verdict verdict{};
        verdict.struct_size = sizeof verdict;
        require(plugin.hook()->judge(self, &call, &verdict) == OMBUD_OK && verdict.action != OMBUD_UNSET, "the module does not answer");
    }
};

void run(const std::filesystem::path& folder) {
    std::filesystem::copy_file(PLUGIN_FILE, folder / "hello_cpp.so", std::filesystem::copy_options::overwrite_existing);
    std::filesystem::permissions(folder / "hello_cpp.so", std::filesystem::perms(0755));
    const auto admitted = value(admit_plugin(folder / "hello_cpp.so", folder / "private", ""));
    const auto watch = value(contained::ProcessWatch::open(RUNNER_FILE));
    const SystemClock clock;
    Names names;
    HostServices services;
    services.clock = &clock;
    services.names = &names;
    services.log = [](const std::string&, int, std::string_view) {};
    const Question question(names);
    const auto settle = [&](std::shared_ptr<const Plugin> plugin) {
        Instance::Options options;
        options.name = "hello_cpp";
        options.plugin = std::move(plugin);
        options.document = {{"options", {{"keep-sound", false}}}};
        return value(Instance::create(std::move(options), services));
    };

    PingPong rival; // before there are threads
    std::vector<double> starts;
    std::shared_ptr<Instance> apart;
    const auto contained_plugin = value(contained::ContainedPlugin::load(admitted, {"hello_cpp"}, watch));
    for (int i = 0; i < 15; ++i) {
        const double before = seconds();
        apart = settle(contained_plugin);
        starts.push_back((seconds() - before) * 1e3);
    }
    const auto inside = settle(value(Plugin::load(admitted, "hello_cpp")));

    boost::signals2::signal<void(const Event&)> signal;
    std::uint64_t heard = 0;
    signal.connect([&](const Event& event) { heard += event.seq() + 1; });
    Spread bare, far, with_packet, near, emitted;
    for (int round = 0; round < rounds; ++round) {
        measure(bare, [&] { rival.once(); });
        on_worker(*apart, [&](ombud_instance* self) { measure(far, [&] { question.ask(apart->plugin(), self, false); }); });
        on_worker(*apart, [&](ombud_instance* self) { measure(with_packet, [&] { question.ask(apart->plugin(), self, true); }); });
        on_worker(*inside, [&](ombud_instance* self) { measure(near, [&] { question.ask(inside->plugin(), self, false); }); });
        measure(emitted, [&] { signal(*question.event); });
    }
    std::printf("sandbox: %s\n\n| one question, hot | p50, us | p99, us | of the bare ping-pong |\n|---|---|---|---|\n", apart->place().sandbox.c_str());
    print("bare futex ping-pong, 256 B each way", bare, bare);
    print("sandboxed", far, bare);
    print("sandboxed, with a packet of 64 KiB", with_packet, bare);
    print("inline", near, bare);
    print("Boost.Signals2, one slot", emitted, bare);
    std::printf("\na packet of 64 KiB costs %.2f of a question without one; starting an instance takes %.1f ms (p50)\n",
                median(with_packet.p50) / median(far.p50), quantile(starts, 0.5));

    // At a pace: what both sides burn, waiting included.
    constexpr int paced = 3000, seconds_paced = 3;
    clockid_t of_runner{};
    require(::clock_getcpuclockid(apart->place().pid, &of_runner) == 0, "no clock of the runner");
    on_worker(*apart, [&](ombud_instance* self) {
        const std::int64_t begun = clock_ns(CLOCK_MONOTONIC), here = clock_ns(CLOCK_THREAD_CPUTIME_ID), there = clock_ns(of_runner);
        for (int i = 1; i <= paced * seconds_paced; ++i) {
            question.ask(apart->plugin(), self, false);
            const std::int64_t next = begun + i * (1'000'000'000LL / paced);
            timespec until{next / 1'000'000'000, next % 1'000'000'000};
            ::clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nullptr);
        }
        const double all = static_cast<double>(clock_ns(CLOCK_MONOTONIC) - begun);
        std::printf("%d questions a second take %.1f %% of a processor: %.1f %% in the host (its pacing included), %.1f %% in the runner\n", paced,
                    100 * static_cast<double>(clock_ns(CLOCK_THREAD_CPUTIME_ID) - here + clock_ns(of_runner) - there) / all,
                    100 * static_cast<double>(clock_ns(CLOCK_THREAD_CPUTIME_ID) - here) / all, 100 * static_cast<double>(clock_ns(of_runner) - there) / all);
    });
}

} // namespace
} // namespace ombud::bench

int main(int argc, char** argv) {
    if (argc != 2) {
        std::fprintf(stderr, "usage: contained_bench FOLDER\n");
        return 2;
    }
    ombud::bench::run(argv[1]);
    return 0;
}
