#pragma once
// What the connectors know: devices, recordings and storage areas, as last told by listing or event.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <ombud/feed.h>

#include "events/event.hpp"
#include "plugin_runtime/services.hpp"
#include "store/writer.hpp"

namespace ombud {

/// How far a control reaches; OMBUD_COVERAGE_* and why.
struct Coverage {
    std::uint32_t level = OMBUD_COVERAGE_BLIND;
    std::string note;
};

/// One recording, as the host needs it to act.
struct KnownRecording {
    std::uint64_t id = 0;
    std::uint32_t flags = 0; ///< OMBUD_RECORDING_*
    std::string device, path, tracks;
    std::int64_t begin_utc_ns = 0, end_utc_ns = 0, size_bytes = -1;
};

/// A difference that a listing brought to light.
struct InventoryChange {
    enum class Kind { appeared, changed, finished };
    Kind kind = Kind::appeared;
    EventRef record;
};

struct InventoryCounts {
    std::int64_t devices = 0, recordings = 0;
};

/// A projection of what was told, in a file of its own; it can be lost and is rebuilt by listing.
/// Thread  any; writes of one attachment come one after another.
class Inventory {
  public:
    static Result<std::unique_ptr<Inventory>> open(const std::filesystem::path& file, Names& names);
    ~Inventory();

    /// What a device's camera record is called in the site; empty: undocumented.
    using CameraOf = std::function<std::string(std::string_view attachment, std::string_view device)>;
    void set_cameras(CameraOf camera_of);

    /// Begins a listing of one sort (OMBUD_LIST_*). @return its generation
    Result<std::int64_t> begin_listing(const std::string& attachment, std::uint32_t what);
    /// Takes records of the listing.
    /// @param tell  called with what differs from before, ahead of the commit: when it fails nothing is taken, and a crash
    ///              between the two tells again instead of never. Within the unit that takes them
    using Tell = std::function<Result<void>(const std::vector<InventoryChange>&)>;
    Result<void> put(const std::string& attachment, std::int64_t generation, const std::vector<EventRef>& records,
                     const Tell& tell);
    /// Ends a complete listing: full records of what an earlier one told and this one did not; they are forgotten.
    /// @return records of type recording.gone / device.gone, ready to be told
    Result<std::vector<EventRef>> end_listing(const std::string& attachment, std::uint32_t what, std::int64_t generation,
                                              std::int64_t now_utc_ns);
    /// Whether a listing of that sort was ever completed.
    Result<bool> was_listed(const std::string& attachment, std::uint32_t what);

    /// Brings recording and device events in; others change nothing.
    Result<void> apply(const std::string& attachment, const std::vector<EventRef>& events);

    Result<std::optional<KnownRecording>> find(const std::string& attachment, const std::string& recording);
    /// The full record with `attachment`; nullptr when unknown.
    Result<EventRef> record(const std::string& attachment, const std::string& recording);
    /// Every device of the site as a record.
    Result<std::vector<EventRef>> devices();
    Result<InventoryCounts> counts(const std::string& attachment);

    void set_coverage(const std::string& attachment, std::string_view control, Coverage coverage);
    void forget_coverage(const std::string& attachment);
    Coverage coverage(std::string_view attachment, std::string_view control) const;

    /// A reader of its own connection, for one instance. Outlived by the inventory.
    std::unique_ptr<InventoryReader> reader();

  private:
    struct Impl;
    explicit Inventory(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

} // namespace ombud
