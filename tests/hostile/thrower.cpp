// thrower: throws whatever it is asked to throw; the SDK's adapter has to stop it at the ABI.
#include <ombud/plugin.hpp>
#include <new>
#include <stdexcept>

using namespace ombud::sdk;

namespace {

class Thrower {
  public:
    static Result<std::unique_ptr<Thrower>> create(Host host, Config config) {
        const auto manner = config.get_str("options/create");
        if (manner && *manner == "fails")
            throw std::runtime_error("thrown while it was made");
        return std::make_unique<Thrower>(std::move(host));
    }

    explicit Thrower(Host host) : host_(std::move(host)), recording_(host_.names().id(OMBUD_KEY_RECORDING)) {}

    Result<Verdict> judge(const HookCall& call) {
        const auto asked = call.event().get_text(recording_);
        if (asked && *asked == "exception")
            throw std::runtime_error("thrown on purpose");
        if (asked && *asked == "number")
            throw 42;
        if (asked && *asked == "memory")
            throw std::bad_alloc();
        return Verdict::allow("RET-1", "asked for nothing bad");
    }

  private:
    Host host_;
    std::uint32_t recording_;
};

} // namespace

OMBUD_PLUGIN(Thrower, "thrower", "0.1.0")
