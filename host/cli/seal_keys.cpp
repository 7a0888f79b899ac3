// `ombud seal keys|rotate-key|certificate`: the keys under which the site seals.
#include "cli/seal_files.hpp"
#include "cli/table.hpp"
#include "config/secret.hpp"
#include "outgoing/time_stamp.hpp"
#include "signing/encoding.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <fstream>

namespace ombud::cli {
namespace {

using boost::json::object;

constexpr std::size_t small_file_bytes_max = 65'536;

std::filesystem::path keys_folder(const Context& context) {
    return context.state / "seal";
}

object record_json(const seal::KeyRecord& record) {
    return {{"number", record.number},
            {"is_current", record.is_current},
            {"subject", record.certificate.subject()},
            {"sha256", signing::hex(record.certificate.sha256())},
            {"not_before_utc_ns", record.certificate.not_before_utc_ns()},
            {"not_after_utc_ns", record.certificate.not_after_utc_ns()},
            {"reason", record.reason}};
}

Exit list(Context& context) {
    const auto records = seal::SealingKeys::list(keys_folder(context));
    if (!records)
        return context.failed(records.error());
    if (context.json) {
        boost::json::array all;
        for (const auto& record : *records)
            all.push_back(record_json(record));
        context.terminal.out << boost::json::serialize(all) << '\n';
        return Exit::done;
    }
    Table table(
        {{"KEY", Align::right}, {"SEALS"}, {"NAME"}, {"VALID UNTIL"}, {"SHA-256"}, {"REASON", Align::left, true}});
    for (const auto& record : *records)
        table.add({std::to_string(record.number), record.is_current ? "now" : "before", record.certificate.subject(),
                   signing::utc_text(record.certificate.not_after_utc_ns()), signing::hex(record.certificate.sha256()),
                   record.reason.empty() ? "-" : record.reason});
    table.print(context.terminal);
    return Exit::done;
}

Exit certificate(Context& context) {
    const auto records = seal::SealingKeys::list(keys_folder(context));
    if (!records)
        return context.failed(records.error());
    for (const auto& record : *records)
        if (record.is_current || context.is_given("--all"))
            context.terminal.out << record.certificate.pem();
    return Exit::done;
}

Exit rotate(Context& context) {
    auto keys = open_sealing_keys(context);
    if (!keys)
        return context.failed(keys.error());
    seal::KeySource next;
    auto passphrase = secret_of(context, "--new-passphrase-file");
    auto pin = secret_of(context, "--new-pin-file");
    if (!passphrase || !pin)
        return context.failed(passphrase ? pin.error() : passphrase.error());
    next.passphrase = std::move(*passphrase);
    next.pin = std::move(*pin);
    next.token = context.text("--new-token");
    const auto record = keys->rotate(context.text("--reason"), next, context.clock);
    if (!record)
        return context.failed(record.error());
    if (context.json)
        context.terminal.out << boost::json::serialize(record_json(*record)) << '\n';
    else
        context.terminal.out << "key " << record->number << " seals from now on; SHA-256 of its certificate: "
                             << signing::hex(record->certificate.sha256()) << '\n';
    return Exit::done;
}

} // namespace

Result<std::string> read_small_file(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    std::string text(small_file_bytes_max + 1, '\0');
    if (!in || (in.read(text.data(), static_cast<std::streamsize>(text.size())), in.bad()) ||
        in.gcount() > static_cast<std::streamsize>(small_file_bytes_max))
        return fail(ErrorCode::not_found, file + ": cannot be read, or has more than 64 KiB");
    text.resize(static_cast<std::size_t>(in.gcount()));
    return text;
}

Result<void> ask_for_time_stamp(const Context& context, seal::SealRequest& request) {
    const std::string url = context.text("--timestamp-url");
    if (url.empty() && context.is_given("--timestamp-ca"))
        return fail(ErrorCode::invalid_input, "--timestamp-ca says whose time stamp is taken, and --timestamp-url asks for none");
    if (url.empty())
        return {};
    if (auto usable = outgoing::check_time_stamp_url(url); !usable)
        return fail(std::move(usable.error()).within("--timestamp-url"));
    request.time_stamp = [url](const std::string& query) { return outgoing::ask_time_stamp(url, query); };
    if (!context.is_given("--timestamp-ca"))
        return {};
    auto authorities = signing::Certificate::read_all(context.text("--timestamp-ca"), 100);
    if (!authorities)
        return fail(authorities.error());
    request.time_stampers = std::move(*authorities);
    return {};
}

std::string site_of(const signing::Certificate& certificate) {
    const std::string subject = certificate.subject();
    return subject.starts_with("CN=") ? subject.substr(3) : subject;
}

Result<seal::SealingKeys> open_sealing_keys(const Context& context) {
    const auto known = seal::SealingKeys::list(keys_folder(context));
    if (!known && (known.error().code != ErrorCode::not_found || !context.is_given("--site")))
        return fail(known.error().code == ErrorCode::not_found
                        ? Error{ErrorCode::not_found,
                                known.error().message +
                                    "\nhint: the daemon makes one at its first run; --site ID makes it here"}
                        : known.error());
    seal::KeySource source;
    auto passphrase = secret_of(context, "--site-passphrase-file");
    auto pin = secret_of(context, "--pin-file");
    if (!passphrase || !pin)
        return fail(passphrase ? pin.error() : passphrase.error());
    source.passphrase = std::move(*passphrase);
    source.pin = std::move(*pin);
    source.token = context.text("--token");
    if (!source.passphrase && context.is_given("--site-passphrase-credential")) {
        const auto secret = config::read_credential(context.text("--site-passphrase-credential"));
        if (!secret)
            return fail(secret.error());
        source.passphrase = secret->reveal();
    }
    return seal::SealingKeys::open(keys_folder(context),
                                   known ? site_of(known->back().certificate) : context.text("--site"), source,
                                   context.clock);
}

std::vector<Option> sealing_key_options() {
    return {
        {"--site-passphrase-file", "FILE", "the passphrase of the site's key", false, false, {}, "", Completes::file},
        {"--site-passphrase-credential", "NAME", "the same from systemd ($CREDENTIALS_DIRECTORY/NAME)"},
        {"--token", "URI", "the site's key is on a token: pkcs11:…, without a PIN"},
        {"--pin-file", "FILE", "PIN of the token", false, false, {}, "", Completes::file},
    };
}

Commands sealing_key_commands() {
    std::vector<Option> rotating{
        {"--reason", "TEXT", "why; it is signed by the old key, so no personal data", true},
        {"--new-passphrase-file", "FILE", "the passphrase of the new key", false, false, {}, "", Completes::file},
        {"--new-token", "URI", "the new key is on a token: pkcs11:…, without a PIN"},
        {"--new-pin-file", "FILE", "PIN of that token", false, false, {}, "", Completes::file},
    };
    for (Option& option : sealing_key_options())
        rotating.push_back(std::move(option));
    return {
        {"seal keys",
         "the site's sealing keys, old ones too",
         "Each certificate is vouched for by the key before it.",
         {},
         {},
         list},
        {"seal certificate",
         "print the site's certificate, for recipients",
         "They need it to verify seals; send it on another way than the seals, or read its SHA-256 to them.",
         {},
         {{"--all", "", "old ones too, for old seals"}},
         certificate},
        {"seal rotate-key",
         "seal with a new key from now on",
         "The old key signs the new certificate. Old seals still verify with the old certificate, which is kept.",
         {},
         std::move(rotating),
         rotate},
    };
}

} // namespace ombud::cli
