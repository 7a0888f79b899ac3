#pragma once
// What a file is, by its bytes, whatever it is called.

#include <filesystem>
#include <functional>
#include <span>

#include "events/clock.hpp"
#include "gates/export/record.hpp"

namespace ombud::exports {

/// What the first bytes say: avi, jpeg, png, zip, encrypted (CMS, PGP, age, LUKS, a ZIP whose first member is encrypted);
/// empty: none of them. Of an archive only the first member is looked at.
[[nodiscard]] std::string_view sniff(std::span<const std::uint8_t> head);
constexpr std::size_t sniffed_bytes = 4096;

/// Sets format, tracks, times and SHA-256 of a held file; what cannot be read as media is `other`, with no tracks.
///
/// @param may_go_on  asked between windows; false ends it with ErrorCode::cancelled
/// Errors  unavailable  it cannot be read
/// Thread  any
[[nodiscard]] Result<void> look_into(const std::filesystem::path& path, HeldFile& file, const Clock& clock,
                                     const std::function<bool()>& may_go_on);

} // namespace ombud::exports
