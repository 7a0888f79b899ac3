#include "media/masks/covered_copy.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <optional>

#include "media/masks/copy_writer.hpp"
#include "media/masks/new_file.hpp"
#include "media/masks/picture_reader.hpp"
#include "signing/digest.hpp"

extern "C" {
#include <libavformat/avformat.h>
}

namespace ombud::media {

namespace {

constexpr double copying_share = 0.8; // of the time; the rest reads the copy back
constexpr std::size_t pictures_max = std::size_t{1} << 26; // a month at 25 a second; times of all are kept for the proof

/// What a copy must hold beside its pictures: the packets of each track taken over, in their order.
class PacketDigests {
  public:
    void add(const AVPacket& packet, const AVStream& stream) {
        // MP4 fills the time between two texts with empty ones, which its writer sets as it sees fit.
        constexpr int empty_text_bytes = 2;
        if (stream.codecpar->codec_id == AV_CODEC_ID_MOV_TEXT && packet.size <= empty_text_bytes)
            return;
        const AVRational time_base = stream.time_base;
        signing::Sha256& hash = tracks_[packet.stream_index];
        // As a reduced fraction of a second, which is the same in either file's time base.
        const std::int64_t pts = packet.pts != AV_NOPTS_VALUE ? packet.pts : packet.dts;
        const std::int64_t common = std::max<std::int64_t>(std::gcd(pts, std::int64_t{time_base.den}), 1);
        hash.update(std::to_string(pts / common * time_base.num) + "/" + std::to_string(time_base.den / common) + " " +
                    std::to_string(packet.size) + " ");
        if (packet.size > 0)
            hash.update({packet.data, static_cast<std::size_t>(packet.size)});
        ++packets_;
    }
    [[nodiscard]] std::uint64_t packets() const { return packets_; }
    /// One digest a track, in the order of the file.
    [[nodiscard]] std::vector<signing::Digest> finish() {
        std::vector<signing::Digest> all;
        for (auto& [index, hash] : tracks_)
            all.push_back(hash.finish());
        return all;
    }

  private:
    std::map<int, signing::Sha256> tracks_;
    std::uint64_t packets_ = 0;
};

/// Why a track's packets may not be in the copy; nothing when they may.
std::optional<std::string> reason_to_drop(const Track& track, const AVStream* stream, const CopyOptions& options) {
    if (!options.keeps_sound_and_text && (track.kind == TrackKind::audio || track.kind == TrackKind::subtitle))
        return "somebody else may be heard or named in it";
    switch (track.kind) {
    case TrackKind::audio: return std::nullopt;
    case TrackKind::video: return "a second track of pictures, for which no mask was drawn";
    case TrackKind::attachment: return "an attached file or picture may show what is covered";
    case TrackKind::subtitle: {
        const AVCodecDescriptor* codec = stream != nullptr ? avcodec_descriptor_get(stream->codecpar->codec_id) : nullptr;
        if (codec != nullptr && (codec->props & AV_CODEC_PROP_TEXT_SUB) != 0)
            return std::nullopt;
        return "its pictures would be shown over the covered ones";
    }
    case TrackKind::data:
    case TrackKind::unknown: break;
    }
    return "nobody can tell whether it shows what is covered";
}

/// One copy under way.
class CoveredCopy {
  public:
    CoveredCopy(Cover& cover, const CopyOptions& options) : cover_(cover), options_(options) {}

    Result<> write(const ByteSource& source, const Inspection& inspection, int fd);
    Result<> prove(const ByteSource& copy);
    [[nodiscard]] bool was_cancelled() const { return was_cancelled_; }
    MaskedCopy report;

  private:
    /// For reading, which may take long without coming to a picture.
    [[nodiscard]] bool may_go_on() { return tell(share_).has_value(); }
    Result<> tell(double share);
    void choose_tracks(const Inspection& inspection, const PictureReader& reader);
    Result<> add_picture(PictureReader& reader, const Inspection& inspection, int fd);

    Cover& cover_;
    const CopyOptions& options_;
    bool was_cancelled_ = false;
    double share_ = 0; // done
    std::vector<bool> copied_; // by index of the recording's stream
    std::unique_ptr<CopyWriter> writer_;
    std::vector<PacketPtr> early_; // packets before the first picture, which opens the copy
    std::size_t early_bytes_ = 0;
    PacketDigests packets_;
    std::vector<std::int64_t> times_; // of the pictures
    AVRational time_base_{1, 1};
    Turning turning_;
};

Result<> CoveredCopy::tell(double share) {
    share_ = share;
    was_cancelled_ = was_cancelled_ || (options_.progress && !options_.progress(share));
    return was_cancelled_ ? fail(ErrorCode::cancelled, "stopped as asked; no copy was made") : Result<>();
}

void CoveredCopy::choose_tracks(const Inspection& inspection, const PictureReader& reader) {
    const AVFormatContext& context = reader.context();
    copied_.assign(context.nb_streams, false);
    for (const Track& track : inspection.probe.tracks) {
        const auto& ids = reader.demuxer().track_ids();
        const auto found = std::find(ids.begin(), ids.end(), track.id);
        const auto index = static_cast<std::size_t>(found - ids.begin());
        if (found != ids.end() && static_cast<int>(index) == reader.stream().index)
            continue;
        if (auto why = reason_to_drop(track, found != ids.end() ? context.streams[index] : nullptr, options_)) {
            report.dropped.push_back({track, std::move(*why)});
            continue;
        }
        report.copied.push_back(track);
        copied_[index] = true;
    }
    for (unsigned i = 0; i < context.nb_streams; ++i)
        if (!copied_[i] && static_cast<int>(i) != reader.stream().index)
            context.streams[i]->discard = AVDISCARD_ALL;
}

Result<> CoveredCopy::add_picture(PictureReader& reader, const Inspection& inspection, int fd) {
    AVFrame& frame = reader.picture();
    if (auto fits = Picture::over(frame); !fits)
        return fail(fits.error());
    if (!writer_) {
        auto writer = CopyWriter::open(reader, inspection.container, fd, copied_, options_.quality);
        if (!writer)
            return fail(writer.error());
        writer_ = std::move(*writer);
        for (const PacketPtr& packet : early_)
            if (auto added = writer_->add_packet(*packet); !added)
                return added;
        early_.clear();
        report.codec = writer_->codec_name();
        report.width = frame.width;
        report.height = frame.height;
        if (auto begun = cover_.begin(reader.turning(), frame); !begun)
            return begun;
        report.block_px = cover_.block_px();
    }
    if (times_.size() == pictures_max)
        return fail(ErrorCode::refused, "it has more than " + std::to_string(pictures_max) + " pictures; export parts of it");
    if (const int done = av_frame_make_writable(&frame); done < 0)
        return fail_libav(ErrorCode::unavailable, "out of memory", done);
    Picture picture = *Picture::over(frame);
    times_.push_back(frame.pts);
    const std::int64_t time_ns = ticks_to_ns(frame.pts - times_.front(), time_base_.num, time_base_.den);
    if (auto drawn = cover_.draw(picture, time_ns); !drawn)
        return drawn;
    report.proof.covered_blocks += cover_.covered_blocks(times_.size() - 1);
    if (auto added = writer_->add_picture(frame); !added)
        return added;
    return tell(reader.share_read() * copying_share);
}

Result<> CoveredCopy::write(const ByteSource& source, const Inspection& inspection, int fd) {
    constexpr std::size_t early_bytes_max = std::size_t{64} << 20;
    auto reader = PictureReader::open(source, inspection, [this] { return may_go_on(); });
    if (!reader)
        return fail(reader.error());
    choose_tracks(inspection, *reader);
    time_base_ = reader->stream().time_base;
    turning_ = reader->turning();
    while (true) {
        const auto got = reader->next();
        if (!got)
            return fail(got.error());
        if (*got == PictureReader::Got::end)
            break;
        if (*got == PictureReader::Got::picture) {
            if (auto added = add_picture(*reader, inspection, fd); !added)
                return added;
            continue;
        }
        AVPacket& packet = reader->packet();
        if (!copied_[static_cast<std::size_t>(packet.stream_index)])
            continue; // FFmpeg hands out an attached picture before it can be told not to
        packets_.add(packet, *reader->context().streams[packet.stream_index]);
        if (writer_) {
            if (auto added = writer_->add_packet(packet); !added)
                return added;
            continue;
        }
        early_.emplace_back(av_packet_clone(&packet));
        early_bytes_ += static_cast<std::size_t>(packet.size);
        if (!early_.back() || early_bytes_ > early_bytes_max)
            return fail(ErrorCode::refused, "more than 64 MiB of other tracks come before its first picture");
    }
    report.undecodable_packets = reader->undecodable_packets();
    report.pictures = times_.size();
    report.copied_packets = packets_.packets();
    if (!writer_)
        return fail(ErrorCode::corrupt, "not one of its pictures can be decoded");
    return writer_->finish();
}

Result<> CoveredCopy::prove(const ByteSource& copy) {
    const auto inspection = inspect(copy, [this] { return may_go_on(); });
    if (!inspection)
        return fail(Error(inspection.error()).within("the copy"));
    auto reader = PictureReader::open(copy, *inspection, [this] { return may_go_on(); });
    if (!reader)
        return fail(Error(reader.error()).within("the copy"));
    if (!(reader->turning() == turning_))
        return fail(ErrorCode::internal, "the copy would be shown turned otherwise than the recording");
    if (inspection->probe.tracks.size() != report.copied.size() + 1)
        return fail(ErrorCode::internal, "the copy has " + std::to_string(inspection->probe.tracks.size()) +
                                             " tracks and should have " + std::to_string(report.copied.size() + 1));
    CoverProof& proof = report.proof;
    proof.tolerance = cover_.tolerance();
    PacketDigests packets;
    while (true) {
        const auto got = reader->next();
        if (!got)
            return fail(Error(got.error()).within("the copy"));
        if (*got == PictureReader::Got::end)
            break;
        if (*got == PictureReader::Got::packet) {
            packets.add(reader->packet(), *reader->context().streams[reader->packet().stream_index]);
            continue;
        }
        const std::size_t index = proof.pictures++;
        const AVFrame& frame = reader->picture();
        if (index >= times_.size() ||
            av_compare_ts(times_[index], time_base_, frame.pts, reader->stream().time_base) != 0)
            return fail(ErrorCode::internal, "picture " + std::to_string(index + 1) + " of the copy is not at the recording's time");
        auto picture = Picture::over(reader->picture());
        if (!picture || picture->width() != report.width || picture->height() != report.height)
            return fail(ErrorCode::internal, "picture " + std::to_string(index + 1) + " of the copy has another form");
        proof.worst_difference = std::max(proof.worst_difference, cover_.worst_difference(*picture, index));
        const std::int64_t time_ns = ticks_to_ns(times_[index] - times_.front(), time_base_.num, time_base_.den);
        if (auto reviewed = cover_.review(frame, time_ns); !reviewed)
            return reviewed;
        if (auto told = tell(copying_share + reader->share_read() * (1 - copying_share)); !told)
            return told;
    }
    if (proof.pictures != times_.size())
        return fail(ErrorCode::internal, "the copy shows " + std::to_string(proof.pictures) + " of " +
                                             std::to_string(times_.size()) + " pictures");
    if (packets.packets() != packets_.packets() || packets.finish() != packets_.finish())
        return fail(ErrorCode::internal, "sound or text of the copy differ from the recording's");
    if (proof.worst_difference > proof.tolerance)
        return fail(ErrorCode::internal, "under the masks, samples of the copy are up to " +
                                             std::to_string(proof.worst_difference) + " of 255 off what was drawn, more than " +
                                             std::to_string(proof.tolerance) + "; try a lower number for the quality");
    return {};
}

Result<MaskedCopy> copy_open_recording(const Recording& recording, NewFile& file, Cover& cover, const CopyOptions& options) {
    if (auto idle = recording.check_no_writer(); !idle)
        return fail(idle.error());
    CoveredCopy copy(cover, options);
    const auto run = [&]() -> Result<> {
        const FileSource source = recording.source();
        const auto inspection = inspect(source, [] { return true; });
        if (!inspection)
            return fail(inspection.error());
        if (inspection->container == Container::mpegts)
            return fail(ErrorCode::refused, "MPEG-TS cannot be masked; make an MP4 of it first (ffmpeg -i FILE -c copy NEW.mp4)");
        if (auto made = copy.write(source, *inspection, file.fd()); !made)
            return made;
        const auto size = file.size_bytes();
        return size ? copy.prove(FileSource(file.fd(), *size)) : fail(size.error());
    };
    const auto done = run();
    // Asked first: a file that is being written looks damaged, and is not.
    if (auto same = recording.check_unchanged(); !same)
        return fail(same.error());
    if (copy.was_cancelled())
        return fail(ErrorCode::cancelled, "stopped as asked; no copy was made");
    if (!done)
        return fail(done.error());
    if (auto published = file.publish(); !published)
        return fail(published.error());
    return std::move(copy.report);
}

} // namespace

int coding_block_px(const AVFrame& frame) { return frame.interlaced_frame != 0 ? 32 : 16; }

Result<MaskedCopy> make_covered_copy(const std::filesystem::path& input, const std::filesystem::path& output, Cover& cover,
                                     const CopyOptions& options) {
    constexpr int best = 10;
    constexpr int worst = 30;
    if (options.quality < best || options.quality > worst)
        return fail(ErrorCode::invalid_input, "quality " + std::to_string(options.quality) + " is not from 10 to 30");
    const auto recording = open_recording(input);
    if (!recording)
        return fail(recording.error());
    auto file = NewFile::create(output);
    if (!file)
        return fail(file.error());
    auto copy = copy_open_recording(*recording, *file, cover, options);
    if (!copy)
        return fail(std::move(copy.error()).within(input.string()));
    return copy;
}

} // namespace ombud::media
