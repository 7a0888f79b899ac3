#pragma once
// Another version of a module, asked beside the one that judges. Its answers are compared, and count for nothing.

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "bus/journal.hpp"
#include "bus/module_set.hpp"

namespace ombud {

/// Never slows down what it shadows: what it has no room for is missed, and counted.
/// Thread  any
class Shadow : public std::enable_shared_from_this<Shadow> {
  public:
    struct Difference {
        std::uint64_t seq = 0;  ///< of the event; 0: a question
        std::uint32_t type = 0; ///< of it
        std::string judged;     ///< answer, findings and requests of who judges, as text; what it keeps is its own
        std::string shadow;     ///< the shadow's
    };
    struct Counts {
        std::uint64_t asked = 0, same = 0, different = 0;
        std::uint64_t missed = 0; ///< not asked: it was behind, or hung
    };

    /// One event or question of which both have a part.
    class Comparison {
      public:
        Comparison(std::shared_ptr<Shadow> of, std::uint64_t seq, std::uint32_t type) : of_(std::move(of)), seq_(seq), type_(type) {}
        void judged(std::string text) { give(judged_, std::move(text)); }
        void shadowed(std::string text) { give(shadow_, std::move(text)); }

      private:
        void give(std::string& side, std::string text);
        const std::shared_ptr<Shadow> of_;
        const std::uint64_t seq_;
        const std::uint32_t type_;
        std::atomic<int> open_{2};
        std::string judged_, shadow_; // each written by one side, read by whoever is last
    };

    /// @param member   as it would be asked; with an instance
    /// @param differs  called on whatever thread ends a comparison; must not wait for an event to be judged
    Shadow(Member member, std::function<void(const Difference&)> differs) : member_(std::move(member)), differs_(std::move(differs)) {}

    /// Asks about one event or question; null: it does not concern this version, or was missed.
    std::shared_ptr<Comparison> ask(const JournalledEvent& what, std::uint32_t hook, bool observe, std::uint32_t flags, std::uint64_t call_id);

    const Member& member() const { return member_; }
    Counts counts() const { return {asked_.load(), same_.load(), different_.load(), missed_.load()}; }

  private:
    const Member member_;
    const std::function<void(const Difference&)> differs_;
    std::atomic<std::uint64_t> asked_{0}, same_{0}, different_{0}, missed_{0};
};

/// What a module is asked about an event, or about the question `hook`; null: nothing.
/// @param place  set to the hook's; null: it only observes
std::shared_ptr<EventCall> call_for(const Member& member, const EventRef& event, std::uint32_t hook, bool observe,
                                    const HookPlace** place);

} // namespace ombud
