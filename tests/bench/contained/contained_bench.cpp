// What a question to a module costs: inline, and in a confined process of its own, against what nobody can be faster than there: a
// bare ping-pong over a futex with the same bytes, that spins as long; and a chain of modules inline, each on its worker, against the
// same functions called through a vector. All in turns in one run, so trust the ratios.
#include <array>
#include <atomic>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <functional>
#include <future>
#include <linux/futex.h>
#include <semaphore>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include <boost/signals2/signal.hpp>
#include <ombud/vocabulary.h>

#include "bus/flight.hpp"
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
    [[nodiscard]] pid_t pid() const { return child_; }

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

constexpr int pace = 3000, seconds_paced = 3;

struct Burnt {
    double here = 0, there = 0; // percent of one processor
};
/// Does it `pace` times a second.
/// @param other  the process that answers; 0: none
Burnt paced(const std::function<void()>& once, pid_t other) {
    clockid_t of_other = CLOCK_MONOTONIC;
    require(other == 0 || ::clock_getcpuclockid(other, &of_other) == 0, "no clock of the other process");
    const std::int64_t begun = clock_ns(CLOCK_MONOTONIC), here = clock_ns(CLOCK_THREAD_CPUTIME_ID), there = clock_ns(of_other);
    for (int i = 1; i <= pace * seconds_paced; ++i) {
        once();
        const std::int64_t next = begun + i * (1'000'000'000LL / pace);
        const timespec until{next / 1'000'000'000, next % 1'000'000'000};
        ::clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nullptr);
    }
    const double all = static_cast<double>(clock_ns(CLOCK_MONOTONIC) - begun) / 100;
    return {static_cast<double>(clock_ns(CLOCK_THREAD_CPUTIME_ID) - here) / all, other == 0 ? 0 : static_cast<double>(clock_ns(of_other) - there) / all};
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

/// A question to several modules at once, as the host asks it, but for what is recorded of it.
void ask_all(const ModuleSet& modules, const EventRef& event, std::counting_semaphore<>& landed) {
    auto flight = std::make_shared<Flight>(JournalledEvent{event, {}}, modules, [&](const std::shared_ptr<Flight>& one) {
        for (const Answer& answer : one->answers())
            require(!answer.fault, "a module does not answer");
        landed.release();
    });
    flight->launch(OMBUD_HOOK_RECORDING_FINISHED, false, 0, 1);
}

/// Inline modules, each on a worker of its own that can be given up when it hangs, against their bare functions.
void compare_chains(const Question& question, const std::function<std::shared_ptr<Instance>()>& make) {
    constexpr int under_way = 256;
    std::printf("\n| inline modules asked | through a vector, us | by the host, us (p50) | %d questions under way, us each | of the vector |\n|---|---|---|---|---|\n", under_way);
    for (const std::size_t count : {1U, 5U, 50U}) {
        std::vector<Member> members;
        for (std::size_t i = 0; i < count; ++i) {
            Member member;
            member.id = "hello_" + std::to_string(i);
            member.mode = Mode::enforce;
            member.instance = make();
            member.hooks.push_back({OMBUD_HOOK_RECORDING_FINISHED, question.event->type(), 10'000'000'000, FailMode::closed});
            members.push_back(std::move(member));
        }
        const auto modules = std::make_shared<const std::vector<Member>>(std::move(members));
        std::vector<ombud_instance*> bare;
        for (const Member& member : *modules)
            on_worker(*member.instance, [&](ombud_instance* self) { bare.push_back(self); });
        std::counting_semaphore<> landed(0);
        Spread vector, host;
        std::vector<double> each;
        for (int round = 0; round < rounds; ++round) {
            // On a worker: a plugin may call the host only from there.
            on_worker(*modules->front().instance, [&](ombud_instance*) {
                measure(vector, [&] {
                    for (ombud_instance* self : bare)
                        question.ask(modules->front().instance->plugin(), self, false);
                });
            });
            measure(host, [&] {
                ask_all(modules, question.event, landed);
                landed.acquire();
            });
            const double before = seconds();
            for (int i = 0; i < calls_each; ++i) {
                ask_all(modules, question.event, landed);
                if (i >= under_way)
                    landed.acquire();
            }
            for (int i = 0; i < under_way; ++i)
                landed.acquire();
            each.push_back((seconds() - before) * 1e6 / calls_each);
        }
        std::printf("| %zu | %.2f | %.2f | %.2f | %.2f |\n", count, median(vector.p50), median(host.p50), median(each), median(each) / median(vector.p50));
    }
}

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

    compare_chains(question, [&] { return settle(value(Plugin::load(admitted, "hello_cpp"))); });

    // At a pace, where both sides sleep between two questions: what they burn, less what the pacing burns by itself.
    const double pacing = paced([] {}, 0).here;
    const Burnt least = paced([&] { rival.once(); }, rival.pid());
    Burnt ours;
    on_worker(*apart, [&](ombud_instance* self) { ours = paced([&] { question.ask(apart->plugin(), self, false); }, apart->place().pid); });
    std::printf("\n| %d questions a second | asking, %% of a processor | less the pacing alone | answering | together |\n|---|---|---|---|---|\n", pace);
    const auto row = [&](const char* what, const Burnt& burnt) {
        std::printf("| %s | %.1f | %.1f | %.1f | %.1f |\n", what, burnt.here, burnt.here - pacing, burnt.there, burnt.here - pacing + burnt.there);
    };
    row("pacing alone", {pacing, 0});
    row("bare futex ping-pong", least);
    row("sandboxed", ours);
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
