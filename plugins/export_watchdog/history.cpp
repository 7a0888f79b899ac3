#include "history.hpp"

#include <algorithm>
#include <charconv>

namespace ombud::export_watchdog {

namespace {

constexpr std::string_view prefix = "export/";
constexpr std::string_view desk_source = "desk";
constexpr int64_t twin_ns = int64_t{600} * 1'000'000'000;

/// Takes one line off the front.
std::string_view line_of(std::string_view& rest) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    return line;
}

template <class Number>
bool read_number(std::string_view text, Number& number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc{} && end == text.data() + text.size();
}

} // namespace

std::string one_line(std::string_view text) {
    constexpr size_t bytes_max = 160;
    if (text.size() > bytes_max) {
        size_t end = bytes_max;
        while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) // not inside a character of UTF-8
            --end;
        text = text.substr(0, end);
    }
    std::string line(text);
    std::replace_if(line.begin(), line.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }, '?');
    return line;
}

std::string History::key_of(uint64_t number) {
    const std::string digits = std::to_string(number); // of one length, so that their order is that of the bytes
    return std::string(prefix) + std::string(20 - digits.size(), '0') + digits;
}

std::string History::value_of(const std::string& user, uint32_t user_number, const PastExport& what) {
    std::string value = std::to_string(what.utc_ns) + "\n" + std::to_string(what.size_bytes) + "\n" + std::to_string(user_number) + "\n" +
                        one_line(user) + "\n" + one_line(what.source) + "\n" + one_line(what.export_id);
    for (const std::string& camera : what.cameras)
        if (value.size() < 60'000)
            value += "\n" + one_line(camera);
    return value;
}

bool History::parse(std::string_view key, std::string_view value) {
    PastExport what;
    uint32_t user_number = 0;
    if (key.substr(0, prefix.size()) != prefix || !read_number(key.substr(prefix.size()), what.number) ||
        !read_number(line_of(value), what.utc_ns) || !read_number(line_of(value), what.size_bytes) || !read_number(line_of(value), user_number))
        return false;
    const std::string user(line_of(value));
    what.source = line_of(value);
    what.export_id = line_of(value);
    while (!value.empty())
        what.cameras.emplace_back(line_of(value));
    last_number_ = std::max(last_number_, what.number);
    last_user_ = std::max(last_user_, user_number);
    User& known = users_[user];
    known.number = user_number;
    known.exports.push_back(std::move(what));
    return true;
}

void History::sort() {
    for (auto& [name, user] : users_)
        std::stable_sort(user.exports.begin(), user.exports.end(), [](const PastExport& a, const PastExport& b) { return a.utc_ns < b.utc_ns; });
}

uint32_t History::number_of(const std::string& user) {
    if (const auto known = users_.find(one_line(user)); known != users_.end())
        return known->second.number;
    return last_user_ + 1;
}

std::vector<std::string> History::add(const std::string& user, PastExport what, int64_t keep_ns) {
    std::vector<std::string> forgotten;
    const int64_t oldest = what.utc_ns - keep_ns;
    for (auto at = users_.begin(); at != users_.end();) {
        auto& exports = at->second.exports;
        const auto kept = std::find_if(exports.begin(), exports.end(), [&](const PastExport& one) { return one.utc_ns >= oldest; });
        for (auto old = exports.begin(); old != kept; ++old)
            forgotten.push_back(key_of(old->number));
        exports.erase(exports.begin(), kept);
        at = exports.empty() ? users_.erase(at) : std::next(at);
    }
    const std::string name = one_line(user);
    if (!users_.contains(name) && users_.size() >= users_max) { // whoever exported longest ago makes room
        const auto idle = std::min_element(users_.begin(), users_.end(), [](const auto& a, const auto& b) {
            return a.second.exports.back().utc_ns < b.second.exports.back().utc_ns;
        });
        for (const PastExport& one : idle->second.exports)
            forgotten.push_back(key_of(one.number));
        users_.erase(idle);
    }
    User& known = users_[name];
    if (known.number == 0)
        known.number = ++last_user_;
    if (known.exports.size() >= exports_max) {
        forgotten.push_back(key_of(known.exports.front().number));
        known.exports.erase(known.exports.begin());
    }
    // A clock may have been set back, and an event may come late.
    const auto place = std::upper_bound(known.exports.begin(), known.exports.end(), what.utc_ns,
                                        [](int64_t at, const PastExport& one) { return at < one.utc_ns; });
    known.exports.insert(place, std::move(what));
    return forgotten;
}

PastExport* History::twin(const std::string& user, const PastExport& what) {
    const auto known = users_.find(one_line(user));
    if (known == users_.end())
        return nullptr;
    for (auto one = known->second.exports.rbegin(); one != known->second.exports.rend(); ++one) {
        const bool same_id = !what.export_id.empty() && one->export_id == what.export_id && one->source == what.source;
        if (same_id && what.source == desk_source) // a number of the desk is given once; it is asked about as often as it is tried
            return &*one;
        if (what.utc_ns - one->utc_ns > twin_ns)
            continue;
        const bool other_way = one->source != what.source && one->export_id.empty();
        if (same_id || other_way)
            return &*one;
    }
    return nullptr;
}

const History::User* History::find(std::string_view user) const {
    const auto known = users_.find(user);
    return known == users_.end() ? nullptr : &known->second;
}

} // namespace ombud::export_watchdog
