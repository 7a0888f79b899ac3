// Audits of a whole inventory against one SQL aggregate over the same rows, alternating in one run.
//
//   audit_bench FOLDER [RECORDINGS]     RECORDINGS: 1000000 unless told otherwise; FOLDER gets the inventory's file
//
// The inventory is the host's own, filled by a listing; the modules are the real .so files over the real ABI. Each
// line: median of the rounds, of the CPU time of this thread, with the ratio to the aggregate of the same rounds and
// the highest memory of the process while it ran.
#include "connect/inventory.hpp"
#include "loaded_plugin.hpp"
#include "store/database.hpp"

#include <ombud/vocabulary.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace {

using namespace ombud;
using testing::LoadedPlugin;
using testing::PluginHost;

constexpr int64_t second = 1'000'000'000, day = 86'400 * second, now = 1'830'000'000 * second;
constexpr uint32_t cameras = 100;
constexpr size_t rounds = 7;

template <class T>
T must(Result<T> result) {
    if (!result)
        throw std::runtime_error(result.error().message);
    if constexpr (!std::is_void_v<T>)
        return std::move(*result);
}

double cpu_s() {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

/// Highest resident memory since the last call of forget_peak(), in MB.
double peak_mb() {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with("VmHWM:"))
            return std::strtod(line.c_str() + 6, nullptr) / 1024;
    return 0;
}
void forget_peak() {
    std::ofstream("/proc/self/clear_refs") << "5";
}

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

/// Recordings of 100 cameras over 30 days in order of time, a tenth with sound.
void fill(Inventory& inventory, Names& names, uint64_t recordings) {
    const auto put = [&](int64_t generation, std::vector<EventRef>& records) {
        must(inventory.put("vms", generation, records, [](const auto&) { return Result<void>{}; }));
        records.clear();
    };
    std::vector<EventRef> records;
    const int64_t devices = must(inventory.begin_listing("vms", OMBUD_LIST_DEVICES));
    for (uint32_t camera = 0; camera < cameras; ++camera)
        records.push_back(must(EventBuilder(names, OMBUD_RECORD_DEVICE, now)
                                   .text(OMBUD_KEY_DEVICE, "cam" + std::to_string(camera))
                                   .build()));
    put(devices, records);
    must(inventory.end_listing("vms", OMBUD_LIST_DEVICES, devices, now));

    const int64_t generation = must(inventory.begin_listing("vms", OMBUD_LIST_RECORDINGS));
    const int64_t step = 30 * day / static_cast<int64_t>(recordings);
    for (uint64_t index = 0; index < recordings; ++index) {
        const int64_t begin = now - 30 * day + static_cast<int64_t>(index) * step;
        const std::string name = "cam" + std::to_string(index % cameras) + "/" + std::to_string(index) + ".mp4";
        records.push_back(must(EventBuilder(names, OMBUD_RECORD_RECORDING, now)
                                   .text(OMBUD_KEY_DEVICE, "cam" + std::to_string(index % cameras))
                                   .text(OMBUD_KEY_RECORDING, name)
                                   .text(OMBUD_KEY_PATH, "/srv/video/" + name)
                                   .text(OMBUD_KEY_TRACKS, index % 10 ? "video/h264" : "video/h264 audio/aac")
                                   .integer(OMBUD_KEY_BEGIN, begin)
                                   .integer(OMBUD_KEY_END, begin + step)
                                   .integer(OMBUD_KEY_SIZE, 10'000'000)
                                   .build()));
        if (records.size() == 10'000 || index + 1 == recordings)
            put(generation, records);
    }
    must(inventory.end_listing("vms", OMBUD_LIST_RECORDINGS, generation, now));
}

/// Lends the host's inventory, and the names its records are made with, in place of the double's.
InventoryReader* reader;
Names* interned;
EventRef lent;
decltype(ombud_host::get_extension) lend;

ombud_status lend_record(Result<EventRef> record, const ombud_event** out) {
    if (!record)
        return static_cast<ombud_status>(record.error().code);
    lent = std::move(*record);
    *out = &lent->header();
    return OMBUD_OK;
}

const ombud_inventory table{
    sizeof(ombud_inventory),
    0,
    [](void*, uint64_t after, ombud_recording* rows, uint64_t room, uint32_t, uint64_t* count) -> ombud_status {
        const auto scanned = reader->scan(after, {rows, room});
        *count = scanned.value_or(0);
        return scanned ? OMBUD_OK : OMBUD_INTERNAL;
    },
    [](void*, uint64_t* count) -> ombud_status {
        const auto counted = reader->recording_count();
        *count = counted.value_or(0);
        return counted ? OMBUD_OK : OMBUD_INTERNAL;
    },
    [](void*, uint64_t id, const ombud_event** out) { return lend_record(reader->recording(id), out); },
    [](void*, uint32_t number, const ombud_event** out) { return lend_record(reader->device(number), out); },
    [](void*, uint32_t number, const ombud_event** out) { return lend_record(reader->storage(number), out); },
    [](void*, ombud_view, ombud_view) -> uint32_t { return OMBUD_COVERAGE_CORRECTABLE; }};

const ombud_names names_table{sizeof(ombud_names), 0,
                              [](void*, ombud_view name) { return interned->intern(sdk::to_text(name)); },
                              [](void*, uint32_t number) { return sdk::to_view(interned->name(number)); }};

/// A host whose cameras are all documented: sound within office hours, recordings for `retention_days`.
struct Site {
    PluginHost host;

    explicit Site(int64_t retention_days) {
        host.utc_ns = now;
        host.settings["site/timezone"] = std::string("Europe/Berlin");
        for (uint32_t camera = 0; camera < cameras; ++camera) {
            const std::string place = "site/cameras/" + std::to_string(camera) + "/";
            const auto set = [&](const std::string& name, testing::Setting value) {
                host.settings[place + name] = value;
            };
            set("id", "camera " + std::to_string(camera));
            set("attachment", std::string("vms"));
            set("device", "cam" + std::to_string(camera));
            set("purpose", std::string("security"));
            set("retention_s", retention_days * 86'400);
            set("tracks/0/kind", std::string("audio"));
            set("tracks/0/purpose", std::string("intercom"));
            set("tracks/0/legal_basis", std::string("GDPR Art. 6(1)(f)"));
            set("tracks/0/assessment", std::string("DPIA-1"));
            for (int64_t of = 1; of <= 5; ++of)
                set("tracks/0/hours/0/days/" + std::to_string(of - 1), of);
            set("tracks/0/hours/0/from_s", int64_t{8 * 3600});
            set("tracks/0/hours/0/to_s", int64_t{18 * 3600});
        }
        lend = host.host()->get_extension;
        const_cast<ombud_host*>(host.host())->get_extension = [](void* ctx, const char* id) -> const void* {
            const std::string_view wanted(id);
            return wanted == OMBUD_INVENTORY_ID ? static_cast<const void*>(&table)
                   : wanted == OMBUD_NAMES_ID   ? &names_table
                                                : lend(ctx, id);
        };
    }
};

struct Contender {
    const char* title;
    const char* file; // of the plugin
    int64_t retention_days;
};

constexpr std::array<Contender, 3> contenders{{
    {"retention_auditor, nothing overdue", AUDITOR_FILE, 30},
    {"retention_auditor, 3 in 4 overdue", AUDITOR_FILE, 7},
    {"audio_metadata_gate, sound with hours", GATE_FILE, 30},
}};

void run(const std::filesystem::path& folder, uint64_t recordings) {
    const auto file = folder / "audit_bench.db";
    for (const char* tail : {"", "-wal", "-shm"})
        std::filesystem::remove(file.string() + tail);
    Names names;
    const auto inventory = must(Inventory::open(file, names));
    const double filling = cpu_s();
    fill(*inventory, names, recordings);
    std::printf("filled with %llu recordings of %u cameras (%.1f s CPU of this thread)\n",
                static_cast<unsigned long long>(recordings), cameras, cpu_s() - filling);
    const auto own_reader = inventory->reader();
    reader = own_reader.get();
    interned = &names;
    auto db = must(store::Database::open(file, {store::Access::read_only}));

    std::vector<double> aggregates;
    std::array<std::vector<double>, contenders.size()> audits, ratios, peaks;
    std::array<size_t, contenders.size()> findings{};
    for (size_t round = 0; round < rounds; ++round)
        for (size_t index = 0; index < contenders.size(); ++index) {
            const double before = cpu_s();
            auto aggregate = must(db.prepare(
                "SELECT device, count(*), min(begin_ns), max(end_ns), sum(size) FROM recording GROUP BY device"));
            uint64_t counted = 0;
            while (must(aggregate.step()))
                counted += static_cast<uint64_t>(aggregate.integer(1));
            const double aggregated = cpu_s() - before;
            if (counted != recordings)
                throw std::runtime_error("the aggregate saw " + std::to_string(counted) + " recordings");
            aggregates.push_back(aggregated);

            Site site(contenders[index].retention_days);
            LoadedPlugin plugin(contenders[index].file, site.host);
            if (plugin.start() != OMBUD_OK)
                throw std::runtime_error(site.host.error);
            forget_peak();
            const double begun = cpu_s();
            if (plugin.audit(false) != OMBUD_OK)
                throw std::runtime_error(site.host.error);
            const double audited = cpu_s() - begun;
            audits[index].push_back(audited);
            ratios[index].push_back(aggregated / audited);
            peaks[index].push_back(peak_mb());
            findings[index] = site.host.findings.size();
        }

    const double rows = static_cast<double>(recordings);
    std::printf("%-42s %6.3f s CPU  %5.2f M rows/s\n", "aggregate", median(aggregates),
                rows / median(aggregates) / 1e6);
    for (size_t index = 0; index < contenders.size(); ++index)
        std::printf("%-42s %6.3f s CPU  %5.2f M rows/s  %.2f x the aggregate  peak %.0f MB  %zu findings\n",
                    contenders[index].title, median(audits[index]), rows / median(audits[index]) / 1e6,
                    median(ratios[index]), median(peaks[index]), findings[index]);
}

} // namespace

int main(int count, char** arguments) {
    if (count < 2) {
        std::fprintf(stderr, "audit_bench: usage: audit_bench FOLDER [RECORDINGS]\n");
        return 2;
    }
    std::setvbuf(stdout, nullptr, _IOLBF, 0); // a line as soon as it is known, also into a file
    try {
        run(arguments[1], count > 2 ? std::strtoull(arguments[2], nullptr, 10) : 1'000'000);
    } catch (const std::exception& problem) {
        std::fprintf(stderr, "audit_bench: %s\n", problem.what());
        return 3;
    }
    return 0;
}
