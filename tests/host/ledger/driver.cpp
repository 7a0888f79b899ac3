// A program around the ledger library, for tests that kill it, starve it, or hand its output to other verifiers.

#include "ledger/epoch_signer.hpp"
#include "ledger/export.hpp"
#include "ledger/ledger.hpp"
#include "ledger/pruning.hpp"
#include "ledger/verify.hpp"

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

using namespace ombud;
using namespace ombud::ledger;

namespace {

int report(const Error& error) {
    std::cerr << "driver: error: " << error.message << "\n";
    return error.code == ErrorCode::corrupt ? 1 : 3;
}

Result<std::unique_ptr<Ledger>> open_ledger(const std::filesystem::path& folder, std::unique_ptr<EpochSigner>& signer) {
    static const SystemClock clock;
    std::error_code ignored;
    std::filesystem::create_directories(folder, ignored);
    auto made = EpochSigner::open(folder / "key.pem", "example.com/driver");
    if (!made)
        return fail(made.error());
    signer = std::move(*made);
    return Ledger::open(folder, *signer, clock);
}

// Appends from several threads and prints `index token` for each entry once it is acknowledged, in one write(2).
int write_entries(const std::filesystem::path& folder, int threads, int count) {
    std::unique_ptr<EpochSigner> signer;
    auto opened = open_ledger(folder, signer);
    if (!opened)
        return report(opened.error());
    Ledger& ledger = **opened;
    std::atomic<bool> stopped = false;
    std::vector<std::thread> producers;
    for (int t = 0; t < threads; ++t)
        producers.emplace_back([&, t] {
            for (int i = 0; i < count && !stopped; ++i) {
                const std::string token =
                    std::to_string(::getpid()) + "-" + std::to_string(t) + "-" + std::to_string(i);
                Entry entry("driver.entry");
                entry.set("token", token)
                    .set("text", "something of the length that entries usually have, or a bit more");
                if (i % 8 == 0)
                    entry.set("who", Personal{"Ada Lovelace"});
                const auto recorded = ledger.append(entry);
                if (!recorded) {
                    if (!stopped.exchange(true))
                        report(recorded.error());
                    return;
                }
                const std::string line = std::to_string(recorded->index()) + " " + token + "\n";
                if (::write(STDOUT_FILENO, line.data(), line.size()) != static_cast<ssize_t>(line.size()))
                    std::abort();
            }
        });
    for (auto& producer : producers)
        producer.join();
    return stopped ? 3 : 0;
}

// The ledger verifies, opens for writing, and holds every acknowledged entry at its index.
int check(const std::filesystem::path& folder, const std::filesystem::path& acknowledged) {
    const auto verified = verify(folder);
    if (!verified)
        return report(verified.error());
    for (const Problem& problem : verified->problems)
        std::cerr << "driver: error: " << problem.message << "\n";
    if (!verified->problems.empty())
        return 1;
    std::unique_ptr<EpochSigner> signer;
    auto opened = open_ledger(folder, signer);
    if (!opened)
        return report(opened.error());
    auto reader = (*opened)->reader();
    if (!reader)
        return report(reader.error());
    std::ifstream lines(acknowledged);
    std::uint64_t index = 0;
    std::string token;
    int count = 0;
    for (; lines >> index >> token; ++count) {
        const auto entry = reader->entry(index);
        if (!entry || entry->line.find("\"token\":\"" + token + "\"") == std::string::npos) {
            std::cerr << "driver: error: entry " << index << " was acknowledged as " << token << " and is not there\n";
            return 1;
        }
    }
    if (auto recorded = (*opened)->append(Entry("driver.checked").set("acknowledged", count)); !recorded)
        return report(recorded.error());
    std::cout << count << " acknowledged, all there\n";
    return 0;
}

int begin_epoch(const std::filesystem::path& folder) {
    std::unique_ptr<EpochSigner> signer;
    auto opened = open_ledger(folder, signer);
    const auto begun = opened ? (*opened)->begin_epoch() : fail(opened.error());
    return begun ? 0 : report(begun.error());
}

// All that is old enough to fill tiles, which is whatever is there.
int prune_all(const std::filesystem::path& folder) {
    std::unique_ptr<EpochSigner> signer;
    auto opened = open_ledger(folder, signer);
    const auto gone = opened ? prune(**opened, SystemClock().utc_ns(), "keep 0s") : fail(opened.error());
    if (!gone)
        return report(gone.error());
    std::cout << *gone << "\n";
    return 0;
}

int print(const Result<std::string>& text) {
    if (!text)
        return report(text.error());
    std::cout << *text;
    return 0;
}

} // namespace

int main(int argc, char** argv) {
    const std::vector<std::string> words(argv + 1, argv + argc);
    const auto is = [&](const char* command, std::size_t count) {
        return words.size() == count + 1 && words[0] == command;
    };
    if (is("write", 3))
        return write_entries(words[1], std::atoi(words[2].c_str()), std::atoi(words[3].c_str()));
    if (is("check", 2))
        return check(words[1], words[2]);
    if (is("epoch", 1))
        return begin_epoch(words[1]);
    if (is("prune", 1))
        return prune_all(words[1]);
    if (is("export", 2)) {
        const auto exported = export_to(words[1], words[2]);
        return exported ? 0 : report(exported.error());
    }
    auto reader = words.size() > 1 ? Reader::open(words[1]) : fail(ErrorCode::invalid_input, "no folder");
    if (!reader)
        return report(reader.error());
    if (is("line", 2)) {
        const auto entry = reader->entry(std::stoull(words[2]));
        return entry ? print(entry->line) : report(entry.error());
    }
    if (is("checkpoint", 1))
        return print(reader->newest_checkpoint());
    if (is("inclusion", 2))
        return print(reader->inclusion_proof(std::stoull(words[2])));
    if (is("consistency", 2))
        return print(reader->consistency_proof(std::stoull(words[2])));
    std::cerr
        << "usage: driver write FOLDER THREADS COUNT | check FOLDER FILE | epoch FOLDER | prune FOLDER | export FOLDER TARGET | line FOLDER INDEX |"
           " checkpoint FOLDER | inclusion FOLDER INDEX | consistency FOLDER SIZE\n";
    return 2;
}
