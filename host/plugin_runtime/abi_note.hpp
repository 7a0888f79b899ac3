#pragma once
// What a plugin says about itself before any of its code runs.

#include <cstddef>
#include <cstdint>
#include <span>

#include "events/result.hpp"

namespace ombud {

struct PluginAbi {
    std::uint32_t major = 0;
    std::uint32_t lowest_minor = 0; ///< of the host it needs
};

/// Finds the note `.note.ombud.abi` in the bytes of an ELF file.
///
/// @param elf  the whole file, untrusted: every offset is checked
/// Errors      invalid_input  no 64-bit little-endian shared object for this machine, damaged headers, no note
/// Thread      any
/// Source      System V gABI chapter 5 (note section); sdk/include/ombud/base.h
Result<PluginAbi> read_abi_note(std::span<const std::byte> elf);

} // namespace ombud
