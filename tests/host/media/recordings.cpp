#include "recordings.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <memory>
#include <sstream>

#include <catch2/catch.hpp>
#include <unistd.h>

namespace ombud::media::test {

namespace {

std::string quoted(const fs::path& path) { return "'" + path.string() + "'"; }

fs::path shared_folder() {
    static const TempDirectory directory;
    return directory.path();
}

/// Ten seconds of moving picture with B-frames off, and noise, which no two packets share.
fs::path source() {
    const fs::path file = shared_folder() / "source.mkv";
    if (!fs::exists(file))
        run("ffmpeg -v error -y -f lavfi -i testsrc2=size=320x240:rate=25:duration=10 "
            "-f lavfi -i anoisesrc=seed=7:sample_rate=44100:duration=10 -c:v libx264 -profile:v baseline -preset ultrafast "
            "-g 25 -bitexact -c:a aac -b:a 64k -map_metadata -1 " + quoted(file));
    return file;
}

} // namespace

TempDirectory::TempDirectory(const fs::path& below) {
    std::string name = (below / "ombud-media-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path_ = name;
}
TempDirectory::~TempDirectory() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
}

Scratch::Scratch(const std::string& kind, const fs::path& below) : directory_(below) {
    fs::create_directory(folder());
    fs::create_directory(journals());
    const fs::path made = make_recording(kind);
    file_ = folder() / made.filename();
    fs::copy_file(made, file_);
}

CleanOptions Scratch::options(CleanOptions::Method method) const {
    CleanOptions options;
    options.method = method;
    options.journal_directory = journals();
    return options;
}

std::vector<std::string> Scratch::names() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder()))
        names.push_back(entry.path().filename().string());
    std::sort(names.begin(), names.end());
    return names;
}

std::vector<std::string> Scratch::journal_names() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(journals()))
        names.push_back(entry.path().filename().string());
    return names;
}

const std::vector<std::string>& all_kinds() {
    static const std::vector<std::string> kinds = {"mp4",     "faststart.mp4", "pcm.mov",  "tmcd.mp4",   "fragmented.mp4",
                                                   "moof.mp4", "mkv",           "live.mkv", "extras.mkv", "ts"};
    return kinds;
}

fs::path make_recording(const std::string& kind) {
    const fs::path file = shared_folder() / ("recording-" + kind + (kind.find('.') == std::string::npos ? "." + kind : ""));
    if (fs::exists(file))
        return file;
    const fs::path subtitle = shared_folder() / "subtitle.srt";
    std::ofstream(subtitle) << "1\n00:00:01,000 --> 00:00:03,000\nface 4711 recognised\n\n"
                               "2\n00:00:05,000 --> 00:00:07,000\nplate AB 123 CD\n";
    const std::map<std::string, std::string> arguments = {
        {"mp4", ""},
        {"faststart.mp4", "-movflags faststart"},
        {"pcm.mov", "-c:a pcm_s16le"},
        {"tmcd.mp4", "-i " + quoted(subtitle) + " -map 0 -map 1 -c:s mov_text -timecode 10:00:00:00"},
        {"fragmented.mp4", "-movflags frag_keyframe+empty_moov"},
        {"moof.mp4", "-movflags frag_keyframe+empty_moov+default_base_moof"},
        {"mkv", ""},
        {"live.mkv", "-live 1"},
        {"extras.mkv", "-i " + quoted(subtitle) + " -map 0 -map 1 -attach " + quoted(subtitle) + " -metadata:s:t mimetype=text/plain"},
        {"ts", ""},
        {"video-only.mp4", "-map 0:v"},
    };
    const auto found = arguments.find(kind);
    REQUIRE(found != arguments.end());
    std::string inputs = "-i " + quoted(source());
    std::string rest = found->second;
    if (rest.rfind("-i ", 0) == 0) { // a second input stands before the options
        const auto end = rest.find(' ', 3);
        inputs += " " + rest.substr(0, end);
        rest = rest.substr(end);
    }
    run("ffmpeg -v error -y " + inputs + " -c copy " + rest + " " + quoted(file));
    return file;
}

std::string run(const std::string& command) {
    INFO(command);
    const std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen(command.c_str(), "r"), [](FILE*) { return 0; });
    REQUIRE(pipe);
    std::string output;
    std::array<char, 65536> buffer{};
    while (const std::size_t count = std::fread(buffer.data(), 1, buffer.size(), pipe.get()))
        output.append(buffer.data(), count);
    REQUIRE(::pclose(pipe.get()) == 0);
    return output;
}

std::string packets_of(const fs::path& file, const std::string& map) {
    return run("ffmpeg -v error -copyts -i " + quoted(file) + " -map " + map +
               " -c copy -avoid_negative_ts disabled -f framehash -hash md5 -");
}

std::string first_difference(const std::string& a, const std::string& b) {
    std::istringstream left(a);
    std::istringstream right(b);
    for (std::string x, y;;) {
        const bool has_left = static_cast<bool>(std::getline(left, x));
        const bool has_right = static_cast<bool>(std::getline(right, y));
        if (!has_left && !has_right)
            return "";
        if (has_left != has_right || x != y)
            return (has_left ? x : "(end)") + " | " + (has_right ? y : "(end)");
    }
}

std::string streams_of(const fs::path& file) {
    return run("ffprobe -v error -show_entries stream=index,codec_type,codec_name -of compact=p=0:nk=1 " + quoted(file));
}

ByteString read_file(const fs::path& file) {
    std::ifstream stream(file, std::ios::binary);
    REQUIRE(stream);
    return {std::istreambuf_iterator<char>(stream), {}};
}

void write_file(const fs::path& file, const ByteString& bytes) {
    std::ofstream stream(file, std::ios::binary);
    for (const std::uint8_t byte : bytes)
        stream.put(static_cast<char>(byte));
    REQUIRE(stream.flush());
}

std::vector<ByteString> sound_of(const fs::path& file) {
    const std::string raw = run("ffmpeg -v error -i " + quoted(file) + " -map 0:a -c copy -f data -");
    std::istringstream sizes(run("ffprobe -v error -select_streams a -show_entries packet=size -of csv=p=0 " + quoted(file)));
    std::vector<ByteString> pieces;
    std::size_t at = 0;
    for (std::size_t size = 0; sizes >> size; at += size) {
        sizes.ignore(16, '\n');
        for (std::size_t in = 0; in + 48 <= size; in += 48)
            pieces.emplace_back(raw.begin() + static_cast<std::ptrdiff_t>(at + in),
                                raw.begin() + static_cast<std::ptrdiff_t>(at + in + 48));
    }
    REQUIRE(pieces.size() > 100);
    return pieces;
}

std::size_t count_found(const std::vector<ByteString>& pieces, const ByteString& haystack) {
    // Indexed by the first eight bytes: a search for each piece on its own would take minutes.
    const auto key = [](const std::uint8_t* bytes) {
        std::uint64_t value = 0;
        std::copy(bytes, bytes + 8, reinterpret_cast<std::uint8_t*>(&value));
        return value;
    };
    std::multimap<std::uint64_t, const ByteString*> by_head;
    for (const ByteString& piece : pieces)
        by_head.emplace(key(piece.data()), &piece);
    std::size_t found = 0;
    for (std::size_t at = 0; at + 48 <= haystack.size(); ++at) {
        const auto [first, last] = by_head.equal_range(key(haystack.data() + at));
        for (auto it = first; it != last; ++it)
            found += std::equal(it->second->begin(), it->second->end(), haystack.begin() + static_cast<std::ptrdiff_t>(at)) ? 1U : 0U;
    }
    return found;
}

} // namespace ombud::media::test
