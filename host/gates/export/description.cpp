#include "gates/export/description.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <set>

#include "events/printable.hpp"
#include "media/masks/kept_region.hpp"

namespace ombud::exports {
namespace {

constexpr std::int64_t second_ns = 1'000'000'000;

constexpr std::string_view keys = "camera, from, to, reason, recipient, destination, grant, summary, legal-ground, medium, destroy-by, "
                                  "file-camera, unmasked, pixelate, keep, requester-name, requester-title, requester-organisation";
constexpr std::size_t kept_max = 64; // as media::PixelateOptions::kept

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t\r");
    return first == std::string_view::npos ? std::string_view{} : text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

std::string in_quotes(std::string_view text) { return "'" + printable(text.substr(0, 80)) + "'"; }

template <class Number>
bool take_number(std::string_view& text, std::size_t digits, Number& value) {
    if (text.size() < digits || text.substr(0, digits).find_first_not_of("0123456789") != std::string_view::npos)
        return false;
    std::from_chars(text.data(), text.data() + digits, value);
    text.remove_prefix(digits);
    return true;
}
bool take(std::string_view& text, std::string_view any_of) {
    if (text.empty() || any_of.find(text[0]) == std::string_view::npos)
        return false;
    text.remove_prefix(1);
    return true;
}

/// Reads a day, or a day and time; the end of a day is the next one's beginning.
std::optional<std::int64_t> parse_time(std::string_view text, const sdk::TimeZone& zone, bool is_end) {
    sdk::CivilTime time;
    if (!take_number(text, 4, time.year) || !take(text, "-") || !take_number(text, 2, time.month) || !take(text, "-") ||
        !take_number(text, 2, time.day))
        return std::nullopt;
    bool utc = false;
    const bool day_alone = text.empty();
    if (!day_alone) {
        if (!take(text, "T ") || !take_number(text, 2, time.hour) || !take(text, ":") || !take_number(text, 2, time.minute))
            return std::nullopt;
        if (take(text, ":") && !take_number(text, 2, time.second))
            return std::nullopt;
        utc = take(text, "Z");
    }
    if (!text.empty() || !sdk::is_valid(time) || time.year < 1970 || time.year > 2199)
        return std::nullopt;
    if (day_alone && is_end) {
        using namespace std::chrono;
        const year_month_day next = sys_days(year(time.year) / time.month / time.day) + days(1);
        time = {static_cast<int>(next.year()), static_cast<int>(static_cast<unsigned>(next.month())),
                static_cast<int>(static_cast<unsigned>(next.day()))};
    }
    return (utc ? sdk::seconds_from_civil(time) : zone.instants(time).front()) * second_ns;
}

/// Reads the fields of one description; gathers what is wrong.
class Reader {
  public:
    Reader(const Options& options, Description& to) : options_(options), to_(to) {}
    std::string wrong;

    void read(const std::string& key, const std::string& raw) {
        const std::string value(trimmed(raw));
        if (value.size() > text_bytes_max)
            return add(key + " is longer than " + std::to_string(text_bytes_max) + " bytes");
        if (printable(value) != value)
            return add(key + " holds control characters, or is not UTF-8: " + in_quotes(value));
        if (key == "camera")
            to_.cameras = cameras(value, Twice::once);
        else if (key == "file-camera")
            to_.file_cameras = cameras(value, Twice::as_given);
        else if (key == "pixelate")
            pixelate(value);
        else if (key == "keep")
            keep(value);
        else if (key == "from" || key == "to")
            time(key, value, key == "from" ? to_.begin_utc_ns : to_.end_utc_ns, key == "to");
        else if (key == "destroy-by")
            time(key, value, to_.destroy_by_utc_ns, true);
        else if (key == "recipient")
            recipient(value);
        else if (key == "destination")
            destination(value);
        else if (std::string* text = text_of(key))
            *text = value;
        else
            add("there is no " + in_quotes(key) + "; there are " + std::string(keys));
    }

  private:
    void add(const std::string& what) { wrong += (wrong.empty() ? "" : "; ") + what; }

    std::string* text_of(std::string_view key) {
        const std::pair<std::string_view, std::string*> texts[] = {
            {"reason", &to_.reason}, {"grant", &to_.grant}, {"summary", &to_.summary}, {"legal-ground", &to_.legal_ground},
            {"medium", &to_.medium}, {"unmasked", &to_.unmasked}, {"requester-name", &to_.requester_name}, {"requester-title", &to_.requester_title},
            {"requester-organisation", &to_.requester_organisation}};
        for (const auto& [name, text] : texts)
            if (name == key)
                return text;
        return nullptr;
    }
    enum class Twice { once, as_given };
    std::vector<std::string> cameras(std::string_view value, Twice twice) {
        std::vector<std::string> ids;
        for (std::string_view rest = value; !rest.empty();) {
            const auto comma = rest.find(',');
            const std::string id(trimmed(rest.substr(0, comma)));
            rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(comma + 1);
            if (id.empty())
                continue;
            if (!options_.cameras.contains(id))
                add("camera " + in_quotes(id) + " is none of the site's" + known(options_.cameras, [](const auto& one) { return one.first; }));
            else if (twice == Twice::as_given || std::find(ids.begin(), ids.end(), id) == ids.end())
                ids.push_back(id);
        }
        return ids;
    }
    void pixelate(const std::string& value) {
        if (!value.empty() && value != "yes" && value != "no")
            return add("pixelate " + in_quotes(value) + " is neither yes nor no");
        to_.pixelate = value == "yes";
    }
    void keep(std::string_view value) {
        to_.kept.clear();
        for (std::string_view rest = value; !rest.empty(); rest = trimmed(rest)) {
            const std::string_view one = rest.substr(0, rest.find(' '));
            rest.remove_prefix(one.size());
            if (const auto region = media::parse_kept_region(one); !region)
                add("keep " + printable(region.error().message));
            to_.kept.emplace_back(one);
        }
        if (to_.kept.size() > kept_max)
            add(std::to_string(to_.kept.size()) + " kept regions are more than " + std::to_string(kept_max));
    }
    void time(const std::string& key, const std::string& value, std::int64_t& at, bool is_end) {
        at = 0;
        if (value.empty())
            return;
        const auto parsed = parse_time(value, options_.zone, is_end);
        if (!parsed)
            return add(key + " " + in_quotes(value) + " is no time such as 2026-11-20T14:05 (of the site's zone), 2026-11-20T13:05:00Z or 2026-11-20");
        at = *parsed;
    }
    void recipient(const std::string& value) {
        to_.recipient = value;
        if (!value.empty() && options_.recipient(value) == nullptr)
            add("recipient " + in_quotes(value) + " is none of the site's" + known(options_.recipients, [](const auto& one) { return one.id; }));
    }
    void destination(const std::string& value) {
        to_.destination = value;
        if (value.empty() || value.front() == '/')
            return;
        for (const Destination& one : options_.destinations)
            if (one.id == value)
                return;
        add("destination " + in_quotes(value) + " is none of the site's, and no absolute path" +
            known(options_.destinations, [](const auto& one) { return one.id; }));
    }
    template <class List, class Name>
    static std::string known(const List& list, Name name) {
        std::string text;
        int shown = 0;
        for (const auto& one : list)
            if (++shown <= 10)
                text += (text.empty() ? "; there are " : ", ") + std::string(name(one));
        return text + (shown > 10 ? ", …" : "");
    }

    const Options& options_;
    Description& to_;
};

} // namespace

Result<Fields> parse_fields(std::string_view text) {
    if (text.size() > description_bytes_max)
        return fail(ErrorCode::invalid_input, "is longer than " + std::to_string(description_bytes_max) + " bytes");
    Fields fields;
    int number = 0;
    for (std::string_view rest = text; !rest.empty();) {
        const auto end = rest.find('\n');
        const std::string_view line = trimmed(rest.substr(0, end));
        rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
        ++number;
        if (line.empty() || line.front() == '#')
            continue;
        const auto sign = line.find('=');
        const auto wrong = [&](const std::string& what) { return fail(ErrorCode::invalid_input, "line " + std::to_string(number) + ": " + what); };
        if (sign == std::string_view::npos)
            return wrong(in_quotes(line) + " is not `key = value`");
        std::string key(trimmed(line.substr(0, sign)));
        if (key.empty())
            return wrong("there is no key in front of the =");
        if (!fields.emplace(key, std::string(trimmed(line.substr(sign + 1)))).second)
            return wrong(in_quotes(key) + " is given twice");
    }
    return fields;
}

Result<Description> describe(const Fields& fields, const Options& options, const Description& base) {
    Description described = base;
    Reader reader(options, described);
    for (const auto& [key, value] : fields)
        reader.read(key, value);
    if (described.begin_utc_ns != 0 && described.end_utc_ns != 0 && described.begin_utc_ns >= described.end_utc_ns)
        reader.wrong += std::string(reader.wrong.empty() ? "" : "; ") + "from is not before to";
    if (described.cameras.empty())
        for (const std::string& one : described.file_cameras)
            if (std::find(described.cameras.begin(), described.cameras.end(), one) == described.cameras.end())
                described.cameras.push_back(one);
    for (const std::string& one : described.file_cameras)
        if (std::find(described.cameras.begin(), described.cameras.end(), one) == described.cameras.end())
            reader.wrong += std::string(reader.wrong.empty() ? "" : "; ") + "file-camera " + in_quotes(one) + " is none of its cameras";
    if (!reader.wrong.empty())
        return fail(ErrorCode::invalid_input, reader.wrong);
    return described;
}

std::string missing(const Description& described) {
    std::string all;
    const auto need = [&](bool is_there, std::string_view what) {
        if (!is_there)
            all += (all.empty() ? "" : ", ") + std::string(what);
    };
    need(!described.cameras.empty(), "camera (which cameras it shows)");
    need(described.begin_utc_ns != 0 && described.end_utc_ns != 0, "from and to (the files do not tell when it was recorded)");
    need(!described.reason.empty(), "reason (why it is asked for)");
    need(!described.recipient.empty(), "recipient (to whom it goes)");
    need(!described.destination.empty(), "destination (where it is put)");
    return all;
}

void complete(Description& described, const Options& options, const std::vector<HeldFile>& files, std::int64_t now_utc_ns) {
    if (const Recipient* to = options.recipient(described.recipient)) {
        const auto fill = [](std::string& text, const std::string& with) {
            if (text.empty())
                text = with;
        };
        fill(described.requester_name, to->name);
        fill(described.requester_title, to->title);
        fill(described.requester_organisation, to->organisation);
        fill(described.legal_ground, to->legal_ground);
    }
    if (described.begin_utc_ns == 0 || described.end_utc_ns == 0) {
        std::int64_t begin = INT64_MAX, end = 0;
        bool all_tell = !files.empty();
        for (const HeldFile& one : files) {
            all_tell &= one.created_utc_ns > 0 && one.duration_ns > 0;
            begin = std::min(begin, one.created_utc_ns);
            end = std::max(end, one.created_utc_ns + one.duration_ns);
        }
        if (all_tell && described.begin_utc_ns == 0 && described.end_utc_ns == 0)
            described.begin_utc_ns = begin, described.end_utc_ns = end;
    }
    if (described.summary.empty() && !described.cameras.empty()) {
        std::set<std::string> formats;
        for (const HeldFile& one : files)
            formats.insert(one.format);
        std::string of, from;
        for (const std::string& one : formats)
            of += (of.empty() ? "" : ", ") + one;
        for (const std::string& one : described.cameras)
            from += (from.empty() ? "" : ", ") + one;
        described.summary = std::to_string(files.size()) + (files.size() == 1 ? " file (" : " files (") + of + ") of " + from;
    }
    if (described.destroy_by_utc_ns == 0 && options.destroy_by_ns != 0)
        described.destroy_by_utc_ns = now_utc_ns + options.destroy_by_ns;
}

std::string local_words(std::int64_t utc_ns, const sdk::TimeZone& zone) {
    const std::int64_t utc_s = utc_ns / second_ns, local_s = utc_s + zone.span_at(utc_s).offset_s;
    const std::chrono::sys_seconds local{std::chrono::seconds(local_s)};
    const auto midnight = std::chrono::floor<std::chrono::days>(local);
    const std::chrono::year_month_day day = midnight;
    const std::chrono::hh_mm_ss time(local - midnight);
    char text[64];
    std::snprintf(text, sizeof text, "%04d-%02u-%02u %02d:%02d", static_cast<int>(day.year()), static_cast<unsigned>(day.month()),
                  static_cast<unsigned>(day.day()), static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()));
    return text;
}

} // namespace ombud::exports
