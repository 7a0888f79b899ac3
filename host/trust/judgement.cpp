// What a signature says about a manifest or an index, by rules that need no record.
#include "plugin_runtime/guarded_file.hpp"
#include "signing/digest.hpp"
#include "signing/encoding.hpp"
#include "trust/trust.hpp"

namespace ombud::trust {
namespace {

constexpr std::size_t index_bytes_max = 4 * 1024 * 1024;

Result<void> check_kind(const config::Manifest& manifest, TrustLevel level, bool is_dev) {
    if (manifest.kind != config::PluginKind::connector || may_be_connector(level, is_dev))
        return {};
    return fail(ErrorCode::refused, manifest.file + ": is a connector, which holds the passwords of a VMS; its level is " +
                                        std::string(to_string(level)) + ", and it takes " +
                                        std::string(to_string(TrustLevel::organisation)) + " or " + std::string(to_string(TrustLevel::ours)));
}

Result<Provenance> judge_unsigned(const config::Manifest& manifest, Provenance found, const std::string& unsigned_reason, bool is_dev) {
    found.reason = !unsigned_reason.empty() ? unsigned_reason : is_dev ? "the host runs with --dev" : "";
    const std::string is_unsigned = manifest.file + ": is not signed: there is no " + signature_file(manifest.file).filename().string();
    if (manifest.kind == config::PluginKind::connector && !is_dev)
        return fail(ErrorCode::refused, is_unsigned + "; a connector holds the passwords of a VMS, so have it signed (ombud plugin sign)");
    if (found.reason.empty())
        return fail(ErrorCode::refused, is_unsigned + "; have it signed (ombud plugin sign), or say in site.xml why it may run all the "
                                                      "same: <module id=\"" + manifest.id + "\" unsigned=\"REASON\" …>");
    found.may_run_inline = may_run_inline(found.level, is_dev);
    return found;
}

} // namespace

Result<Provenance> judge_manifest(const config::Manifest& manifest, const SignatureBytes& signature, const Signers& signers,
                                  const std::string& unsigned_reason, bool is_dev, std::int64_t now_utc_ns) {
    Provenance found;
    found.manifest_sha256 = signing::hex(signing::sha256(manifest.document));
    if (!signature && signature.error().code == ErrorCode::not_found)
        return judge_unsigned(manifest, std::move(found), unsigned_reason, is_dev);
    // A signature that is there and wrong is never overlooked, whatever reasons there are.
    if (!signature)
        return fail(signature.error());
    const auto signer = signers.verify(manifest.document, *signature, manifest.file, is_dev, now_utc_ns);
    if (!signer)
        return fail(signer.error());
    if (manifest.library_sha256.empty())
        return fail(ErrorCode::refused, manifest.file + ": is signed, but names no <library sha256>, so nothing says which library was "
                                                        "meant; sign it with: ombud plugin sign");
    found.level = (*signer)->level;
    found.signer = (*signer)->name;
    found.signer_key = fingerprint((*signer)->key);
    if (auto allowed = check_kind(manifest, found.level, is_dev); !allowed)
        return fail(allowed.error());
    found.may_run_inline = may_run_inline(found.level, is_dev);
    return found;
}

Result<SignedIndex> read_index(const std::filesystem::path& file, const Signers& signers, bool is_dev, std::int64_t now_utc_ns) {
    auto document = read_guarded_text(file, index_bytes_max, "an index");
    if (!document)
        return fail(document.error());
    auto signature = read_signature(file);
    if (!signature)
        return fail(signature.error());
    const auto signer = signers.verify(*document, *signature, file.string(), is_dev, now_utc_ns);
    if (!signer)
        return fail(signer.error());
    if ((*signer)->level < TrustLevel::organisation && !is_dev)
        return fail(ErrorCode::refused, file.string() + ": is signed by '" + (*signer)->name + "' of level " +
                                            std::string(to_string((*signer)->level)) + "; an index decides about every plugin, so it takes "
                                            "organisation or ours");
    auto index = config::parse_plugin_index(*document, file.string());
    if (!index)
        return fail(index.error().error());
    return SignedIndex{(*signer)->name, std::move(*document), std::move(*signature), std::move(*index)};
}

} // namespace ombud::trust
