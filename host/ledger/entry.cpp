#include "ledger/entry.hpp"

#include "ledger/line.hpp"
#include "ledger/timestamp.hpp"
#include "signing/encoding.hpp"
#include "signing/random.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>

namespace ombud::ledger {
namespace {

constexpr std::size_t personal_bytes_max = 1 << 20;
constexpr std::size_t parts_expected = 12;         // most entries have fewer
constexpr std::size_t bytes_expected = 400;        // and are shorter
constexpr std::size_t replaceable_bytes_min = 256; // below, a digest saves too little to lose the text for

void append_integer(std::string& out, std::int64_t value) {
    char digits[20];
    const auto end = std::to_chars(std::begin(digits), std::end(digits), value).ptr;
    out.append(digits, static_cast<std::size_t>(end - digits));
}

} // namespace

std::string Opening::commitment() const {
    return "hmac-sha256:" + signing::hex(signing::hmac_sha256(salt, signing::bytes_of(value)));
}

Entry::Entry(std::string_view kind) : kind_(kind) {
    if (!is_key(kind))
        reject("kind '" + kind_.substr(0, 100) + "' is not 1 to 64 characters of a-z 0-9 _ - . after a letter");
    parts_.reserve(parts_expected);
    text_.reserve(bytes_expected);
}

void Entry::reject(std::string message) {
    if (!error_)
        error_ = Error{ErrorCode::invalid_input, std::move(message)};
}

// Writes the key of a field that may be set; its value follows, and then end().
bool Entry::begin(std::string_view key) {
    if (!is_key(key) || key == "at" || key == "index" || key == "kind") {
        reject("entry '" + kind_ + "': key '" + std::string(key.substr(0, 100)) +
               "' is reserved, or not 1 to 64 characters of a-z 0-9 _ - . after a letter");
        return false;
    }
    if (std::any_of(parts_.begin(), parts_.end(), [&](const Part& part) { return key_of(part) == key; })) {
        reject("entry '" + kind_ + "': key '" + std::string(key) + "' is set twice");
        return false;
    }
    text_ += '"';
    text_ += key;
    text_ += "\":";
    return true;
}

Entry::Part& Entry::end(std::string_view key, std::size_t at) {
    const auto behind = std::find_if(parts_.begin(), parts_.end(), [&](const Part& part) { return key < key_of(part); });
    return *parts_.insert(behind, {at, text_.size() - at, key.size(), npos});
}

Entry& Entry::set(std::string_view key, std::int64_t value) {
    const std::size_t at = text_.size();
    if (!begin(key))
        return *this;
    append_integer(text_, value);
    end(key, at);
    return *this;
}

Entry& Entry::set(std::string_view key, std::string_view text) {
    const std::size_t at = text_.size();
    if (!begin(key))
        return *this;
    if (const auto bad = find_bad_utf8(text); bad != std::string_view::npos) {
        reject("entry '" + kind_ + "': the text of '" + std::string(key) + "' is not UTF-8 at byte " +
               std::to_string(bad));
        return *this;
    }
    append_json_string(text_, text);
    Part& part = end(key, at);
    if (text.size() >= replaceable_bytes_min) {
        part.digest = digests_.size();
        digests_.push_back(signing::sha256(text));
    }
    return *this;
}

Entry& Entry::set(std::string_view key, const Personal& personal) {
    if (personal.value.size() > personal_bytes_max || find_bad_utf8(personal.value) != std::string_view::npos) {
        reject("entry '" + kind_ + "': the personal value of '" + std::string(key) +
               "' is not UTF-8 of at most 1 MiB"); // never the value itself: messages end up in logs
        return *this;
    }
    const std::size_t at = text_.size();
    if (!begin(key))
        return *this;
    Opening opening{std::string(key), {}, std::string(personal.value)};
    if (auto filled = signing::random_bytes(opening.salt); !filled) {
        if (!error_)
            error_ = filled.error();
        return *this;
    }
    text_ += '"';
    text_ += opening.commitment();
    text_ += '"';
    end(key, at);
    openings_.push_back(std::move(opening));
    return *this;
}

// Puts digests for the longest texts until a line of `size` bytes fits.
Result<void> Entry::shorten(std::size_t size) {
    while (size > line_bytes_max) {
        const auto longest = std::max_element(parts_.begin(), parts_.end(), [](const Part& left, const Part& right) {
            return (left.digest != npos ? left.size : 0) < (right.digest != npos ? right.size : 0);
        });
        if (longest == parts_.end() || longest->digest == npos)
            return fail(ErrorCode::invalid_input, "entry '" + kind_ + "' has " + std::to_string(size) + " bytes, " +
                                                      std::to_string(line_bytes_max) +
                                                      " are allowed; use fewer fields");
        const std::string short_text = '"' + std::string(key_of(*longest)) + "\":\"sha256:" +
                                       signing::hex(digests_[longest->digest]) + '"';
        size = size - longest->size + short_text.size();
        *longest = {text_.size(), short_text.size(), longest->key_size, npos};
        text_ += short_text;
    }
    return {};
}

Result<void> Entry::render_to(std::string& out, std::uint64_t index, std::int64_t at_ns) const {
    if (error_)
        return fail(*error_);
    const UtcText at(at_ns);
    char digits[20];
    const auto digits_end = std::to_chars(std::begin(digits), std::end(digits), index).ptr;
    const std::string_view number(digits, static_cast<std::size_t>(digits_end - digits));

    std::size_t size = std::string_view(R"({"at":"","index":,"kind":""})").size() + at.view().size() + number.size() + kind_.size();
    for (const Part& part : parts_)
        size += part.size + 1;
    if (size > line_bytes_max) {
        Entry fitting(*this);
        const auto shortened = fitting.shorten(size);
        return shortened ? fitting.render_to(out, index, at_ns) : shortened;
    }

    auto next = parts_.begin();
    char before = '{';
    const auto separate = [&] {
        out += before;
        before = ',';
    };
    const auto parts_before = [&](std::string_view key) {
        for (; next != parts_.end() && key_of(*next) < key; ++next) {
            separate();
            out += text_of(*next);
        }
        separate();
    };
    parts_before("at");
    out += "\"at\":\"";
    out += at.view();
    out += '"';
    parts_before("index");
    out += "\"index\":";
    out += number;
    parts_before("kind");
    out += "\"kind\":\"";
    out += kind_;
    out += '"';
    for (; next != parts_.end(); ++next) {
        separate();
        out += text_of(*next);
    }
    out += '}';
    return {};
}

Result<std::string> Entry::render(std::uint64_t index, std::int64_t at_ns) const {
    std::string line;
    if (auto rendered = render_to(line, index, at_ns); !rendered)
        return fail(rendered.error());
    return line;
}

} // namespace ombud::ledger
