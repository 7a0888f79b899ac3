#pragma once
// How far each control reaches with a folder.

#include <ombud/feed.hpp>
#include <ombud/result.hpp>

namespace ombud::folder {

/// @param sees_encryption  whether the disks below the root can be looked at
sdk::Result<> declare_coverage(const sdk::Feed& feed, bool sees_encryption);

} // namespace ombud::folder
