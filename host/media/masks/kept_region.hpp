#pragma once
// `--keep X,Y,W,H[@FROM-TO]`: what stays visible in a pixelated copy.

#include <string_view>

#include "events/result.hpp"
#include "media/masks/pixelated_copy.hpp"

namespace ombud::media {

/// @param text  four parts of the picture, 0 to 1, and seconds after its start: `0.2,0.1,0.3,0.8@12.5-40`; TO may be left
///              out (`@12.5-`), then it is the end
/// Errors  invalid_input  any other text
[[nodiscard]] Result<KeptRegion> parse_kept_region(std::string_view text);

} // namespace ombud::media
