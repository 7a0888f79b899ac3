#include "cli/register_calls.hpp"

#include "api/target.hpp"
#include "cli/csv.hpp"
#include "cli/table.hpp"
#include "cli/wording.hpp"

namespace ombud::cli {
namespace {

using boost::json::object;

std::string target_of(const std::string& path) {
    const auto slash = path.find('/');
    if (slash == std::string::npos || slash == 0 || slash + 1 == path.size())
        return {};
    return "/v1/registers/" + api::encode_part(path.substr(0, slash)) + "/" + api::encode_part(path.substr(slash + 1));
}

Exit no_path(const Context& context, const std::string& path) {
    return context.misused("'" + path + "' is not MODULE/REGISTER\nhint: `ombud register list` shows what there is");
}

std::string raw_text_of(const object& row, std::string_view name) {
    const auto* value = row.if_contains(name);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::string fields_words(const object& fields) {
    std::string words;
    for (const auto& field : fields)
        words += (words.empty() ? "" : " ") + harmless(field.key()) + "=" + text_of(fields, field.key());
    return words;
}

std::string correction_words(const object& row) {
    const std::string corrects = text_of(row, "corrects"), newer = text_of(row, "corrected_by");
    return (corrects.empty() ? "" : " (corrects " + corrects + ")") + (newer.empty() ? "" : " (corrected by " + newer + ")");
}

void print_one(const Context& context, const object& answer, const object& row) {
    context.terminal.out << text_of(answer, "key_title") << ": " << text_of(row, "key") << '\n';
    const object& fields = object_of(row, "fields");
    for (const auto& field : fields)
        context.terminal.out << harmless(field.key()) << ": " << text_of(fields, field.key()) << '\n';
    if (const auto corrects = text_of(row, "corrects"); !corrects.empty())
        context.terminal.out << "corrects: " << corrects << '\n';
    if (const auto newer = text_of(row, "corrected_by"); !newer.empty())
        context.terminal.out << "corrected by: " << newer << '\n';
    context.terminal.out << "changed: " << utc_words(number_of(row, "changed_utc_ns")) << ", ledger entry "
                         << text_of(row, "ledger_index") << '\n';
}

void print_all(const Context& context, const RegisterNoun& noun, const object& answer) {
    std::string title = text_of(answer, "key_title");
    for (char& c : title)
        c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    const bool rows = text_of(answer, "change") == "append";
    Table table({{title, rows ? Align::right : Align::left, !rows}, {"FOR", Align::right}, {"FIELDS", Align::left, true}});
    for (const auto& value : list_of(answer, "records")) {
        const object& row = value.as_object();
        table.add({text_of(row, "key"), span_words(context.clock.utc_ns() - number_of(row, "changed_utc_ns")),
                   fields_words(object_of(row, "fields")) + correction_words(row)});
    }
    if (table.is_empty())
        context.terminal.out << "no " << noun.records << '\n';
    else
        table.print(context.terminal);
    if (const auto next = text_of(answer, "next"); !next.empty())
        context.terminal.remark("there are more, of " + text_of(answer, "total") + " in all: --after " + next);
}

/// Every record behind `after`, a thousand at a time; nothing is printed before all of them came.
Exit print_csv(Context& context, const std::string& target, std::string after) {
    std::string lines;
    while (true) {
        const auto page = context.client().request(api::Method::get, after.empty() ? target : target + "&after=" + api::encode_part(after), nullptr);
        if (!page)
            return context.failed(page.error());
        const object& answer = page->as_object();
        const bool rows = text_of(answer, "change") == "append";
        std::vector<std::string> head{"key"};
        for (const auto& name : list_of(answer, "field_names"))
            head.emplace_back(name.as_string());
        if (lines.empty()) {
            std::vector<std::string> titles = head;
            if (rows)
                titles.insert(titles.end(), {"corrects", "corrected_by"});
            titles.insert(titles.end(), {"changed", "ledger_index"});
            lines = csv_line(titles);
        }
        for (const auto& value : list_of(answer, "records")) {
            const object& row = value.as_object();
            const object& fields = object_of(row, "fields");
            std::vector<std::string> cells{raw_text_of(row, "key")};
            for (std::size_t index = 1; index < head.size(); ++index)
                cells.push_back(raw_text_of(fields, head[index]));
            if (rows)
                cells.insert(cells.end(), {raw_text_of(row, "corrects"), raw_text_of(row, "corrected_by")});
            cells.insert(cells.end(), {utc_words(number_of(row, "changed_utc_ns")), std::to_string(number_of(row, "ledger_index"))});
            lines += csv_line(cells);
        }
        after = raw_text_of(answer, "next");
        if (after.empty())
            break;
    }
    context.terminal.out << lines;
    return Exit::done;
}

Exit change(Context& context, const RegisterNoun& noun, const std::string& key, object body) {
    const std::string target = target_of(noun.path);
    if (target.empty())
        return no_path(context, noun.path);
    body["key"] = key;
    body["reason"] = context.text("--reason");
    return context.call(api::Method::post, target, body, [&](const boost::json::value& answer) {
        return say_changed(context, noun.path + " " + harmless(key), answer);
    });
}

} // namespace

Exit show_register(Context& context, const RegisterNoun& noun, const std::string& key) {
    std::string target = target_of(noun.path);
    if (target.empty())
        return no_path(context, noun.path);
    target += "?limit=1000";
    if (!key.empty())
        target += "&key=" + api::encode_part(key);
    if (context.is_given("--all"))
        target += "&all=1";
    if (context.is_given("--csv"))
        return print_csv(context, target, context.text("--after"));
    if (context.is_given("--after"))
        target += "&after=" + api::encode_part(context.text("--after"));
    return context.call(api::Method::get, target, nullptr, [&](const boost::json::value& value) {
        const object& answer = value.as_object();
        if (key.empty())
            print_all(context, noun, answer);
        else
            for (const auto& row : list_of(answer, "records"))
                print_one(context, answer, row.as_object());
        return Exit::done;
    });
}

Exit set_record(Context& context, const RegisterNoun& noun, const std::string& key, object fields) {
    return change(context, noun, key, {{"fields", std::move(fields)}});
}

Exit change_record(Context& context, const RegisterNoun& noun, const std::string& key, object fields) {
    return change(context, noun, key, {{"fields", std::move(fields)}, {"existing", true}});
}

Exit remove_record(Context& context, const RegisterNoun& noun, const std::string& key) {
    return change(context, noun, key, {{"remove", true}});
}

Exit append_row(Context& context, const RegisterNoun& noun, object fields) {
    const std::string target = target_of(noun.path);
    if (target.empty())
        return no_path(context, noun.path);
    const object body{{"fields", std::move(fields)}, {"corrects", context.text("--corrects")}, {"reason", context.text("--reason")}};
    return context.call(api::Method::post, target + "/rows", body, [&](const boost::json::value& value) {
        const object& answer = value.as_object();
        context.terminal.out << noun.path << ' ' << text_of(answer, "key") << ": added, ledger entry " << text_of(answer, "ledger_index") << '\n';
        return Exit::done;
    });
}

Exit erase_row(Context& context, const RegisterNoun& noun, const std::string& key) {
    const std::string target = target_of(noun.path);
    if (target.empty())
        return no_path(context, noun.path);
    return context.call(api::Method::post, target + "/erase", object{{"key", key}, {"reason", context.text("--reason")}},
                        [&](const boost::json::value& value) {
                            const std::int64_t rows = number_of(value.as_object(), "rows");
                            context.terminal.out << noun.path << ' ' << harmless(key) << ": "
                                                 << (rows == 0 ? "nothing personal is left" : "personal fields erased in " + count_words(rows, "row", "rows")) << '\n';
                            return Exit::done;
                        });
}

Exit say_changed(const Context& context, const std::string& subject, const boost::json::value& value) {
    const object& answer = value.as_object();
    std::ostream& out = context.terminal.out;
    if (const object& proposal = object_of(answer, "proposal"); !proposal.empty()) {
        const std::string id = text_of(proposal, "id");
        out << "proposal " << id << " waits for a second person: ombud approve " << id << '\n';
        context.terminal.remark("nothing has changed yet; the proposal expires " + utc_words(number_of(proposal, "expires_utc_ns")));
    } else if (flag_of(answer, "same")) {
        out << subject << " is so already, since ledger entry " << text_of(answer, "ledger_index") << '\n';
    } else {
        out << subject << ": changed, ledger entry " << text_of(answer, "ledger_index") << '\n';
    }
    return Exit::done;
}

const Option& change_reason() {
    static const Option option{"--reason", "TEXT", "why; it enters the ledger, so no personal data", true};
    return option;
}

const std::vector<Option>& show_options() {
    static const std::vector<Option> options{
        {"--after", "KEY", "those behind this key; a thousand at once are shown"},
        {"--all", "", "of a register that only grows: also rows that were corrected"},
        {"--csv", "", "all records as CSV (RFC 4180); a cell that a spreadsheet would take for a formula gets a ' in front"}};
    return options;
}

const std::vector<Option>& append_options() {
    static const std::vector<Option> options{
        {"--corrects", "NUMBER", "the row that this one stands for from now on; fields that are not given are taken from it"},
        {"--reason", "TEXT", "why; required with --corrects; it enters the ledger, so no personal data"}};
    return options;
}

const Option& field_arguments() {
    static const Option option{"FIELD", "", "NAME=TEXT; NAME= takes a value away; fields that are not given stay", false, true};
    return option;
}

} // namespace ombud::cli
