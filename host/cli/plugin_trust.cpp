// `ombud plugin trust …`: whose plugins this machine runs.
#include "api/target.hpp"
#include "cli/plugin_files.hpp"
#include "cli/table.hpp"
#include "cli/wording.hpp"
#include "config/values.hpp"
#include "plugin_runtime/guarded_file.hpp"
#include "trust/signature.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <sys/stat.h>
#include <unistd.h>

namespace ombud::cli {
namespace {

using boost::json::object;

std::filesystem::path own_folder(const Context& context) {
    return context.text("--trust");
}

std::string level_words(const trust::Signer& signer) {
    return signer.is_withdrawn ? "withdrawn" : std::string(to_string(signer.level));
}

Exit list(Context& context) {
    const auto signers = trust::Signers::read(trust_folders(context));
    if (!signers)
        return context.failed(signers.error());
    boost::json::array rows;
    Table table({{"SIGNER"}, {"LEVEL"}, {"UNTIL"}, {"SHA-256", Align::left, true}, {"REASON", Align::left, true}});
    for (const trust::Signer& one : signers->all()) {
        if (context.json)
            rows.push_back(object{{"signer", one.name}, {"level", level_words(one)}, {"until", one.until},
                                  {"key", trust::fingerprint(one.key)}, {"reason", one.reason}, {"file", one.file.string()}});
        else
            table.add({one.name, {level_words(one), one.is_withdrawn ? Style::bad : Style::plain}, one.until.empty() ? "-" : one.until,
                       trust::fingerprint(one.key), one.reason});
    }
    if (context.json)
        context.terminal.out << boost::json::serialize(rows) << '\n';
    else
        table.print(context.terminal);
    return Exit::done;
}

Result<void> check_line(const std::string& text) {
    for (const char c : text)
        if (static_cast<unsigned char>(c) < 0x20)
            return fail(ErrorCode::invalid_input, "--reason is one line of text");
    return {};
}

/// Writes a signer's file, and takes it back when the folder cannot be read with it.
Result<void> place(const Context& context, const trust::Signer& signer, const std::string& before) {
    std::error_code error;
    std::filesystem::create_directories(own_folder(context), error);
    if (auto guarded = check_guarded_folder(own_folder(context), "the folder of trusted keys"); !guarded)
        return guarded;
    if (auto written = trust::write_whole(signer.file, to_text(signer)); !written)
        return written;
    const auto all = trust::Signers::read(trust_folders(context));
    if (all)
        return {};
    if (before.empty())
        ::unlink(signer.file.c_str());
    else if (auto restored = trust::write_whole(signer.file, before); !restored)
        return restored;
    return fail(all.error());
}

Exit add(Context& context) {
    const std::string name = context.text("NAME");
    const auto level = trust::parse_level(context.text("--level"));
    const auto key = signing::PublicKey::read(context.text("KEY"));
    for (const Result<void>& ok : {trust::check_signer_name(name), check_line(context.text("--reason"))})
        if (!ok)
            return context.misused(ok.error().message);
    if (!level || !key)
        return context.failed(!key ? key.error() : level.error());
    if (context.is_given("--until") && !config::parse_date(context.text("--until")))
        return context.misused("--until " + config::in_quotes(context.text("--until")) + " is not a day as YYYY-MM-DD");
    const auto known = trust::Signers::read(trust_folders(context));
    if (!known)
        return context.failed(known.error());
    std::string before;
    const auto file = own_folder(context) / (name + ".pem");
    if (const auto* old = known->find(name); old != nullptr && old->file == file) { // one that came with the installation is replaced
        if (!old->is_withdrawn)
            return context.failed({ErrorCode::refused, old->file.string() + ": there is a key of that name\nhint: ombud plugin trust remove " +
                                                           name + " --reason …"});
        before = to_text(*old);
    }
    trust::Signer signer{name, *level, false, context.text("--until"), 0, context.text("--reason"), *key, file};
    if (auto placed = place(context, signer, before); !placed)
        return context.failed(placed.error());
    return tell_daemon(context, signer.file.string() + ": " + name + " is trusted as " + level_words(signer));
}

Exit remove(Context& context) {
    if (auto ok = check_line(context.text("--reason")); !ok)
        return context.misused(ok.error().message);
    const auto known = trust::Signers::read(trust_folders(context));
    if (!known)
        return context.failed(known.error());
    const auto* old = known->find(context.text("NAME"));
    if (old == nullptr)
        return context.failed({ErrorCode::not_found, "no key '" + context.text("NAME") + "' is trusted here; see: ombud plugin trust list"});
    // The file stays and says why: what the key signed is refused with these words, and the key does not come back by mistake.
    trust::Signer signer = *old;
    signer.is_withdrawn = true;
    signer.reason = context.text("--reason");
    signer.file = own_folder(context) / (signer.name + ".pem");
    if (auto placed = place(context, signer, old->file == signer.file ? to_text(*old) : ""); !placed)
        return context.failed(placed.error());
    return tell_daemon(context, signer.file.string() + ": " + signer.name + " is trusted no longer");
}

} // namespace

std::vector<std::filesystem::path> trust_folders(const Context& context) {
    return {OMBUD_TRUST_FOLDER, context.text("--trust")};
}

Option trust_option() {
    return {"--trust", "DIR", "folder of the trusted keys", false, false, {}, "/etc/ombud/trust.d", Completes::folder};
}

Option public_key_option() {
    return {"--key", "FILE", "take this public key alone for trusted", false, false, {}, "", Completes::file};
}

Result<trust::Signers> signers_of(const Context& context) {
    if (!context.is_given("--key"))
        return trust::Signers::read(trust_folders(context));
    auto key = signing::PublicKey::read(context.text("--key"));
    if (!key)
        return fail(key.error());
    return trust::Signers::of({"--key", TrustLevel::organisation, false, {}, 0, {}, std::move(*key), context.text("--key")});
}

Exit tell_daemon(Context& context, const std::string& changed) {
    const auto answer = context.client().request(api::Method::post, "/v1/trust", object{{"reason", context.text("--reason")}});
    if (!answer && answer.error().code != ErrorCode::unavailable)
        return context.failed(answer.error());
    boost::json::array recorded, problems;
    if (answer) {
        recorded = answer->at("changes").as_array();
        problems = answer->at("problems").as_array();
    }
    if (context.json) {
        context.terminal.out << boost::json::serialize(object{{"done", changed}, {"host_runs", answer.has_value()}, {"changes", recorded},
                                                              {"problems", problems}})
                             << '\n';
    } else {
        context.terminal.out << changed << '\n';
        for (const auto& one : recorded)
            context.terminal.out << text_of(one.as_object(), "what") << ", ledger entry " << text_of(one.as_object(), "ledger_index") << '\n';
        if (!answer)
            context.terminal.remark("no host runs at " + context.socket.string() + "; it records the change when it starts");
    }
    for (const auto& one : problems)
        context.terminal.print_error({ErrorCode::refused, std::string(one.as_string())});
    return problems.empty() ? Exit::done : Exit::failed;
}

Commands plugin_trust_commands() {
    const Option name{"NAME", "", "a-z, 0-9, _ and -", true};
    const Option reason{"--reason", "TEXT", "why; it enters the ledger", true};
    return {
        {"plugin trust list",
         "whose plugins run here, and how far they are trusted",
         "ours and organisation: modules and connectors, in the host's own process. community: modules, sandboxed only. "
         "development: where the host runs with --dev.",
         {},
         {trust_option()},
         list},
        {"plugin trust add",
         "trust a key",
         "Writes NAME.pem into the folder, which must belong to root. The running host takes it up and records it; one that does "
         "not run does so when it starts.",
         {name, {"KEY", "", "file of the public key", true, false, {}, "", Completes::file}},
         {{"--level", "LEVEL", "how far", true, false, {"development", "community", "organisation", "ours"}},
          reason,
          {"--until", "DAY", "the last day, in UTC"},
          trust_option()},
         add},
        {"plugin trust remove",
         "trust a key no longer",
         "Nothing that it signed is loaded any more. What runs goes on until the host loads it again.",
         {name},
         {reason, trust_option()},
         remove},
    };
}

} // namespace ombud::cli
