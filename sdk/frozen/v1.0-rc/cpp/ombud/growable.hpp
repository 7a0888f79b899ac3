#pragma once
// The struct_size rules of ombud/base.h, in both directions.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <ombud/base.h>
#include <ombud/result.hpp>
#include <string>

namespace ombud::sdk {

/// Takes over an input struct of either side's age: members that the writer did not know are zero.
///
/// @param size_min  struct_size of the first version; less means that it is no such struct
/// Errors  invalid_input  NULL, or smaller than size_min
///         too_new        longer than T, and what follows T is not all zero
template <class T>
[[nodiscard]] Result<T> read_growable(const T* in, const char* name, std::uint32_t size_min = sizeof(T)) {
    if (!in)
        return fail(ErrorCode::invalid_input, std::string(name) + " is NULL");
    std::uint32_t size;
    std::memcpy(&size, in, sizeof size);
    if (size < size_min)
        return fail(ErrorCode::invalid_input, std::string(name) + " has struct_size " + std::to_string(size) +
                                                  ", at least " + std::to_string(size_min) + " is needed");
    const auto* bytes = reinterpret_cast<const unsigned char*>(in);
    if (size > sizeof(T) && std::any_of(bytes + sizeof(T), bytes + size, [](unsigned char b) { return b != 0; }))
        return fail(ErrorCode::too_new, std::string(name) + " uses members behind byte " + std::to_string(sizeof(T)) +
                                            " that this plugin does not know; build it with a newer SDK");
    T out{};
    std::memcpy(&out, in, std::min<std::size_t>(size, sizeof(T)));
    out.struct_size = static_cast<std::uint32_t>(sizeof(T));
    return out;
}

/// Fills the caller's struct as far as the caller knows it; its struct_size stays.
template <class T>
void write_growable(T* out, const T& full) noexcept {
    std::uint32_t size;
    std::memcpy(&size, out, sizeof size);
    const std::size_t known = std::min<std::size_t>(size, sizeof(T));
    if (known > sizeof size)
        std::memcpy(reinterpret_cast<unsigned char*>(out) + sizeof size,
                    reinterpret_cast<const unsigned char*>(&full) + sizeof size, known - sizeof size);
}

/// Whether the other side's table is long enough to hold `member`, and has it.
template <class Table, class Member>
[[nodiscard]] bool has_function(const Table* table, Member Table::*member) noexcept {
    if (!table)
        return false;
    const auto end = reinterpret_cast<const unsigned char*>(&(table->*member)) -
                     reinterpret_cast<const unsigned char*>(table) + static_cast<std::ptrdiff_t>(sizeof(Member));
    return static_cast<std::ptrdiff_t>(table->struct_size) >= end && table->*member != nullptr;
}

} // namespace ombud::sdk
