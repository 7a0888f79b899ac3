// Whether the manifest tells what the plugin is.
#include <array>

#include <ombud/base.h>

#include "conformance/check.hpp"
#include "conformance/stage.hpp"
#include "signing/digest.hpp"
#include "signing/encoding.hpp"
#include "trust/trust.hpp"

#include <fstream>
#include <iterator>

namespace ombud::conformance {
namespace {

Seen valid(const Subject& subject, Witness&) {
    if (!subject.manifest)
        return fails(subject.manifest_problem, "the grammar is manifests/schema/module.xsd; name another file by --manifest");
    const config::Manifest& manifest = *subject.manifest;
    if (manifest.abi_major != OMBUD_ABI_MAJOR || manifest.abi_minor > OMBUD_ABI_MINOR)
        return fails("it says abi " + std::to_string(manifest.abi_major) + "." + std::to_string(manifest.abi_minor),
                     "write the ABI of the headers that it was built with");
    return passes(std::to_string(manifest.options.size()) + " options, " + std::to_string(manifest.hooks.size()) + " hooks, " +
                  std::to_string(manifest.events.size()) + " event types");
}

Seen library(const Subject& subject, Witness&) {
    if (!subject.manifest)
        return does_not_apply("no manifest");
    if (subject.manifest->library_sha256.empty())
        return does_not_apply("the manifest pins no bytes");
    std::ifstream in(subject.file, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(in), {}};
    const auto* const data = reinterpret_cast<const std::uint8_t*>(bytes.data());
    const std::string found = signing::hex(signing::sha256({data, bytes.size()}));
    if (found != subject.manifest->library_sha256)
        return fails("its SHA-256 is " + found + ", the manifest pins " + subject.manifest->library_sha256, "sign the manifest again for these bytes");
    return passes("SHA-256 as pinned");
}

// A signature that is there must be right; whether one must be there is the site's to say.
Seen signature(const Subject& subject, Witness&) {
    if (!subject.manifest)
        return does_not_apply("no manifest");
    const auto bytes = trust::read_signature(subject.manifest->file);
    if (!bytes && bytes.error().code == ErrorCode::not_found)
        return does_not_apply("not signed: there is no " + trust::signature_file(subject.manifest->file).filename().string());
    if (!subject.signers)
        return fails("whose signature it may be is not known: " + subject.signers.error().message, "name the signer's public key by --key");
    // As a host that counts developers' keys, too: they check before anybody else signs.
    const auto found = trust::judge_manifest(*subject.manifest, bytes, *subject.signers, {}, true, SystemClock().utc_ns());
    if (!found)
        return fails(found.error().message, "sign it again (ombud plugin sign), or name the signer's public key by --key");
    return passes("of " + found->signer + ", whose level is " + std::string(to_string(found->level)));
}

Seen identity(const Subject& subject, Witness& witness) {
    if (!subject.manifest)
        return does_not_apply("no manifest");
    const Stage stage(subject, witness);
    if (stage.plugin() == nullptr)
        return fails(stage.problem(), "id and file name are those of the manifest");
    if (stage.plugin()->version() != subject.manifest->version)
        return fails("it says version " + stage.plugin()->version() + ", its manifest " + subject.manifest->version, "make them the same");
    return passes(stage.plugin()->id() + " " + stage.plugin()->version());
}

Seen extensions(const Subject& subject, Witness& witness) {
    if (!subject.manifest)
        return does_not_apply("no manifest");
    const Stage stage(subject, witness);
    if (stage.plugin() == nullptr)
        return fails(stage.problem(), "make the checks of elf and load pass first");
    struct Pair {
        const char* extension;
        bool has, declares;
        const char* element;
    };
    const config::Manifest& manifest = *subject.manifest;
    const Plugin& plugin = *stage.plugin();
    const std::array<Pair, 4> pairs{{{OMBUD_HOOK_ID, plugin.hook() != nullptr, !manifest.hooks.empty(), "<hooks>"},
                                     {OMBUD_OBSERVER_ID, plugin.observer() != nullptr, !manifest.events.empty(), "<events>"},
                                     {OMBUD_AUDIT_ID, plugin.audit() != nullptr, !manifest.audit_interval_option.empty(), "<audit>"},
                                     {OMBUD_CONNECTOR_ID, plugin.connector() != nullptr, manifest.kind == config::PluginKind::connector,
                                      "kind=\"connector\""}}};
    std::string has;
    for (const Pair& pair : pairs) {
        if (pair.has != pair.declares)
            return fails(std::string(pair.has ? "has " : "lacks ") + pair.extension + ", and its manifest says " +
                             (pair.declares ? "" : "no ") + pair.element,
                         "a host calls only what both have; make them agree");
        if (pair.has)
            has += (has.empty() ? "" : ", ") + std::string(pair.extension);
    }
    if (plugin.frames() != nullptr)
        has += (has.empty() ? "" : ", ") + std::string(OMBUD_FRAMES_ID);
    if (plugin.web() != nullptr && plugin.connector() == nullptr)
        return fails(std::string("has ") + OMBUD_WEB_ID + " and is no connector", "only a connector reads a VMS's requests");
    return has.empty() ? fails("has none of the extensions that a host calls", "answer get_extension for what it does") : passes(has);
}

constexpr std::array<Check, 5> table{{{"manifest.valid", valid},
                                      {"manifest.library", library},
                                      {"manifest.signature", signature},
                                      {"manifest.identity", identity},
                                      {"manifest.extensions", extensions}}};

} // namespace

std::span<const Check> manifest_checks() { return table; }

} // namespace ombud::conformance
