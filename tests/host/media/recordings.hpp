#pragma once
// Recordings for the tests, made by the ffmpeg program once a run; and checks that owe nothing to the code under test.

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "media/clean.hpp"

namespace ombud::media::test {

namespace fs = std::filesystem;
using ByteString = std::vector<std::uint8_t>;

/// A directory that is removed with the object.
class TempDirectory {
  public:
    /// @param below  an existing directory
    explicit TempDirectory(const fs::path& below = fs::temp_directory_path());
    TempDirectory(const TempDirectory&) = delete;
    TempDirectory& operator=(const TempDirectory&) = delete;
    ~TempDirectory();
    [[nodiscard]] const fs::path& path() const { return path_; }

  private:
    fs::path path_;
};

/// A copy of a recording in a directory of its own, with a journal directory beside it.
/// @param kind  one of all_kinds(), or below at make_recording()
class Scratch {
  public:
    explicit Scratch(const std::string& kind, const fs::path& below = fs::temp_directory_path());
    [[nodiscard]] const fs::path& file() const { return file_; }
    [[nodiscard]] fs::path folder() const { return directory_.path() / "recordings"; }
    [[nodiscard]] fs::path journals() const { return directory_.path() / "journals"; }
    [[nodiscard]] CleanOptions options(CleanOptions::Method method = CleanOptions::Method::automatic) const;
    /// Names in the recording's folder, sorted.
    [[nodiscard]] std::vector<std::string> names() const;
    [[nodiscard]] std::vector<std::string> journal_names() const;

  private:
    TempDirectory directory_;
    fs::path file_;
};

/// The kinds that hold H.264 and AAC:
///   mp4 (moov last), faststart.mp4 (moov first), pcm.mov (sound of uniform sample size), tmcd.mp4 (a time code track,
///   which is data, beside a subtitle), fragmented.mp4 (bases in tfhd), moof.mp4 (bases at the moof), mkv, live.mkv
///   (clusters of unknown size), extras.mkv (a subtitle track and an attached file), ts
[[nodiscard]] const std::vector<std::string>& all_kinds();

/// The path of a recording of this kind; do not change it.
[[nodiscard]] fs::path make_recording(const std::string& kind);

/// Runs a program and returns what it wrote to stdout; fails the test when it fails.
std::string run(const std::string& command);

/// FFmpeg's list of packets of the streams that `map` selects: times, sizes, MD5 of each.
std::string packets_of(const fs::path& file, const std::string& map = "0:v");
/// The first line in which two texts differ, with both versions; empty when they are equal.
std::string first_difference(const std::string& a, const std::string& b);
/// FFmpeg's list of streams: index, type, codec.
std::string streams_of(const fs::path& file);

ByteString read_file(const fs::path& file);
void write_file(const fs::path& file, const ByteString& bytes);

/// Stretches of 48 bytes out of every packet of sound, by which it would be recognised.
std::vector<ByteString> sound_of(const fs::path& file);
/// How many of them a file still holds.
std::size_t count_found(const std::vector<ByteString>& pieces, const ByteString& haystack);

} // namespace ombud::media::test
