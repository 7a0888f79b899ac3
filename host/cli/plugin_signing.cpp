// `ombud plugin keygen|sign|verify`: signatures that openssl makes and checks as well.
#include "cli/plugin_files.hpp"
#include "cli/secret_option.hpp"
#include "config/manifest_edit.hpp"
#include "plugin_runtime/abi_note.hpp"
#include "signing/digest.hpp"
#include "signing/encoding.hpp"
#include "trust/signature.hpp"
#include "trust/trust.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <fstream>
#include <iterator>

namespace ombud::cli {
namespace {

using boost::json::object;

constexpr std::size_t passphrase_bytes_min = 12; // whoever takes the file may try as many as he likes

Exit keygen(Context& context) {
    const std::string file = context.text("KEY");
    const auto passphrase = secret_of(context, "--passphrase-file");
    if (!passphrase)
        return context.failed(passphrase.error());
    if (*passphrase && (*passphrase)->size() < passphrase_bytes_min)
        return context.failed({ErrorCode::invalid_input, context.text("--passphrase-file") + ": the passphrase has " + std::to_string((*passphrase)->size()) +
                                                             " bytes; it takes " + std::to_string(passphrase_bytes_min)});
    const auto key = signing::SigningKey::generate();
    if (!key)
        return context.failed(key.error());
    if (auto saved = key->save(file, *passphrase); !saved)
        return context.failed(saved.error());
    if (auto saved = trust::write_whole(file + ".pub", key->public_key().pem()); !saved)
        return context.failed(saved.error());
    const std::string shown = trust::fingerprint(key->public_key());
    if (context.json)
        context.terminal.out << boost::json::serialize(object{{"private", file}, {"public", file + ".pub"}, {"has_passphrase", passphrase->has_value()}, {"sha256", shown}}) << '\n';
    else
        context.terminal.out << file << (*passphrase ? ": under the passphrase, which nobody can find again; keep both to yourself\n" : ": keep it to yourself\n")
                             << file << ".pub: give it to whoever is to trust it; SHA-256 " << shown << '\n';
    return Exit::done;
}

/// The library that belongs to a manifest: --library, or ID.so in --plugins, or beside the manifest.
std::filesystem::path library_of(const Context& context, const config::Manifest& manifest) {
    if (context.is_given("--library"))
        return context.text("--library");
    const std::filesystem::path folder =
        context.is_given("--plugins") ? std::filesystem::path(context.text("--plugins")) : std::filesystem::path(manifest.file).parent_path();
    return folder / (manifest.id + ".so");
}

/// Hex; and only of what a host would take for a plugin.
Result<std::string> library_hash(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(in), {}};
    if (!in.good() && !in.eof())
        return fail(ErrorCode::not_found, file.string() + ": cannot be read; --library FILE or --plugins DIR says where it is");
    const auto abi = read_abi_note({reinterpret_cast<const std::byte*>(bytes.data()), bytes.size()});
    if (!abi)
        return fail(Error(abi.error()).within(file.string()));
    return signing::hex(signing::sha256(bytes));
}

Exit sign(Context& context) {
    const auto files = context.texts("MANIFEST");
    if (context.is_given("--library") && files.size() > 1)
        return context.misused("--library is one file, and there are several manifests; --plugins DIR names the folder of all");
    const auto key = signing_key_of(context);
    if (!key)
        return context.failed(key.error());
    boost::json::array done;
    for (const std::string& file : files) {
        const auto manifest = config::read_manifest(file);
        if (!manifest)
            return context.failed(manifest.error().error());
        const auto hash = library_hash(library_of(context, *manifest));
        if (!hash)
            return context.failed(hash.error());
        const auto text = config::with_library_hash(manifest->document, file, *hash);
        if (!text)
            return context.failed(text.error().error());
        if (auto written = trust::write_signed(file, *text, *key); !written)
            return context.failed(written.error());
        if (context.json)
            done.push_back(object{{"id", manifest->id}, {"manifest", file}, {"version", manifest->version}, {"sha256", *hash},
                                  {"manifest_sha256", signing::hex(signing::sha256(*text))}, {"key", trust::fingerprint(key->public_key())}});
        else
            context.terminal.out << file << ": signed; library " << *hash << '\n';
    }
    if (context.json)
        context.terminal.out << boost::json::serialize(done) << '\n';
    return Exit::done;
}

Exit verify(Context& context) {
    const auto manifest = config::read_manifest(context.text("MANIFEST"));
    if (!manifest)
        return wrong(context, manifest.error().error());
    const auto signers = signers_of(context);
    if (!signers)
        return context.failed(signers.error());
    const auto signature = trust::read_signature(manifest->file);
    if (!signature) // one without is not verified, whatever a site allows it
        return wrong(context, Error(signature.error()).within(manifest->file + ": is not signed"));
    const auto found = trust::judge_manifest(*manifest, signature, *signers, {}, context.is_given("--dev"), context.clock.utc_ns());
    if (!found)
        return wrong(context, found.error());
    const auto library = library_of(context, *manifest);
    const auto hash = library_hash(library);
    if (!hash)
        return wrong(context, hash.error());
    if (*hash != manifest->library_sha256)
        return wrong(context, {ErrorCode::refused, library.string() + ": its SHA-256 is " + *hash + ", the manifest demands " +
                                                       manifest->library_sha256});
    const std::string runs = found->may_run_inline ? "inline or sandboxed" : "sandboxed only";
    if (context.json)
        context.terminal.out << boost::json::serialize(object{{"id", manifest->id}, {"version", manifest->version}, {"sha256", *hash},
                                                              {"manifest_sha256", found->manifest_sha256}, {"signer", found->signer},
                                                              {"level", to_string(found->level)}, {"key", found->signer_key},
                                                              {"may_run_inline", found->may_run_inline}})
                             << '\n';
    else
        context.terminal.out << context.terminal.styled("verified", Style::good) << ": " << manifest->id << ' ' << manifest->version
                             << ", signed by " << found->signer << " (" << to_string(found->level) << ", " << runs << "), library " << *hash
                             << '\n';
    return Exit::done;
}

} // namespace

Result<signing::SigningKey> signing_key_of(const Context& context) {
    const auto passphrase = secret_of(context, "--passphrase-file");
    if (!passphrase)
        return fail(passphrase.error());
    auto key = signing::SigningKey::load(context.text("--key"), *passphrase);
    if (!key && key.error().code == ErrorCode::invalid_input && !*passphrase)
        return fail(ErrorCode::invalid_input, key.error().message + "\nhint: --passphrase-file FILE opens a key that is under a passphrase");
    return key;
}

std::vector<Option> signing_key_options() {
    return {{"--key", "FILE", "the private key that signs", true, false, {}, "", Completes::file},
            {"--passphrase-file", "FILE", "what opens it, if it is under a passphrase", false, false, {}, "", Completes::file}};
}

Exit wrong(const Context& context, const Error& error) {
    context.terminal.print_error(error);
    return Exit::wrong;
}

Commands plugin_signing_commands() {
    const Option library{"--library", "FILE", "the library, if it is not ID.so beside the manifest", false, false, {}, "", Completes::file};
    const Option plugins{"--plugins", "DIR", "where the libraries ID.so are", false, false, {}, "", Completes::folder};
    std::vector<Option> signing = signing_key_options();
    signing.push_back(library);
    signing.push_back(plugins);
    return {
        {"plugin keygen",
         "make a key to sign plugins with",
         "Ed25519 in PEM: KEY, for its owner alone, and KEY.pub for those who are to trust it. `openssl genpkey -algorithm "
         "ed25519` makes the same, and with -aes-256-cbc one under a passphrase, too.",
         {{"KEY", "", "file of the private key; it must not be there yet", true, false, {}, "", Completes::file}},
         {{"--passphrase-file", "FILE", "put the key under the passphrase in this file, 12 bytes or more", false, false, {}, "", Completes::file}},
         keygen},
        {"plugin sign",
         "sign manifests, and with them their libraries",
         "Writes the library's SHA-256 into the manifest, and 64 bytes of Ed25519 over the manifest into MANIFEST.sig, which "
         "`openssl pkeyutl -verify -rawin` checks, too.",
         {{"MANIFEST", "", "ID.xml", true, true, {}, "", Completes::file}},
         std::move(signing),
         sign},
        {"plugin verify",
         "find out whether a plugin would be taken, and by whom it is signed",
         "Checks the signature, the key's level and days, and the library's hash, as the host does before it loads. The exit code "
         "is 1 when something does not verify.",
         {{"MANIFEST", "", "ID.xml", true, false, {}, "", Completes::file}},
         {public_key_option(), trust_option(), library, plugins, {"--dev", "", "as a host that runs with --dev"}},
         verify},
    };
}

} // namespace ombud::cli
