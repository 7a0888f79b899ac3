#include "cli/ledger_text.hpp"

#include "cli/table.hpp"
#include "cli/wording.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

namespace ombud::cli {

using boost::json::object;

object report_json(const ledger::VerifyReport& report, const std::vector<anchors::Vouched>& vouched) {
    boost::json::array vouchers;
    for (const anchors::Vouched& one : vouched)
        vouchers.push_back({{"by", one.by}, {"size", one.size}, {"at_utc_ns", one.at_utc_ns}});
    boost::json::array problems;
    for (const ledger::Problem& problem : report.problems)
        problems.push_back(
            {{"kind", ledger::name_of(problem.kind)}, {"index", problem.index}, {"message", problem.message}});
    return {{"size", report.size},
            {"signed_size", report.signed_size},
            {"checkpoints", report.checkpoints},
            {"openings", report.openings},
            {"pruned", report.pruned},
            {"bodies_from", report.bodies_from},
            {"epochs", report.epochs},
            {"epoch_root", report.epoch_root},
            {"epoch_was_pinned", report.epoch_was_pinned},
            {"verifier_key", report.verifier_key},
            {"key_was_pinned", report.key_was_pinned},
            {"anchored", report.kept > 0},
            {"kept", report.kept},
            {"vouched", std::move(vouchers)},
            {"problem_count", report.problem_count},
            {"problems", std::move(problems)}};
}

void print_report(const Context& context, const ledger::VerifyReport& report, const std::vector<anchors::Vouched>& vouched) {
    const Terminal& terminal = context.terminal;
    for (const ledger::Problem& problem : report.problems)
        terminal.out << terminal.styled(ledger::name_of(problem.kind), Style::bad) << ": " << problem.message << '\n';
    if (report.problem_count > report.problems.size())
        terminal.out << "and " << report.problem_count - report.problems.size() << " more\n";
    terminal.out << (report.problem_count == 0 ? terminal.styled("verified", Style::good)
                                               : terminal.styled("not verified", Style::bad))
                 << ": " << count_words(static_cast<std::int64_t>(report.size), "entry", "entries") << ", "
                 << report.signed_size << " of them signed, "
                 << count_words(static_cast<std::int64_t>(report.checkpoints), "checkpoint", "checkpoints") << ", "
                 << count_words(static_cast<std::int64_t>(report.openings), "personal value", "personal values") << '\n'
                 << "key " << report.verifier_key << '\n';
    if (report.epochs > 0)
        terminal.out << count_words(static_cast<std::int64_t>(report.epochs), "epoch", "epochs") << " from key " << report.epoch_root << '\n';
    if (report.pruned > 0)
        terminal.out << count_words(static_cast<std::int64_t>(report.pruned), "body", "bodies") << " pruned under the site's policy; all entries from "
                     << report.bodies_from << " on have theirs\n";
    if (report.kept > 0)
        terminal.out << "checked against " << count_words(static_cast<std::int64_t>(report.kept), "checkpoint", "checkpoints") << " kept elsewhere\n";
    for (const anchors::Vouched& one : vouched)
        terminal.out << one.by << ": " << count_words(static_cast<std::int64_t>(one.size), "entry", "entries") << " at " << utc_words(one.at_utc_ns) << '\n';
    if (report.kept_unsigned > 0)
        terminal.remark(count_words(static_cast<std::int64_t>(report.kept_unsigned), "kept checkpoint is", "kept checkpoints are") +
                        " not signed by this key, and say nothing");
    if (!report.key_was_pinned)
        terminal.remark("the key is the ledger's own; --key checks with one that was kept elsewhere");
    if (report.epochs > 0 && !report.epoch_was_pinned)
        terminal.remark("the first epoch's key is the ledger's own; --key FILE checks with its second line, too");
    if (report.kept == 0)
        terminal.remark(
            "an older copy of the whole ledger would verify, too; --anchor FILE or --checkpoint FILE checks against what "
            "was kept elsewhere");
}

Exit show_entry(const Context& context, ledger::Reader& reader, std::uint64_t index) {
    const auto entry = reader.entry(index);
    if (!entry)
        return context.failed(entry.error());
    const auto fields = reader.show(index);
    if (!fields)
        return context.failed(fields.error());
    if (context.json) {
        boost::json::array list;
        for (const ledger::ShownField& field : *fields) {
            object row{{"key", field.key}, {"value", field.value}};
            if (field.opening)
                row["opening"] = *field.opening;
            list.push_back(std::move(row));
        }
        context.terminal.out << boost::json::serialize(
                                    object{{"index", index}, {"line", entry->line}, {"fields", std::move(list)}})
                             << '\n';
        return Exit::done;
    }
    Table table({{"FIELD"}, {"VALUE", Align::left, true}, {"IN CLEAR"}});
    for (const ledger::ShownField& field : *fields) {
        const bool is_personal = field.value.rfind("hmac-sha256:", 0) == 0;
        table.add({field.key, field.value, field.opening ? *field.opening : is_personal ? "(erased)" : ""});
    }
    table.print(context.terminal);
    return Exit::done;
}

Exit list_entries(const Context& context, ledger::Reader& reader, const ledger::Query& query) {
    Table table({{"ENTRY", Align::right}, {"WHEN"}, {"KIND"}, {"CONTENT", Align::left, true}});
    const auto read = reader.each(query, [&](const ledger::StoredEntry& entry) {
        if (context.json)
            context.terminal.out << entry.line << '\n';
        else
            table.add({std::to_string(entry.index), utc_words(entry.at_ns), entry.kind, entry.line});
        return context.terminal.out.good();
    });
    if (!read)
        return context.failed(read.error());
    if (!context.json)
        table.print(context.terminal);
    return Exit::done;
}

} // namespace ombud::cli
