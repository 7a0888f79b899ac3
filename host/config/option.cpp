#include "config/option.hpp"

#include <algorithm>

#include "config/values.hpp"

namespace ombud::config {
namespace {

/// The number as the option's type writes it.
std::string number_text(OptionType type, std::int64_t number) {
    switch (type) {
    case OptionType::duration:
        return duration_text(number);
    case OptionType::size:
        return size_text(number);
    case OptionType::time:
        return time_of_day_text(number);
    default:
        return std::to_string(number);
    }
}

std::optional<std::int64_t> parse_number(OptionType type, std::string_view text) {
    switch (type) {
    case OptionType::duration:
        return parse_duration_s(text);
    case OptionType::size:
        return parse_size_bytes(text);
    case OptionType::time: {
        const auto seconds = parse_time_of_day_s(text);
        return seconds ? std::optional<std::int64_t>(*seconds) : std::nullopt;
    }
    default:
        return parse_integer(text);
    }
}

const char* form_text(OptionType type) {
    switch (type) {
    case OptionType::text:
        return "a text that is not empty";
    case OptionType::integer:
        return "a whole number";
    case OptionType::boolean:
        return "true or false";
    case OptionType::duration:
        return "a duration such as 30s, 10m, 48h or 7d";
    case OptionType::size:
        return "a size such as 512B, 64KiB, 10MiB, 2GiB or 1TiB";
    case OptionType::path:
        return "a path";
    case OptionType::secret:
        return "nothing here, but secret-file=\"PATH\" or secret-credential=\"NAME\"";
    case OptionType::choice:
        return "one of ";
    case OptionType::time:
        return "a time as HH:MM, 00:00 to 24:00";
    case OptionType::date:
        return "a day as YYYY-MM-DD, 1970-01-01 to 2199-12-31";
    }
    return "";
}

} // namespace

const char* option_type_name(OptionType type) {
    switch (type) {
    case OptionType::text:
        return "text";
    case OptionType::integer:
        return "integer";
    case OptionType::boolean:
        return "boolean";
    case OptionType::duration:
        return "duration";
    case OptionType::size:
        return "size";
    case OptionType::path:
        return "path";
    case OptionType::secret:
        return "secret";
    case OptionType::choice:
        return "choice";
    case OptionType::time:
        return "time";
    case OptionType::date:
        return "date";
    }
    return "";
}

std::string option_text(const OptionValue& value) {
    if (const auto* flag = std::get_if<bool>(&value.value))
        return *flag ? "true" : "false";
    if (const auto* number = std::get_if<std::int64_t>(&value.value))
        return number_text(value.type, *number);
    if (const auto* text = std::get_if<std::string>(&value.value))
        return *text;
    return "(secret)";
}

std::string allowed_text(const OptionSpec& spec) {
    std::string allowed = form_text(spec.type);
    for (const OptionChoice& choice : spec.choices)
        allowed += (&choice == &spec.choices.front() ? "" : ", ") + choice.value;
    if (spec.type == OptionType::integer && !spec.unit.empty())
        allowed += " of " + spec.unit;
    if (spec.min && spec.max)
        allowed += ", from " + number_text(spec.type, *spec.min) + " to " + number_text(spec.type, *spec.max);
    else if (spec.min)
        allowed += ", at least " + number_text(spec.type, *spec.min);
    else if (spec.max)
        allowed += ", at most " + number_text(spec.type, *spec.max);
    return allowed;
}

std::optional<OptionValue> parse_option(const OptionSpec& spec, std::string_view text) {
    text = trimmed(text);
    switch (spec.type) {
    case OptionType::text:
    case OptionType::path:
        if (text.empty())
            return std::nullopt;
        return OptionValue{spec.type, std::string(text)};
    case OptionType::boolean:
        if (text != "true" && text != "false")
            return std::nullopt;
        return OptionValue{spec.type, text == "true"};
    case OptionType::choice:
        if (std::ranges::find(spec.choices, text, &OptionChoice::value) == spec.choices.end())
            return std::nullopt;
        return OptionValue{spec.type, std::string(text)};
    case OptionType::integer:
    case OptionType::duration:
    case OptionType::size:
    case OptionType::time: {
        const auto number = parse_number(spec.type, text);
        if (!number || (spec.min && *number < *spec.min) || (spec.max && *number > *spec.max))
            return std::nullopt;
        return OptionValue{spec.type, *number};
    }
    case OptionType::date:
        if (!parse_date(text))
            return std::nullopt;
        return OptionValue{spec.type, std::string(text)};
    case OptionType::secret:
        return std::nullopt;
    }
    return std::nullopt;
}

} // namespace ombud::config
