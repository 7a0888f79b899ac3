#pragma once
// What the names of folders and files say about a recording.

#include <cstddef>
#include <ombud/result.hpp>
#include <ombud/time_zone.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ombud::folder {

/// What one name says.
struct NameFacts {
    std::string camera;                  ///< raw bytes, as in the name; never empty
    std::optional<sdk::CivilTime> begin; ///< when the layout has a date and a time
    bool is_utc = false;                 ///< a {datetime} that ends in Z
};

/// A template such as "{camera}/{date}/{time}.mp4". Thread: any.
class Layout {
  public:
    /// Reads a template. Tokens: {camera} once; {date} YYYY-MM-DD; {time} HH-MM-SS; {datetime} YYYYMMDDTHHMMSS, with _
    /// or - for T and perhaps a Z; {year} {month} {day} {hour} {minute} {second}; {seq} digits; {any} one or more
    /// bytes. Errors: invalid_input, naming the place in the template.
    static sdk::Result<Layout> parse(std::string_view text);

    const std::string& text() const { return text_; }
    bool has_time() const { return has_time_; }
    /// How many parts a path has down to and with the one that names the camera.
    std::size_t camera_depth() const { return camera_depth_; }
    /// Folders of at most that many parts are of no particular time: they stay when they are emptied.
    std::size_t lasting_depth() const { return lasting_depth_; }

    /// @param path  relative, parts separated by '/'. Empty: the path does not fit, or names a time that no calendar
    /// has.
    std::optional<NameFacts> match(std::string_view path) const;

    /// The camera of a folder at camera_depth(); empty: another depth, it does not fit, or the file itself names the
    /// camera.
    std::optional<std::string> camera_of_folder(std::string_view folder) const;

    /// The camera of a path that need not fit further down; empty: not known.
    std::optional<std::string> camera_of(std::string_view path) const;

    /// Whether recordings that fit may lie below a folder; the root ("") always.
    bool may_hold(std::string_view folder) const;

  private:
    enum class Token { literal, camera, date, time, datetime, year, month, day, hour, minute, second, seq, any };
    struct Piece {
        Token token;
        std::string literal;
    };
    using Part = std::vector<Piece>;
    struct Reading;

    static bool is_timeless(const Part& part);
    static bool match_part(const Part& part, std::size_t piece, std::string_view text, Reading& reading);
    static bool take_fixed(Token token, std::string_view& text, Reading& reading);

    std::string text_;
    std::vector<Part> parts_;
    std::size_t camera_depth_ = 0, lasting_depth_ = 0;
    bool has_time_ = false;
};

} // namespace ombud::folder
