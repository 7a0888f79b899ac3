#pragma once
// Asking for a correction (host extension "ombud.actions/1"), and a connector's view of one that it carries out.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <ombud/action.h>
#include <ombud/growable.hpp>
#include <ombud/result.hpp>
#include <ombud/view.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ombud::sdk {

/// Borrowed texts: they need to live only until request() or act() returns. The members are those of ombud_action.
struct Action {
    ombud_id id{}; ///< set by the host; ignored by request()
    std::string_view kind;
    std::string_view attachment = {};
    std::string_view device = {};
    std::string_view recording = {};
    std::string_view control = {};
    std::string_view reason = {};
    std::vector<ombud_track_rule> track_rules = {}; ///< recording.clean only
    std::string_view export_id = {};                ///< export.remove only
    std::string_view user = {};                     ///< account.disable only; personal

    /// Errors: invalid_input, too_new (read_growable); invalid_input (track rules narrower than ombud_track_rule).
    [[nodiscard]] static Result<Action> read(const ombud_action* in) {
        const auto raw = read_growable(in, "action", offsetof(ombud_action, export_id));
        if (!raw)
            return fail(raw.error());
        Action action;
        action.id = raw->id;
        action.kind = to_text(raw->kind);
        action.attachment = to_text(raw->attachment);
        action.device = to_text(raw->device);
        action.recording = to_text(raw->recording);
        action.control = to_text(raw->control);
        action.reason = to_text(raw->reason);
        action.export_id = to_text(raw->export_id);
        action.user = to_text(raw->user);
        if (raw->track_rule_count == 0)
            return action;
        if (!raw->track_rules || raw->track_rule_stride < sizeof(ombud_track_rule))
            return fail(ErrorCode::invalid_input, "action: track rules of " + std::to_string(raw->track_rule_stride) +
                                                      " bytes, at least " + std::to_string(sizeof(ombud_track_rule)) +
                                                      " are needed");
        action.track_rules.resize(raw->track_rule_count);
        const auto* bytes = reinterpret_cast<const unsigned char*>(raw->track_rules);
        for (std::size_t i = 0; i < action.track_rules.size(); ++i)
            std::memcpy(&action.track_rules[i], bytes + i * raw->track_rule_stride, sizeof(ombud_track_rule));
        return action;
    }
};

enum class Outcome : std::uint32_t {
    unset = OMBUD_OUTCOME_UNSET,
    done = OMBUD_OUTCOME_DONE,
    already = OMBUD_OUTCOME_ALREADY,
    refused = OMBUD_OUTCOME_REFUSED,
    retry = OMBUD_OUTCOME_RETRY,
    failed = OMBUD_OUTCOME_FAILED,
};

/// What a connector answers to act().
struct ActionResult {
    Outcome outcome = Outcome::unset;
    std::string proof; ///< one sentence: what was seen that shows it, or why not
};

/// Thread: worker, from start() on.
class Actions {
  public:
    Actions(const ombud_actions* table, void* host_ctx) noexcept : table_(table), host_ctx_(host_ctx) {}

    /// Asks the host for a correction; asking again for what is pending or done is fine. Errors: those of the host.
    Result<> request(const Action& action) const {
        if (!has_function(table_, &ombud_actions::request))
            return fail(ErrorCode::unavailable, "this host carries out no actions");
        ombud_action raw{};
        raw.struct_size = sizeof raw;
        raw.kind = to_view(action.kind);
        raw.attachment = to_view(action.attachment);
        raw.device = to_view(action.device);
        raw.recording = to_view(action.recording);
        raw.control = to_view(action.control);
        raw.reason = to_view(action.reason);
        raw.track_rules = action.track_rules.data();
        raw.track_rule_count = static_cast<std::uint32_t>(action.track_rules.size());
        raw.track_rule_stride = sizeof(ombud_track_rule);
        raw.export_id = to_view(action.export_id);
        raw.user = to_view(action.user);
        return to_result(table_->request(host_ctx_, &raw), "requesting " + std::string(action.kind));
    }

  private:
    const ombud_actions* table_;
    void* host_ctx_;
};

} // namespace ombud::sdk
