// `ombud ledger …`: reads and verifies the record beside the daemon that writes it.
#include "anchors/evidence.hpp"
#include "anchors/kept.hpp"
#include "cli/command.hpp"
#include "cli/interrupt.hpp"
#include "cli/ledger_text.hpp"
#include "cli/ledger_why.hpp"
#include "cli/progress.hpp"
#include "cli/wording.hpp"
#include "ledger/export.hpp"
#include "ledger/reader.hpp"
#include "ledger/verify.hpp"
#include "witness/witness.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <fstream>
#include <iostream>
#include <iterator>
#include <limits>
#include <sstream>

namespace ombud::cli {
namespace {

using boost::json::object;

Result<std::string> read_small(const std::string& file) {
    std::ostringstream text;
    if (file == "-") {
        text << std::cin.rdbuf();
        return text.str();
    }
    std::ifstream stream(file, std::ios::binary);
    if (!stream || !(text << stream.rdbuf()))
        return fail(ErrorCode::not_found, file + ": cannot be read");
    return text.str();
}

/// What --anchor, --witness and --tsa-ca name.
Result<void> add_evidence(const Context& context, ledger::VerifyOptions& options, std::vector<anchors::Vouched>& vouched) {
    constexpr std::size_t authorities_max = 16;
    if (!context.is_given("--anchor")) {
        if (context.is_given("--witness") || context.is_given("--tsa-ca"))
            return fail(ErrorCode::invalid_input, "--witness and --tsa-ca say whose word counts in what --anchor names; name that, too");
        return {};
    }
    anchors::Trusted trusted;
    trusted.now_utc_ns = context.clock.utc_ns();
    for (const std::string& file : context.texts("--witness")) {
        const auto key = read_small(file);
        if (!key)
            return fail(key.error());
        auto verifier = signing::NoteVerifier::parse(key->substr(0, key->find('\n')), signing::NoteKeyType::cosignature);
        if (!verifier)
            return fail(std::move(verifier.error()).within(file));
        trusted.witnesses.push_back(std::move(*verifier));
    }
    if (context.is_given("--tsa-ca")) {
        auto authorities = signing::Certificate::read_all(context.text("--tsa-ca"), authorities_max);
        if (!authorities)
            return fail(authorities.error());
        trusted.authorities = std::move(*authorities);
    }
    const auto pinned = options.verifier ? Result<ledger::PinnedKeys>(ledger::PinnedKeys{*options.verifier, {}})
                                         : ledger::read_verifier(context.ledger_folder());
    if (!pinned)
        return fail(pinned.error());
    for (const std::string& file : context.texts("--anchor")) {
        const auto text = read_small(file);
        if (!text)
            return fail(text.error());
        auto evidence = anchors::read_evidence(*text, file == "-" ? "standard input" : file, pinned->verifier.name(), trusted);
        if (!evidence)
            return fail(evidence.error());
        std::move(evidence->kept.begin(), evidence->kept.end(), std::back_inserter(options.kept));
        std::move(evidence->vouched.begin(), evidence->vouched.end(), std::back_inserter(vouched));
        if (evidence->damaged > 0)
            context.terminal.remark(file + ": " + count_words(static_cast<std::int64_t>(evidence->damaged), "line", "lines") +
                                    " could not be read, and say nothing");
    }
    return {};
}

Exit verify(Context& context) {
    ledger::VerifyOptions options;
    if (context.is_given("--checkpoint")) {
        auto kept = read_small(context.text("--checkpoint"));
        if (!kept)
            return context.failed(kept.error());
        options.kept.push_back({std::move(*kept), "the kept checkpoint"});
    }
    if (context.is_given("--key")) {
        const auto key = read_small(context.text("--key"));
        if (!key)
            return context.failed(key.error());
        auto pinned = ledger::parse_pinned_keys(*key);
        if (!pinned)
            return context.failed(std::move(pinned.error()).within(context.text("--key")));
        options.verifier = std::move(pinned->verifier);
        options.epoch_root = std::move(pinned->epoch_root);
    }
    std::vector<anchors::Vouched> vouched;
    if (auto read = add_evidence(context, options, vouched); !read)
        return context.failed(read.error());
    const Interrupt interrupt;
    Result<ledger::VerifyReport> report;
    {
        Progress progress(context.terminal, context.clock, "verify");
        options.progress = [&](std::uint64_t done, std::uint64_t total) {
            progress.update(done, total);
            return !interrupt.is_requested();
        };
        report = ledger::verify(context.ledger_folder(), options);
    }
    if (!report)
        return report.error().code == ErrorCode::corrupt ? (context.terminal.print_error(report.error()), Exit::wrong)
                                                         : context.failed(report.error());
    if (context.json)
        context.terminal.out << boost::json::serialize(report_json(*report, vouched)) << '\n';
    else
        print_report(context, *report, vouched);
    return report->problem_count == 0 ? Exit::done : Exit::wrong;
}

Exit show(Context& context) {
    auto reader = ledger::Reader::open(context.ledger_folder());
    if (!reader)
        return context.failed(reader.error());
    if (context.is_given("ENTRY")) {
        const auto index = context.integer("ENTRY", 0, std::numeric_limits<std::int64_t>::max());
        if (!index)
            return context.misused(index.error().message);
        const auto entry = static_cast<std::uint64_t>(*index);
        return context.is_given("--why") ? show_why(context, *reader, entry) : show_entry(context, *reader, entry);
    }
    if (context.is_given("--why"))
        return context.misused("--why is asked of one ENTRY, such as one that ombud verdicts names");
    const auto limit = context.integer("--limit", 1, 1'000'000'000);
    if (!limit)
        return context.misused(limit.error().message);
    ledger::Query query;
    query.limit = static_cast<std::uint64_t>(*limit);
    query.newest_first = true;
    if (context.is_given("--kind"))
        query.kind = context.text("--kind");
    return list_entries(context, *reader, query);
}

Exit prove(Context& context) {
    const auto index = context.integer("ENTRY", 0, std::numeric_limits<std::int64_t>::max());
    if (!index)
        return context.misused(index.error().message);
    auto reader = ledger::Reader::open(context.ledger_folder());
    if (!reader)
        return context.failed(reader.error());
    const auto proof = reader->inclusion_proof(static_cast<std::uint64_t>(*index));
    if (!proof)
        return context.failed(proof.error());
    if (context.json)
        context.terminal.out << boost::json::serialize(object{{"index", *index}, {"proof", *proof}}) << '\n';
    else
        context.terminal.out << *proof;
    return Exit::done;
}

// Read beside the daemon: an auditor of another host's ledger comes here with root's rights and no daemon need run.
Exit witnessed(Context& context) {
    auto logs = witness::WitnessedLogs::open(witness::Witness::database(context.state / "witness"), store::Access::read_only);
    if (!logs)
        return context.failed(logs.error());
    const auto all = logs->all();
    if (!all)
        return context.failed(all.error());
    boost::json::array list;
    for (const witness::Witnessed& one : *all) {
        if (context.is_given("ORIGIN") && one.checkpoint.origin != context.text("ORIGIN"))
            continue;
        if (context.json)
            list.push_back({{"origin", one.checkpoint.origin}, {"size", one.checkpoint.size}, {"at_utc_ns", one.at_utc_ns}, {"note", one.note}});
        else
            context.terminal.out << anchors::kept_line(one.note, one.checkpoint);
    }
    if (context.json)
        context.terminal.out << boost::json::serialize(list) << '\n';
    return Exit::done;
}

Exit export_entries(Context& context) {
    const auto report = ledger::export_to(context.ledger_folder(), context.text("DIR"));
    if (!report)
        return context.failed(report.error());
    if (context.json)
        context.terminal.out << boost::json::serialize(object{
                                    {"size", report->size}, {"tiles", report->tiles}, {"dir", context.text("DIR")}})
                             << '\n';
    else
        context.terminal.out << context.text("DIR") << ": "
                             << count_words(static_cast<std::int64_t>(report->size), "entry", "entries") << ", "
                             << count_words(static_cast<std::int64_t>(report->tiles), "tile", "tiles") << '\n';
    return Exit::done;
}

Exit erase(Context& context) {
    const bool by_entry = context.is_given("--entry");
    const bool by_value = context.is_given("--value-from");
    const bool by_age = context.is_given("--older-than-days");
    if (by_entry + by_value + by_age != 1)
        return context.misused("what to erase is one of --entry, --value-from and --older-than-days");
    object body{{"reason", context.text("--reason")}};
    if (by_entry) {
        const auto index = context.integer("--entry", 0, std::numeric_limits<std::int64_t>::max());
        if (!index)
            return context.misused(index.error().message);
        body["entry"] = *index;
    } else if (by_value) {
        auto value = read_small(context.text("--value-from"));
        if (!value)
            return context.failed(value.error());
        if (!value->empty() && value->back() == '\n')
            value->pop_back();
        body["value"] = *value;
    } else {
        const auto days = context.integer("--older-than-days", 1, 36'500);
        if (!days)
            return context.misused(days.error().message);
        body["before_utc_ns"] = context.clock.utc_ns() - *days * 86'400 * 1'000'000'000;
    }
    return context.call(api::Method::post, "/v1/ledger/erase", body, [&](const boost::json::value& answer) {
        const std::int64_t erased = number_of(answer.as_object(), "erased");
        context.terminal.out << count_words(erased, "value", "values") << " erased; the chain is whole\n";
        return Exit::done;
    });
}

const Option entry_argument{"ENTRY", "", "index of an entry", true};

} // namespace

Commands ledger_commands() {
    return {
        {"ledger verify",
         "find out whether the ledger is what it was when it was written",
         "Reads --state beside a running daemon and changes nothing. The exit code is 1 when something does not "
         "verify. "
         "Without --checkpoint or --anchor a rollback of the whole folder to an older state cannot be seen, without --key a ledger "
         "that was replaced together with its key cannot: keep both elsewhere. With --witness or --tsa-ca, a witness or a time "
         "stamping authority must vouch for what an anchor kept.",
         {},
         {{"--checkpoint",
           "FILE",
           "a checkpoint that was kept elsewhere; - reads it from standard input",
           false,
           false,
           {},
           "",
           Completes::file},
          {"--anchor",
           "FILE",
           "what an anchor kept: its file, a system log, or what a witness prints; - reads standard input",
           false,
           true,
           {},
           "",
           Completes::file},
          {"--witness", "FILE", "the verifier key of a witness that must have cosigned", false, true, {}, "", Completes::file},
          {"--tsa-ca", "FILE", "PEM: who signed the certificate of the time stamping authority", false, false, {}, "", Completes::file},
          {"--key", "FILE", "the verifier key that was kept elsewhere", false, false, {}, "", Completes::file}},
         verify},
        {"ledger show",
         "show entries",
         "The newest, or with ENTRY all fields of one, personal values in clear while they are kept. With --why, which exact "
         "binaries decided it: library, manifest and configuration by hash, who signed, and where they ran.",
         {{"ENTRY", "", "index of an entry"}},
         {{"--why", "", "of a judgement: which binaries decided, under which configuration"},
          {"--kind", "KIND", "of this kind only"}, {"--limit", "N", "at most so many", false, false, {}, "20"}},
         show},
        {"ledger prove",
         "prove to somebody else that an entry is in the ledger",
         "Prints a proof in the form c2sp.org/tlog-proof: the path from the entry to the newest signed checkpoint.",
         {entry_argument},
         {},
         prove},
        {"ledger witnessed",
         "the newest checkpoints of other hosts that this one has cosigned",
         "One line a ledger, as ombud ledger verify --anchor takes it on that other host: ssh WITNESS ombud ledger witnessed | ombud "
         "ledger verify --anchor -",
         {{"ORIGIN", "", "of this ledger only, such as ombud/depot"}},
         {},
         witnessed},
        {"ledger export",
         "write the ledger as files that other programs verify",
         "A checkpoint, tiles (c2sp.org/tlog-tiles), entries and the public key. Personal values are not in it.",
         {{"DIR", "", "a folder that is empty or not there yet", true, false, {}, "", Completes::folder}},
         {},
         export_entries},
        {"ledger erase",
         "erase personal values for good; the chain stays whole",
         "Carried out by the running daemon. That it was done is itself recorded, with the reason.",
         {},
         {{"--entry", "ENTRY", "the values of this entry"},
          {"--value-from",
           "FILE",
           "this value wherever it is kept; a file or -, so that it is not in the shell's "
           "history",
           false,
           false,
           {},
           "",
           Completes::file},
          {"--older-than-days", "N", "the values of entries older than that"},
          {"--reason", "TEXT", "why; it enters the ledger, so no personal data", true}},
         erase},
    };
}

} // namespace ombud::cli
