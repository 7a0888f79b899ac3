#pragma once
// What a part of a mail really holds, told from its bytes and never from its name or declared type.

#include <cstdint>
#include <string>
#include <string_view>

namespace ombud::mail {

/// The classes of OMBUD_KEY_PARTS. The order is that of concern: the worst of several stands for all.
enum class Kind : std::uint8_t { text, other, archive, document, sound, opaque, video, picture };
std::string_view to_string(Kind kind);

/// A class and what was found: "picture/jpeg". `detail` is of [a-z0-9.+-], at most 40.
struct Sort {
    Kind kind = Kind::other;
    std::string detail;
};
std::string to_string(const Sort& sort);
/// The detail as it may stand in a Sort, whatever came.
std::string detail_of(std::string_view text);

/// Where the decoded bytes of one part or file come from.
class Source {
  public:
    Source() = default;
    virtual ~Source() = default;
    Source(const Source&) = delete;
    Source& operator=(const Source&) = delete;
    /// The next bytes; 0 at the end, below 0 when they cannot be read.
    virtual std::ptrdiff_t read(char* into, std::size_t room) = 0;
};

/// How far content is looked into; what goes beyond counts as opaque.
struct ContentLimits {
    std::uint64_t unpacked_bytes_max = 64 * 1024 * 1024; ///< of all archives of one mail together
    std::uint32_t archive_entries_max = 1000;            ///< likewise
    std::uint32_t archive_depth_max = 3;                 ///< archives within archives
};

/// What is left of the limits for one mail.
struct Budget {
    std::uint64_t unpacked_bytes = 0;
    std::uint32_t entries = 0;
    std::uint32_t depth = 0;
};
Budget full_budget(const ContentLimits& limits);

/// Reads `source` to its end and tells what it is. Text is what holds no control characters and nothing encoded in it, and
/// what libmagic does not take for anything else; archives are opened, and a picture in one makes the whole a picture.
/// Thread  any
Sort sort_content(Source& source, Budget& budget);

} // namespace ombud::mail
