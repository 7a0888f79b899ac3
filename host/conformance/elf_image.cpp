#include "conformance/elf_image.hpp"

#include <cstring>
#include <fcntl.h>
#include <gelf.h>
#include <map>
#include <memory>
#include <unistd.h>

namespace ombud::conformance {
namespace {

std::string string_at(Elf* elf, std::size_t table, std::size_t offset) {
    const char* text = ::elf_strptr(elf, table, offset);
    return text == nullptr ? std::string() : text;
}

void read_dynamic(Elf* elf, Elf_Data* data, const GElf_Shdr& header, ElfImage& image) {
    for (std::size_t i = 0; i < header.sh_size / header.sh_entsize; ++i) {
        GElf_Dyn entry;
        if (::gelf_getdyn(data, static_cast<int>(i), &entry) == nullptr)
            break;
        if (entry.d_tag == DT_NEEDED)
            image.needed.push_back(string_at(elf, header.sh_link, entry.d_un.d_val));
        if (entry.d_tag == DT_RPATH || entry.d_tag == DT_RUNPATH)
            image.run_path = string_at(elf, header.sh_link, entry.d_un.d_val);
        if (entry.d_tag == DT_TEXTREL || (entry.d_tag == DT_FLAGS && (entry.d_un.d_val & DF_TEXTREL) != 0))
            image.has_text_relocations = true;
    }
}

// Versions by their index in the version table.
std::map<std::uint16_t, std::string> read_needs(Elf* elf, Elf_Data* data, const GElf_Shdr& header, ElfImage& image) {
    std::map<std::uint16_t, std::string> names;
    std::size_t at = 0;
    GElf_Verneed need;
    for (GElf_Word left = header.sh_info; left > 0 && ::gelf_getverneed(data, static_cast<int>(at), &need) != nullptr; --left) {
        std::size_t one_at = at + need.vn_aux;
        GElf_Vernaux one;
        for (GElf_Half count = need.vn_cnt; count > 0 && ::gelf_getvernaux(data, static_cast<int>(one_at), &one) != nullptr; --count) {
            image.versions.push_back(names[one.vna_other] = string_at(elf, header.sh_link, one.vna_name));
            one_at += one.vna_next;
        }
        at += need.vn_next;
    }
    return names;
}

void read_symbols(Elf* elf, Elf_Data* data, const GElf_Shdr& header, Elf_Data* versions,
                  const std::map<std::uint16_t, std::string>& names, ElfImage& image) {
    for (std::size_t i = 1; i < header.sh_size / header.sh_entsize; ++i) {
        GElf_Sym symbol;
        if (::gelf_getsym(data, static_cast<int>(i), &symbol) == nullptr)
            break;
        ElfSymbol one;
        one.name = string_at(elf, header.sh_link, symbol.st_name);
        one.is_defined = symbol.st_shndx != SHN_UNDEF;
        const auto binding = GELF_ST_BIND(symbol.st_info);
        one.is_unique = binding == STB_GNU_UNIQUE;
        one.is_weak = binding == STB_WEAK;
        if (one.is_unique)
            image.unique.push_back(one.name);
        if (header.sh_type != SHT_DYNSYM || binding == STB_LOCAL || one.name.empty())
            continue;
        GElf_Versym version = 0;
        if (versions != nullptr && ::gelf_getversym(versions, static_cast<int>(i), &version) != nullptr)
            if (const auto found = names.find(version & 0x7fff); found != names.end())
                one.version = found->second;
        (one.is_defined ? image.exports : image.imports).push_back(std::move(one));
    }
}

void read_segments(Elf* elf, ElfImage& image) {
    std::size_t count = 0;
    ::elf_getphdrnum(elf, &count);
    image.has_executable_stack = true; // until the header says otherwise
    for (std::size_t i = 0; i < count; ++i) {
        GElf_Phdr segment;
        if (::gelf_getphdr(elf, static_cast<int>(i), &segment) != nullptr && segment.p_type == PT_GNU_STACK)
            image.has_executable_stack = (segment.p_flags & PF_X) != 0;
    }
}

} // namespace

Result<ElfImage> read_elf(const std::filesystem::path& file) {
    ::elf_version(EV_CURRENT);
    const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
    const std::unique_ptr<const int, void (*)(const int*)> closing(&fd, [](const int* one) {
        if (*one >= 0)
            ::close(*one);
    });
    const std::unique_ptr<Elf, int (*)(Elf*)> elf(fd < 0 ? nullptr : ::elf_begin(fd, ELF_C_READ, nullptr), ::elf_end);
    GElf_Ehdr head;
    if (!elf || ::elf_kind(elf.get()) != ELF_K_ELF || ::gelf_getehdr(elf.get(), &head) == nullptr || head.e_type != ET_DYN)
        return fail(ErrorCode::invalid_input, file.string() + ": no ELF shared object");

    ElfImage image;
    std::map<std::uint16_t, std::string> names;
    Elf_Data* versions = nullptr;
    const auto each = [&](auto&& look) {
        for (Elf_Scn* section = nullptr; (section = ::elf_nextscn(elf.get(), section)) != nullptr;) {
            GElf_Shdr header;
            Elf_Data* data = ::gelf_getshdr(section, &header) == nullptr ? nullptr : ::elf_getdata(section, nullptr);
            if (data != nullptr)
                look(data, header);
        }
    };
    each([&](Elf_Data* data, const GElf_Shdr& header) {
        if (header.sh_type == SHT_DYNAMIC && header.sh_entsize > 0)
            read_dynamic(elf.get(), data, header, image);
        if (header.sh_type == SHT_GNU_verneed)
            names = read_needs(elf.get(), data, header, image);
        if (header.sh_type == SHT_GNU_versym)
            versions = data;
    });
    bool has_symbols = false;
    each([&](Elf_Data* data, const GElf_Shdr& header) {
        if ((header.sh_type != SHT_DYNSYM && header.sh_type != SHT_SYMTAB) || header.sh_entsize == 0)
            return;
        has_symbols |= header.sh_type == SHT_DYNSYM;
        read_symbols(elf.get(), data, header, versions, names, image);
    });
    if (!has_symbols)
        return fail(ErrorCode::invalid_input, file.string() + ": has no table of dynamic symbols");
    read_segments(elf.get(), image);
    return image;
}

} // namespace ombud::conformance
