#include "lossy_disk.hpp"

#include <algorithm>
#include <cstring>
#include <fstream>
#include <map>
#include <mutex>
#include <random>
#include <sqlite3.h>
#include <stdexcept>
#include <string>
#include <vector>

namespace ombud {
namespace {

constexpr std::size_t sector_bytes = 512;

struct Change {
    std::size_t at;
    std::string bytes;
    bool truncates; // to `at`
};

/// One file, as the disk has it.
struct Platter {
    std::string synced;
    std::vector<Change> since;
};

struct Disk {
    std::mutex mutex;
    std::map<std::string, Platter> platters; // by path
    bool believes_syncs = true;
    std::uint64_t unsynced = 0;
    sqlite3_vfs* below = nullptr;
    sqlite3_vfs vfs{};
} disk;

struct File {
    sqlite3_file base; // first: SQLite knows no more of us
    std::string* path;
    sqlite3_file* below() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

File* mine(sqlite3_file* file) { return reinterpret_cast<File*>(file); }
sqlite3_file* below(sqlite3_file* file) { return mine(file)->below(); }

void apply(std::string& image, const Change& change, std::size_t from, std::size_t size) {
    if (image.size() < change.at + from + size)
        image.resize(change.at + from + size, '\0');
    image.replace(change.at + from, size, change.bytes, from, size);
}

void note(sqlite3_file* file, Change change) {
    const std::lock_guard lock(disk.mutex);
    disk.platters[*mine(file)->path].since.push_back(std::move(change));
}

int on_close(sqlite3_file* file) {
    const int code = below(file)->pMethods->xClose(below(file));
    delete mine(file)->path;
    return code;
}
int on_read(sqlite3_file* file, void* to, int size, sqlite3_int64 at) { return below(file)->pMethods->xRead(below(file), to, size, at); }
int on_write(sqlite3_file* file, const void* from, int size, sqlite3_int64 at) {
    note(file, {static_cast<std::size_t>(at), std::string(static_cast<const char*>(from), static_cast<std::size_t>(size)), false});
    return below(file)->pMethods->xWrite(below(file), from, size, at);
}
int on_truncate(sqlite3_file* file, sqlite3_int64 size) {
    note(file, {static_cast<std::size_t>(size), {}, true});
    return below(file)->pMethods->xTruncate(below(file), size);
}
int on_sync(sqlite3_file* file, int flags) {
    const std::lock_guard lock(disk.mutex);
    Platter& platter = disk.platters[*mine(file)->path];
    if (disk.believes_syncs) {
        for (const Change& change : platter.since)
            change.truncates ? platter.synced.resize(std::min(change.at, platter.synced.size())) : apply(platter.synced, change, 0, change.bytes.size());
        platter.since.clear();
    }
    return below(file)->pMethods->xSync(below(file), flags);
}
int on_size(sqlite3_file* file, sqlite3_int64* size) { return below(file)->pMethods->xFileSize(below(file), size); }
int on_lock(sqlite3_file* file, int level) { return below(file)->pMethods->xLock(below(file), level); }
int on_unlock(sqlite3_file* file, int level) { return below(file)->pMethods->xUnlock(below(file), level); }
int on_reserved(sqlite3_file* file, int* held) { return below(file)->pMethods->xCheckReservedLock(below(file), held); }
int on_control(sqlite3_file* file, int op, void* argument) { return below(file)->pMethods->xFileControl(below(file), op, argument); }
int on_sector(sqlite3_file* file) { return below(file)->pMethods->xSectorSize(below(file)); }
int on_shm_map(sqlite3_file* file, int page, int size, int extend, void volatile** to) { return below(file)->pMethods->xShmMap(below(file), page, size, extend, to); }
int on_shm_lock(sqlite3_file* file, int offset, int count, int flags) { return below(file)->pMethods->xShmLock(below(file), offset, count, flags); }
void on_shm_barrier(sqlite3_file* file) { below(file)->pMethods->xShmBarrier(below(file)); }
int on_shm_unmap(sqlite3_file* file, int remove) { return below(file)->pMethods->xShmUnmap(below(file), remove); }
// Whatever the file system promises, this disk does not: no write beyond a sector is atomic, none stays in order.
int on_traits(sqlite3_file*) { return 0; }

const sqlite3_io_methods methods = {.iVersion = 2, // without memory maps: those would pass us by
                                    .xClose = on_close,
                                    .xRead = on_read,
                                    .xWrite = on_write,
                                    .xTruncate = on_truncate,
                                    .xSync = on_sync,
                                    .xFileSize = on_size,
                                    .xLock = on_lock,
                                    .xUnlock = on_unlock,
                                    .xCheckReservedLock = on_reserved,
                                    .xFileControl = on_control,
                                    .xSectorSize = on_sector,
                                    .xDeviceCharacteristics = on_traits,
                                    .xShmMap = on_shm_map,
                                    .xShmLock = on_shm_lock,
                                    .xShmBarrier = on_shm_barrier,
                                    .xShmUnmap = on_shm_unmap,
                                    .xFetch = nullptr,
                                    .xUnfetch = nullptr};

int on_open(sqlite3_vfs*, const char* path, sqlite3_file* file, int flags, int* given) {
    const int code = disk.below->xOpen(disk.below, path, below(file), flags, given);
    file->pMethods = below(file)->pMethods == nullptr ? nullptr : &methods;
    mine(file)->path = file->pMethods == nullptr ? nullptr : new std::string(path == nullptr ? "" : path);
    return code;
}
int on_delete(sqlite3_vfs*, const char* path, int sync) {
    const std::lock_guard lock(disk.mutex);
    disk.platters.erase(path);
    return disk.below->xDelete(disk.below, path, sync);
}

} // namespace

LossyDisk::LossyDisk(bool believes_syncs) {
    disk.platters.clear();
    disk.believes_syncs = believes_syncs;
    disk.unsynced = 0;
    disk.below = sqlite3_vfs_find(nullptr);
    disk.vfs = *disk.below; // time, randomness and paths are those of the one below
    disk.vfs.pNext = nullptr;
    disk.vfs.zName = "lossy";
    disk.vfs.szOsFile = static_cast<int>(sizeof(File)) + disk.below->szOsFile;
    disk.vfs.xOpen = on_open;
    disk.vfs.xDelete = on_delete;
    if (sqlite3_vfs_register(&disk.vfs, 1) != SQLITE_OK)
        throw std::runtime_error("SQLite takes no VFS");
}

LossyDisk::~LossyDisk() {
    sqlite3_vfs_unregister(&disk.vfs);
    sqlite3_vfs_register(disk.below, 1);
}

std::uint64_t LossyDisk::unsynced_writes() const {
    const std::lock_guard lock(disk.mutex);
    return disk.unsynced;
}

void LossyDisk::lose_power(const std::filesystem::path& folder, const std::filesystem::path& into, std::uint32_t seed) {
    const std::lock_guard lock(disk.mutex);
    std::mt19937 random(seed);
    const auto likes = [&] { return (random() & 1) != 0; };
    const auto way = random() % 3; // nothing of what was not synced, some writes, some sectors
    for (const auto& [path, platter] : disk.platters) {
        if (std::filesystem::path(path).parent_path() != folder)
            continue;
        std::string image = platter.synced;
        disk.unsynced += platter.since.size();
        for (const Change& change : platter.since) {
            if (way == 0)
                continue;
            if (change.truncates) {
                if (likes())
                    image.resize(std::min(change.at, image.size()));
                continue;
            }
            if (way == 1) {
                if (likes())
                    apply(image, change, 0, change.bytes.size());
                continue;
            }
            for (std::size_t at = 0; at < change.bytes.size(); at += sector_bytes)
                if (likes())
                    apply(image, change, at, std::min(sector_bytes, change.bytes.size() - at));
        }
        std::ofstream(into / std::filesystem::path(path).filename(), std::ios::binary).write(image.data(), static_cast<std::streamsize>(image.size()));
    }
}

} // namespace ombud
