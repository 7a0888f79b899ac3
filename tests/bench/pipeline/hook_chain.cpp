#include "hook_chain.hpp"

#include <atomic>
#include <cstdio>
#include <functional>
#include <future>

#include <ombud/hook.h>

#include "bus/flight.hpp"
#include "measure.hpp"
#include "pipeline.hpp"

namespace ombud::bench {
namespace {

constexpr int modules = 5;
constexpr int rounds = 9;
constexpr int window = 512; // as many as the dispatcher has under way

double ns_each(int count, const std::function<void()>& work) {
    const double start = seconds();
    work();
    return (seconds() - start) * 1e9 / count;
}

// A whole flight: launch, five workers, landing, answers, merge.
class Fleet {
  public:
    Fleet(ModuleSet asked, EventRef event) : asked_(std::move(asked)), event_(std::move(event)) {}

    void fly(int count) {
        struct Landing {
            explicit Landing(int flights) : open(flights) {}
            std::atomic<int> open;
            std::promise<void> done;
        };
        const auto landing = std::make_shared<Landing>(count); // shared: the last worker may be the last to leave
        auto done = landing->done.get_future();
        for (int i = 0; i < count; ++i) {
            const auto land = [this, landing](const std::shared_ptr<Flight>& one) {
                if (merge(one->answers()).action == VerdictAction::transform)
                    ++transformed_;
                if (--landing->open == 0)
                    landing->done.set_value();
            };
            std::make_shared<Flight>(JournalledEvent{event_, "vms"}, asked_, land)
                ->launch(OMBUD_HOOK_RECORDING_FINISHED, false, 0, static_cast<std::uint64_t>(i));
        }
        done.wait();
    }
    int transformed() const { return transformed_; }

  private:
    ModuleSet asked_;
    EventRef event_;
    std::atomic<int> transformed_{0};
};

// The same plugin's function five times in a loop, on the worker that may call it.
double direct_ns(const Member& member, const Event& event, int count) {
    std::promise<double> answer;
    auto answered = answer.get_future();
    member.instance->post([&](ombud_instance* self, CallScope&) {
        const std::vector<decltype(ombud_hook::judge)> chain(modules, member.instance->plugin().hook()->judge);
        ombud_hook_call call{};
        call.struct_size = sizeof call;
        call.hook_id = OMBUD_HOOK_RECORDING_FINISHED;
        call.deadline_mono_ns = INT64_MAX;
        call.event = &event.header();
        int transformed = 0;
        const double each = ns_each(count, [&] {
            for (int i = 0; i < count; ++i)
                for (const auto judge : chain) {
                    ombud_verdict verdict{};
                    verdict.struct_size = sizeof verdict;
                    transformed += judge(self, &call, &verdict) == OMBUD_OK && verdict.action == OMBUD_TRANSFORM ? 1 : 0;
                }
        });
        require(transformed == count * modules, "a direct call did not answer");
        answer.set_value(each);
    });
    return answered.get();
}

std::vector<Answer> five_answers() {
    Answer answer;
    answer.mode = Mode::enforce;
    answer.verdict.action = VerdictAction::transform;
    answer.verdict.rule = "AMG-2";
    answer.verdict.reason = "the recording holds sound that nobody gave a purpose";
    answer.verdict.tracks = {{OMBUD_TRACK_AUDIO, OMBUD_TRACK_REMOVE, 0, 0}};
    std::vector<Answer> answers;
    for (int i = 0; i < modules; ++i) {
        answer.module = "hello_" + std::to_string(i);
        answers.push_back(answer);
    }
    return answers;
}

} // namespace

void print_hook_chain(const std::filesystem::path& folder) {
    const SystemClock clock;
    Names names;
    HostServices services;
    services.clock = &clock;
    services.names = &names;
    services.log = [](const std::string&, int, std::string_view) {};
    const EventRef event = finished_recording(names);
    const ModuleSet asked = judging_modules(modules, folder, names, services);
    Fleet fleet(asked, event);
    const auto answers = five_answers();
    std::vector<double> direct, merged, alone, many;
    int flown = 0, transformed = 0;
    for (int round = 0; round < rounds; ++round) {
        direct.push_back(direct_ns(asked->front(), *event, 20'000));
        merged.push_back(ns_each(100'000, [&] {
            for (int i = 0; i < 100'000; ++i)
                transformed += merge(answers).action == VerdictAction::transform ? 1 : 0;
        }));
        alone.push_back(ns_each(2'000, [&] {
            for (int i = 0; i < 2'000; ++i)
                fleet.fly(1);
        }));
        many.push_back(ns_each(40 * window, [&] {
            for (int i = 0; i < 40; ++i)
                fleet.fly(window);
        }));
        flown += 2'000 + 40 * window;
    }
    require(transformed == rounds * 100'000 && fleet.transformed() == flown, "a flight or merge lost an answer");
    std::printf("\nHook chain of %d modules, nothing recorded (median of %d, alternating)\n\n"
                "| what | µs an event | x function pointers |\n|---|---:|---:|\n",
                modules, rounds);
    const auto row = [&](const char* what, const std::vector<double>& values) {
        std::printf("| %s | %.2f | %.1f |\n", what, median(values) / 1e3, median(values) / median(direct));
    };
    row("a vector of 5 function pointers into the plugin, one thread", direct);
    row("merging 5 answers", merged);
    row("flight through 5 workers and merge, 512 under way", many);
    row("the same, one at a time", alone);
    for (const Member& member : *asked) // here: a worker that lets go of the last flight would end them when `clock` is gone
        member.instance->stop();
}

} // namespace ombud::bench
