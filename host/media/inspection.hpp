#pragma once
// A recording opened for work: its container, its tracks as Ombud and as FFmpeg see them.

#include <functional>

#include "media/demuxer.hpp"
#include "media/probe.hpp"
#include "media/recording_file.hpp"

namespace ombud::media {

struct Inspection {
    Container container = Container::mp4;
    std::vector<ContainerTrack> listed;
    Probe probe;
};

/// Sniffs, lists and opens `source`; the parts of probe() that need no path.
/// Errors  as probe()
[[nodiscard]] Result<Inspection> inspect(const ByteSource& source, const std::function<bool()>& may_go_on);

} // namespace ombud::media
