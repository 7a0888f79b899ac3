#pragma once
// Shared by inventory.cpp (writing) and inventory_reader.cpp (reading); nobody else includes it.

#include <map>
#include <mutex>

#include "connect/inventory.hpp"
#include "connect/inventory_rows.hpp"

namespace ombud {

struct Inventory::Impl {
    Impl(std::filesystem::path path, Names& interned) : file(std::move(path)), names(interned), keys(interned) {}

    std::filesystem::path file;
    Names& names;
    inventory::Keys keys;
    std::unique_ptr<store::Writer> writer;
    mutable std::mutex mutex; // the members below
    CameraOf camera_of;
    std::map<std::string, std::map<std::string, Coverage, std::less<>>, std::less<>> coverages;

    std::string camera(std::string_view attachment, std::string_view device) const {
        const std::lock_guard lock(mutex);
        return camera_of ? camera_of(attachment, device) : std::string{};
    }
    Result<store::Database> read() const { return store::Database::open(file, {store::Access::read_only}); }
};

} // namespace ombud
