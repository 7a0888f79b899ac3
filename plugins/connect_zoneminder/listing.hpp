#pragma once
// Describing everything ZoneMinder has: rows and files both.

#include "catalogue.hpp"
#include "records.hpp"

#include <cstdint>
#include <ombud/feed.hpp>

namespace ombud::zoneminder {

/// What a listing needs; all of it outlives the call.
struct ListingDesk {
    sdk::Host host;
    sdk::Feed feed;
    const Records& records;
    Inspector& inspector;
    Catalogue& catalogue;
    bool has_files;
};

/// Puts every monitor. Errors of each: those of the catalogue and of the host; unavailable when a storage area that has
/// recordings cannot be read, for then its files cannot be told from missing ones.
Result<> list_devices(const ListingDesk& desk);

/// Puts every storage area.
Result<> list_storage(const ListingDesk& desk);

/// Puts every recording that has a row, then every folder that has none. Memory does not grow with their number.
Result<> list_recordings(const ListingDesk& desk);

/// The id under which a folder without a row is told: its recording's when no row has that, else "ID@AREA:FOLDER".
std::string orphan_name(const EventFolder& folder, bool id_is_taken);

} // namespace ombud::zoneminder
