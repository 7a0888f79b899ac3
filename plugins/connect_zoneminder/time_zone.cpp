#include "time_zone.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <fstream>
#include <iterator>
#include <sstream>

namespace ombud::zoneminder {
namespace {

/// Big-endian numbers of a file that nothing is believed of.
class Bytes {
  public:
    explicit Bytes(std::string text) : text_(std::move(text)) {}

    std::int64_t number(std::size_t width) {
        std::uint64_t value = 0;
        for (std::size_t i = 0; i < width; ++i)
            value = value << 8 | byte();
        const unsigned unused = 64 - 8 * static_cast<unsigned>(width);
        return static_cast<std::int64_t>(value << unused) >> unused;
    }
    unsigned char byte() {
        if (at_ >= text_.size()) {
            is_short_ = true;
            return 0;
        }
        return static_cast<unsigned char>(text_[at_++]);
    }
    void skip(std::size_t bytes) { at_ = std::min(text_.size() + 1, at_ + bytes); }
    [[nodiscard]] bool starts_with(std::string_view magic) const { return text_.compare(std::min(at_, text_.size()), magic.size(), magic) == 0; }
    [[nodiscard]] bool is_short() const { return is_short_ || at_ > text_.size(); }

  private:
    std::string text_;
    std::size_t at_ = 0;
    bool is_short_ = false;
};

struct Head {
    std::size_t isut, isstd, leap, times, types, chars;
};

/// Consumes a header of 44 bytes.
Head read_head(Bytes& bytes) {
    bytes.skip(20);
    Head head{};
    for (std::size_t* count : {&head.isut, &head.isstd, &head.leap, &head.times, &head.types, &head.chars})
        *count = static_cast<std::size_t>(static_cast<std::uint32_t>(bytes.number(4)));
    return head;
}

constexpr std::size_t count_max = 100'000; // of anything in a zone's file; real ones stay below 2000

} // namespace

Result<TimeZone> TimeZone::open(std::string_view name, const std::filesystem::path& folder) {
    const bool is_name = !name.empty() && name.size() <= 64 && name.front() != '/' && name.find("..") == std::string_view::npos &&
                         std::all_of(name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) || c == '/' || c == '_' || c == '-' || c == '+'; });
    if (!is_name)
        return fail(ErrorCode::invalid_input, "time zone \"" + std::string(name.substr(0, 64)) + "\": no IANA name");
    const auto path = folder / name;
    std::ifstream file(path, std::ios::binary);
    if (!file)
        return fail(ErrorCode::not_found, path.string() + ": no such time zone; is package tzdata installed?");
    std::ostringstream content;
    content << file.rdbuf();
    Bytes bytes(content.str());
    if (!bytes.starts_with("TZif"))
        return fail(ErrorCode::corrupt, path.string() + ": no time zone file");

    // Version 1 has 32-bit times; its block is skipped for the 64-bit one that follows.
    Head head = read_head(bytes);
    bytes.skip(head.times * 5 + head.types * 6 + head.chars + head.leap * 8 + head.isstd + head.isut);
    if (!bytes.starts_with("TZif"))
        return fail(ErrorCode::corrupt, path.string() + ": a time zone file of version 1, without 64-bit times");
    head = read_head(bytes);
    if (head.times > count_max || head.types == 0 || head.types > 256)
        return fail(ErrorCode::corrupt, path.string() + ": claims " + std::to_string(head.times) + " changes and " + std::to_string(head.types) + " types");
    TimeZone zone;
    std::vector<std::size_t> types(head.times);
    zone.changes_.resize(head.times);
    for (Change& change : zone.changes_)
        change.at_utc_s = bytes.number(8);
    for (std::size_t& type : types)
        type = bytes.byte();
    std::vector<std::int64_t> offsets(head.types);
    for (std::int64_t& offset : offsets) {
        offset = bytes.number(4);
        bytes.skip(2);
    }
    if (bytes.is_short() || std::any_of(types.begin(), types.end(), [&](std::size_t type) { return type >= offsets.size(); }))
        return fail(ErrorCode::corrupt, path.string() + ": ends early, or names a type it has not");
    zone.first_offset_s_ = offsets.front();
    for (std::size_t i = 0; i < types.size(); ++i)
        zone.changes_[i].offset_s = offsets[types[i]];
    return zone;
}

std::int64_t TimeZone::offset_at(std::int64_t utc_s) const {
    const auto later = std::upper_bound(changes_.begin(), changes_.end(), utc_s, [](std::int64_t at, const Change& change) { return at < change.at_utc_s; });
    return later == changes_.begin() ? first_offset_s_ : std::prev(later)->offset_s;
}

std::optional<std::int64_t> TimeZone::to_utc_ns(std::string_view local) const {
    // "YYYY-MM-DD hh:mm:ss"
    if (local.size() != 19 || local[4] != '-' || local[7] != '-' || local[10] != ' ' || local[13] != ':' || local[16] != ':')
        return std::nullopt;
    std::int64_t part[6];
    constexpr std::size_t begin[6] = {0, 5, 8, 11, 14, 17};
    for (std::size_t i = 0; i < 6; ++i) {
        const char* const from = local.data() + begin[i];
        const char* const to = from + (i == 0 ? 4 : 2);
        if (const auto [stop, error] = std::from_chars(from, to, part[i]); error != std::errc() || stop != to)
            return std::nullopt;
    }
    const auto [year, month, day, hour, minute, second] = part;
    if (month < 1 || month > 12 || day < 1 || day > 31 || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60)
        return std::nullopt;
    // Days since 1970-01-01 in the Gregorian calendar (H. Hinnant, days_from_civil).
    const std::int64_t shifted = year - (month <= 2 ? 1 : 0);
    const std::int64_t era = shifted / 400;
    const std::int64_t year_of_era = shifted - era * 400;
    const std::int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    const std::int64_t days = era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
    const std::int64_t wall_s = days * 86400 + hour * 3600 + minute * 60 + second;

    // The offset a day before: right unless the clocks were set since, and then right for the first of two readings.
    const std::int64_t before = wall_s - offset_at(wall_s - 86400);
    const std::int64_t candidate = before + offset_at(wall_s - 86400) - offset_at(before);
    const bool is_before_right = offset_at(before) == offset_at(wall_s - 86400);
    const bool is_candidate_right = candidate + offset_at(candidate) == wall_s;
    return (is_before_right || !is_candidate_right ? before : candidate) * 1'000'000'000;
}

} // namespace ombud::zoneminder
