#include "listing.hpp"

#include <algorithm>
#include <set>
#include <unordered_map>

namespace ombud::zoneminder {
namespace {

constexpr std::size_t batch_max = 256; // records of one put

/// Gathers records, and hands them over some at a time.
class Batch {
  public:
    explicit Batch(const sdk::Feed& feed) : feed_(feed) {}

    Result<> add(Result<sdk::Event> record) {
        if (!record)
            return fail(std::move(record).error());
        records_.push_back(std::move(*record));
        return records_.size() < batch_max ? Result<>() : flush();
    }
    Result<> flush() {
        if (records_.empty())
            return {};
        auto put = feed_.put(records_);
        records_.clear();
        return put;
    }

  private:
    const sdk::Feed& feed_;
    std::vector<sdk::Event> records_;
};

Result<> refresh_areas(const ListingDesk& desk) {
    auto areas = desk.catalogue.areas();
    if (!areas)
        return fail(std::move(areas).error());
    desk.inspector.set_areas(std::move(*areas));
    return {};
}

/// A mount that is missing looks like a folder without recordings; it must not look like a hundred thousand lost files.
Result<> check_area(const AreaRow& area) {
    std::error_code error;
    for (std::filesystem::directory_iterator at(area.path, error), end; !error && at != end; at.increment(error))
        if (const std::string name = at->path().filename().string();
            !name.empty() && name.find_first_not_of("0123456789") == std::string::npos)
            return {};
    return fail(ErrorCode::unavailable,
                "storage area " + std::to_string(area.id) + ": " + area.path +
                    (error ? ": " + error.message() : ": holds no recording") +
                    ", though ZoneMinder has recordings there; is it mounted? Set files to false if it never is");
}

/// One pass over the folders of an area, telling those that no row names.
class OrphanSearch {
  public:
    OrphanSearch(const ListingDesk& desk, const AreaRow& area, Batch& batch)
        : desk_(desk), area_(area), batch_(batch) {}

    Result<> run() {
        auto walked = walk_folders(area_, [this](const std::vector<EventFolder>& folders) -> Result<> {
            for (std::size_t begin = 0; begin < folders.size(); begin += ids_max) {
                const auto end = std::min(folders.size(), begin + ids_max);
                if (auto checked = gather(folders, begin, end); !checked)
                    return checked;
            }
            return {};
        });
        if (!walked)
            return walked;
        // A recording that was being deleted meanwhile is gone by now.
        for (std::size_t begin = 0; begin < suspects_.size(); begin += ids_max) {
            const std::vector<EventFolder> some(
                suspects_.begin() + static_cast<std::ptrdiff_t>(begin),
                suspects_.begin() + static_cast<std::ptrdiff_t>(std::min(suspects_.size(), begin + ids_max)));
            if (auto told = tell(some); !told)
                return told;
        }
        return {};
    }

  private:
    using Rows = std::unordered_map<std::uint64_t, EventRow>;

    Result<Rows> rows_of(const std::vector<EventFolder>& folders, std::size_t begin, std::size_t end) {
        std::vector<std::uint64_t> ids;
        for (std::size_t i = begin; i < end; ++i)
            if (folders[i].id != 0)
                ids.push_back(folders[i].id);
        auto found = desk_.catalogue.events(ids);
        if (!found)
            return fail(std::move(found).error());
        Rows rows;
        for (EventRow& row : *found)
            rows.emplace(row.id, std::move(row));
        return rows;
    }

    /// Whether a row says that its files are in this very folder.
    bool is_named(const EventFolder& folder, const Rows& rows) const {
        const auto row = rows.find(folder.id);
        if (row == rows.end())
            return false;
        if (row->second.area != area_.id && row->second.secondary_area != area_.id)
            return false;
        const auto real = find_folder(area_, row->second);
        return real && *real == std::filesystem::path(area_.path) / folder.relative;
    }

    Result<> gather(const std::vector<EventFolder>& folders, std::size_t begin, std::size_t end) {
        const auto rows = rows_of(folders, begin, end);
        if (!rows)
            return fail(rows.error());
        for (std::size_t i = begin; i < end; ++i)
            if (!is_named(folders[i], *rows))
                suspects_.push_back(folders[i]);
        return {};
    }

    Result<> tell(const std::vector<EventFolder>& folders) {
        const auto rows = rows_of(folders, 0, folders.size());
        if (!rows)
            return fail(rows.error());
        for (const EventFolder& folder : folders) {
            const auto path = std::filesystem::path(area_.path) / folder.relative;
            std::error_code error;
            if (is_named(folder, *rows) || !std::filesystem::is_directory(path, error))
                continue;
            const auto media = find_media(path);
            const Evidence evidence =
                media ? desk_.inspector.inspect_folder(path, folder.id, media->filename().string()) : Evidence{};
            if (auto put = batch_.add(
                    desk_.records.orphan(folder, orphan_name(folder, rows->count(folder.id) != 0), evidence));
                !put)
                return put;
        }
        return {};
    }

    const ListingDesk& desk_;
    const AreaRow& area_;
    Batch& batch_;
    std::vector<EventFolder> suspects_;
};

} // namespace

std::string orphan_name(const EventFolder& folder, bool id_is_taken) {
    if (folder.id != 0 && !id_is_taken)
        return std::to_string(folder.id);
    return (folder.id ? std::to_string(folder.id) : "") + "@" + std::to_string(folder.area) + ":" + folder.relative;
}

Result<> list_devices(const ListingDesk& desk) {
    auto monitors = desk.catalogue.monitors();
    if (!monitors)
        return fail(std::move(monitors).error());
    Batch batch(desk.feed);
    for (const MonitorRow& monitor : *monitors)
        if (auto put = batch.add(desk.records.device(monitor)); !put)
            return put;
    return batch.flush();
}

Result<> list_storage(const ListingDesk& desk) {
    if (auto refreshed = refresh_areas(desk); !refreshed)
        return refreshed;
    Batch batch(desk.feed);
    for (const AreaRow& area : desk.inspector.areas())
        if (auto put = batch.add(desk.records.storage(area, desk.has_files)); !put)
            return put;
    return batch.flush();
}

Result<> list_recordings(const ListingDesk& desk) {
    if (auto refreshed = refresh_areas(desk); !refreshed)
        return refreshed;
    Batch batch(desk.feed);
    std::set<std::uint64_t> checked; // areas that have a finished recording
    for (std::uint64_t last = 0;;) {
        auto rows = desk.catalogue.events_after(last, ids_max);
        if (!rows)
            return fail(std::move(rows).error());
        if (rows->empty())
            break;
        last = rows->back().id;
        for (const EventRow& row : *rows) {
            const AreaRow* const area = desk.has_files ? desk.inspector.area(row.area) : nullptr;
            if (area && row.end_utc_ns && checked.insert(area->id).second)
                if (auto there = check_area(*area); !there)
                    return there;
            if (auto put = batch.add(desk.records.recording(row, desk.inspector.inspect(row))); !put)
                return put;
        }
    }
    if (desk.has_files)
        for (const AreaRow& area : desk.inspector.areas())
            if (area.is_local && (checked.count(area.id) || std::filesystem::is_directory(area.path)))
                if (auto searched = OrphanSearch(desk, area, batch).run(); !searched)
                    return searched;
    return batch.flush();
}

} // namespace ombud::zoneminder
