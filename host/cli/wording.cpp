#include "cli/wording.hpp"

#include <array>
#include <boost/json/value.hpp>
#include <cstdio>
#include <ctime>

namespace ombud::cli {
namespace {

constexpr std::int64_t second_ns = 1'000'000'000;

template <class Container>
const Container& nothing() {
    static const Container empty;
    return empty;
}

} // namespace

std::string span_words(std::int64_t ns) {
    const std::int64_t seconds = ns < 0 ? 0 : ns / second_ns;
    if (seconds < 60)
        return std::to_string(seconds) + " s";
    if (seconds < 3'600)
        return std::to_string(seconds / 60) + " min";
    if (seconds < 2 * 86'400)
        return std::to_string(seconds / 3'600) + " h";
    return std::to_string(seconds / 86'400) + " d";
}

std::string ago_words(std::int64_t utc_ns, std::int64_t now_utc_ns) {
    return utc_ns == 0 ? "-" : span_words(now_utc_ns - utc_ns) + " ago";
}

std::string utc_words(std::int64_t utc_ns) {
    if (utc_ns == 0)
        return "-";
    const auto seconds = static_cast<std::time_t>(utc_ns / second_ns - (utc_ns % second_ns < 0 ? 1 : 0));
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    std::array<char, 32> text{};
    std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%SZ", &parts);
    return text.data();
}

std::string count_words(std::int64_t count, std::string_view one, std::string_view many) {
    return std::to_string(count) + " " + std::string(count == 1 ? one : many);
}

Style style_of_severity(std::string_view severity) {
    return severity == "violation" ? Style::bad : severity == "warning" ? Style::warning : Style::plain;
}

Style style_of_mode(std::string_view mode) {
    return mode == "enforce" ? Style::good : mode == "off" ? Style::warning : Style::plain;
}

std::string text_of(const boost::json::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    if (!value)
        return {};
    if (const auto* text = value->if_string())
        return harmless(*text);
    if (value->is_int64())
        return std::to_string(value->get_int64());
    if (value->is_uint64())
        return std::to_string(value->get_uint64());
    return {};
}

std::int64_t number_of(const boost::json::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    if (!value)
        return 0;
    if (value->is_int64())
        return value->get_int64();
    if (value->is_uint64())
        return static_cast<std::int64_t>(value->get_uint64());
    return 0;
}

bool flag_of(const boost::json::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    return value && value->is_bool() && value->get_bool();
}

const boost::json::array& list_of(const boost::json::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    return value && value->is_array() ? value->get_array() : nothing<boost::json::array>();
}

const boost::json::object& object_of(const boost::json::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    return value && value->is_object() ? value->get_object() : nothing<boost::json::object>();
}

std::string joined(const boost::json::array& list) {
    std::string text;
    for (const auto& value : list)
        if (const auto* word = value.if_string())
            text += (text.empty() ? "" : ", ") + harmless(*word);
    return text;
}

std::string or_dash(std::string text) {
    return text.empty() ? "-" : text;
}

} // namespace ombud::cli
