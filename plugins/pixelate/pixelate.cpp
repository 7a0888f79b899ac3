// Covers what moves in a recording that a data subject is given a copy of (EXP-13).
#include <memory>

#include <ombud/plugin.hpp>

#include "pixelate/moving.hpp"

namespace {

using namespace ombud::sdk;

class Pixelate {
  public:
    static Result<std::unique_ptr<Pixelate>> create(const Host&, const Config& config) {
        constexpr std::int64_t second = 1'000'000'000;
        pixelate::Settings settings;
        const auto learning = config.get_i64("options/learning");
        const auto hold = config.get_i64("options/hold");
        const auto light = config.get_i64("options/light-change");
        const auto sensitivity = config.get_i64("options/sensitivity");
        for (const auto* read : {&learning, &hold, &light, &sensitivity})
            if (!*read)
                return fail(read->error());
        settings.learning_ns = *learning * second;
        settings.hold_ns = *hold * second;
        settings.light_change_percent = static_cast<int>(*light);
        settings.sensitivity = static_cast<int>(*sensitivity);
        return std::make_unique<Pixelate>(settings);
    }

    explicit Pixelate(const pixelate::Settings& settings) : parts_(settings) {}

    Result<> look(const Frame& frame, Squares& squares) {
        parts_.look(frame, squares);
        return {};
    }

  private:
    pixelate::MovingParts parts_;
};

} // namespace

OMBUD_PLUGIN(Pixelate, "pixelate", "0.1.0")
