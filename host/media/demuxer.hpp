#pragma once
// FFmpeg's reading of a recording, fenced in: one named demuxer, bytes from a ByteSource alone, no name or address in the
// file is ever followed.

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "media/surgery.hpp"

struct AVFormatContext;
struct AVPacket;

namespace ombud::media {

/// Reads packets exactly as the container holds them: no parsing into frames, no guessed time stamps.
/// Thread  one
class Demuxer {
  public:
    /// @param source        outlives the object
    /// @param tracks        as list_tracks() gave them for the same bytes
    /// @param may_go_on     asked while reading; false ends it
    /// @param buffer_bytes  of reading; longer reads go past it
    /// Errors  corrupt      FFmpeg cannot read the file
    ///         refused      FFmpeg sees other tracks than Ombud does
    ///         unavailable  `may_go_on` said no, or the file shrank
    static Result<Demuxer> open(const ByteSource& source, Container container, const std::vector<ContainerTrack>& tracks,
                                std::function<bool()> may_go_on, int buffer_bytes = 1 << 16);
    Demuxer(Demuxer&&) noexcept;
    Demuxer& operator=(Demuxer&&) noexcept;
    ~Demuxer();

    /// Streams as FFmpeg describes them; borrowed.
    [[nodiscard]] AVFormatContext& context() const;
    /// ContainerTrack::id of each stream, by its index.
    [[nodiscard]] const std::vector<std::uint32_t>& track_ids() const { return ids_; }

    /// The next packet of the file, from streams not set to be discarded; unreferences what `packet` held.
    /// @return  false at the end
    /// Errors   as open()
    [[nodiscard]] Result<bool> read(AVPacket& packet);

  private:
    struct Input;
    struct Closer {
        void operator()(AVFormatContext* context) const;
    };
    Demuxer();
    [[nodiscard]] tl::unexpected<Error> fail_averror(int number, ErrorCode code) const;

    std::unique_ptr<Input> input_; // outlives context_, which reads from it
    std::unique_ptr<AVFormatContext, Closer> context_;
    std::vector<std::uint32_t> ids_;
};

} // namespace ombud::media
