#include "news.hpp"

#include <algorithm>

namespace ombud::zoneminder {
namespace {

/// Recordings told so far: all up to `low`, and of those behind it the ones in `told`. The host keeps it as "2 LOW
/// 12,15".
struct Progress {
    std::uint64_t low = 0;
    std::set<std::uint64_t> told;

    [[nodiscard]] std::string text() const {
        std::string text = "2 " + std::to_string(low) + " ";
        for (const std::uint64_t id : told)
            text += (text.back() == ' ' ? "" : ",") + std::to_string(id);
        return text;
    }

    static std::optional<Progress> parse(std::string_view text) {
        if (text.substr(0, 2) != "2 ")
            return std::nullopt;
        Progress progress;
        std::uint64_t number = 0;
        bool is_first = true;
        for (const char c : std::string(text.substr(2)) + ",") {
            if (c >= '0' && c <= '9') {
                number = number * 10 + static_cast<std::uint64_t>(c - '0');
                continue;
            }
            if (is_first)
                progress.low = number;
            else if (number > progress.low)
                progress.told.insert(number);
            is_first = false;
            number = 0;
        }
        return progress;
    }
};

constexpr std::size_t position_bytes_max = 1000; // the host takes 1024

class PollingNews final : public News {
  public:
    PollingNews(NewsDesk desk, Progress progress, std::int64_t interval_ms)
        : desk_(std::move(desk)), progress_(std::move(progress)), interval_ms_(interval_ms) {}

    Result<bool> hand_over() override {
        std::vector<sdk::Event> events;
        if (auto gathered = gather_devices(events); !gathered)
            return fail(std::move(gathered).error());
        auto next = gather_recordings(events);
        if (!next)
            return fail(std::move(next).error());
        if (events.empty()) {
            progress_ = std::move(*next);
            return false;
        }
        if (auto pushed = desk_.feed.push(events, next->text()); !pushed) {
            monitors_.reset(); // what was not taken comes again
            return fail(std::move(pushed).error());
        }
        progress_ = std::move(*next);
        return true;
    }

    [[nodiscard]] std::int64_t pause_ms() const override { return interval_ms_; }

  private:
    Result<> gather_devices(std::vector<sdk::Event>& events) {
        auto now = desk_.catalogue.monitors();
        if (!now)
            return fail(std::move(now).error());
        std::map<std::uint64_t, MonitorRow> monitors;
        for (MonitorRow& row : *now)
            monitors.emplace(row.id, std::move(row));
        for (const auto& [id, row] : monitors) {
            // After a start nothing is known of what was before, so that every camera is told once.
            const auto old = monitors_ ? monitors_->find(id) : monitors.end();
            const bool is_known = monitors_ && old != monitors_->end();
            if (is_known && old->second.name == row.name && old->second.function == row.function &&
                old->second.is_enabled == row.is_enabled && old->second.records_audio == row.records_audio)
                continue;
            std::string what = is_known ? "changed" : "seen after connecting";
            if (is_known && old->second.records_audio != row.records_audio)
                what = row.records_audio ? "RecordAudio 0 -> 1" : "RecordAudio 1 -> 0";
            if (auto added = add(events, desk_.records.device_changed(desk_.host.utc_ns(), row, what, "")); !added)
                return added;
        }
        if (monitors_)
            for (const auto& [id, row] : *monitors_)
                if (!monitors.count(id))
                    if (auto added = add(events, desk_.records.device_gone(desk_.host.utc_ns(), id, "")); !added)
                        return added;
        monitors_ = std::move(monitors);
        return {};
    }

    Result<Progress> gather_recordings(std::vector<sdk::Event>& events) {
        Progress next = progress_;
        auto rows = desk_.catalogue.events_after(progress_.low, ids_max);
        if (!rows)
            return fail(std::move(rows).error());
        std::map<std::uint64_t, std::uint64_t> newest; // recording by monitor
        for (const EventRow& row : *rows)
            newest[row.monitor] = row.id;
        bool is_all_told = true;
        for (const EventRow& row : *rows) {
            // One that was never closed, since its capture crashed, must not hold up the others for ever.
            const bool is_abandoned = !row.end_utc_ns && newest[row.monitor] != row.id;
            if (row.end_utc_ns && !next.told.count(row.id)) {
                Progress with = next;
                with.told.insert(row.id);
                if (with.text().size() > position_bytes_max)
                    break;
                next = std::move(with);
                const auto& words = desk_.records.words();
                if (auto added = add(events, desk_.records.recording_event(words.recording_finished, *row.end_utc_ns,
                                                                           row, desk_.inspector.inspect(row), "", ""));
                    !added)
                    return fail(std::move(added).error());
            }
            is_all_told = is_all_told && (row.end_utc_ns || is_abandoned);
            if (is_all_told)
                next.low = row.id;
        }
        next.told.erase(next.told.begin(), next.told.upper_bound(next.low));
        return next;
    }

    static Result<> add(std::vector<sdk::Event>& events, Result<sdk::Event> event) {
        if (!event)
            return fail(std::move(event).error());
        events.push_back(std::move(*event));
        return {};
    }

    NewsDesk desk_;
    Progress progress_;
    std::int64_t interval_ms_;
    std::optional<std::map<std::uint64_t, MonitorRow>> monitors_; ///< as last told
};

/// The newest id there is, found by doubling steps: the interface tells no maximum.
Result<std::uint64_t> newest_id(Catalogue& catalogue) {
    std::uint64_t low = 0;
    std::uint64_t step = 1;
    while (true) {
        auto rows = catalogue.events_after(low + step - 1, 1);
        if (!rows)
            return fail(std::move(rows).error());
        if (!rows->empty()) {
            low = rows->front().id;
            step *= 2;
        } else if (step == 1) {
            return low;
        } else {
            step = 1;
        }
    }
}

} // namespace

Result<std::unique_ptr<News>> news_of_polling(NewsDesk desk, std::string_view position, std::int64_t interval_ms) {
    auto progress = Progress::parse(position);
    if (!progress) {
        const auto newest = newest_id(desk.catalogue);
        if (!newest)
            return fail(newest.error());
        progress = Progress{*newest, {}};
    }
    if (auto areas = desk.catalogue.areas())
        desk.inspector.set_areas(std::move(*areas));
    return std::unique_ptr<News>(std::make_unique<PollingNews>(std::move(desk), std::move(*progress), interval_ms));
}

} // namespace ombud::zoneminder
