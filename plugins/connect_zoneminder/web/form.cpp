#include "form.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>

namespace ombud::zoneminder::web {
namespace {

int nibble(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

// RFC 3629: no overlong form, no surrogate, nothing past U+10FFFF.
bool is_utf8(std::string_view text) {
    for (std::size_t i = 0; i < text.size();) {
        const auto lead = static_cast<unsigned char>(text[i]);
        std::size_t more = 0;
        if (lead < 0x80)
            more = 0;
        else if (lead >= 0xC2 && lead <= 0xDF)
            more = 1;
        else if (lead >= 0xE0 && lead <= 0xEF)
            more = 2;
        else if (lead >= 0xF0 && lead <= 0xF4)
            more = 3;
        else
            return false;
        if (i + more >= text.size())
            return false;
        for (std::size_t k = 1; k <= more; ++k)
            if ((static_cast<unsigned char>(text[i + k]) & 0xC0U) != 0x80)
                return false;
        const auto second = more > 0 ? static_cast<unsigned char>(text[i + 1]) : 0;
        if ((lead == 0xE0 && second < 0xA0) || (lead == 0xED && second > 0x9F) || (lead == 0xF0 && second < 0x90) ||
            (lead == 0xF4 && second > 0x8F))
            return false;
        i += more + 1;
    }
    return true;
}

bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

// name, name[], name[key][key]: what PHP takes as it stands. Everything else it bends into another name.
bool is_plain_name(std::string_view name) {
    const auto bracket = name.find('[');
    const auto base = name.substr(0, bracket);
    if (base.empty() || !std::all_of(base.begin(), base.end(), is_word))
        return false;
    for (auto rest = name.substr(base.size()); !rest.empty();) {
        const auto close = rest.find(']');
        if (rest.front() != '[' || close == std::string_view::npos)
            return false;
        const auto key = rest.substr(1, close - 1);
        if (!std::all_of(key.begin(), key.end(), [](char c) { return is_word(c) || c == ' '; }))
            return false;
        rest.remove_prefix(close + 1);
    }
    return true;
}

std::string_view base_of(std::string_view name) { return name.substr(0, name.find('[')); }

} // namespace

Result<std::string> decode(std::string_view text, bool plus_is_space, bool allow_lines) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%') {
            const int high = i + 2 < text.size() ? nibble(text[i + 1]) : -1;
            const int low = i + 2 < text.size() ? nibble(text[i + 2]) : -1;
            if (high < 0 || low < 0)
                return fail(ErrorCode::invalid_input, "a broken percent code");
            out += static_cast<char>(high * 16 + low);
            i += 2;
        } else {
            out += plus_is_space && text[i] == '+' ? ' ' : text[i];
        }
    }
    for (const char c : out) {
        const auto byte = static_cast<unsigned char>(c);
        const bool is_line = c == '\r' || c == '\n' || c == '\t';
        if (byte == 0x7F || (byte < 0x20 && !(allow_lines && is_line)))
            return fail(ErrorCode::invalid_input, "a control character");
    }
    if (!is_utf8(out))
        return fail(ErrorCode::invalid_input, "text that is not UTF-8");
    return out;
}

Result<Form> Form::parse(std::string_view text, bool is_body) {
    Form form;
    if (text.empty())
        return form;
    if (text.size() > bytes_max)
        return fail(ErrorCode::invalid_input, "more parameters than are read");
    if (text.find(';') != std::string_view::npos)
        return fail(ErrorCode::invalid_input, "a raw ';' between parameters");
    std::set<std::string, std::less<>> names;
    std::map<std::string, bool, std::less<>> is_list; // by base name
    while (true) {
        const auto end = text.find('&');
        const auto part = text.substr(0, end);
        if (!part.empty()) { // PHP skips what is empty, and so does zms
            const auto equals = part.find('=');
            auto name = decode(part.substr(0, equals), true, false);
            auto value = decode(equals == std::string_view::npos ? std::string_view{} : part.substr(equals + 1), true, is_body);
            if (!name || !value)
                return fail(!name ? name.error() : value.error());
            if (!is_plain_name(*name))
                return fail(ErrorCode::invalid_input, "a parameter name that PHP would change");
            const bool list = name->find('[') != std::string::npos;
            const auto [known, fresh] = is_list.emplace(std::string(base_of(*name)), list);
            if (!fresh && known->second != list)
                return fail(ErrorCode::invalid_input, "a parameter given both as text and as list");
            if (!(name->size() > 2 && name->compare(name->size() - 2, 2, "[]") == 0) && !names.insert(*name).second)
                return fail(ErrorCode::invalid_input, "a parameter given twice");
            form.parameters_.emplace_back(std::move(*name), std::move(*value));
            if (form.parameters_.size() > parameters_max)
                return fail(ErrorCode::invalid_input, "more parameters than are read");
        }
        if (end == std::string_view::npos)
            return form;
        text.remove_prefix(end + 1);
    }
}

Result<Form> Form::merged(const Form& query, const Form& body) {
    Form form = body;
    for (const auto& [name, value] : query.parameters_) {
        const auto base = base_of(name);
        const auto same = std::find_if(body.parameters_.begin(), body.parameters_.end(),
                                       [&](const auto& other) { return base_of(other.first) == base; });
        if (same == body.parameters_.end())
            form.parameters_.emplace_back(name, value);
        else if (same->first != name || same->second != value)
            return fail(ErrorCode::invalid_input, "a parameter that address and body give differently");
    }
    return form;
}

std::string_view Form::text(std::string_view name) const {
    for (const auto& [known, value] : parameters_)
        if (known == name)
            return value;
    return {};
}

bool Form::has(std::string_view name) const {
    return std::any_of(parameters_.begin(), parameters_.end(), [&](const auto& one) { return base_of(one.first) == name; });
}

std::vector<std::string_view> Form::all(std::string_view name) const {
    std::vector<std::string_view> values;
    for (const auto& [known, value] : parameters_)
        if (base_of(known) == name)
            values.push_back(value);
    return values;
}

} // namespace ombud::zoneminder::web
