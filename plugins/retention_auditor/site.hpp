// What the site has on record, as far as retention is concerned: plain values, read once from the configuration.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ombud::retention {

/// Where a camera looks, which decides the reference range of its period (RET-2).
enum class Area { unstated, private_ground, public_border, access_control };

/// One camera record.
struct Camera {
    std::string id, attachment, device, name;
    Area area = Area::unstated;
    std::string purpose;                 // empty: not documented
    std::optional<int64_t> retention_ns; // absent: not documented
    std::string justification;           // of a period outside its range; empty: none
    std::optional<int64_t> justified_until_utc_ns;
};

/// An evidence lock that the site documents itself, beside or instead of the VMS's own.
struct Lock {
    std::string attachment, recording, reason, case_id, owner;
    std::optional<int64_t> review_utc_ns;
};

/// Retention of something that is no recording: audit-log, alarm, mailbox, mobile, backup (RET-8).
struct Record {
    std::string kind;
    std::optional<int64_t> retention_ns;
    std::string note;
};

struct Site {
    std::vector<Camera> cameras;
    std::vector<Lock> locks;
    std::vector<Record> records;

    /// The camera's record: by the id that the host found, else by attachment and device, else (attachment unknown) by
    /// the device where only one attachment has it. Null: undocumented. Valid as long as the site.
    const Camera* find_camera(std::string_view id, std::string_view attachment, std::string_view device) const;

    /// The locks of one recording; an empty attachment matches every one. Valid as long as the site.
    std::vector<const Lock*> find_locks(std::string_view attachment, std::string_view recording) const;
};

} // namespace ombud::retention
