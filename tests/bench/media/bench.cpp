// Removing sound from a recording of about 512 MB, against the ffmpeg program and cp, alternating in one run.
//   bench_media DIRECTORY [ROUNDS]
// Prints the median seconds of each and the ratios that performance is judged by. The recordings lie in the page cache;
// what the rivals write is synced as Ombud syncs its own, which counts on a disk and not in memory.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include <sys/resource.h>

#include "media/clean.hpp"

namespace fs = std::filesystem;
using namespace ombud::media;

namespace {

void run(const std::string& command) {
    if (std::system(command.c_str()) != 0) {
        std::fprintf(stderr, "bench_media: failed: %s\n", command.c_str());
        std::exit(3);
    }
}

/// Time on the clock, and on all processors of this process and its children: the latter says more on a busy machine.
struct Cost {
    double clock_s = 0;
    double processor_s = 0;
};

double processor_seconds() {
    double sum = 0;
    for (const int who : {RUSAGE_SELF, RUSAGE_CHILDREN}) {
        rusage usage{};
        ::getrusage(who, &usage);
        for (const timeval& time : {usage.ru_utime, usage.ru_stime})
            sum += static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
    }
    return sum;
}

Cost cost_of(const std::function<void()>& work) {
    const auto begin = std::chrono::steady_clock::now();
    const double processor = processor_seconds();
    work();
    return {std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count(), processor_seconds() - processor};
}

double median(const std::vector<Cost>& costs, double Cost::*which) {
    std::vector<double> values;
    for (const Cost& cost : costs)
        values.push_back(cost.*which);
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

void clean_or_exit(const fs::path& file, const fs::path& journals, CleanOptions::Method method, bool with_hash) {
    CleanOptions options;
    options.method = method;
    options.journal_directory = journals;
    options.with_hash = with_hash;
    const auto report = clean(file, Plan{}, options);
    if (!report) {
        std::fprintf(stderr, "bench_media: %s\n", report.error().message.c_str());
        std::exit(3);
    }
}

} // namespace

int main(int argc, char** argv) {
    if (argc < 2) {
        std::fprintf(stderr, "usage: bench_media DIRECTORY [ROUNDS]\n");
        return 2;
    }
    const fs::path folder = fs::path(argv[1]) / "ombud-bench-media";
    const int rounds = argc > 2 ? std::atoi(argv[2]) : 5;
    fs::create_directories(folder);
    const std::string at = "'" + folder.string() + "/";
    const std::string quiet = "ffmpeg -v error -y -nostdin ";
    run(quiet + "-f lavfi -i testsrc2=size=1280x720:rate=25:duration=20,noise=alls=40:allf=t -f lavfi -i anoisesrc=seed=7:duration=20 "
                "-c:v libx264 -preset ultrafast -profile:v baseline -g 50 -b:v 8M -c:a aac -b:a 64k " + at + "base.mp4'");
    const auto loops = (std::uintmax_t{512} << 20) / fs::file_size(folder / "base.mp4");
    for (const char* suffix : {"mp4", "mkv"})
        run(quiet + "-stream_loop " + std::to_string(loops) + " -i " + at + "base.mp4' -c copy " + at + "whole." + suffix + "'");
    fs::remove(folder / "base.mp4");
    std::printf("recordings of %ju MB (mp4) and %ju MB (mkv), %d rounds\n", fs::file_size(folder / "whole.mp4") >> 20,
                fs::file_size(folder / "whole.mkv") >> 20, rounds);

    using Method = CleanOptions::Method;
    std::map<std::string, std::vector<Cost>> costs;
    const auto ours = [&](const std::string& name, const std::string& suffix, Method method, bool with_hash) {
        const fs::path work = folder / ("work." + suffix);
        fs::copy_file(folder / ("whole." + suffix), work, fs::copy_options::overwrite_existing);
        run("sync '" + work.string() + "'"); // the copy's writing back is not the cleaning's
        costs[name].push_back(cost_of([&] { clean_or_exit(work, folder, method, with_hash); }));
        fs::remove(work);
    };
    const auto theirs = [&](const std::string& name, const std::string& command) {
        costs[name].push_back(cost_of([&] { run(command); }));
        run("rm -f " + at + "out.'*");
    };
    for (int round = 0; round < rounds; ++round) {
        theirs("mp4 ffmpeg", quiet + "-i " + at + "whole.mp4' -map 0:v -c copy " + at + "out.mp4' && sync " + at + "out.mp4'");
        ours("mp4 rewrite, SHA-256", "mp4", Method::rewrite, true);
        ours("mp4 rewrite", "mp4", Method::rewrite, false);
        theirs("mp4 cp", "cp " + at + "whole.mp4' " + at + "out.mp4' && sync " + at + "out.mp4'");
        ours("mp4 in place", "mp4", Method::in_place, false);
        ours("mp4 in place, SHA-256", "mp4", Method::in_place, true);
        theirs("mkv ffmpeg", quiet + "-i " + at + "whole.mkv' -map 0:v -c copy " + at + "out.mkv' && sync " + at + "out.mkv'");
        ours("mkv rewrite, SHA-256", "mkv", Method::rewrite, true);
        ours("mkv rewrite", "mkv", Method::rewrite, false);
    }
    for (const auto& [name, all] : costs)
        std::printf("%-24s %.3f s, processor %.3f s\n", name.c_str(), median(all, &Cost::clock_s), median(all, &Cost::processor_s));
    const auto ratio = [&](const char* a, const char* b, double aim) {
        std::printf("%-24s / %-12s %.2f, processor %.2f (aim at most %.1f)\n", a, b,
                    median(costs[a], &Cost::clock_s) / median(costs[b], &Cost::clock_s),
                    median(costs[a], &Cost::processor_s) / median(costs[b], &Cost::processor_s), aim);
    };
    ratio("mp4 rewrite, SHA-256", "mp4 ffmpeg", 0.8);
    ratio("mp4 rewrite", "mp4 ffmpeg", 0.8);
    ratio("mp4 in place", "mp4 cp", 0.2);
    ratio("mkv rewrite, SHA-256", "mkv ffmpeg", 1.1);
    ratio("mkv rewrite", "mkv ffmpeg", 1.1);
    fs::remove_all(folder);
    return 0;
}
