#include "cli/register_calls.hpp"

#include "api/target.hpp"
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

std::string fields_words(const object& fields) {
    std::string words;
    for (const auto& field : fields)
        words += (words.empty() ? "" : " ") + harmless(field.key()) + "=" + text_of(fields, field.key());
    return words;
}

void print_one(const Context& context, const object& answer, const object& row) {
    context.terminal.out << text_of(answer, "key_title") << ": " << text_of(row, "key") << '\n';
    const object& fields = object_of(row, "fields");
    for (const auto& field : fields)
        context.terminal.out << harmless(field.key()) << ": " << text_of(fields, field.key()) << '\n';
    context.terminal.out << "changed: " << utc_words(number_of(row, "changed_utc_ns")) << ", ledger entry "
                         << text_of(row, "ledger_index") << '\n';
}

void print_all(const Context& context, const RegisterNoun& noun, const object& answer) {
    std::string title = text_of(answer, "key_title");
    for (char& c : title)
        c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    Table table({{title, Align::left, true}, {"FOR", Align::right}, {"FIELDS", Align::left, true}});
    for (const auto& value : list_of(answer, "records")) {
        const object& row = value.as_object();
        table.add({text_of(row, "key"), span_words(context.clock.utc_ns() - number_of(row, "changed_utc_ns")),
                   fields_words(object_of(row, "fields"))});
    }
    if (table.is_empty())
        context.terminal.out << "no " << noun.records << '\n';
    else
        table.print(context.terminal);
    if (const auto next = text_of(answer, "next"); !next.empty())
        context.terminal.remark("there are more, of " + text_of(answer, "total") + " in all: --after " + next);
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

const Option& field_arguments() {
    static const Option option{"FIELD", "", "NAME=TEXT; NAME= takes a value away; fields that are not given stay", false, true};
    return option;
}

} // namespace ombud::cli
