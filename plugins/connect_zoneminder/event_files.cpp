#include "event_files.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <ctime>
#include <set>
#include <system_error>

namespace ombud::zoneminder {
namespace fs = std::filesystem;

namespace {

std::uint64_t to_number(std::string_view text) {
    std::uint64_t value = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && stop == text.data() + text.size() ? value : 0;
}

bool is_digits(std::string_view text, std::size_t length) {
    return text.size() == length && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool is_date(std::string_view text) {
    return text.size() == 10 && text[4] == '-' && text[7] == '-' && is_digits(text.substr(0, 4), 4) &&
           is_digits(text.substr(5, 2), 2) && is_digits(text.substr(8), 2);
}

/// Names of entries in order; links are named, not followed.
Result<std::vector<std::string>> names_in(const fs::path& folder) {
    std::error_code error;
    std::vector<std::string> names;
    for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error))
        names.push_back(at->path().filename().string());
    if (error == std::errc::no_such_file_or_directory || error == std::errc::not_a_directory)
        return names; // gone while we walk
    if (error)
        return fail(ErrorCode::unavailable, folder.string() + ": " + error.message());
    std::sort(names.begin(), names.end());
    return names;
}

bool is_real_folder(const fs::path& path) {
    std::error_code error;
    return fs::symlink_status(path, error).type() == fs::file_type::directory;
}

/// Names of monitors are links beside the numbered folders; only the folders count.
Result<std::vector<std::uint64_t>> monitors_in(const AreaRow& area) {
    auto names = names_in(area.path);
    if (!names)
        return fail(std::move(names).error());
    std::vector<std::uint64_t> monitors;
    for (const std::string& name : *names)
        if (const auto number = to_number(name); number != 0 && is_real_folder(fs::path(area.path) / name))
            monitors.push_back(number);
    return monitors;
}

/// The id in the name of a video file, "17-video.mp4".
std::uint64_t id_by_file(const fs::path& folder) {
    std::error_code error;
    for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
        const std::string name = at->path().filename().string();
        if (const auto dash = name.find("-video."); dash != std::string::npos)
            if (const auto id = to_number(name.substr(0, dash)); id != 0)
                return id;
    }
    return 0;
}

/// One day of the Deep scheme: links .ID -> HH/MM/SS, and folders that no link names.
Result<std::vector<EventFolder>> deep_day(const AreaRow& area, std::uint64_t monitor, const std::string& day) {
    const fs::path folder = fs::path(area.path) / day;
    auto names = names_in(folder);
    if (!names)
        return fail(std::move(names).error());
    std::vector<EventFolder> found;
    std::set<std::string> linked;
    std::error_code error;
    for (const std::string& name : *names) {
        if (name.front() != '.' || to_number(name.substr(1)) == 0)
            continue;
        const std::string target = fs::read_symlink(folder / name, error).lexically_normal().string();
        if (error || target.empty() || target.front() == '/' || target.rfind("..", 0) == 0 ||
            !is_real_folder(folder / target))
            continue;
        linked.insert(target);
        found.push_back({to_number(name.substr(1)), monitor, area.id, day + "/" + target});
    }
    for (const std::string& hour : *names) {
        if (!is_digits(hour, 2))
            continue;
        const auto minutes = names_in(folder / hour);
        for (const std::string& minute : minutes.value_or({})) {
            const auto seconds = names_in(folder / hour / minute);
            for (const std::string& second : seconds.value_or({}))
                if (const std::string at = hour + "/" + minute + "/" + second;
                    !linked.count(at) && is_real_folder(folder / at))
                    found.push_back({id_by_file(folder / at), monitor, area.id, day + "/" + at});
        }
    }
    return found;
}

std::string day_shifted(const std::string& date, int days) {
    const auto part = [&](std::size_t at, std::size_t length) {
        return static_cast<int>(to_number(std::string_view(date).substr(at, length)));
    };
    std::tm day{};
    day.tm_year = part(0, 4) - 1900;
    day.tm_mon = part(5, 2) - 1;
    day.tm_mday = part(8, 2) + days;
    day.tm_hour = 12;
    const std::time_t moment = timegm(&day);
    gmtime_r(&moment, &day);
    std::array<char, 16> text{};
    std::strftime(text.data(), text.size(), "%Y-%m-%d", &day);
    return text.data();
}

} // namespace

std::string relative_folder(const EventRow& row) {
    const std::string monitor = std::to_string(row.monitor);
    if (row.scheme == Scheme::shallow)
        return monitor + "/" + std::to_string(row.id);
    if (row.start_local.size() != 19 || !is_date(row.start_local.substr(0, 10)))
        return {};
    if (row.scheme == Scheme::medium)
        return monitor + "/" + row.start_local.substr(0, 10) + "/" + std::to_string(row.id);
    std::string deep = row.start_local.substr(2);
    std::replace_if(
        deep.begin(), deep.end(), [](char c) { return c == '-' || c == ' ' || c == ':'; }, '/');
    return monitor + "/" + deep;
}

std::optional<fs::path> find_folder(const AreaRow& area, const EventRow& row) {
    const std::string expected = relative_folder(row);
    if (expected.empty())
        return std::nullopt;
    if (const fs::path folder = fs::path(area.path) / expected; is_real_folder(folder))
        return folder;
    if (row.scheme != Scheme::medium)
        return std::nullopt;
    for (const int days : {-1, 1}) {
        const fs::path folder = fs::path(area.path) / std::to_string(row.monitor) /
                                day_shifted(row.start_local.substr(0, 10), days) / std::to_string(row.id);
        if (is_real_folder(folder))
            return folder;
    }
    return std::nullopt;
}

Result<std::vector<EventFolder>> find_folders(const AreaRow& area, std::uint64_t id) {
    std::vector<EventFolder> found;
    const auto monitors = monitors_in(area);
    if (!monitors)
        return fail(monitors.error());
    for (const std::uint64_t monitor : *monitors) {
        const std::string top = std::to_string(monitor);
        const auto days = names_in(fs::path(area.path) / top);
        if (!days)
            return fail(days.error());
        for (const std::string& day : *days) {
            if (is_date(day) && is_real_folder(fs::path(area.path) / top / day / std::to_string(id)))
                found.push_back({id, monitor, area.id, top + "/" + day + "/" + std::to_string(id)});
            // "22" may be a year of the Deep scheme or a recording of the Shallow one
            if (!is_digits(day, 2) || is_date(day))
                continue;
            const auto months = names_in(fs::path(area.path) / top / day);
            for (const std::string& month : months.value_or({})) {
                const auto dates = names_in(fs::path(area.path) / top / day / month);
                for (const std::string& date : dates.value_or({})) {
                    const auto folders = deep_day(area, monitor, top + "/" + day + "/" + month + "/" + date);
                    for (const EventFolder& folder : folders.value_or({}))
                        if (folder.id == id)
                            found.push_back(folder);
                }
            }
        }
        const fs::path shallow = fs::path(area.path) / top / std::to_string(id);
        if (is_real_folder(shallow) && (std::to_string(id).size() != 2 || id_by_file(shallow) == id))
            found.push_back({id, monitor, area.id, top + "/" + std::to_string(id)});
    }
    return found;
}

Result<> walk_folders(const AreaRow& area, const std::function<Result<>(const std::vector<EventFolder>&)>& take) {
    const auto monitors = monitors_in(area);
    if (!monitors)
        return fail(monitors.error());
    for (const std::uint64_t monitor : *monitors) {
        const std::string top = std::to_string(monitor);
        auto names = names_in(fs::path(area.path) / top);
        if (!names)
            return fail(std::move(names).error());
        std::vector<EventFolder> shallow;
        for (const std::string& name : *names) {
            const fs::path here = fs::path(area.path) / top / name;
            if (!is_real_folder(here))
                continue;
            if (is_date(name)) {
                auto ids = names_in(here);
                if (!ids)
                    return fail(std::move(ids).error());
                std::vector<EventFolder> day;
                for (const std::string& id : *ids)
                    if (to_number(id) != 0 && is_real_folder(here / id))
                        day.push_back({to_number(id), monitor, area.id, top + "/" + name + "/" + id});
                if (auto taken = take(day); !taken)
                    return taken;
            } else if (is_digits(name, 2) && id_by_file(here) == 0) {
                const auto months = names_in(here);
                if (!months)
                    return fail(months.error());
                for (const std::string& month : *months) {
                    const auto dates = names_in(here / month);
                    if (!dates)
                        return fail(dates.error());
                    for (const std::string& date : *dates) {
                        auto day = deep_day(area, monitor, top + "/" + name + "/" + month + "/" + date);
                        if (!day)
                            return fail(std::move(day).error());
                        if (auto taken = take(*day); !taken)
                            return taken;
                    }
                }
            } else if (to_number(name) != 0) {
                shallow.push_back({to_number(name), monitor, area.id, top + "/" + name});
            }
        }
        if (auto taken = take(shallow); !taken)
            return taken;
    }
    return {};
}

std::optional<fs::path> find_media(const fs::path& folder) {
    std::optional<fs::path> best;
    std::uintmax_t best_size = 0;
    std::error_code error;
    for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
        const std::string name = at->path().filename().string();
        const std::string kind = at->path().extension().string();
        if (kind != ".mp4" && kind != ".mkv" && kind != ".avi")
            continue;
        if (name.find("-video.") != std::string::npos)
            return at->path();
        std::error_code ignored;
        if (const auto size = at->file_size(ignored); !ignored && (!best || size > best_size)) {
            best = at->path();
            best_size = size;
        }
    }
    return best;
}

Result<std::uint64_t> remove_folder(const AreaRow& area, const fs::path& folder, std::uint64_t id) {
    const fs::path relative = folder.lexically_relative(area.path);
    if (relative.empty() || *relative.begin() == ".." || relative == "." ||
        std::distance(relative.begin(), relative.end()) < 2)
        return fail(ErrorCode::refused, folder.string() + ": is no recording's folder below " + area.path);
    fs::path step = area.path;
    for (const fs::path& name : relative) {
        step /= name;
        if (!is_real_folder(step))
            return fail(ErrorCode::refused, step.string() + ": is no folder of its own, but a link or gone");
    }
    std::error_code error;
    const std::uintmax_t removed = fs::remove_all(folder, error);
    if (error)
        return fail(ErrorCode::unavailable,
                    folder.string() + ": " + error.message() + "; may this process write there?");
    if (std::distance(relative.begin(), relative.end()) == 7) // Deep: MONITOR/yy/mm/dd/HH/MM/SS
        fs::remove(folder.parent_path().parent_path().parent_path() / ("." + std::to_string(id)), error);
    return removed - 1;
}

} // namespace ombud::zoneminder
