// Measures the ledger against what it is built on, alternating both in one run; the ratios are what matters.
//
//   ledger_bench FOLDER [OUTSIDER]
//
// FOLDER is emptied; on a disk it measures with the disk's fsync, under /dev/shm without. OUTSIDER is the program of
// tests/host/ledger/outsider, built with `go build`: then verifying a million entries is compared with Go's library.
//
// Raw SQLite: the same lines into a table of index, kind, time and line, WAL, synchronous=FULL, one prepared
// statement, one thread, no tree, no signature, no leaf hash, no index by kind.

#include "ledger/export.hpp"
#include "ledger/ledger.hpp"
#include "ledger/verify.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iostream>
#include <sqlite3.h>
#include <string>
#include <thread>
#include <vector>

using namespace ombud;
using namespace ombud::ledger;

namespace {

double seconds() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

void require(bool good, const std::string& what) {
    if (good)
        return;
    std::cerr << "ledger_bench: error: " << what << "\n";
    std::exit(3);
}

template <class T>
T value(Result<T> result) {
    require(result.has_value(), result ? "" : result.error().message);
    if constexpr (!std::is_void_v<T>)
        return std::move(*result);
}

// About 300 bytes as a line, as a verdict's entry has.
Entry verdict(int i) {
    return Entry("verdict.denied")
        .set("camera", "gate-2")
        .set("module", "retention_auditor")
        .set("reason", "recording is older than its period of 7 days and has no evidence lock")
        .set("rule", "RET-3")
        .set("age_s", i)
        .set("source", "018f4e1c-7d2a-7c3e-9b1a-1234567890ab");
}

std::unique_ptr<Ledger> open_ledger(const std::filesystem::path& folder, std::optional<KeySigner>& signer) {
    static const SystemClock clock;
    std::filesystem::create_directories(folder);
    signer.emplace(value(KeySigner::open(folder / "key.pem", "example.com/bench")));
    return value(Ledger::open(folder, *signer, clock));
}

void append_group(Ledger& ledger, int group) {
    value(ledger.commit([group](Ledger::Transaction& transaction) -> Result<void> {
        for (int i = 0; i < group; ++i)
            if (auto appended = transaction.append(verdict(i)); !appended)
                return fail(appended.error());
        return {};
    }));
}

class RawTable {
  public:
    explicit RawTable(const std::filesystem::path& file) {
        require(sqlite3_open(file.c_str(), &db_) == SQLITE_OK, "cannot open " + file.string());
        run("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
            "CREATE TABLE entry(idx INTEGER PRIMARY KEY, kind TEXT, at_ns INTEGER, line TEXT)");
        require(sqlite3_prepare_v2(db_, "INSERT INTO entry VALUES(?1, ?2, ?3, ?4)", -1, &insert_, nullptr) == SQLITE_OK,
                "cannot prepare");
        line_ = value(verdict(1).render(1'000'000, 1'700'000'000'000'000'000));
    }
    ~RawTable() {
        sqlite3_finalize(insert_);
        sqlite3_close(db_);
    }
    RawTable(const RawTable&) = delete;
    RawTable& operator=(const RawTable&) = delete;

    void append_group(int group) {
        run("BEGIN IMMEDIATE");
        for (int i = 0; i < group; ++i) {
            sqlite3_bind_int64(insert_, 1, index_++);
            sqlite3_bind_text(insert_, 2, "verdict.denied", -1, SQLITE_STATIC);
            sqlite3_bind_int64(insert_, 3, 1'700'000'000'000'000'000 + i);
            sqlite3_bind_text(insert_, 4, line_.data(), static_cast<int>(line_.size()), SQLITE_STATIC);
            require(sqlite3_step(insert_) == SQLITE_DONE, sqlite3_errmsg(db_));
            sqlite3_reset(insert_);
        }
        run("COMMIT");
    }

  private:
    void run(const char* sql) {
        require(sqlite3_exec(db_, sql, nullptr, nullptr, nullptr) == SQLITE_OK, sqlite3_errmsg(db_));
    }

    sqlite3* db_ = nullptr;
    sqlite3_stmt* insert_ = nullptr;
    sqlite3_int64 index_ = 0;
    std::string line_;
};

double rate(int count, const std::function<void()>& work) {
    const double start = seconds();
    work();
    return count / (seconds() - start);
}

void bench_append(const std::filesystem::path& folder) {
    std::puts("append, entries a second (median of 9, alternating)\n  group   raw SQLite       ledger   ratio");
    for (const int group : {1, 64, 256, 1'024}) {
        std::filesystem::remove_all(folder);
        std::optional<KeySigner> signer;
        auto ledger = open_ledger(folder / "ledger", signer);
        RawTable raw(folder / "raw.db");
        const int groups = group == 1 ? 200 : 20'000 / group;
        std::vector<double> raws;
        std::vector<double> ledgers;
        std::vector<double> ratios;
        for (int round = 0; round < 9; ++round) {
            raws.push_back(rate(groups * group, [&] {
                for (int i = 0; i < groups; ++i)
                    raw.append_group(group);
            }));
            ledgers.push_back(rate(groups * group, [&] {
                for (int i = 0; i < groups; ++i)
                    append_group(*ledger, group);
            }));
            ratios.push_back(ledgers.back() / raws.back());
        }
        std::printf("%7d %12.0f %12.0f %7.2f\n", group, median(raws), median(ledgers), median(ratios));
    }
}

void bench_producers(const std::filesystem::path& folder) {
    std::filesystem::remove_all(folder);
    std::optional<KeySigner> signer;
    auto ledger = open_ledger(folder / "ledger", signer);
    std::vector<double> singles;
    std::vector<double> shared;
    std::vector<double> ratios;
    std::vector<double> latencies_ms;
    for (int round = 0; round < 7; ++round) {
        singles.push_back(rate(200, [&] {
            for (int i = 0; i < 200; ++i)
                value(ledger->append(verdict(i)));
        }));
        constexpr int producers = 64;
        constexpr int each = 300;
        std::vector<std::vector<double>> waits(producers);
        shared.push_back(rate(producers * each, [&] {
            std::vector<std::thread> threads;
            for (int p = 0; p < producers; ++p)
                threads.emplace_back([&, p] {
                    for (int i = 0; i < each; ++i) {
                        const double start = seconds();
                        value(ledger->append(verdict(i)));
                        waits[static_cast<std::size_t>(p)].push_back((seconds() - start) * 1e3);
                    }
                });
            for (auto& thread : threads)
                thread.join();
        }));
        ratios.push_back(shared.back() / singles.back());
        for (const auto& wait : waits)
            latencies_ms.insert(latencies_ms.end(), wait.begin(), wait.end());
    }
    std::sort(latencies_ms.begin(), latencies_ms.end());
    std::printf("\nacknowledged appends a second (median of 7, alternating)\n"
                "  one producer %.0f, 64 producers %.0f, ratio %.1f; 64 producers wait p50 %.2f ms, p99 %.2f ms\n",
                median(singles), median(shared), median(ratios), latencies_ms[latencies_ms.size() / 2],
                latencies_ms[latencies_ms.size() * 99 / 100]);
}

void write_notes(const std::filesystem::path& ledger, const std::filesystem::path& target) {
    auto db = value(store::Database::open(ledger / "ledger.db", {.access = store::Access::read_only}));
    auto rows = value(db.prepare("SELECT note FROM checkpoint ORDER BY size"));
    std::ofstream out(target, std::ios::binary);
    while (value(rows.step()))
        out << rows.text(0) << '\0';
}

void bench_verify(const std::filesystem::path& folder, const std::string& outsider) {
    std::filesystem::remove_all(folder);
    {
        std::optional<KeySigner> signer;
        auto ledger = open_ledger(folder / "ledger", signer);
        for (int i = 0; i < 1'000'000 / 250; ++i)
            append_group(*ledger, 250);
    }
    value(export_to(folder / "ledger", folder / "export"));
    write_notes(folder / "ledger", folder / "notes");
    std::ifstream verifier_file(folder / "export/verifier");
    std::string verifier;
    std::getline(verifier_file, verifier);
    const std::string command = outsider + " audit '" + verifier + "' " + (folder / "export/entries.jsonl").string() +
                                " " + (folder / "notes").string() + " >/dev/null";
    std::vector<double> ours;
    std::vector<double> theirs;
    std::vector<double> ratios;
    VerifyReport report;
    for (int round = 0; round < 5; ++round) {
        const double start = seconds();
        report = value(verify(folder / "ledger"));
        ours.push_back(seconds() - start);
        require(report.problems.empty(), "the ledger does not verify");
        if (outsider.empty())
            continue;
        const double middle = seconds();
        require(std::system(command.c_str()) == 0, "the outsider refused the ledger");
        theirs.push_back(seconds() - middle);
        ratios.push_back(theirs.back() / ours.back());
    }
    std::printf("\nverify %llu entries with %llu signatures (median of 5, alternating)\n  ombud %.2f s",
                static_cast<unsigned long long>(report.size), static_cast<unsigned long long>(report.checkpoints),
                median(ours));
    if (!outsider.empty())
        std::printf(", Go %.2f s, ratio %.2f", median(theirs), median(ratios));
    std::puts("");
}

} // namespace

int main(int argc, char** argv) {
    if (argc < 2 || argc > 3) {
        std::cerr << "usage: ledger_bench FOLDER [OUTSIDER]\n";
        return 2;
    }
    const std::filesystem::path folder = std::filesystem::path(argv[1]) / "ledger_bench";
    bench_append(folder);
    bench_producers(folder);
    bench_verify(folder, argc == 3 ? argv[2] : "");
    std::filesystem::remove_all(folder);
}
