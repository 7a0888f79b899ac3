#include "news.hpp"

#include <algorithm>
#include <boost/json.hpp>

namespace ombud::zoneminder {
namespace json = boost::json;

namespace {

constexpr std::size_t rows_max = 2000; // of one reading
constexpr std::int64_t second_us = 1'000'000;
/// ZoneMinder's filters delete the row first and the files a moment later: only after this is a folder left behind.
constexpr std::int64_t files_grace_us = 3 * second_us;

std::int64_t number(const json::object& detail, std::string_view name) {
    const auto* found = detail.if_contains(name);
    if (!found)
        return 0;
    if (found->is_int64())
        return found->get_int64();
    return found->is_double() ? static_cast<std::int64_t>(found->get_double()) : 0;
}

std::uint64_t id(const json::object& detail, std::string_view name) {
    return static_cast<std::uint64_t>(std::max<std::int64_t>(number(detail, name), 0));
}

std::string text(const json::object& detail, std::string_view name) {
    const auto* found = detail.if_contains(name);
    const auto* string = found ? found->if_string() : nullptr;
    return string ? std::string(*string) : std::string();
}

std::optional<std::int64_t> moment(const json::object& detail, std::string_view name) {
    const auto* found = detail.if_contains(name);
    return found && !found->is_null() ? std::optional(number(detail, name) * 1'000'000'000) : std::nullopt;
}

EventRow to_event(const OutboxRow& row, const json::object& detail) {
    EventRow event{row.row_id,
                   id(detail, "MonitorId"),
                   id(detail, "StorageId"),
                   0,
                   parse_scheme(text(detail, "Scheme")),
                   text(detail, "Start"),
                   moment(detail, "Begin"),
                   moment(detail, "End"),
                   text(detail, "Video"),
                   std::nullopt,
                   number(detail, "Archived") != 0};
    if (const auto* bytes = detail.if_contains("DiskSpace"); bytes && !bytes->is_null())
        event.disk_bytes = number(detail, "DiskSpace");
    return event;
}

MonitorRow to_monitor(const OutboxRow& row, const json::object& detail) {
    return {row.row_id, text(detail, "Name"), text(detail, "Function"), number(detail, "Enabled") != 0,
            number(detail, "RecordAudio") != 0};
}

/// Says what was sent, of a recording that a filter sent away.
std::string sent_by(const json::object& detail) {
    std::string ways;
    for (const auto& [name, way] : {std::pair{"Emailed", "mail"}, {"Messaged", "message"}, {"Uploaded", "upload"}})
        if (number(detail, name) > 0)
            ways += (ways.empty() ? "" : ", ") + std::string(way);
    return ways;
}

class OutboxNews final : public News {
  public:
    OutboxNews(Outbox outbox, NewsDesk desk) : outbox_(std::move(outbox)), desk_(std::move(desk)) {}

    Result<bool> hand_over() override {
        auto rows = outbox_.read(rows_max);
        if (!rows)
            return fail(std::move(rows).error());
        OutboxPosition position{outbox_.identity(), 0, {}};
        std::vector<sdk::Event> events;
        std::set<std::uint64_t> put_off; // recordings whose earlier row waits: their later ones wait, too
        for (const OutboxRow& row : *rows) {
            OutboxPosition longer = position;
            longer.newest_utc_us = std::max(longer.newest_utc_us, row.utc_us);
            longer.ids.push_back(row.id);
            if (longer.text().size() > OutboxPosition::bytes_max)
                break;
            const bool is_recording = row.kind.rfind("recording.", 0) == 0;
            if (is_recording && put_off.count(row.row_id))
                continue;
            auto made = to_sdk_event(row);
            if (!made)
                return fail(std::move(made).error());
            if (!*made) {
                put_off.insert(row.row_id);
                continue;
            }
            events.push_back(std::move(**made));
            position = std::move(longer);
        }
        if (events.empty())
            return false;
        if (auto pushed = desk_.feed.push(events, position.text()); !pushed)
            return fail(std::move(pushed).error());
        // When this fails, open() does it by the position.
        if (auto removed = outbox_.remove(position); !removed)
            return fail(std::move(removed).error());
        return true;
    }

    [[nodiscard]] std::int64_t pause_ms() const override { return 200; }

  private:
    /// Empty: not yet; the row stays where it is.
    Result<std::optional<sdk::Event>> to_sdk_event(const OutboxRow& row) {
        json::error_code error;
        const json::value parsed = json::parse(row.detail, error);
        if (error || !parsed.is_object())
            return fail(ErrorCode::corrupt, "ombud.outbox: row " + std::to_string(row.id) +
                                                ": Detail is no JSON object; was it written by hand? Delete the row");
        const json::object& detail = parsed.get_object();
        const std::int64_t utc_ns = row.utc_us * 1000;
        const auto& words = desk_.records.words();
        if (row.kind == "recording.finished") {
            const EventRow event = to_event(row, detail);
            return some(desk_.records.recording_event(words.recording_finished, utc_ns, event, inspect(event), "",
                                                      row.database_user));
        }
        if (row.kind == "recording.changed") {
            const EventRow event = to_event(row, detail);
            const bool was_archived = number(detail, "WasArchived") != 0;
            const char* const what = event.is_archived == was_archived ? "changed"
                                     : event.is_archived               ? "archived"
                                                                       : "unarchived";
            return some(desk_.records.recording_event(words.recording_changed, utc_ns, event, inspect(event), what,
                                                      row.database_user));
        }
        if (row.kind == "recording.gone")
            return gone(row, to_event(row, detail), utc_ns);
        if (row.kind == "recording.sent") {
            const EventRow event = to_event(row, detail);
            return some(desk_.records.notice("recording.sent", utc_ns, &event, sent_by(detail), row.database_user));
        }
        if (row.kind == "device.changed")
            return some(
                desk_.records.device_changed(utc_ns, to_monitor(row, detail), text(detail, "What"), row.database_user));
        if (row.kind == "device.gone")
            return some(desk_.records.device_gone(utc_ns, row.row_id, row.database_user));
        return some(desk_.records.notice("config.changed", utc_ns, nullptr, text(detail, "What"), row.database_user));
    }

    Result<std::optional<sdk::Event>> gone(const OutboxRow& row, const EventRow& event, std::int64_t utc_ns) {
        const AreaRow* const area = area_of(event);
        const auto folder = area ? find_folder(*area, event) : std::nullopt;
        if (!folder)
            return some(desk_.records.recording_gone(utc_ns, event, row.database_user));
        if (row.age_us < files_grace_us)
            return std::optional<sdk::Event>();
        const auto media = find_media(*folder);
        const Evidence evidence =
            media ? desk_.inspector.inspect_folder(*folder, event.id, media->filename().string()) : Evidence{};
        return some(desk_.records.files_stay(utc_ns, event, evidence, row.database_user));
    }

    Evidence inspect(const EventRow& event) {
        area_of(event);
        return desk_.inspector.inspect(event);
    }

    /// Asks for the areas again when one is not known: it may be new.
    const AreaRow* area_of(const EventRow& event) {
        if (const AreaRow* area = desk_.inspector.area(event.area))
            return area;
        if (unknown_areas_.insert(event.area).second)
            if (auto areas = desk_.catalogue.areas())
                desk_.inspector.set_areas(std::move(*areas));
        return desk_.inspector.area(event.area);
    }

    static Result<std::optional<sdk::Event>> some(Result<sdk::Event> event) {
        if (!event)
            return fail(std::move(event).error());
        return std::optional<sdk::Event>(std::move(*event));
    }

    Outbox outbox_;
    NewsDesk desk_;
    std::set<std::uint64_t> unknown_areas_; ///< asked for once
};

} // namespace

std::unique_ptr<News> news_of(Outbox outbox, NewsDesk desk) {
    return std::make_unique<OutboxNews>(std::move(outbox), std::move(desk));
}

} // namespace ombud::zoneminder
