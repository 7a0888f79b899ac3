#pragma once
// Made-up events: as they come from day to day, and as nobody expects them.

#include <cstdint>
#include <random>
#include <string_view>
#include <vector>

#include "events/event.hpp"
#include "events/names.hpp"

namespace ombud::conformance {

/// Thread  one. The same seed and the same calls give the same events.
class Sampler {
  public:
    Sampler(std::uint64_t seed, Names& names) : random_(seed), names_(names) {}

    /// One event of the type with the keys that ombud/vocabulary.h gives it, values varying; any name is a type.
    EventRef usual(std::string_view type);
    /// Well formed, and odd: keys missing, of another type, unknown, extreme, empty, not ASCII.
    EventRef odd(std::string_view type);

  private:
    EventRef finish(const sdk::EventBuilder& builder);
    std::uint64_t below(std::uint64_t limit) { return random_() % limit; }
    std::int64_t odd_number();
    std::string odd_text();

    std::mt19937_64 random_;
    Names& names_;
};

/// The event type of a hook's questions; empty for an unknown number.
std::string_view event_of_hook(std::uint32_t hook);

} // namespace ombud::conformance
