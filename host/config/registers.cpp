#include "config/registers.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "config/byte_check.hpp"
#include "config/day.hpp"
#include "config/values.hpp"
#include "config/xml_reader.hpp"

namespace ombud::config {
namespace {

/// UTF-8 of that many bytes without control characters (C0, DEL, C1): what terminals, tables and logs can show.
bool is_line(std::string_view text, std::size_t bytes_max) {
    if (text.empty() || text.size() > bytes_max || !is_utf8(text))
        return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        const bool is_c1 =
            byte == 0xC2 && static_cast<unsigned char>(text[i + 1]) < 0xA0; // valid UTF-8, so there is one
        if (byte < 0x20 || byte == 0x7F || is_c1)
            return false;
    }
    return true;
}

/// In quotes for a message, which must be UTF-8 whatever was given.
std::string told(std::string_view text) {
    return is_utf8(text) ? in_quotes(text) : "of bytes that are not UTF-8";
}

std::string allowed_for(const RegisterField& field) {
    if (field.type == OptionType::text)
        return "1 to " + std::to_string(text_bytes_max) + " bytes of text without control characters";
    return allowed_text(field);
}

/// The value for the module; a date is not one of these.
std::variant<std::int64_t, std::string> plain_value(const OptionValue& option) {
    if (const auto* flag = std::get_if<bool>(&option.value))
        return std::int64_t{*flag ? 1 : 0};
    if (const auto* number = std::get_if<std::int64_t>(&option.value))
        return *number;
    return std::get<std::string>(option.value);
}

std::vector<std::string> names_of(const std::vector<RegisterField>& fields) {
    std::vector<std::string> names;
    for (const RegisterField& field : fields)
        names.push_back(field.name);
    return names;
}

} // namespace

const RegisterField* Register::field(std::string_view wanted) const {
    const auto found = std::ranges::find(fields, wanted, &RegisterField::name);
    return found == fields.end() ? nullptr : &*found;
}

Result<Record> check_record(const Register& keeps, std::string_view key,
                            const std::map<std::string, std::string>& values, std::string_view timezone) {
    std::string problems;
    const auto add = [&](const std::string& problem) { problems += (problems.empty() ? "" : "\n") + problem; };

    Record record{std::string(trimmed(key)), {}};
    if (!is_line(record.key, key_bytes_max))
        add(keeps.key + " " + told(record.key) + " is not 1 to " + std::to_string(key_bytes_max) +
            " bytes of UTF-8 without control characters");
    for (const auto& [name, text] : values)
        if (keeps.field(name) == nullptr)
            add(told(name) + " is no field of " + keeps.name +
                (keeps.fields.empty() ? "; it has none" : known_names(names_of(keeps.fields))));

    std::optional<sdk::TimeZone> zone;
    for (const RegisterField& field : keeps.fields) {
        const auto given = values.find(field.name);
        auto option = given == values.end() ? field.default_value : parse_option(field, given->second);
        if (given != values.end() && field.type == OptionType::text && !is_line(trimmed(given->second), text_bytes_max))
            option.reset();
        if (!option) {
            if (given != values.end())
                add(field.name + " " + told(trimmed(given->second)) + " is not " + allowed_for(field));
            else if (field.is_required)
                add("lacks " + field.name + ", which " + keeps.name + " requires: " + allowed_for(field));
            continue;
        }
        RecordValue value{field.name, option_text(*option), plain_value(*option), field.is_personal};
        if (field.type == OptionType::date) {
            if (!zone) {
                auto found = sdk::TimeZone::read(std::string(timezone));
                if (!found)
                    return fail(ErrorCode::unavailable, field.name + ": cannot tell when a day begins in " +
                                                            in_quotes(timezone) + ": " + found.error().message);
                zone = std::move(*found);
            }
            value.value = start_of_day_utc_s(*zone, *parse_date(value.text)) * 1'000'000'000;
        }
        record.values.push_back(std::move(value));
    }
    if (!problems.empty())
        return fail(ErrorCode::invalid_input, std::move(problems));
    return record;
}

} // namespace ombud::config
