#include "plugin_runtime/abi_note.hpp"

#include <cstring>
#include <elf.h>
#include <optional>
#include <string_view>

#include <ombud/base.h>

namespace ombud {
namespace {

#if defined(__x86_64__)
constexpr std::uint16_t this_machine = EM_X86_64;
#elif defined(__aarch64__)
constexpr std::uint16_t this_machine = EM_AARCH64;
#endif

// A copy of T at `offset`, or nothing when the file is too short for it.
template <class T>
std::optional<T> read_at(std::span<const std::byte> bytes, std::uint64_t offset) {
    if (offset > bytes.size() || bytes.size() - offset < sizeof(T))
        return std::nullopt;
    T value;
    std::memcpy(&value, bytes.data() + offset, sizeof value);
    return value;
}

tl::unexpected<Error> damaged(const char* what) {
    return fail(ErrorCode::invalid_input, std::string("damaged ELF file: ") + what);
}

} // namespace

Result<PluginAbi> read_abi_note(std::span<const std::byte> elf) {
    const auto header = read_at<Elf64_Ehdr>(elf, 0);
    if (!header || std::memcmp(header->e_ident, ELFMAG, SELFMAG) != 0)
        return fail(ErrorCode::invalid_input, "not an ELF file");
    if (header->e_ident[EI_CLASS] != ELFCLASS64 || header->e_ident[EI_DATA] != ELFDATA2LSB || header->e_type != ET_DYN ||
        header->e_machine != this_machine)
        return fail(ErrorCode::invalid_input, "not a 64-bit little-endian shared object for this machine");

    // Program headers, not sections: a stripped file keeps them, and they are what the loader uses.
    if (header->e_phentsize != sizeof(Elf64_Phdr))
        return damaged("size of program headers");
    for (std::uint64_t i = 0; i < header->e_phnum; ++i) {
        const auto segment = read_at<Elf64_Phdr>(elf, header->e_phoff + i * sizeof(Elf64_Phdr));
        if (!segment)
            return damaged("program headers end early");
        if (segment->p_type != PT_NOTE)
            continue;
        if (segment->p_offset > elf.size() || segment->p_filesz > elf.size() - segment->p_offset)
            return damaged("notes end early");
        auto notes = elf.subspan(segment->p_offset, segment->p_filesz);
        while (const auto note = read_at<Elf64_Nhdr>(notes, 0)) {
            const std::uint64_t align = segment->p_align == 8 ? 8 : 4;
            const auto padded = [align](std::uint64_t size) { return (size + align - 1) / align * align; };
            const std::uint64_t name_at = sizeof(Elf64_Nhdr);
            const std::uint64_t desc_at = padded(name_at + note->n_namesz);
            const std::uint64_t end = padded(desc_at + note->n_descsz);
            if (desc_at + note->n_descsz > notes.size())
                return damaged("a note ends early");
            const std::string_view name(reinterpret_cast<const char*>(notes.data() + name_at), note->n_namesz);
            if (name == std::string_view("Ombud\0", 6) && note->n_type == OMBUD_NOTE_TYPE_ABI) {
                const auto major = read_at<std::uint32_t>(notes, desc_at);
                const auto minor = read_at<std::uint32_t>(notes, desc_at + 4);
                if (note->n_descsz != 8 || !major || !minor)
                    return damaged("the ABI note is not 8 bytes");
                return PluginAbi{*major, *minor};
            }
            if (end >= notes.size())
                break;
            notes = notes.subspan(end);
        }
    }
    return fail(ErrorCode::invalid_input,
                "no ABI note (.note.ombud.abi): not an Ombud plugin, or built without OMBUD_DECLARE_ABI");
}

} // namespace ombud
