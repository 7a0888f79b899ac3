#pragma once
// What people say of an export: as lines of NAME.export, or as fields of a call.

#include <map>
#include <string>
#include <string_view>

#include "gates/export/options.hpp"
#include "gates/export/record.hpp"

namespace ombud::exports {

using Fields = std::map<std::string, std::string, std::less<>>;

constexpr std::size_t description_bytes_max = 64 * 1024;
constexpr std::size_t text_bytes_max = 1'000; ///< of one field

/// The fields of a text of lines `key = value`: UTF-8, empty lines and those that begin with # mean nothing.
/// Errors  invalid_input  which line, and what is wrong with it
[[nodiscard]] Result<Fields> parse_fields(std::string_view text);

/// Reads fields against the site. Times are `2026-11-20T14:05:00Z`, or of the site's time zone without the Z; a day alone is
/// the whole of it.
///
/// @param base  what fields that are not given stay as
/// Errors  invalid_input  every key that is unknown and every value that is not allowed, with what is
[[nodiscard]] Result<Description> describe(const Fields& fields, const Options& options, const Description& base = {});

/// What is still needed before it can be judged, in words for whoever can say it; empty: nothing.
[[nodiscard]] std::string missing(const Description& described);

/// Fills in what the site and the files tell: recipient's person, period of the recordings, a summary, the day of destruction.
void complete(Description& described, const Options& options, const std::vector<HeldFile>& files, std::int64_t now_utc_ns);

/// `2026-11-20 14:05` in that zone.
[[nodiscard]] std::string local_words(std::int64_t utc_ns, const sdk::TimeZone& zone);

} // namespace ombud::exports
