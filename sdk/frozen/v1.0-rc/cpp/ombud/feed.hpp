#pragma once
// How a connector tells the host what it sees: host extension "ombud.feed/1".

#include <cstdint>
#include <ombud/event_builder.hpp>
#include <ombud/feed.h>
#include <ombud/growable.hpp>
#include <ombud/inventory.hpp>
#include <ombud/result.hpp>
#include <ombud/view.hpp>
#include <string_view>
#include <vector>

namespace ombud::sdk {

/// Thread: worker. Errors of each: invalid_input (malformed, none was taken), unavailable (nothing was taken; again
/// later), or what else the host answers.
class Feed {
  public:
    Feed(const ombud_feed* table, void* host_ctx) noexcept : table_(table), host_ctx_(host_ctx) {}

    /// Hands over events and the position behind them; durable together on success.
    /// @param position  opaque, at most 1024 bytes; empty: keep the last one
    Result<> push(const std::vector<Event>& events, std::string_view position) const {
        if (!has_function(table_, &ombud_feed::push))
            return fail(ErrorCode::unavailable, "this host takes no events");
        const auto raw = pointers(events);
        return to_result(table_->push(host_ctx_, raw.data(), raw.size(), to_view(position)), "pushing events");
    }

    /// Hands over records of the listing that runs.
    Result<> put(const std::vector<Event>& records) const {
        if (!has_function(table_, &ombud_feed::put))
            return fail(ErrorCode::unavailable, "this host takes no records");
        const auto raw = pointers(records);
        return to_result(table_->put(host_ctx_, raw.data(), raw.size()), "putting records");
    }

    /// Declares how far one control reaches, with a sentence on what it can and cannot see.
    Result<> coverage(std::string_view control, Coverage level, std::string_view note) const {
        if (!has_function(table_, &ombud_feed::coverage))
            return fail(ErrorCode::unavailable, "this host takes no coverage");
        return to_result(
            table_->coverage(host_ctx_, to_view(control), static_cast<std::uint32_t>(level), to_view(note)),
            "declaring coverage");
    }

  private:
    static std::vector<const ombud_event*> pointers(const std::vector<Event>& events) {
        std::vector<const ombud_event*> raw;
        raw.reserve(events.size());
        for (const Event& event : events)
            raw.push_back(event.get());
        return raw;
    }

    const ombud_feed* table_;
    void* host_ctx_;
};

} // namespace ombud::sdk
