#include "cli/fields.hpp"

#include <boost/json/value.hpp>
#include <charconv>
#include <cstdint>

namespace ombud::cli {
namespace {

bool is_name(std::string_view text) {
    return !text.empty() && text.size() <= 64 &&
           text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_.") == std::string_view::npos;
}

} // namespace

Result<boost::json::object> parse_fields(const std::vector<std::string>& arguments) {
    boost::json::object fields;
    for (const std::string& argument : arguments) {
        const auto equals = argument.find('=');
        const bool is_integer = equals != std::string::npos && equals > 0 && argument[equals - 1] == ':';
        const std::string name = argument.substr(0, is_integer ? equals - 1 : equals);
        if (equals == std::string::npos || !is_name(name))
            return fail(ErrorCode::invalid_input, "'" + argument +
                                                      "' is not a field\nhint: a field is NAME=TEXT or "
                                                      "NAME:=INTEGER, its name of a-z, 0-9, _ and .");
        const std::string text = argument.substr(equals + 1);
        boost::json::value value(text);
        if (is_integer) {
            std::int64_t number = 0;
            const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
            if (error != std::errc{} || end != text.data() + text.size())
                return fail(ErrorCode::invalid_input, name + ": '" + text + "' is not a 64-bit integer");
            value = number;
        }
        if (!fields.emplace(name, std::move(value)).second)
            return fail(ErrorCode::invalid_input, name + ": is given twice");
    }
    return fields;
}

} // namespace ombud::cli
