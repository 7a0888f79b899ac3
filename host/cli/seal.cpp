// `ombud seal …`: sealing, opening and verifying exports, beside a daemon or without one.
#include "seal/seal.hpp"
#include "cli/command.hpp"
#include "cli/interrupt.hpp"
#include "cli/progress.hpp"
#include "cli/seal_files.hpp"
#include "cli/wording.hpp"
#include "ledger/reader.hpp"
#include "ledger/timestamp.hpp"
#include "seal/open.hpp"
#include "signing/encoding.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <ctime>

namespace ombud::cli {
namespace {

using boost::json::object;

/// A wrong passphrase, an altered file, an unknown signer: checked and found wrong. A disk that fails is something
/// else.
Exit judged(const Context& context, const Error& error) {
    switch (error.code) {
    case ErrorCode::corrupt:
    case ErrorCode::refused:
    case ErrorCode::too_new:
    case ErrorCode::invalid_input:
    case ErrorCode::not_found:
        context.terminal.print_error(error);
        return Exit::wrong;
    default:
        return context.failed(error);
    }
}

/// `2026-01-31T23:59:59Z`, or the day alone: its first second.
Result<std::int64_t> utc_of(const Context& context, const std::string& option) {
    const std::string text = context.text(option);
    for (const char* form : {"%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d"}) {
        std::tm broken{};
        const char* end = ::strptime(text.c_str(), form, &broken);
        if (end && *end == '\0' && broken.tm_year >= 70 && broken.tm_year < 300)
            return static_cast<std::int64_t>(::timegm(&broken)) * 1'000'000'000;
    }
    return fail(ErrorCode::invalid_input, option + ": '" + text + "' is no time such as 2026-01-31T23:59:59Z");
}

Result<seal::Facts> facts_of(const Context& context, const std::string& site) {
    seal::Facts facts;
    facts.export_id = context.text("--export");
    facts.site = site;
    for (const std::string& camera : context.texts("--camera")) {
        const auto equals = camera.find('=');
        facts.cameras.push_back(
            {camera.substr(0, equals), equals == std::string::npos ? "" : camera.substr(equals + 1)});
    }
    facts.reason = context.text("--reason");
    facts.legal_ground = context.text("--legal-ground");
    facts.requester = context.text("--requester");
    facts.approver = context.text("--approver");
    facts.recipient = {context.text("--recipient"), context.text("--organisation"), context.text("--class")};
    facts.destination = context.text("--destination");
    facts.masks = context.text("--masks");
    const std::pair<const char*, std::int64_t*> times[] = {
        {"--begin", &facts.begin_utc_ns}, {"--end", &facts.end_utc_ns}, {"--destroy-by", &facts.destroy_by_utc_ns}};
    for (const auto& [option, to] : times) {
        if (!context.is_given(option))
            continue;
        const auto time = utc_of(context, option);
        if (!time)
            return fail(time.error());
        *to = *time;
    }
    if (context.is_given("--ledger-entry")) {
        const auto index = context.integer("--ledger-entry", 0, INT64_MAX);
        if (!index)
            return fail(index.error());
        facts.ledger_index = static_cast<std::uint64_t>(*index);
    }
    return facts;
}

Result<seal::LedgerProof> proof_from(const std::filesystem::path& ledger_folder, std::uint64_t index) {
    auto reader = ledger::Reader::open(ledger_folder);
    if (!reader)
        return fail(reader.error());
    auto entry = reader->entry(index);
    if (!entry)
        return fail(entry.error());
    auto proof = reader->inclusion_proof(index);
    if (!proof)
        return fail(proof.error());
    return seal::LedgerProof{std::move(entry->line), std::move(*proof)};
}

Exit make(Context& context) {
    seal::SealRequest request;
    for (const std::string& file : context.texts("FILE"))
        request.files.push_back({file, std::filesystem::path(file).filename().string()});
    for (const std::string& file : context.texts("--to")) {
        const auto certificates = signing::Certificate::read_all(file, 1);
        if (!certificates)
            return context.failed(certificates.error());
        request.recipients.certificates.push_back(certificates->front().pem());
    }
    auto passphrase = secret_of(context, "--passphrase-file");
    if (!passphrase)
        return context.failed(passphrase.error());
    request.recipients.passphrase = std::move(*passphrase);
    if (request.recipients.certificates.empty() && !request.recipients.passphrase)
        return context.misused("who may open it is told by --to or --passphrase-file");
    auto keys = open_sealing_keys(context);
    if (!keys)
        return context.failed(keys.error());
    auto facts =
        facts_of(context, context.is_given("--site") ? context.text("--site") : site_of(keys->current().certificate));
    if (!facts)
        return context.misused(facts.error().message);
    request.facts = std::move(*facts);
    request.folder = context.text("--out");
    if (auto asked = ask_for_time_stamp(context, request); !asked)
        return context.failed(asked.error());
    request.proof = [&](std::uint64_t index) { return proof_from(context.ledger_folder(), index); };
    const Interrupt interrupt;
    Result<seal::Sealed> sealed;
    {
        Progress progress(context.terminal, context.clock, "seal");
        request.progress = [&](std::uint64_t done, std::uint64_t total) {
            progress.update(done, total);
            return !interrupt.is_requested();
        };
        sealed = seal::seal_files(request, keys->current(), context.clock);
    }
    if (!sealed)
        return context.failed(sealed.error());
    if (context.json)
        context.terminal.out << boost::json::serialize(
                                    object{{"folder", sealed->folder.string()},
                                           {"files", sealed->files.size()},
                                           {"plain_bytes", sealed->plain_bytes},
                                           {"sealed_bytes", sealed->sealed_bytes},
                                           {"manifest_sha256", signing::hex(sealed->manifest_sha256)},
                                           {"certificate_sha256", signing::hex(sealed->certificate_sha256)},
                                           {"time_stamped_at_utc_ns", sealed->time_stamped_at_utc_ns}})
                             << '\n';
    else
        context.terminal.out << sealed->folder.string() << ": "
                             << count_words(static_cast<std::int64_t>(request.files.size()), "file", "files")
                             << " sealed, " << sealed->sealed_bytes << " bytes; manifest SHA-256 "
                             << signing::hex(sealed->manifest_sha256)
                             << (sealed->time_stamped_at_utc_ns == 0 ? "" : "; time stamp " + signing::utc_text(sealed->time_stamped_at_utc_ns)) << '\n';
    return Exit::done;
}

Result<signing::EnvelopeKey> key_of(const Context& context) {
    auto passphrase = secret_of(context, "--passphrase-file");
    if (!passphrase)
        return fail(passphrase.error());
    if (*passphrase)
        return signing::EnvelopeKey::of_passphrase(std::move(**passphrase));
    const auto file = context.text("--key");
    auto key_passphrase = secret_of(context, "--key-passphrase-file");
    if (!key_passphrase)
        return fail(key_passphrase.error());
    auto key = signing::PrivateKey::load(file, *key_passphrase);
    if (!key)
        return fail(key.error());
    auto certificates = signing::Certificate::read_all(context.is_given("--cert") ? context.text("--cert") : file, 10);
    if (!certificates)
        return fail(certificates.error());
    return signing::EnvelopeKey::create(std::move(*key), certificates->front());
}

Result<seal::Trust> trust_of(const Context& context) {
    seal::Trust trust;
    const std::pair<const char*, std::vector<signing::Certificate>*> lists[] = {{"--trust", &trust.signers},
                                                                                {"--tsa-ca", &trust.time_stampers}};
    for (const auto& [option, to] : lists)
        for (const std::string& file : context.texts(option)) {
            auto certificates = signing::Certificate::read_all(file, 1'000);
            if (!certificates)
                return fail(certificates.error());
            to->insert(to->end(), certificates->begin(), certificates->end());
        }
    if (context.is_given("--ledger-key")) {
        const auto text = read_small_file(context.text("--ledger-key"));
        if (!text)
            return fail(text.error());
        auto verifier = signing::NoteVerifier::parse(text->substr(0, text->find('\n')));
        if (!verifier)
            return fail(std::move(verifier.error()).within(context.text("--ledger-key")));
        trust.ledger = std::move(*verifier);
    }
    return trust;
}

object facts_json(const seal::Facts& facts) {
    boost::json::array cameras;
    for (const auto& camera : facts.cameras)
        cameras.push_back(object{{"id", camera.id}, {"name", camera.name}});
    return {{"export", facts.export_id},
            {"site", facts.site},
            {"cameras", std::move(cameras)},
            {"begin_utc_ns", facts.begin_utc_ns},
            {"end_utc_ns", facts.end_utc_ns},
            {"reason", facts.reason},
            {"legal_ground", facts.legal_ground},
            {"requester", facts.requester},
            {"approver", facts.approver},
            {"recipient", facts.recipient.name},
            {"organisation", facts.recipient.organisation},
            {"recipient_class", facts.recipient.recipient_class},
            {"destination", facts.destination},
            {"destroy_by_utc_ns", facts.destroy_by_utc_ns},
            {"masks", facts.masks}};
}

void print_json(const Context& context, const seal::Opened& opened) {
    object all = facts_json(opened.manifest.facts);
    boost::json::array files, strangers;
    for (const auto& file : opened.manifest.files)
        files.push_back(
            object{{"name", file.name}, {"size_bytes", file.plain_bytes}, {"sha256", signing::hex(file.sha256)}});
    for (const std::string& name : opened.strangers)
        strangers.emplace_back(name);
    all["files"] = std::move(files);
    all["strangers"] = std::move(strangers);
    all["signer"] = opened.signer->subject();
    all["signer_sha256"] = signing::hex(opened.signer->sha256());
    all["signed_at_utc_ns"] = opened.signed_at_utc_ns;
    all["time_stamped_at_utc_ns"] = opened.time_stamped_at_utc_ns;
    all["manifest_sha256"] = signing::hex(opened.manifest_sha256);
    if (opened.manifest.facts.ledger_index)
        all["ledger"] = object{{"origin", opened.ledger_origin},
                               {"index", *opened.manifest.facts.ledger_index},
                               {"signature_verified", opened.is_ledger_signature_verified}};
    context.terminal.out << boost::json::serialize(all) << '\n';
}

void print(const Context& context, const seal::Opened& opened) {
    auto& out = context.terminal.out;
    const seal::Facts& facts = opened.manifest.facts;
    out << "export " << facts.export_id << " of " << harmless(facts.site) << ", signed by "
        << harmless(opened.signer->subject()) << " at " << signing::utc_text(opened.signed_at_utc_ns) << '\n';
    if (opened.time_stamped_at_utc_ns != 0)
        out << "time stamp: " << signing::utc_text(opened.time_stamped_at_utc_ns) << '\n';
    else if (opened.manifest.time_stamp_wrapping_sha256)
        out << "time stamp: not looked at; name the authority with --tsa-ca\n";
    for (const auto& camera : facts.cameras)
        out << "camera: " << harmless(camera.id) << (camera.name.empty() ? "" : " (" + harmless(camera.name) + ")")
            << '\n';
    out << "recordings: " << signing::utc_text(facts.begin_utc_ns) << " to " << signing::utc_text(facts.end_utc_ns)
        << '\n';
    const std::pair<const char*, const std::string*> texts[] = {{"reason", &facts.reason},
                                                                {"legal ground", &facts.legal_ground},
                                                                {"requester", &facts.requester},
                                                                {"approver", &facts.approver},
                                                                {"recipient", &facts.recipient.name},
                                                                {"organisation", &facts.recipient.organisation},
                                                                {"destination", &facts.destination},
                                                                {"masks", &facts.masks}};
    for (const auto& [what, text] : texts)
        if (!text->empty())
            out << what << ": " << harmless(*text) << '\n';
    if (facts.destroy_by_utc_ns != 0)
        out << "destroy by: " << signing::utc_text(facts.destroy_by_utc_ns) << '\n';
    if (facts.ledger_index)
        out << "ledger: entry " << *facts.ledger_index << " of " << harmless(opened.ledger_origin)
            << (opened.is_ledger_signature_verified
                    ? ", proven"
                    : "; its signature was not looked at, name its key with --ledger-key")
            << '\n';
    for (const auto& file : opened.manifest.files)
        out << signing::hex(file.sha256) << "  " << harmless(file.name) << '\n';
    for (const std::string& name : opened.strangers)
        context.terminal.remark("not of this seal, and not looked at: " + harmless(name));
}

Exit look(Context& context, bool opens) {
    if (context.is_given("--key") == context.is_given("--passphrase-file"))
        return context.misused("what opens it is one of --key and --passphrase-file");
    auto key = key_of(context);
    if (!key)
        return context.failed(key.error());
    auto trust = trust_of(context);
    if (!trust)
        return context.failed(trust.error());
    seal::OpenRequest request{context.text("DIR"), std::move(*trust), {}};
    const Interrupt interrupt;
    Result<seal::Opened> opened;
    {
        Progress progress(context.terminal, context.clock, opens ? "open" : "verify");
        request.progress = [&](std::uint64_t done, std::uint64_t total) {
            progress.update(done, total);
            return !interrupt.is_requested();
        };
        opened = opens ? seal::open_seal(request, *key, context.text("--out"), context.clock)
                       : seal::verify_seal(request, *key, context.clock);
    }
    if (!opened)
        return judged(context, opened.error());
    if (context.json) {
        print_json(context, *opened);
        return Exit::done;
    }
    print(context, *opened);
    context.terminal.out << (opens ? context.text("--out") + ": " : std::string("verified: "))
                         << count_words(static_cast<std::int64_t>(opened->manifest.files.size()), "file", "files")
                         << ", " << opened->plain_bytes << " bytes\n";
    return Exit::done;
}

Option file_option(std::string name, std::string help, bool required = false, bool repeats = false) {
    return {std::move(name), "FILE", std::move(help), required, repeats, {}, "", Completes::file};
}

std::vector<Option> looking(std::vector<Option> more) {
    std::vector<Option> all{
        file_option("--key", "your private key"),
        file_option("--cert", "your certificate; found in the key's file when not given"),
        file_option("--key-passphrase-file", "the passphrase of your private key"),
        file_option("--passphrase-file", "the passphrase it was sealed for"),
        file_option("--trust", "certificate of the site, or of who issued it; can be given again", true, true),
        file_option("--tsa-ca", "certificate of the time stamping authority; can be given again", false, true),
        file_option("--ledger-key", "verifier key of the site's ledger"),
    };
    all.insert(all.end(), more.begin(), more.end());
    return all;
}

} // namespace

Commands seal_commands() {
    const Option folder{"DIR", "", "the sealed folder", true, false, {}, "", Completes::folder};
    Commands all{
        {"seal make",
         "seal files for recipients",
         "Encrypted with AES-256-GCM for each --to and for the passphrase, and signed with the site's key. What the "
         "options "
         "tell is sealed with the files. Its README.txt says how openssl alone opens it.",
         {{"FILE", "", "what to seal", true, true, {}, "", Completes::file}},
         {file_option("--to", "a recipient's certificate; can be given again", false, true),
          file_option("--passphrase-file", "a passphrase that opens it, 12 bytes or more"),
          {"--out", "DIR", "the sealed folder; not there yet", true, false, {}, "", Completes::folder},
          {"--export", "ID", "of the export; all that is seen of it from outside", true},
          {"--reason", "TEXT", "why it is handed over", true},
          {"--recipient", "TEXT", "who gets it", true},
          {"--camera", "ID[=NAME]", "a camera in it; can be given again", true, true},
          {"--begin", "TIME", "of the recordings, such as 2026-01-31T08:00:00Z", true},
          {"--end", "TIME", "of the recordings", true},
          {"--organisation", "TEXT", "of the recipient"},
          {"--class",
           "CLASS",
           "of the recipient",
           false,
           false,
           {"same-institution", "other-institution", "eu", "third-country", "data-subject"}},
          {"--legal-ground", "TEXT", "why it may go there"},
          {"--requester", "TEXT", "who asked for it"},
          {"--approver", "TEXT", "who agreed"},
          {"--destination", "TEXT", "where it goes"},
          {"--destroy-by", "TIME", "when the recipient must have destroyed it"},
          {"--masks", "TEXT", "which masks were applied"},
          {"--ledger-entry", "ENTRY", "index of the entry that allows it; its proof is sealed with it"},
          {"--site", "ID", "the site's id, when its certificate has another name"},
          {"--timestamp-url", "URL", "a time stamping authority (RFC 3161); it gets the SHA-256 of the signed manifest"},
          file_option("--timestamp-ca", "its certificate, or of who issued it; another's stamp is refused")},
         make},
        {"seal open",
         "verify a seal, and write its files",
         "Nothing is written that did not verify. The exit code is 1 when it does not open or verify.",
         {folder},
         looking({{"--out", "DIR", "where its files go; not there yet", true, false, {}, "", Completes::folder}}),
         [](Context& context) { return look(context, true); }},
        {"seal verify",
         "verify a seal, and write nothing",
         "The same check as `ombud seal open` makes: signature, every file and part to its last bit, the ledger's "
         "proof.",
         {folder},
         looking({}),
         [](Context& context) { return look(context, false); }},
    };
    for (Command& command : all)
        if (command.path == "seal make")
            for (Option& option : sealing_key_options())
                command.options.push_back(std::move(option));
    for (Command& command : sealing_key_commands())
        all.push_back(std::move(command));
    return all;
}

} // namespace ombud::cli
