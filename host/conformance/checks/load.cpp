// What happens when it is mapped, and what its entry answers.
#include <array>
#include <cstring>
#include <dlfcn.h>

#include "conformance/check.hpp"
#include "conformance/process_state.hpp"
#include "conformance/stage.hpp"

namespace ombud::conformance {
namespace {

using Entry = const ombud_module* (*)();

Entry open_entry(const Subject& subject, Witness& witness) {
    witness.step("loading it");
    void* library = ::dlopen(subject.file.c_str(), RTLD_NOW | RTLD_LOCAL);
    return library == nullptr ? nullptr : reinterpret_cast<Entry>(::dlsym(library, "ombud_module_entry_v1"));
}

Seen cannot_load() {
    const char* why = ::dlerror();
    return fails(why == nullptr ? "has no entry" : why, "make the checks of elf pass first");
}

Seen constructors(const Subject& subject, Witness& witness) {
    const ProcessState before = ProcessState::now();
    const Entry entry = open_entry(subject, witness);
    if (entry == nullptr)
        return cannot_load();
    witness.step("calling its entry");
    (void)entry();
    const ProcessState after = ProcessState::now();
    if (const std::string grown = after.grown_since(before); !grown.empty())
        return fails("loading it made " + grown, "begin work in start(), not in a constructor of the library");
    if (const std::string changed = after.changed_since(before); !changed.empty())
        return fails("by loading it, " + changed, "change nothing of the process, which is the host's");
    return passes("no threads, no descriptors, nothing changed");
}

Seen entry(const Subject& subject, Witness& witness) {
    const Entry call = open_entry(subject, witness);
    if (call == nullptr)
        return cannot_load();
    witness.step("calling its entry");
    const ombud_module* const module = call();
    if (module == nullptr)
        return fails("its entry gives no module", "return a table of static storage");
    const ombud_module copy = *module;
    for (int i = 0; i < 10; ++i)
        if (call() != module || std::memcmp(&copy, module, sizeof copy) != 0)
            return fails("its entry changes its answer", "it must be pure: the same table, with the same content, at every call");
    if (module->struct_size != sizeof(ombud_module))
        return fails("struct_size is " + std::to_string(module->struct_size) + ", not " + std::to_string(sizeof(ombud_module)),
                     "write sizeof(ombud_module)");
    if (module->flags != 0 || module->reserved != 0)
        return fails("flags or reserved are not 0", "set them to 0");
    if (module->create == nullptr || module->start == nullptr || module->stop == nullptr || module->destroy == nullptr ||
        module->get_extension == nullptr)
        return fails("its table lacks a function", "all five must be there");
    return passes("the same table, ten times");
}

Seen unknown_extensions(const Subject& subject, Witness& witness) {
    const Entry call = open_entry(subject, witness);
    if (call == nullptr)
        return cannot_load();
    const ombud_module* const module = call();
    if (module == nullptr || module->get_extension == nullptr)
        return fails("has no get_extension", "every module has one");
    for (const char* id : {"", "ombud.hook", "ombud.hook/2", "ombud.hook/10", "ombud.events/", "draft.unknown/1", "ombud.unknown/1", "x"}) {
        witness.step(std::string("asking for extension \"") + id + "\"");
        if (module->get_extension(id) != nullptr)
            return fails(std::string("claims to have \"") + id + "\"", "compare the whole id, and answer NULL to what it does not know");
    }
    for (const char* id : {OMBUD_HOOK_ID, OMBUD_OBSERVER_ID, OMBUD_AUDIT_ID, OMBUD_CONNECTOR_ID, OMBUD_FRAMES_ID, OMBUD_WEB_ID})
        if (module->get_extension(id) != module->get_extension(id))
            return fails(std::string("its answer to \"") + id + "\" changes", "return a table of static storage");
    return passes("NULL for eight that nobody has");
}

constexpr std::array<Check, 3> table{
    {{"load.constructors", constructors}, {"load.entry", entry}, {"load.unknown_extensions", unknown_extensions}}};

} // namespace

std::span<const Check> load_checks() { return table; }

} // namespace ombud::conformance
