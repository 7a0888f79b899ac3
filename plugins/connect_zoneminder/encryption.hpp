#pragma once
// Whether what is written below a folder reaches the disk encrypted.

#include <cstdint>
#include <filesystem>
#include <optional>

namespace ombud::zoneminder {

enum class Encryption : std::uint8_t { none = 0, partial = 1, full = 2 };

/// Follows the folder's file system down to its disks: full when each is below dm-crypt (or the file system itself
/// encrypts), partial when some are. Empty: cannot be known here, as for network file systems, ZFS, containers' layers,
/// and disks that encrypt by themselves.
/// @param root  of /proc and /sys; another one in tests
/// Source: /proc/self/mountinfo (proc(5)), /sys/dev/block/M:N/{dm/uuid,slaves} (a LUKS volume's uuid begins CRYPT-)
std::optional<Encryption> encryption_of(const std::filesystem::path& folder, const std::filesystem::path& root = "/");

} // namespace ombud::zoneminder
