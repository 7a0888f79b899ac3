// `ombud plugin index …`: which releases there are, and which must not run any more; works without a network.
#include "cli/plugin_files.hpp"
#include "config/manifest.hpp"
#include "config/values.hpp"
#include "signing/digest.hpp"
#include "signing/encoding.hpp"
#include "trust/signature.hpp"
#include "trust/trust.hpp"

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <fstream>
#include <iterator>

namespace ombud::cli {
namespace {

using boost::json::object;

std::string day_of(std::int64_t utc_ns) {
    return config::date_text(std::chrono::floor<std::chrono::days>(std::chrono::sys_time<std::chrono::nanoseconds>(std::chrono::nanoseconds(utc_ns))));
}

/// The index that a file holds; one of serial 0 when there is no such file.
Result<config::PluginIndex> read_existing(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    if (!in)
        return config::PluginIndex{};
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    auto index = config::parse_plugin_index(text, file);
    if (!index)
        return fail(index.error().error());
    return std::move(*index);
}

Result<void> add_release(config::PluginIndex& index, const std::string& file) {
    const auto manifest = config::read_manifest(file);
    if (!manifest)
        return fail(manifest.error().error());
    if (manifest->library_sha256.empty())
        return fail(ErrorCode::invalid_input, file + ": names no <library sha256>; sign it first: ombud plugin sign");
    if (index.release(manifest->library_sha256) != nullptr)
        return fail(ErrorCode::invalid_input, file + ": its library " + manifest->library_sha256 + " is in the index");
    index.releases.push_back({manifest->id, manifest->version, manifest->library_sha256, signing::hex(signing::sha256(manifest->document)), {}});
    return {};
}

Exit make(Context& context) {
    const std::string file = context.text("FILE");
    const auto key = signing_key_of(context);
    auto index = read_existing(file);
    if (!key || !index)
        return context.failed(!key ? key.error() : index.error());
    if (context.is_given("--withdraw") && !context.is_given("--reason"))
        return context.misused("--withdraw needs a --reason, which administrators see");
    for (const std::string& manifest : context.texts("--add"))
        if (auto added = add_release(*index, manifest); !added)
            return context.failed(added.error());
    for (const std::string& hash : context.texts("--withdraw")) {
        const auto found = std::ranges::find(index->releases, hash, &config::Release::sha256);
        if (found == index->releases.end())
            return context.failed({ErrorCode::not_found, "no release in " + file + " has the library " + config::in_quotes(hash)});
        found->withdrawn = context.text("--reason");
    }
    ++index->serial;
    index->made = day_of(context.clock.utc_ns());
    const std::string text = to_xml(*index);
    if (auto readable = config::parse_plugin_index(text, file); !readable)
        return context.failed(readable.error().error());
    if (auto written = trust::write_signed(file, text, *key); !written)
        return context.failed(written.error());
    if (context.json)
        context.terminal.out << boost::json::serialize(object{{"file", file}, {"serial", index->serial}, {"releases", index->releases.size()}}) << '\n';
    else
        context.terminal.out << file << ": serial " << index->serial << ", " << index->releases.size() << " releases\n";
    return Exit::done;
}

void show(const Context& context, const trust::SignedIndex& read) {
    const auto withdrawn = std::ranges::count_if(read.index.releases, [](const auto& one) { return !one.withdrawn.empty(); });
    if (context.json) {
        context.terminal.out << boost::json::serialize(object{{"signer", read.signer}, {"serial", read.index.serial}, {"made", read.index.made},
                                                              {"releases", read.index.releases.size()}, {"withdrawn", withdrawn}})
                             << '\n';
        return;
    }
    context.terminal.out << context.terminal.styled("verified", Style::good) << ": index of " << read.signer << ", serial "
                         << read.index.serial << " of " << read.index.made << ", " << read.index.releases.size() << " releases, "
                         << withdrawn << " withdrawn\n";
    for (const config::Release& one : read.index.releases)
        if (!one.withdrawn.empty())
            context.terminal.out << "  " << one.plugin << ' ' << one.version << " withdrawn: " << one.withdrawn << '\n';
}

Exit verify(Context& context) {
    const auto signers = signers_of(context);
    if (!signers)
        return context.failed(signers.error());
    const auto read = trust::read_index(context.text("FILE"), *signers, context.is_given("--dev"), context.clock.utc_ns());
    if (!read)
        return wrong(context, read.error());
    show(context, *read);
    return Exit::done;
}

Exit apply(Context& context) {
    const auto signers = trust::Signers::read(trust_folders(context));
    if (!signers)
        return context.failed(signers.error());
    const bool is_dev = context.is_given("--dev");
    const auto read = trust::read_index(context.text("FILE"), *signers, is_dev, context.clock.utc_ns());
    if (!read)
        return context.failed(read.error());
    const std::filesystem::path place = std::filesystem::path(context.text("--trust")) / (read->signer + ".index.xml");
    if (const auto held = trust::read_index(place, *signers, is_dev, context.clock.utc_ns());
        held && held->index.serial >= read->index.serial && held->document != read->document)
        return context.failed({ErrorCode::refused, context.text("FILE") + ": has serial " + std::to_string(read->index.serial) + ", and " +
                                                       std::to_string(held->index.serial) + " was applied; an index is never set back"});
    if (auto written = trust::write_whole(place, read->document); !written)
        return context.failed(written.error());
    if (auto written = trust::write_whole(trust::signature_file(place),
                                          {reinterpret_cast<const char*>(read->signature.data()), read->signature.size()});
        !written)
        return context.failed(written.error());
    return tell_daemon(context, place.string() + ": serial " + std::to_string(read->index.serial) + " of " + read->signer + " is applied");
}

} // namespace

Commands plugin_index_commands() {
    std::vector<Option> making = signing_key_options();
    making.push_back({"--add", "MANIFEST", "a signed manifest whose release is to be listed", false, true, {}, "", Completes::file});
    making.push_back({"--withdraw", "SHA256", "a listed library that must not run any more", false, true});
    making.push_back({"--reason", "TEXT", "why it is withdrawn"});
    const Option file{"FILE", "", "the index; its signature is FILE.sig", true, false, {}, "", Completes::file};
    const Option dev{"--dev", "", "as a host that runs with --dev"};
    return {
        {"plugin index make",
         "make or extend a signed list of releases",
         "Each time the serial grows by one. Hosts never go back to a smaller one.",
         {file},
         std::move(making),
         make},
        {"plugin index verify",
         "check an index and show what it withdraws",
         "It takes a key of level organisation or ours. The exit code is 1 when it does not verify.",
         {file},
         {public_key_option(), trust_option(), dev},
         verify},
        {"plugin index apply",
         "have the host refuse what an index withdraws",
         "Copies the index beside the trusted keys; the running host takes it up and records it. What is withdrawn is refused at "
         "the next load; where it runs now, that is a finding.",
         {file},
         {{"--reason", "TEXT", "why; it enters the ledger", true}, trust_option(), dev},
         apply},
    };
}

} // namespace ombud::cli
