#include "pictures.hpp"

#include <algorithm>
#include <cmath>
#include <sstream>

#include <catch2/catch.hpp>

namespace ombud::media::test {

fs::path make(const std::string& name, const std::string& arguments) {
    static const TempDirectory folder;
    const fs::path file = folder.path() / name;
    if (!fs::exists(file))
        run("ffmpeg -v error -y " + arguments + " '" + file.string() + "'");
    return file;
}

Raw decode(const fs::path& file) {
    Raw raw;
    std::istringstream size(run("ffprobe -v error -select_streams v:0 -show_entries stream=width,height -of default=nk=1:nw=1 '" +
                                file.string() + "'"));
    REQUIRE(size >> raw.width >> raw.height);
    // In the form it is coded in, since a conversion would stretch its range; the plane of brightness comes first.
    const std::string form = run("ffprobe -v error -select_streams v:0 -show_entries stream=pix_fmt -of default=nk=1:nw=1 '" +
                                 file.string() + "'");
    const std::string bytes = run("ffmpeg -v error -noautorotate -flags output_corrupt -i '" + file.string() +
                                  "' -map 0:v:0 -vsync passthrough -f rawvideo -");
    const int wide = form.find("444") != std::string::npos ? raw.width : (raw.width + 1) / 2;
    const int high = form.find("420") != std::string::npos ? (raw.height + 1) / 2 : raw.height;
    const std::ptrdiff_t brightness = std::ptrdiff_t{raw.width} * raw.height;
    const std::ptrdiff_t whole = brightness + (form.find("gray") != std::string::npos ? 0 : std::ptrdiff_t{2} * wide * high);
    REQUIRE(static_cast<std::ptrdiff_t>(bytes.size()) % whole == 0);
    for (auto at = bytes.begin(); at != bytes.end(); at += whole)
        raw.pictures.emplace_back(at, at + brightness);
    return raw;
}

std::string times_of(const fs::path& file) {
    return run("ffprobe -v error -select_streams v:0 -of flat -show_entries stream=time_base:frame=pts '" + file.string() +
               "' | grep -v side_data");
}

double psnr(const Raw& a, const Raw& b, const Part& part, bool inside) {
    REQUIRE(a.pictures.size() == b.pictures.size());
    double sum = 0;
    double count = 0;
    for (std::size_t i = 0; i < a.pictures.size(); ++i)
        for (int y = 0; y < a.height; ++y)
            for (int x = 0; x < a.width; ++x)
                if (part.holds(x, y) == inside) {
                    sum += std::pow(a.at(i, x, y) - b.at(i, x, y), 2);
                    ++count;
                }
    REQUIRE(count > 0);
    return sum == 0 ? 100 : 10 * std::log10(255.0 * 255.0 * count / sum);
}

int worst_from(const Raw& raw, const Part& part, int value) {
    int worst = 0;
    for (std::size_t i = 0; i < raw.pictures.size(); ++i)
        for (int y = part.y0; y < part.y1; ++y)
            for (int x = part.x0; x < part.x1; ++x)
                worst = std::max(worst, std::abs(raw.at(i, x, y) - value));
    return worst;
}

double texture(const Raw& raw, std::size_t index, const Part& part) {
    double sum = 0;
    double squares = 0;
    double count = 0;
    for (int y = part.y0; y < part.y1; ++y)
        for (int x = part.x0; x < part.x1; ++x) {
            const double value = raw.at(index, x, y);
            sum += value;
            squares += value * value;
            ++count;
        }
    REQUIRE(count > 0);
    return std::sqrt(std::max(0.0, squares / count - (sum / count) * (sum / count)));
}

} // namespace ombud::media::test
