// doorkeeper: not hostile, but for scenarios alone, too: lets requests to a VMS's pages pass, and makes each export wait for a
// second person.
#include <ombud/plugin.hpp>

using namespace ombud::sdk;

namespace {

class Doorkeeper {
  public:
    static Result<std::unique_ptr<Doorkeeper>> create(Host host, Config) { return std::make_unique<Doorkeeper>(std::move(host)); }
    explicit Doorkeeper(Host host) : host_(std::move(host)), approved_(host_.names().id(OMBUD_KEY_APPROVED)) {}

    Result<Verdict> judge(const HookCall& call) {
        if (call.hook() != OMBUD_HOOK_EXPORT_RELEASE)
            return Verdict::allow("ACC-4", "a page");
        if (call.event().get_i64(approved_).value_or(0) == 1)
            return Verdict::allow("EXP-8", "approved by a second person");
        return Verdict::defer("EXP-8", "a second person must approve this export");
    }

  private:
    Host host_;
    std::uint32_t approved_;
};

} // namespace

OMBUD_PLUGIN(Doorkeeper, "doorkeeper", "0.1.0")
