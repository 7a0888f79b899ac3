#include "config/time_zone.hpp"

#include <algorithm>
#include <cctype>

#include "config/xml_reader.hpp"

namespace ombud::config {
namespace {

/// Big-endian numbers off the front of a file; false once it has run out.
class Bytes {
  public:
    explicit Bytes(std::string_view bytes) : rest_(bytes) {}
    [[nodiscard]] bool is_whole() const { return is_whole_; }
    [[nodiscard]] std::string_view rest() const { return rest_; }

    std::string_view take(std::size_t count) {
        if (count > rest_.size()) {
            is_whole_ = false;
            rest_ = {};
            return {};
        }
        const auto taken = rest_.substr(0, count);
        rest_.remove_prefix(count);
        return taken;
    }

    std::uint64_t take_number(std::size_t bytes) {
        std::uint64_t number = 0;
        for (const char c : take(bytes))
            number = number << 8U | static_cast<unsigned char>(c);
        return number;
    }

  private:
    std::string_view rest_;
    bool is_whole_ = true;
};

struct Header {
    char version = 0;
    std::uint64_t ut_count = 0, standard_count = 0, leap_count = 0, time_count = 0, type_count = 0, char_count = 0;

    [[nodiscard]] std::uint64_t block_bytes(std::uint64_t time_bytes) const {
        return time_count * (time_bytes + 1) + type_count * 6 + char_count + leap_count * (time_bytes + 4) +
               standard_count + ut_count;
    }
};

std::optional<Header> take_header(Bytes& bytes) {
    if (bytes.take(4) != "TZif")
        return std::nullopt;
    Header header;
    header.version = static_cast<char>(bytes.take_number(1));
    bytes.take(15);
    header.ut_count = bytes.take_number(4);
    header.standard_count = bytes.take_number(4);
    header.leap_count = bytes.take_number(4);
    header.time_count = bytes.take_number(4);
    header.type_count = bytes.take_number(4);
    header.char_count = bytes.take_number(4);
    return bytes.is_whole() ? std::optional(header) : std::nullopt;
}

} // namespace

std::filesystem::path time_zone_folder() {
    return "/usr/share/zoneinfo";
}

std::optional<TimeZone> TimeZone::parse(std::string_view tzif) {
    Bytes bytes(tzif);
    const auto short_header = take_header(bytes);
    if (!short_header || short_header->version < '2')
        return std::nullopt;
    bytes.take(short_header->block_bytes(4)); // the 32-bit block, for readers of 1986
    const auto header = take_header(bytes);
    if (!header || header->type_count == 0 || header->leap_count != 0 || header->block_bytes(8) > bytes.rest().size())
        return std::nullopt;

    TimeZone zone;
    for (std::uint64_t i = 0; i < header->time_count; ++i) {
        zone.transitions_.push_back(static_cast<std::int64_t>(bytes.take_number(8)));
        if (i > 0 && zone.transitions_[i] <= zone.transitions_[i - 1])
            return std::nullopt;
    }
    const auto types = bytes.take(header->time_count);
    std::vector<std::int64_t> type_offsets;
    for (std::uint64_t i = 0; i < header->type_count; ++i) {
        type_offsets.push_back(static_cast<std::int32_t>(static_cast<std::uint32_t>(bytes.take_number(4))));
        bytes.take(2);
    }
    bytes.take(header->char_count + header->standard_count + header->ut_count);
    zone.offsets_.push_back(type_offsets.front());
    for (const char type : types) {
        if (static_cast<unsigned char>(type) >= type_offsets.size())
            return std::nullopt;
        zone.offsets_.push_back(type_offsets[static_cast<unsigned char>(type)]);
    }
    if (std::ranges::any_of(zone.offsets_, [](std::int64_t s) { return s < -172'800 || s > 172'800; }))
        return std::nullopt;

    const auto footer = bytes.rest();
    if (footer.size() < 2 || footer.front() != '\n' || footer.back() != '\n')
        return std::nullopt;
    const auto rule = footer.substr(1, footer.size() - 2);
    zone.later_ = PosixRule::parse(rule);
    if (!zone.later_ && !rule.empty())
        return std::nullopt;
    return zone;
}

std::optional<TimeZone> TimeZone::find(std::string_view name) {
    const auto is_allowed = [](unsigned char c) {
        return std::isalnum(c) != 0 || c == '/' || c == '_' || c == '+' || c == '-';
    };
    // "right/…" counts leap seconds, which the system's clock does not.
    if (name.empty() || name.front() == '/' || name.starts_with("right/") || !std::ranges::all_of(name, is_allowed))
        return std::nullopt;
    const auto bytes = read_bytes(time_zone_folder() / std::string(name));
    return bytes ? parse(*bytes) : std::nullopt;
}

std::int64_t TimeZone::offset_s(std::int64_t utc_s) const {
    const auto next = std::ranges::upper_bound(transitions_, utc_s);
    if (next == transitions_.end() && later_)
        return later_->offset_s(utc_s);
    return offsets_[static_cast<std::size_t>(next - transitions_.begin())];
}

std::int64_t TimeZone::start_of_day_utc_s(std::chrono::sys_days day) const {
    const std::int64_t local_s = std::chrono::seconds(day.time_since_epoch()).count();
    // No zone is further than a day and a bit from Greenwich, so both instants lie beyond any doubt on either side.
    const std::int64_t before = offset_s(local_s - 2 * 86'400);
    const std::int64_t after = offset_s(local_s + 2 * 86'400);
    for (const std::int64_t offset : {std::max(before, after), std::min(before, after)})
        if (offset_s(local_s - offset) == offset)
            return local_s - offset;
    std::int64_t low = local_s - std::max(before, after);
    std::int64_t high = local_s - std::min(before, after);
    while (low + 1 < high) { // midnight is skipped: the day begins with the change
        const std::int64_t middle = low + (high - low) / 2;
        (middle + offset_s(middle) < local_s ? low : high) = middle;
    }
    return high;
}

} // namespace ombud::config
