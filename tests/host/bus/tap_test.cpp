// A tap is told each call whole, and in the order in which modules get them.
#include "bus_stage.hpp"

#include <atomic>
#include <map>
#include <mutex>
#include <thread>

#include "bus/flight.hpp"

namespace ombud {
namespace {

class Notebook final : public Tap {
  public:
    void launching(std::uint64_t call_id) override {
        const std::lock_guard lock(mutex);
        launched.push_back(call_id);
    }
    void landed(const Flight& flight, const Judgement& judgement) override {
        const std::lock_guard lock(mutex);
        reasons[flight.call_id()] = judgement.answers.empty() ? "" : judgement.answers.front().verdict.reason;
    }
    std::mutex mutex;
    std::vector<std::uint64_t> launched;
    std::map<std::uint64_t, std::string> reasons; ///< by call
};

void set(Dispatcher& dispatcher, std::shared_ptr<Tap> tap) {
    REQUIRE(dispatcher.exchange([&](const ModuleSet& now) -> Result<ModuleSet> {
        dispatcher.set_tap(tap);
        return now;
    }));
}

TEST_CASE("a tap is told of calls in the order in which the module got them, whoever asked", "[tap]") {
    BusStage stage;
    Hands hands;
    std::atomic<int> count{0};
    std::vector<std::string> numbers; // keeps the reasons that are lent
    numbers.reserve(10'000);
    hands.judge = [&](const ombud_hook_call&, ombud_verdict& verdict) {
        numbers.push_back(std::to_string(++count));
        return answer(verdict, OMBUD_DENY, numbers.back().c_str());
    };
    stage.dispatcher->start(stage.set_of({stage.member(hands, Mode::enforce)}));
    const auto notebook = std::make_shared<Notebook>();
    set(*stage.dispatcher, notebook);

    constexpr int askers = 4, each = 50, events = 20;
    std::vector<std::thread> threads;
    std::atomic<int> failed{0};
    for (int asker = 0; asker < askers; ++asker)
        threads.emplace_back([&] {
            for (int i = 0; i < each; ++i)
                if (!stage.dispatcher->ask(OMBUD_HOOK_RECORDING_FINISHED, stage.event("r"), "cams", 0))
                    ++failed;
        });
    for (int i = 0; i < events; ++i)
        stage.accept();
    for (std::thread& thread : threads)
        thread.join();
    stage.await_judged(askers * each + events);
    set(*stage.dispatcher, nullptr);
    REQUIRE(stage.dispatcher->ask(OMBUD_HOOK_RECORDING_FINISHED, stage.event("r"), "cams", 0));

    CHECK(failed == 0);
    REQUIRE(notebook->launched.size() == askers * each + events);
    REQUIRE(notebook->reasons.size() == notebook->launched.size());
    std::size_t in_order = 0;
    for (std::size_t i = 0; i < notebook->launched.size(); ++i)
        in_order += notebook->reasons[notebook->launched[i]] == std::to_string(i + 1) ? 1U : 0U;
    CHECK(in_order == notebook->launched.size());
}

} // namespace
} // namespace ombud
