#pragma once
// One event or question under way through the modules that it concerns.

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "bus/journal.hpp"
#include "bus/module_set.hpp"
#include "bus/shadow.hpp"

namespace ombud {

/// Thread  launch and expire: the asker's; the modules' workers end their part at any time.
class Flight : public std::enable_shared_from_this<Flight> {
  public:
    /// The fault of a module that a question is only in part for: no gate opens because somebody put a second camera into it.
    static constexpr const char* beyond_given = "not asked: it is not only about cameras that the site gives this module";

    /// @param landed  called once, when the last part has ended; by a worker or from within launch or expire
    Flight(JournalledEvent what, ModuleSet modules, std::function<void(std::shared_ptr<Flight>)> landed)
        : what_(std::move(what)), modules_(std::move(modules)), landed_(std::move(landed)) {}

    /// Hands the event to every module that judges or observes it, and is given the cameras that it is about. Where it is about
    /// others, too, a module that would judge it is not asked, and its fail mode applies.
    /// @param hook   OMBUD_HOOK_* asked; 0: whatever hook has the event's type
    /// @param asked  observe too (events) or judge only (questions)
    void launch(std::uint32_t hook, bool observe, std::uint32_t flags, std::uint64_t call_id);

    /// Ends parts whose deadline has passed, or whose module is stuck in an earlier call.
    /// @param total  questions: the deadline runs from launch, waiting included
    void expire(std::int64_t now_mono_ns, bool total, std::int64_t launched_mono_ns);

    bool judged() const { return hook_ != 0; }
    std::uint32_t hook() const { return hook_; }
    /// As launch() was given it; 0 before.
    std::uint64_t call_id() const { return call_id_; }
    std::uint32_t flags() const { return flags_; }
    const JournalledEvent& what() const { return what_; }
    bool concerns_nobody() const { return parts_.empty(); }

    /// The judgements, in manifest order. After landing.
    std::vector<Answer> answers() const;
    struct Sent {
        const Member* member;
        Outbox* outbox;
    };
    /// What modules sent while they looked at it. After landing.
    std::vector<Sent> sent();
    struct Fault {
        const Member* member;
        std::string text;
    };
    /// Everything that went wrong, judging or observing. After landing.
    std::vector<Fault> faults() const;

  private:
    struct Part {
        const Member* member = nullptr;
        std::shared_ptr<EventCall> call;
        FailMode fail = FailMode::closed;
        std::string expired; ///< why its answer no longer counts; empty: it answered
    };
    static Answer answer_of(const Part& part);
    void end_one();
    void compare();

    JournalledEvent what_;
    ModuleSet modules_;
    std::function<void(std::shared_ptr<Flight>)> landed_;
    std::uint32_t hook_ = 0, flags_ = 0;
    std::uint64_t call_id_ = 0;
    std::vector<Part> parts_;
    struct Compared {
        const Member* member;
        std::shared_ptr<Shadow::Comparison> with;
    };
    std::vector<Compared> compared_; // modules that have a shadow
    std::atomic<std::size_t> open_{0};
};

} // namespace ombud
