#pragma once
// What ZoneMinder's own records say, from its database or its REST interface.

#include "database.hpp"
#include "rest.hpp"

#include <cstdint>
#include <memory>
#include <ombud/time_zone.hpp>
#include <optional>
#include <string>
#include <vector>

namespace ombud::zoneminder {

enum class Scheme : std::uint8_t { deep, medium, shallow };

/// A recording, which ZoneMinder calls an event.
struct EventRow {
    std::uint64_t id = 0;
    std::uint64_t monitor = 0;
    std::uint64_t area = 0;           ///< storage area; 0: ZoneMinder's default folder
    std::uint64_t secondary_area = 0; ///< a second copy; 0: none
    Scheme scheme = Scheme::medium;
    std::string start_local; ///< "2026-11-22 07:36:51", in ZoneMinder's zone; empty: not known
    std::optional<std::int64_t> begin_utc_ns;
    std::optional<std::int64_t> end_utc_ns; ///< empty: still open
    std::string video;                      ///< file name of the media; empty: pictures only
    std::optional<std::int64_t> disk_bytes; ///< the whole folder, as ZoneMinder counted it
    bool is_archived = false;
};

/// A camera, which ZoneMinder calls a monitor.
struct MonitorRow {
    std::uint64_t id = 0;
    std::string name;
    std::string function; ///< None, Monitor, Modect, Record, Mocord or Nodect
    bool is_enabled = false;
    bool records_audio = false;
};

struct AreaRow {
    std::uint64_t id = 0;
    std::string name;
    std::string path;
    bool is_local = true; ///< a folder, not an object store
};

/// Reads only. Every answer is what holds now, never remembered. Errors: those of Database or Rest.
class Catalogue {
  public:
    virtual ~Catalogue() = default;

    virtual Result<std::vector<MonitorRow>> monitors() = 0;
    virtual Result<std::optional<MonitorRow>> monitor(std::uint64_t id) = 0;
    virtual Result<std::vector<AreaRow>> areas() = 0;
    virtual Result<std::optional<EventRow>> event(std::uint64_t id) = 0;
    /// At most `room` recordings behind an id, in order of id; empty: the end.
    virtual Result<std::vector<EventRow>> events_after(std::uint64_t id, std::size_t room) = 0;
    /// Those of `ids` that have a row, in any order. At most 1000 ids.
    virtual Result<std::vector<EventRow>> events(const std::vector<std::uint64_t>& ids) = 0;
};

/// @param default_area  path of storage area 0; empty: it has none
std::unique_ptr<Catalogue> catalogue_of(Database& database, std::string default_area);
/// Times are converted by `zone`, ZoneMinder's own; needs the right to see storage areas (System=View).
std::unique_ptr<Catalogue> catalogue_of(Rest& rest, const sdk::TimeZone& zone, std::string default_area);

/// "Deep", "Medium" or "Shallow"; anything else is medium, ZoneMinder's default.
Scheme parse_scheme(std::string_view text);

/// How many ids a query by ids may have.
inline constexpr std::size_t ids_max = 1000;

} // namespace ombud::zoneminder
