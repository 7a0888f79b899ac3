// What can be said without running any of it.
#include <algorithm>
#include <array>
#include <cstdio>
#include <dlfcn.h>
#include <fstream>
#include <iterator>
#include <set>
#include <vector>

#include <ombud/base.h>

#include "conformance/check.hpp"
#include "conformance/elf_image.hpp"
#include "plugin_runtime/abi_note.hpp"

namespace ombud::conformance {
namespace {

constexpr std::string_view entry_symbol = "ombud_module_entry_v1";
constexpr const char* relink = "link as ombud_add_plugin() or `pkg-config --libs ombud` do";

std::string list(const std::vector<std::string>& names) {
    constexpr std::size_t shown_max = 5;
    std::string text;
    for (std::size_t i = 0; i < std::min(names.size(), shown_max); ++i)
        text += (text.empty() ? "" : ", ") + names[i];
    return names.size() > shown_max ? text + " and " + std::to_string(names.size() - shown_max) + " more" : text;
}

// The image, or the failed check that it makes.
template <class Look>
Seen with_image(const Subject& subject, Look&& look) {
    const auto image = read_elf(subject.file);
    return image ? look(*image) : fails(image.error().message, relink);
}

Seen note(const Subject& subject, Witness&) {
    std::ifstream in(subject.file, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(in), {}};
    const auto abi = read_abi_note(std::as_bytes(std::span(bytes)));
    if (!abi)
        return fails(abi.error().message, "write OMBUD_DECLARE_ABI(0); once, or OMBUD_PLUGIN in C++");
    const std::string needs = "ABI " + std::to_string(abi->major) + "." + std::to_string(abi->lowest_minor);
    if (abi->major != OMBUD_ABI_MAJOR || abi->lowest_minor > OMBUD_ABI_MINOR)
        return fails("it needs " + needs + "; this host speaks " + std::to_string(OMBUD_ABI_MAJOR) + "." +
                         std::to_string(OMBUD_ABI_MINOR),
                     "declare the oldest minor that it can do with, or update Ombud");
    return passes("needs " + needs);
}

Seen exports(const Subject& subject, Witness&) {
    return with_image(subject, [](const ElfImage& image) {
        std::vector<std::string> others;
        bool has_entry = false;
        for (const ElfSymbol& one : image.exports) {
            has_entry |= one.name == entry_symbol;
            if (one.name != entry_symbol)
                others.push_back(one.name);
        }
        if (!has_entry)
            return fails("does not export " + std::string(entry_symbol), relink);
        if (!others.empty())
            return fails("exports " + list(others) + " beside its entry", "hide them: -fvisibility=hidden and the version script plugin.map");
        return passes("its entry alone");
    });
}

Seen unique(const Subject& subject, Witness&) {
    return with_image(subject, [](const ElfImage& image) {
        if (!image.unique.empty())
            return fails("STB_GNU_UNIQUE: " + list(image.unique), "compile with -fno-gnu-unique: such symbols pin old code in memory");
        return passes("none");
    });
}

Seen text_relocations(const Subject& subject, Witness&) {
    return with_image(subject, [](const ElfImage& image) {
        return image.has_text_relocations ? fails("its code is changed while it is loaded (TEXTREL)", "compile all of it with -fPIC")
                                          : passes("none");
    });
}

Seen stack(const Subject& subject, Witness&) {
    return with_image(subject, [](const ElfImage& image) {
        return image.has_executable_stack ? fails("asks for an executable stack", "link with -z noexecstack; assembly needs a .note.GNU-stack section")
                                          : passes("not executable");
    });
}

bool is_runtime_library(std::string_view soname) {
    constexpr std::array<std::string_view, 10> known{"libc.so.6",       "libm.so.6",          "libpthread.so.0",
                                                     "libdl.so.2",      "librt.so.1",         "ld-linux-x86-64.so.2",
                                                     "libgcc_s.so.1",   "libstdc++.so.6",     "ld-linux-aarch64.so.1",
                                                     "libatomic.so.1"};
    return std::ranges::find(known, soname) != known.end();
}

Seen libraries(const Subject& subject, Witness&) {
    return with_image(subject, [&](const ElfImage& image) {
        std::vector<std::string> others, refused;
        for (const std::string& soname : image.needed) {
            if (is_runtime_library(soname))
                continue;
            const bool allowed = std::ranges::find(subject.libraries, soname) != subject.libraries.end();
            (allowed ? others : refused).push_back(soname);
        }
        if (!image.run_path.empty())
            return fails("looks for libraries in " + image.run_path, "remove RPATH and RUNPATH: a host loads from the system's folders alone");
        if (!refused.empty())
            return fails("needs " + list(refused), "do without, or allow each when it is meant: --allow-library " + refused.front());
        return passes(others.empty() ? "those of C and C++" : "beside those of C and C++: " + list(others));
    });
}

// -z defs after the fact: what no library that it names defines would come from its host, by chance.
Seen imports(const Subject& subject, Witness& witness) {
    return with_image(subject, [&](const ElfImage& image) {
        std::vector<void*> handles;
        witness.step("loading the libraries that it needs");
        for (const std::string& soname : image.needed)
            if (void* handle = ::dlopen(soname.c_str(), RTLD_LAZY | RTLD_LOCAL); handle != nullptr)
                handles.push_back(handle);
        std::vector<std::string> homeless;
        for (const ElfSymbol& one : image.imports) {
            const bool found = one.is_weak || !one.version.empty() || std::ranges::any_of(handles, [&](void* handle) {
                return ::dlsym(handle, one.name.c_str()) != nullptr;
            });
            // The loader's own, and a sanitizer's: they come with the program.
            const bool is_loaders = one.name == "__tls_get_addr" || one.name.starts_with("__asan_") ||
                                    one.name.starts_with("__ubsan_") || one.name.starts_with("__tsan_");
            if (!found && !is_loaders)
                homeless.push_back(one.name);
        }
        if (!homeless.empty())
            return fails("no library that it names has " + list(homeless), "link with -z defs; what a host lends comes by get_extension, never by symbol");
        return passes(std::to_string(image.imports.size()) + " symbols, each from a library that it names");
    });
}

// Debian 12's.
struct Ceiling {
    std::string_view prefix;
    std::array<int, 3> newest;
};
constexpr std::array<Ceiling, 3> ceilings{{{"GLIBC_", {2, 36, 0}}, {"GLIBCXX_", {3, 4, 30}}, {"CXXABI_", {1, 3, 13}}}};

Seen ceiling(const Subject& subject, Witness&) {
    return with_image(subject, [](const ElfImage& image) {
        std::vector<std::string> newer;
        for (const std::string& version : image.versions)
            for (const Ceiling& limit : ceilings) {
                std::array<int, 3> asked{};
                if (version.starts_with(limit.prefix) &&
                    std::sscanf(version.c_str() + limit.prefix.size(), "%d.%d.%d", &asked[0], &asked[1], &asked[2]) >= 2 &&
                    asked > limit.newest)
                    newer.push_back(version);
            }
        if (!newer.empty())
            return fails("needs " + list(newer), "build on Debian 12 or older: its glibc is 2.36, its GLIBCXX 3.4.30");
        return passes("not above Debian 12's glibc 2.36");
    });
}

constexpr std::array<Check, 8> table{{{"elf.note", note},
                                      {"elf.exports", exports},
                                      {"elf.unique", unique},
                                      {"elf.text_relocations", text_relocations},
                                      {"elf.stack", stack},
                                      {"elf.libraries", libraries},
                                      {"elf.imports", imports},
                                      {"elf.ceiling", ceiling}}};

} // namespace

std::span<const Check> elf_checks() { return table; }

} // namespace ombud::conformance
