#include "ledger/line.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <optional>

namespace ombud::ledger {
namespace {

// Whether the eight bytes from `at` are there, and all of them ASCII.
bool is_ascii(std::string_view text, std::size_t at) {
    std::uint64_t bytes = 0;
    if (text.size() - at < sizeof(bytes))
        return false;
    std::memcpy(&bytes, text.data() + at, sizeof(bytes));
    return (bytes & 0x8080'8080'8080'8080) == 0;
}

bool is_plain(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x20 && byte != '"' && byte != '\\';
}

// Whether the eight bytes from `at` are there, and all of them plain. Source: S. E. Anderson, "Bit Twiddling Hacks", haszero
// and hasless; bytes beyond ASCII are plain.
bool are_plain(std::string_view text, std::size_t at) {
    if (text.size() - at < sizeof(std::uint64_t))
        return false;
    std::uint64_t bytes = 0;
    std::memcpy(&bytes, text.data() + at, sizeof(bytes));
    constexpr std::uint64_t ones = 0x0101'0101'0101'0101, tops = ones << 7;
    const auto has_zero = [](std::uint64_t eight) { return (eight - ones) & ~eight & tops; };
    const std::uint64_t below_blank = (bytes - ones * 0x20) & ~bytes & tops;
    return (below_blank | has_zero(bytes ^ ones * std::uint64_t{'"'}) | has_zero(bytes ^ ones * std::uint64_t{'\\'})) == 0;
}

bool is_key_sized(std::string_view text) {
    return !text.empty() && text.size() <= 64 && text[0] >= 'a' && text[0] <= 'z';
}

constexpr std::array<bool, 256> key_bytes = [] {
    std::array<bool, 256> allowed{};
    for (const char c : std::string_view("abcdefghijklmnopqrstuvwxyz0123456789_-."))
        allowed[static_cast<unsigned char>(c)] = true;
    return allowed;
}();

// Reads a line from left to right, and borrows from it. Verifying does this for every entry, so it counts nanoseconds.
class Cursor {
  public:
    explicit Cursor(std::string_view line) : line_(line) {}

    [[nodiscard]] bool take(char c) {
        if (at_ < line_.size() && line_[at_] == c) {
            ++at_;
            return true;
        }
        return false;
    }
    [[nodiscard]] bool at_end() const { return at_ == line_.size(); }
    [[nodiscard]] bool sees(char c) const { return at_ < line_.size() && line_[at_] == c; }
    [[nodiscard]] std::size_t offset() const { return at_; }

    // A key, or nothing when there is none; the position is behind it then, or anywhere.
    std::string_view take_key() {
        if (!take('"'))
            return {};
        std::size_t end = at_;
        while (end < line_.size() && key_bytes[static_cast<unsigned char>(line_[end])])
            ++end;
        const auto key = line_.substr(at_, end - at_);
        at_ = end;
        return take('"') && is_key_sized(key) ? key : std::string_view();
    }

    // The raw inside of a string, escapes untouched.
    std::optional<std::string_view> take_raw_string() {
        if (!take('"'))
            return std::nullopt;
        // A quote ends the string unless an odd number of backslashes stands before it. Most strings have none, and
        // a search through memory beats a loop over characters.
        const std::size_t begin = at_;
        for (std::size_t from = begin;;) {
            const std::size_t quote = line_.find('"', from);
            if (quote == std::string_view::npos)
                return std::nullopt;
            std::size_t escapes = 0;
            while (quote - escapes > begin && line_[quote - escapes - 1] == '\\')
                ++escapes;
            if (escapes % 2 == 0) {
                at_ = quote + 1;
                return line_.substr(begin, quote - begin);
            }
            from = quote + 1;
        }
    }

    std::optional<std::int64_t> take_integer() {
        const char* begin = line_.data() + at_;
        const char* end = line_.data() + line_.size();
        std::int64_t value = 0;
        const auto [stop, error] = std::from_chars(begin, end, value);
        if (error != std::errc())
            return std::nullopt;
        const std::string_view digits(begin, static_cast<std::size_t>(stop - begin));
        if (digits == "-0" || (digits.size() > 1 && digits[0] == '0') || digits.starts_with("-0"))
            return std::nullopt;
        at_ += digits.size();
        return value;
    }

  private:
    std::string_view line_;
    std::size_t at_ = 0;
};

// The order of keys. Mostly the first character tells, without a call.
bool is_before(std::string_view left, std::string_view right) {
    return left.empty() || left[0] < right[0] || (left[0] == right[0] && left < right);
}

// Undoes escapes, then escapes again: only the one way of writing a text is accepted.
std::optional<std::string> unescape(std::string_view raw) {
    std::string text;
    text.reserve(raw.size());
    for (std::size_t i = 0; i < raw.size(); ++i) {
        if (raw[i] != '\\') {
            text += raw[i];
            continue;
        }
        constexpr std::string_view letters = "\"\\bfnrt";
        constexpr std::string_view meanings = "\"\\\b\f\n\r\t";
        ++i; // take_raw_string never ends on a lone backslash
        if (const auto found = letters.find(raw[i]); found != std::string_view::npos) {
            text += meanings[found];
        } else if (raw[i] == 'u' && raw.size() - i > 4) {
            unsigned code = 0;
            const auto [stop, error] = std::from_chars(raw.data() + i + 1, raw.data() + i + 5, code, 16);
            if (error != std::errc() || stop != raw.data() + i + 5 || code >= 0x20)
                return std::nullopt;
            text += static_cast<char>(code);
            i += 4;
        } else {
            return std::nullopt;
        }
    }
    if (find_bad_utf8(text) != std::string_view::npos)
        return std::nullopt;
    std::string again;
    append_json_string(again, text);
    if (std::string_view(again).substr(1, again.size() - 2) != raw)
        return std::nullopt;
    return text;
}

tl::unexpected<Error> wrong_at(std::size_t offset, const char* what) {
    return fail(ErrorCode::invalid_input, "byte " + std::to_string(offset) + ": " + what);
}

// Calls on_integer(key, value) or on_string(key, raw) for each field.
template <class OnInteger, class OnString>
Result<void> for_each_field(std::string_view line, OnInteger on_integer, OnString on_string) {
    Cursor cursor(line);
    if (!cursor.take('{'))
        return wrong_at(0, "an entry starts with '{'");
    std::string_view previous;
    do {
        const std::size_t begin = cursor.offset();
        const std::string_view key = cursor.take_key();
        if (key.empty())
            return wrong_at(begin, "not a key");
        if (!is_before(previous, key))
            return wrong_at(begin, "keys are not sorted, or one is there twice");
        previous = key;
        if (!cursor.take(':'))
            return wrong_at(cursor.offset(), "no ':' after a key");
        const std::size_t value_at = cursor.offset();
        if (cursor.sees('"')) {
            const auto raw = cursor.take_raw_string();
            if (!raw || !on_string(key, *raw))
                return wrong_at(value_at, "not a string in its canonical form");
        } else {
            const auto value = cursor.take_integer();
            if (!value)
                return wrong_at(value_at, "neither a string nor a 64-bit integer");
            on_integer(key, *value);
        }
    } while (cursor.take(','));
    if (!cursor.take('}') || !cursor.at_end())
        return wrong_at(cursor.offset(), "an entry ends with '}'");
    return {};
}

} // namespace

bool is_key(std::string_view text) {
    return is_key_sized(text) &&
           std::all_of(text.begin(), text.end(), [](char c) { return key_bytes[static_cast<unsigned char>(c)]; });
}

std::size_t find_bad_utf8(std::string_view text) {
    const auto byte_at = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    for (std::size_t i = 0; i < text.size();) {
        if (is_ascii(text, i)) {
            i += sizeof(std::uint64_t);
            continue;
        }
        const unsigned char lead = byte_at(i);
        if (lead < 0x80) {
            ++i;
            continue;
        }
        const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
        if (lead < 0xc2 || lead > 0xf4 || i + length > text.size())
            return i;
        const unsigned char second = byte_at(i + 1);
        // Overlong forms, surrogates, and what is above U+10FFFF show in the second byte.
        if ((lead == 0xe0 && second < 0xa0) || (lead == 0xed && second > 0x9f) || (lead == 0xf0 && second < 0x90) ||
            (lead == 0xf4 && second > 0x8f))
            return i;
        for (std::size_t k = 1; k < length; ++k)
            if ((byte_at(i + k) & 0xc0) != 0x80)
                return i;
        i += length;
    }
    return std::string_view::npos;
}

void append_json_string(std::string& out, std::string_view text) {
    out += '"';
    for (std::size_t i = 0; i < text.size();) {
        const std::size_t begin = i;
        while (are_plain(text, i))
            i += sizeof(std::uint64_t);
        while (i < text.size() && is_plain(text[i]))
            ++i;
        out.append(text.substr(begin, i - begin));
        if (i == text.size())
            break;
        const char c = text[i++];
        out += '\\';
        switch (c) {
        case '"':
        case '\\':
            out += c;
            break;
        case '\b':
            out += 'b';
            break;
        case '\f':
            out += 'f';
            break;
        case '\n':
            out += 'n';
            break;
        case '\r':
            out += 'r';
            break;
        case '\t':
            out += 't';
            break;
        default:
            constexpr std::string_view digits = "0123456789abcdef";
            out += "u00";
            out += digits[static_cast<unsigned char>(c) >> 4];
            out += digits[static_cast<unsigned char>(c) & 15];
        }
    }
    out += '"';
}

Result<std::vector<Field>> parse_line(std::string_view line) {
    std::vector<Field> fields;
    auto parsed = for_each_field(
        line,
        [&](std::string_view key, std::int64_t value) {
            fields.push_back({std::string(key), value});
        },
        [&](std::string_view key, std::string_view raw) {
            auto text = unescape(raw);
            if (text)
                fields.push_back({std::string(key), std::move(*text)});
            return text.has_value();
        });
    if (!parsed)
        return fail(parsed.error());
    return fields;
}

Result<LineHead> read_head(std::string_view line) {
    LineHead head;
    auto parsed = for_each_field(
        line,
        [&](std::string_view key, std::int64_t value) {
            if (key == "index")
                head.index = value;
        },
        [&](std::string_view key, std::string_view raw) {
            if (key == "at")
                head.at = raw;
            else if (key == "kind")
                head.kind = raw;
            return true;
        });
    if (!parsed)
        return fail(parsed.error());
    return head;
}

namespace {

template <class Value>
Value field_of(std::string_view line, std::string_view key) {
    const auto fields = parse_line(line);
    for (const Field& one : fields ? *fields : std::vector<Field>())
        if (const auto* value = std::get_if<Value>(&one.value); value != nullptr && one.key == key)
            return *value;
    return {};
}

} // namespace

std::string text_field(std::string_view line, std::string_view key) { return field_of<std::string>(line, key); }

std::uint64_t pruned_below(std::string_view line) {
    const auto below = field_of<std::int64_t>(line, "below");
    return below > 0 ? static_cast<std::uint64_t>(below) : 0;
}

} // namespace ombud::ledger
