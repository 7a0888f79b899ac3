#include "catalogue.hpp"
#include "local_time.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>

namespace ombud::zoneminder {
namespace json = boost::json;

namespace {

const json::value* member(const json::value& value, std::string_view name) {
    const auto* object = value.if_object();
    return object ? object->if_contains(name) : nullptr;
}

/// ZoneMinder writes numbers as numbers or as texts, as PHP happened to have them.
std::optional<std::int64_t> number(const json::value& row, std::string_view name) {
    const auto* found = member(row, name);
    if (!found)
        return std::nullopt;
    if (found->is_int64())
        return found->get_int64();
    if (found->is_bool())
        return found->get_bool() ? 1 : 0;
    std::int64_t value = 0;
    const auto* text = found->if_string();
    if (!text || std::from_chars(text->data(), text->data() + text->size(), value).ec != std::errc())
        return std::nullopt;
    return value;
}

std::uint64_t id(const json::value& row, std::string_view name) {
    const auto value = number(row, name).value_or(0);
    return value > 0 ? static_cast<std::uint64_t>(value) : 0;
}

std::string text(const json::value& row, std::string_view name) {
    const auto* found = member(row, name);
    const auto* string = found ? found->if_string() : nullptr;
    return string ? std::string(*string) : std::string();
}

class RestCatalogue final : public Catalogue {
  public:
    RestCatalogue(Rest& rest, const sdk::TimeZone& zone, std::string default_area)
        : rest_(rest), zone_(zone), default_area_(std::move(default_area)) {}

    Result<std::vector<MonitorRow>> monitors() override {
        return rows<MonitorRow>("/monitors.json", "monitors", "Monitor", to_monitor);
    }

    Result<std::optional<MonitorRow>> monitor(std::uint64_t wanted) override {
        return one<MonitorRow>("/monitors/" + std::to_string(wanted) + ".json", "monitor", "Monitor", to_monitor);
    }

    Result<std::vector<AreaRow>> areas() override {
        auto areas = rows<AreaRow>("/storage.json", "storage", "Storage", [](const json::value& row) {
            return AreaRow{id(row, "Id"), text(row, "Name"), text(row, "Path"), text(row, "Type") == "local"};
        });
        if (areas && !default_area_.empty())
            areas->insert(areas->begin(), {0, "Default", default_area_, true});
        return areas;
    }

    Result<std::optional<EventRow>> event(std::uint64_t wanted) override {
        return one<EventRow>("/events/" + std::to_string(wanted) + ".json", "event", "Event",
                             [this](const json::value& row) { return to_event(row); });
    }

    Result<std::vector<EventRow>> events_after(std::uint64_t after, std::size_t room) override {
        return select("Id%20%3E:" + std::to_string(after), std::min<std::size_t>(room, page_max));
    }

    Result<std::vector<EventRow>> events(const std::vector<std::uint64_t>& ids) override {
        // The filters of the interface know no list: ask for the range, and keep what was asked for.
        std::vector<EventRow> found;
        if (ids.empty())
            return found;
        const auto [low, high] = std::minmax_element(ids.begin(), ids.end());
        for (std::uint64_t after = *low - 1; after < *high;) {
            auto page = events_after(after, page_max);
            if (!page)
                return page;
            if (page->empty())
                break;
            after = page->back().id;
            for (EventRow& row : *page)
                if (std::find(ids.begin(), ids.end(), row.id) != ids.end())
                    found.push_back(std::move(row));
        }
        return found;
    }

  private:
    static constexpr std::size_t page_max = 100; // ZoneMinder's own default bound

    static MonitorRow to_monitor(const json::value& row) {
        return {id(row, "Id"), text(row, "Name"), text(row, "Function"), id(row, "Enabled") != 0,
                id(row, "RecordAudio") != 0};
    }

    EventRow to_event(const json::value& row) const {
        return {id(row, "Id"),
                id(row, "MonitorId"),
                id(row, "StorageId"),
                id(row, "SecondaryStorageId"),
                parse_scheme(text(row, "Scheme")),
                text(row, "StartDateTime"),
                parse_local(text(row, "StartDateTime"), zone_),
                parse_local(text(row, "EndDateTime"), zone_),
                text(row, "DefaultVideo"),
                number(row, "DiskSpace"),
                id(row, "Archived") != 0};
    }

    Result<std::vector<EventRow>> select(const std::string& condition, std::size_t room) {
        return rows<EventRow>("/events/index/" + condition +
                                  ".json?sort=Id&direction=asc&limit=" + std::to_string(room),
                              "events", "Event", [this](const json::value& row) { return to_event(row); });
    }

    /// {"LIST": [{"ITEM": {columns}}, ...]}
    template <class T, class Convert>
    Result<std::vector<T>> rows(const std::string& path, std::string_view list, std::string_view item,
                                Convert convert) {
        auto answer = rest_.get(path);
        if (!answer)
            return fail(std::move(answer).error());
        const auto* found = member(*answer, list);
        const auto* array = found ? found->if_array() : nullptr;
        if (!array)
            return fail(ErrorCode::corrupt, path + ": the answer has no list \"" + std::string(list) + "\"");
        std::vector<T> all;
        for (const json::value& entry : *array) {
            const auto* columns = member(entry, item);
            if (!columns || (id(*columns, "Id") == 0))
                return fail(ErrorCode::corrupt,
                            path + ": an entry of \"" + std::string(list) + "\" has no " + std::string(item) + ".Id");
            all.push_back(convert(*columns));
        }
        return all;
    }

    /// {"OUTER": {"ITEM": {columns}}}, or 404.
    template <class T, class Convert>
    Result<std::optional<T>> one(const std::string& path, std::string_view outer, std::string_view item,
                                 Convert convert) {
        auto answer = rest_.get(path);
        if (!answer && answer.error().code == ErrorCode::not_found)
            return std::optional<T>();
        if (!answer)
            return fail(std::move(answer).error());
        const auto* entry = member(*answer, outer);
        const auto* columns = entry ? member(*entry, item) : nullptr;
        if (!columns || id(*columns, "Id") == 0)
            return fail(ErrorCode::corrupt, path + ": the answer has no " + std::string(item) + ".Id");
        return std::optional<T>(convert(*columns));
    }

    Rest& rest_;
    const sdk::TimeZone& zone_;
    std::string default_area_;
};

} // namespace

std::unique_ptr<Catalogue> catalogue_of(Rest& rest, const sdk::TimeZone& zone, std::string default_area) {
    return std::make_unique<RestCatalogue>(rest, zone, std::move(default_area));
}

} // namespace ombud::zoneminder
