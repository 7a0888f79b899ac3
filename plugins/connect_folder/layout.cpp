#include "layout.hpp"

#include <map>
#include <set>

namespace ombud::folder {

using sdk::ErrorCode;
using sdk::fail;

/// What was read so far; a part that turns out not to fit leaves it half filled, so a match works on a copy.
struct Layout::Reading {
    std::string camera;
    sdk::CivilTime time;
    bool is_utc = false;
};

namespace {
/// Takes `width` digits off the front.
bool take_number(std::string_view& text, std::size_t width, int& value) {
    if (text.size() < width)
        return false;
    int number = 0;
    for (std::size_t i = 0; i < width; ++i) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        number = number * 10 + (text[i] - '0');
    }
    value = number;
    text.remove_prefix(width);
    return true;
}

bool take_one_of(std::string_view& text, std::string_view wanted) {
    if (text.empty() || wanted.find(text[0]) == std::string_view::npos)
        return false;
    text.remove_prefix(1);
    return true;
}

std::vector<std::string_view> split(std::string_view path) {
    std::vector<std::string_view> parts;
    while (true) {
        const std::size_t slash = path.find('/');
        parts.push_back(path.substr(0, slash));
        if (slash == std::string_view::npos)
            return parts;
        path.remove_prefix(slash + 1);
    }
}
} // namespace

sdk::Result<Layout> Layout::parse(std::string_view text) {
    static const std::map<std::string_view, Token> tokens = {
        {"camera", Token::camera}, {"date", Token::date},     {"time", Token::time}, {"datetime", Token::datetime},
        {"year", Token::year},     {"month", Token::month},   {"day", Token::day},   {"hour", Token::hour},
        {"minute", Token::minute}, {"second", Token::second}, {"seq", Token::seq},   {"any", Token::any}};
    Layout layout;
    layout.text_ = text;
    std::set<Token> seen;
    const auto wrong = [&](const std::string& what) {
        return fail(ErrorCode::invalid_input, "layout \"" + layout.text_ + "\": " + what);
    };
    for (std::string_view rest : split(text)) {
        if (rest.empty() || rest == "." || rest == "..")
            return wrong("a part between slashes is empty, . or ..");
        Part part;
        int open_ended = 0; // tokens of any length; with many in one part, matching would take forever
        while (!rest.empty()) {
            const std::size_t brace = rest.find_first_of("{}");
            if (brace != 0) {
                part.push_back({Token::literal, std::string(rest.substr(0, brace))});
                rest.remove_prefix(std::min(brace, rest.size()));
                continue;
            }
            const std::size_t close = rest.find('}');
            const auto known = tokens.find(close == std::string_view::npos ? "" : rest.substr(1, close - 1));
            if (rest[0] == '}' || known == tokens.end())
                return wrong("\"" + std::string(rest.substr(0, close == std::string_view::npos ? close : close + 1)) +
                             "\" is no token; there are {camera} {date} {time} {datetime} {year} {month} {day} {hour} "
                             "{minute} {second} {seq} {any}");
            const Token token = known->second;
            if (token != Token::any && token != Token::seq && !seen.insert(token).second)
                return wrong("{" + std::string(known->first) + "} is there twice");
            if ((token == Token::camera || token == Token::any || token == Token::seq) && ++open_ended > 3)
                return wrong("more than three of {camera}, {any} and {seq} in one part");
            part.push_back({token, {}});
            if (token == Token::camera)
                layout.camera_depth_ = layout.parts_.size() + 1;
            rest.remove_prefix(close + 1);
        }
        layout.parts_.push_back(std::move(part));
    }
    while (layout.lasting_depth_ < layout.parts_.size() && is_timeless(layout.parts_[layout.lasting_depth_]))
        ++layout.lasting_depth_;
    const auto has = [&](Token token) { return seen.count(token) != 0; };
    if (!has(Token::camera))
        return wrong("no {camera}, which tells whose recording it is");
    const bool has_parts = has(Token::year) || has(Token::month) || has(Token::day);
    const bool has_clock = has(Token::hour) || has(Token::minute) || has(Token::second);
    if (has(Token::datetime) + (has(Token::date) || has_parts) > 1 || has(Token::date) + has_parts > 1 ||
        has(Token::time) + has_clock > 1 || (has(Token::datetime) && (has(Token::time) || has_clock)))
        return wrong("the date or the time is there in two ways");
    layout.has_time_ =
        has(Token::datetime) || ((has(Token::date) || (has(Token::year) && has(Token::month) && has(Token::day))) &&
                                 (has(Token::time) || has(Token::hour)));
    return layout;
}

bool Layout::is_timeless(const Part& part) {
    for (const Piece& piece : part)
        if (piece.token != Token::literal && piece.token != Token::camera && piece.token != Token::any)
            return false;
    return true;
}

bool Layout::take_fixed(Token token, std::string_view& text, Reading& reading) {
    sdk::CivilTime& t = reading.time;
    switch (token) {
    case Token::date:
        return take_number(text, 4, t.year) && take_one_of(text, "-") && take_number(text, 2, t.month) &&
               take_one_of(text, "-") && take_number(text, 2, t.day);
    case Token::time:
        return take_number(text, 2, t.hour) && take_one_of(text, "-") && take_number(text, 2, t.minute) &&
               take_one_of(text, "-") && take_number(text, 2, t.second);
    case Token::datetime: {
        const bool taken = take_number(text, 4, t.year) && take_number(text, 2, t.month) &&
                           take_number(text, 2, t.day) && take_one_of(text, "T_-") && take_number(text, 2, t.hour) &&
                           take_number(text, 2, t.minute) && take_number(text, 2, t.second);
        reading.is_utc = taken && take_one_of(text, "Z");
        return taken;
    }
    case Token::year:
        return take_number(text, 4, t.year);
    case Token::month:
        return take_number(text, 2, t.month);
    case Token::day:
        return take_number(text, 2, t.day);
    case Token::hour:
        return take_number(text, 2, t.hour);
    case Token::minute:
        return take_number(text, 2, t.minute);
    case Token::second:
        return take_number(text, 2, t.second);
    default:
        return false;
    }
}

bool Layout::match_part(const Part& part, std::size_t piece, std::string_view text, Reading& reading) {
    if (piece == part.size())
        return text.empty();
    const Piece& wanted = part[piece];
    if (wanted.token == Token::literal) {
        if (text.substr(0, wanted.literal.size()) != wanted.literal)
            return false;
        return match_part(part, piece + 1, text.substr(wanted.literal.size()), reading);
    }
    if (wanted.token != Token::camera && wanted.token != Token::any && wanted.token != Token::seq)
        return take_fixed(wanted.token, text, reading) && match_part(part, piece + 1, text, reading);
    // As long as it can be: in "{camera}-{seq}.mp4", the camera of "gate-2-17.mp4" is "gate-2".
    for (std::size_t length = text.size(); length > 0; --length) {
        const std::string_view taken = text.substr(0, length);
        if (wanted.token == Token::seq && taken.find_first_not_of("0123456789") != std::string_view::npos)
            continue;
        if (match_part(part, piece + 1, text.substr(length), reading)) {
            if (wanted.token == Token::camera)
                reading.camera = taken;
            return true;
        }
    }
    return false;
}

std::optional<NameFacts> Layout::match(std::string_view path) const {
    const auto parts = split(path);
    if (parts.size() != parts_.size())
        return std::nullopt;
    Reading reading;
    for (std::size_t i = 0; i < parts.size(); ++i)
        if (!match_part(parts_[i], 0, parts[i], reading))
            return std::nullopt;
    if (!sdk::is_valid(reading.time))
        return std::nullopt;
    NameFacts facts;
    facts.camera = reading.camera;
    facts.is_utc = reading.is_utc;
    if (has_time_)
        facts.begin = reading.time;
    return facts;
}

std::optional<std::string> Layout::camera_of_folder(std::string_view folder) const {
    const auto parts = split(folder);
    if (folder.empty() || parts.size() != camera_depth_ || camera_depth_ == parts_.size())
        return std::nullopt;
    Reading reading;
    for (std::size_t i = 0; i < parts.size(); ++i)
        if (!match_part(parts_[i], 0, parts[i], reading))
            return std::nullopt;
    return reading.camera;
}

std::optional<std::string> Layout::camera_of(std::string_view path) const {
    if (const auto fits = match(path))
        return fits->camera;
    std::size_t end = 0;
    for (std::size_t part = 0; part < camera_depth_; ++part, ++end) {
        end = path.find('/', end);
        if (end == std::string_view::npos)
            return std::nullopt;
    }
    return camera_of_folder(path.substr(0, end - 1));
}

bool Layout::may_hold(std::string_view folder) const {
    if (folder.empty())
        return true;
    const auto parts = split(folder);
    if (parts.size() >= parts_.size())
        return false;
    Reading reading;
    for (std::size_t i = 0; i < parts.size(); ++i)
        if (!match_part(parts_[i], 0, parts[i], reading))
            return false;
    return true;
}

} // namespace ombud::folder
