#include "catalogue.hpp"

namespace ombud::zoneminder {
namespace {

constexpr std::int64_t second_ns = 1'000'000'000;

std::optional<std::int64_t> to_ns(std::optional<std::int64_t> seconds) {
    return seconds ? std::optional(*seconds * second_ns) : std::nullopt;
}

class DatabaseCatalogue final : public Catalogue {
  public:
    DatabaseCatalogue(Database& database, std::string default_area)
        : database_(database), default_area_(std::move(default_area)) {}

    Result<std::vector<MonitorRow>> monitors() override { return select_monitors("ORDER BY Id"); }

    Result<std::optional<MonitorRow>> monitor(std::uint64_t id) override {
        return first(select_monitors("WHERE Id=" + std::to_string(id)));
    }

    Result<std::vector<AreaRow>> areas() override {
        auto rows = database_.query("SELECT Id, Name, Path, Type FROM Storage ORDER BY Id");
        if (!rows)
            return fail(std::move(rows).error());
        std::vector<AreaRow> areas;
        if (!default_area_.empty())
            areas.push_back({0, "Default", default_area_, true});
        for (const Row& row : *rows)
            areas.push_back({row.id(0), row.text(1), row.text(2), row.text(3) == "local"});
        return areas;
    }

    Result<std::optional<EventRow>> event(std::uint64_t id) override {
        return first(select_events("WHERE Id=" + std::to_string(id)));
    }

    Result<std::vector<EventRow>> events_after(std::uint64_t id, std::size_t room) override {
        return select_events("WHERE Id>" + std::to_string(id) + " ORDER BY Id LIMIT " + std::to_string(room));
    }

    Result<std::vector<EventRow>> events(const std::vector<std::uint64_t>& ids) override {
        if (ids.empty())
            return std::vector<EventRow>();
        std::string list;
        for (const std::uint64_t id : ids)
            list += (list.empty() ? "" : ",") + std::to_string(id);
        return select_events("WHERE Id IN (" + list + ")");
    }

  private:
    template <class T>
    static Result<std::optional<T>> first(Result<std::vector<T>> rows) {
        if (!rows)
            return fail(std::move(rows).error());
        return rows->empty() ? std::optional<T>() : std::optional<T>(std::move(rows->front()));
    }

    Result<std::vector<MonitorRow>> select_monitors(const std::string& tail) {
        auto rows = database_.query("SELECT Id, Name, `Function`, Enabled, RecordAudio FROM Monitors " + tail);
        if (!rows)
            return fail(std::move(rows).error());
        std::vector<MonitorRow> monitors;
        for (const Row& row : *rows)
            monitors.push_back({row.id(0), row.text(1), row.text(2), row.id(3) != 0, row.id(4) != 0});
        return monitors;
    }

    Result<std::vector<EventRow>> select_events(const std::string& tail) {
        auto rows = database_.query(
            "SELECT Id, MonitorId, StorageId, SecondaryStorageId, Scheme, StartDateTime, UNIX_TIMESTAMP(StartDateTime),"
            " UNIX_TIMESTAMP(EndDateTime), DefaultVideo, DiskSpace, Archived FROM Events " +
            tail);
        if (!rows)
            return fail(std::move(rows).error());
        std::vector<EventRow> events;
        events.reserve(rows->size());
        for (const Row& row : *rows)
            events.push_back({row.id(0), row.id(1), row.id(2), row.id(3), parse_scheme(row.text(4)), row.text(5),
                              to_ns(row.number(6)), to_ns(row.number(7)), row.text(8), row.number(9), row.id(10) != 0});
        return events;
    }

    Database& database_;
    std::string default_area_;
};

} // namespace

std::unique_ptr<Catalogue> catalogue_of(Database& database, std::string default_area) {
    return std::make_unique<DatabaseCatalogue>(database, std::move(default_area));
}

Scheme parse_scheme(std::string_view text) {
    if (text == "Deep")
        return Scheme::deep;
    return text == "Shallow" ? Scheme::shallow : Scheme::medium;
}

} // namespace ombud::zoneminder
