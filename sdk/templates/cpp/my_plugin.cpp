// my_plugin: judges finished recordings by policy.hpp.
#include <ombud/plugin.hpp>

#include "policy.hpp"

using namespace ombud::sdk;

namespace {

class MyPlugin {
  public:
    static Result<std::unique_ptr<MyPlugin>> create(Host host, Config config) {
        const auto most = config.get_i64("options/most");
        if (!most)
            return fail(most.error());
        return std::make_unique<MyPlugin>(std::move(host), *most);
    }

    MyPlugin(Host host, std::int64_t most_bytes)
        : host_(std::move(host)), size_key_(host_.names().id(OMBUD_KEY_SIZE)), most_bytes_(most_bytes) {}

    Result<Verdict> judge(const HookCall& call) {
        if (call.hook() != OMBUD_HOOK_RECORDING_FINISHED)
            return Verdict::abstain();
        auto size_bytes = call.event().get_i64(size_key_);
        if (size_bytes && *size_bytes < 0)
            size_bytes.reset();
        return decide(size_bytes, most_bytes_);
    }

  private:
    Host host_;
    std::uint32_t size_key_;
    std::int64_t most_bytes_;
};

} // namespace

OMBUD_PLUGIN(MyPlugin, "my_plugin", "0.1.0")
