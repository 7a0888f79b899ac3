#include "ledger/entry.hpp"

#include "ledger/line.hpp"
#include "ledger/timestamp.hpp"
#include "signing/encoding.hpp"
#include "signing/random.hpp"

#include <algorithm>
#include <charconv>

namespace ombud::ledger {
namespace {

constexpr std::size_t personal_bytes_max = 1 << 20;
constexpr std::size_t parts_expected = 8;              // most entries have fewer
constexpr std::size_t replaceable_bytes_min = 256; // below, a digest saves too little to lose the text for

} // namespace

std::string Opening::commitment() const {
    return "hmac-sha256:" + signing::hex(signing::hmac_sha256(salt, signing::bytes_of(value)));
}

Entry::Entry(std::string_view kind) : kind_(kind) {
    if (!is_key(kind))
        reject("kind '" + kind_.substr(0, 100) + "' is not 1 to 64 characters of a-z 0-9 _ - . after a letter");
    parts_.reserve(parts_expected);
}

void Entry::reject(std::string message) {
    if (!error_)
        error_ = Error{ErrorCode::invalid_input, std::move(message)};
}

bool Entry::accept(std::string_view key) {
    if (!is_key(key) || key == "at" || key == "index" || key == "kind") {
        reject("entry '" + kind_ + "': key '" + std::string(key.substr(0, 100)) +
               "' is reserved, or not 1 to 64 characters of a-z 0-9 _ - . after a letter");
        return false;
    }
    if (std::any_of(parts_.begin(), parts_.end(), [key](const Part& part) { return part.key == key; })) {
        reject("entry '" + kind_ + "': key '" + std::string(key) + "' is set twice");
        return false;
    }
    return true;
}

Entry& Entry::set(std::string_view key, std::int64_t value) {
    if (accept(key))
        parts_.push_back({std::string(key), std::to_string(value), std::nullopt});
    return *this;
}

Entry& Entry::set(std::string_view key, std::string_view text) {
    if (!accept(key))
        return *this;
    if (const auto bad = find_bad_utf8(text); bad != std::string_view::npos) {
        reject("entry '" + kind_ + "': the text of '" + std::string(key) + "' is not UTF-8 at byte " +
               std::to_string(bad));
        return *this;
    }
    Part part{std::string(key), {}, std::nullopt};
    part.value.reserve(text.size() + 2);
    append_json_string(part.value, text);
    if (text.size() >= replaceable_bytes_min)
        part.digest = signing::sha256(text);
    parts_.push_back(std::move(part));
    return *this;
}

Entry& Entry::set(std::string_view key, const Personal& personal) {
    if (personal.value.size() > personal_bytes_max || find_bad_utf8(personal.value) != std::string_view::npos) {
        reject("entry '" + kind_ + "': the personal value of '" + std::string(key) +
               "' is not UTF-8 of at most 1 MiB"); // never the value itself: messages end up in logs
        return *this;
    }
    if (!accept(key))
        return *this;
    Opening opening{std::string(key), {}, std::string(personal.value)};
    if (auto filled = signing::random_bytes(opening.salt); !filled) {
        if (!error_)
            error_ = filled.error();
        return *this;
    }
    parts_.push_back({opening.key, '"' + opening.commitment() + '"', std::nullopt});
    openings_.push_back(std::move(opening));
    return *this;
}

Result<std::string> Entry::render(std::uint64_t index, std::int64_t at_ns) const {
    if (error_)
        return fail(*error_);
    struct Piece {
        std::string_view key;
        std::string_view value;
        const signing::Digest* digest;
    };
    const std::string at = '"' + format_utc(at_ns) + '"';
    const std::string number = std::to_string(index);
    const std::string kind = '"' + kind_ + '"';
    std::vector<Piece> pieces;
    pieces.reserve(parts_.size() + 3);
    for (const Part& part : parts_)
        pieces.push_back({part.key, part.value, part.digest ? &*part.digest : nullptr});
    pieces.push_back({"at", at, nullptr});
    pieces.push_back({"index", number, nullptr});
    pieces.push_back({"kind", kind, nullptr});
    std::sort(pieces.begin(), pieces.end(), [](const Piece& left, const Piece& right) { return left.key < right.key; });

    std::size_t size = 1; // one brace more than there are commas
    for (const Piece& piece : pieces)
        size += piece.key.size() + piece.value.size() + 4;
    std::vector<std::string> replacements; // pieces borrow from it
    while (size > line_bytes_max) {
        replacements.reserve(pieces.size());
        const auto longest = std::max_element(pieces.begin(), pieces.end(), [](const Piece& left, const Piece& right) {
            return (left.digest != nullptr ? left.value.size() : 0) <
                   (right.digest != nullptr ? right.value.size() : 0);
        });
        if (longest->digest == nullptr)
            return fail(ErrorCode::invalid_input, "entry '" + kind_ + "' has " + std::to_string(size) + " bytes, " +
                                                      std::to_string(line_bytes_max) +
                                                      " are allowed; use fewer fields");
        replacements.push_back("\"sha256:" + signing::hex(*longest->digest) + '"');
        size = size - longest->value.size() + replacements.back().size();
        longest->value = replacements.back();
        longest->digest = nullptr;
    }

    std::string line;
    line.reserve(size);
    char before = '{';
    for (const Piece& piece : pieces) {
        line += before;
        line += '"';
        line += piece.key;
        line += "\":";
        line += piece.value;
        before = ',';
    }
    line += '}';
    return line;
}

} // namespace ombud::ledger
