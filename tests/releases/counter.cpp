// Counts recordings, and remembers the count: one module in several releases, for what happens while one takes another's place.
#include <ombud/plugin.hpp>

#include <string>

using namespace ombud::sdk;

namespace {

class Counter {
  public:
    static Result<std::unique_ptr<Counter>> create([[maybe_unused]] Host host, Config) {
#ifdef DOES_NOT_START
        return fail(ErrorCode::unavailable, "this release does not start");
#else
        if (!host.state())
            return fail(ErrorCode::unavailable, "a host that keeps state is needed");
        return std::make_unique<Counter>(std::move(host));
#endif
    }

    explicit Counter(Host host) : host_(std::move(host)), recording_key_(host_.names().id(OMBUD_KEY_RECORDING)) {}

    Result<Verdict> judge(const HookCall& call) {
        if (!is_read_) {
            const auto read = host_.state()->each([this](std::string_view, std::string_view value) -> Result<> {
                count_ = std::stol(std::string(value));
                return {};
            });
            if (!read)
                return fail(read.error());
            is_read_ = true;
        }
        const std::string recording(call.event().get_text(recording_key_).value_or(""));
        if (recording == "report")
            return Verdict::allow("RET-1", "counted " + std::to_string(count_));
        ++count_;
        if (auto kept = host_.state()->put("count", std::to_string(count_)); !kept)
            return fail(kept.error());
#ifdef STRICTER
        if (recording.ends_with("7"))
            return Verdict::deny("RET-1", "this release does not like sevens");
#endif
        return Verdict::allow("RET-1", "any recording will do");
    }

  private:
    Host host_;
    std::uint32_t recording_key_;
    long count_ = 0;
    bool is_read_ = false;
};

} // namespace

OMBUD_PLUGIN(Counter, "counter", RELEASE)
