// Measures the way of an event through the host against SQLite alone, alternating both in one run; the ratios are what
// matters.
//
//   pipeline_bench FOLDER
//
// FOLDER gets a folder of its own that is removed again; on a disk it measures with the disk's fsync, under /dev/shm
// without. An event counts when the journal has accepted it, the modules have judged it, and the judgement is durable in
// the ledger: two transactions, one after the other. Raw SQLite inserts the same bytes in one (raw_table.hpp).

#include <cstdio>
#include <filesystem>

#include "hook_chain.hpp"
#include "measure.hpp"
#include "pipeline.hpp"
#include "raw_table.hpp"

using namespace ombud::bench;

namespace {

constexpr int rounds = 5;

// The times of the same work by both, taken in turns.
struct Pair {
    std::vector<double> raw, ours;

    double ratio() const { // of each round, so that a disturbance of one round stays there
        std::vector<double> ratios;
        for (std::size_t i = 0; i < raw.size(); ++i)
            ratios.push_back(raw[i] / ours[i]);
        return median(ratios);
    }
};

void print_throughput(Pipeline& pipeline, RawTable& raw, int instances) {
    const std::string line = pipeline.newest_line();
    for (const int producers : {1, 4})
        for (const int batch : {1, 16, 256}) {
            const int batches = (batch == 1 ? 400 : batch == 16 ? 200 : 40) / producers;
            const int events = producers * batches * batch;
            Pair times;
            for (int round = 0; round < rounds; ++round) {
                double start = seconds();
                for (int i = 0; i < producers * batches; ++i)
                    raw.insert(batch, pipeline.event()->bytes(), line);
                times.raw.push_back(seconds() - start);
                start = seconds();
                pipeline.push(producers, batches, batch);
                times.ours.push_back(seconds() - start);
            }
            std::printf("| %d | %d | %d | %.0f | %.0f | %.2f |\n", instances, producers, batch,
                        events / median(times.raw), events / median(times.ours), times.ratio());
        }
}

void print_latency(Pipeline& pipeline, RawTable& raw, int instances) {
    const std::string line = pipeline.newest_line();
    Pair times;
    for (int i = 0; i < 1'000; ++i) {
        double start = seconds();
        raw.insert(1, pipeline.event()->bytes(), line);
        times.raw.push_back((seconds() - start) * 1e3);
        start = seconds();
        pipeline.push(1, 1, 1);
        times.ours.push_back((seconds() - start) * 1e3);
    }
    std::printf("| %d | %.2f | %.2f | %.2f | %.2f | %.2f |\n", instances, quantile(times.raw, 0.5),
                quantile(times.raw, 0.99), quantile(times.ours, 0.5), quantile(times.ours, 0.99),
                quantile(times.ours, 0.5) / quantile(times.raw, 0.5));
}

void print_captured(Pipeline& pipeline, const std::filesystem::path& file, int instances) {
    constexpr int batches = 40, batch = 256;
    Pair times;
    for (int round = 0; round < rounds; ++round) {
        double start = seconds();
        pipeline.push(1, batches, batch);
        times.raw.push_back(seconds() - start);
        std::filesystem::remove(file);
        pipeline.capture(&file);
        start = seconds();
        pipeline.push(1, batches, batch);
        times.ours.push_back(seconds() - start);
        pipeline.capture(nullptr);
    }
    std::printf("| %d | %.0f | %.0f | %.2f | %.0f |\n", instances, batches * batch / median(times.raw), batches * batch / median(times.ours), times.ratio(),
                static_cast<double>(std::filesystem::file_size(file)) / (batches * batch));
}

using Print = void (*)(Pipeline&, RawTable&, int);

void with_each_count(const std::filesystem::path& folder, Print print) {
    for (const int instances : {1, 5}) {
        std::filesystem::remove_all(folder);
        Pipeline pipeline(folder, instances);
        RawTable raw(folder / "raw.db");
        pipeline.push(1, 20, 16); // what is prepared or allocated once
        raw.insert(1, pipeline.event()->bytes(), pipeline.newest_line());
        print(pipeline, raw, instances);
    }
}

} // namespace

int main(int count, char** arguments) {
    if (count != 2) {
        std::fprintf(stderr, "usage: pipeline_bench FOLDER\n");
        return 2;
    }
    std::setvbuf(stdout, nullptr, _IOLBF, 0); // a line as soon as it is known, also into a file
    const std::filesystem::path folder = std::filesystem::path(arguments[1]) / "pipeline_bench";
    std::printf("Events accepted, judged and durable in the ledger (median of %d, alternating)\n\n"
                "| modules | producers | batch | raw SQLite /s | Ombud /s | ratio |\n|---:|---:|---:|---:|---:|---:|\n",
                rounds);
    with_each_count(folder, print_throughput);
    std::printf("\nFrom acceptance to the durable judgement, one event at a time (1,000 of each, alternating)\n\n"
                "| modules | raw p50 ms | raw p99 ms | Ombud p50 ms | Ombud p99 ms | p50 ratio |\n"
                "|---:|---:|---:|---:|---:|---:|\n");
    with_each_count(folder, print_latency);
    std::printf("\nThe same while a capture is taken, batches of 256\n\n| modules | without /s | with /s | ratio | bytes a call |\n|---:|---:|---:|---:|---:|\n");
    for (const int instances : {1, 5}) {
        std::filesystem::remove_all(folder);
        Pipeline pipeline(folder, instances);
        pipeline.push(1, 20, 16);
        print_captured(pipeline, folder / "capture.jsonl", instances);
    }
    print_hook_chain(folder / "plugins");
    std::filesystem::remove_all(folder);
}
