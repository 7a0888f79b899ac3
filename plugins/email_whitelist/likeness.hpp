// Which addresses look or sound like which others.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace ombud::email_whitelist {

/// What is left of a text when look-alike characters are made one (Unicode TS 39, skeleton): "pаypal" with a Cyrillic a
/// has that of "paypal". For comparison with another skeleton alone.
std::string skeleton(std::string_view text);

/// A label (between dots) mixes scripts that people do not write together, or hides characters: Unicode TS 39, beyond the
/// "highly restrictive" level, which lets Latin stand beside Chinese, Japanese or Korean.
bool mixes_scripts(std::string_view domain);

/// The number of letters wrong, missing, too many or swapped with their neighbour (optimal string alignment), counted in
/// bytes; anything above `most` is told as most + 1.
size_t distance(std::string_view left, std::string_view right, size_t most);

} // namespace ombud::email_whitelist
