#pragma once
// What is written in a shared object, without running any of it. libelf's home.

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "events/result.hpp"

namespace ombud::conformance {

struct ElfSymbol {
    std::string name;
    std::string version; ///< of an undefined one, as "GLIBC_2.34"; may be empty
    bool is_defined = false;
    bool is_unique = false; ///< STB_GNU_UNIQUE
    bool is_weak = false;
};

struct ElfImage {
    std::vector<ElfSymbol> exports;  ///< defined and visible to others
    std::vector<ElfSymbol> imports;  ///< undefined
    std::vector<std::string> unique; ///< STB_GNU_UNIQUE, in any table
    std::vector<std::string> needed; ///< sonames
    std::vector<std::string> versions; ///< needed of others: "GLIBC_2.34"
    std::string run_path;            ///< RPATH or RUNPATH
    bool has_text_relocations = false;
    bool has_executable_stack = false; ///< also when the header that forbids it is missing
};

/// Errors  invalid_input  no ELF shared object, or a damaged one
/// Source  System V gABI; Linux Standard Base (symbol versions, PT_GNU_STACK)
Result<ElfImage> read_elf(const std::filesystem::path& file);

} // namespace ombud::conformance
