// `ombud register …`: what people keep for modules.
#include "cli/fields.hpp"
#include "cli/register_calls.hpp"
#include "cli/table.hpp"
#include "cli/wording.hpp"

namespace ombud::cli {
namespace {

using boost::json::object;

Exit list(Context& context) {
    return context.call(api::Method::get, "/v1/registers", nullptr, [&](const boost::json::value& answer) {
        Table table({{"REGISTER"}, {"RECORDS", Align::right}, {"CHANGE"}, {"KEY"}, {"FIELDS", Align::left, true}, {"WHAT", Align::left, true}});
        for (const auto& value : answer.as_array()) {
            const object& row = value.as_object();
            std::string fields;
            for (const auto& field : list_of(row, "fields"))
                fields += (fields.empty() ? "" : ", ") + text_of(field.as_object(), "name");
            table.add({text_of(row, "module") + "/" + text_of(row, "register"), text_of(row, "records"), text_of(row, "change"),
                       text_of(row, "key_title"), or_dash(fields), text_of(row, "title")});
        }
        if (table.is_empty())
            context.terminal.out << "no module keeps a register\n";
        else
            table.print(context.terminal);
        return Exit::done;
    });
}

RegisterNoun noun_of(const Context& context) { return {context.text("MODULE/REGISTER"), "records"}; }

Exit set(Context& context) {
    auto fields = parse_fields(context.texts("FIELD"));
    if (!fields)
        return context.misused(fields.error().message);
    return set_record(context, noun_of(context), context.text("KEY"), std::move(*fields));
}

const Option path_argument{"MODULE/REGISTER", "", "as `ombud register list` shows it", true, false, {}, "", Completes::register_path};
const Option key_argument{"KEY", "", "of the record", true};

} // namespace

Commands register_commands() {
    return {
        {"register list", "every register, and what a record of it holds", "", {}, {}, list},
        {"register show",
         "show a register's records, or all of one",
         "Registers about persons are shown to root, the daemon's own user, and the site's approvers and administrators.",
         {path_argument, {"KEY", "", "of one record"}},
         show_options(),
         [](Context& context) { return show_register(context, noun_of(context), context.text("KEY")); }},
        {"register set",
         "add a record, or change some of its fields",
         "Holds for the very next question to the module. A register that needs two persons makes a proposal of it instead; "
         "`ombud approve` is the second person's part.",
         {path_argument, key_argument, field_arguments()},
         {change_reason()},
         set},
        {"register add",
         "add a row to a register that only grows",
         "Its number is told. Rows are never changed or removed: a correction is a row of its own, with --corrects.",
         {path_argument, field_arguments()},
         append_options(),
         [](Context& context) {
             auto fields = parse_fields(context.texts("FIELD"));
             if (!fields)
                 return context.misused(fields.error().message);
             return append_row(context, noun_of(context), std::move(*fields));
         }},
        {"register erase",
         "erase the personal fields of a row of a register that only grows",
         "The row stays and says (erased); so do the rows that it corrects or that correct it. In the ledger the values become "
         "unreadable for good, with them who wrote the row down; its chain stays whole.",
         {path_argument, {"NUMBER", "", "of the row", true}},
         {change_reason()},
         [](Context& context) { return erase_row(context, noun_of(context), context.text("NUMBER")); }},
        {"register remove",
         "remove a record; its personal values are overwritten",
         "",
         {path_argument, key_argument},
         {change_reason()},
         [](Context& context) { return remove_record(context, noun_of(context), context.text("KEY")); }},
    };
}

} // namespace ombud::cli
