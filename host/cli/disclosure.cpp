// `ombud disclosure`, `ombud medium`, `ombud destruction`: what left, in the words of those who keep record of it.
#include "cli/fields.hpp"
#include "cli/register_calls.hpp"
#include "cli/wording.hpp"

#include <boost/json/object.hpp>

namespace ombud::cli {
namespace {

using boost::json::object;

const RegisterNoun disclosures{"export_watchdog/disclosures", "disclosures"};
const RegisterNoun media{"export_watchdog/media", "media"};
const RegisterNoun destructions{"export_watchdog/destructions", "destructions"};

Command listing_of(const char* path, const char* summary, const RegisterNoun& noun) {
    return {path, summary, "", {{"NUMBER", "", "all of one"}}, show_options(),
            [&noun](Context& context) { return show_register(context, noun, context.text("NUMBER")); }};
}

Command adding_of(const char* path, const char* summary, const char* details, const RegisterNoun& noun) {
    return {path, summary, details, {field_arguments()}, append_options(), [&noun](Context& context) {
                auto fields = parse_fields(context.texts("FIELD"));
                if (!fields)
                    return context.misused(fields.error().message);
                return append_row(context, noun, std::move(*fields));
            }};
}

// The host does not know that a destruction's number is that of another register's row; a wrong one would end nothing.
Exit end(Context& context, const std::string& of, const std::string& how) {
    const auto number = context.integer("NUMBER", 1, 1'000'000'000);
    if (!number)
        return context.misused(number.error().message);
    const std::string named = "/v1/registers/" + (of == "medium" ? media : disclosures).path + "?key=" + std::to_string(*number);
    if (const auto row = context.client().request(api::Method::get, named, nullptr); !row)
        return context.failed(row.error());
    object fields{{"of", of}, {"number", *number}, {"how", how}, {"by_whom", context.text("--by")}};
    fields["day"] = context.is_given("--day") ? context.text("--day") : utc_words(context.clock.utc_ns()).substr(0, 10);
    if (context.is_given("--detail"))
        fields["detail"] = context.text("--detail");
    return append_row(context, destructions, std::move(fields));
}

const Option number_argument{"NUMBER", "", "of the medium or disclosure", true};
const std::vector<Option> end_options{
    {"--by", "NAME", "who destroyed or received it", true},
    {"--day", "DATE", "when, as 2026-11-22; today (UTC) when not given"},
    {"--detail", "TEXT", "how that is known, such as a certificate; no names of persons"}};

} // namespace

Commands disclosure_commands() {
    return {
        listing_of("disclosure list", "what was disclosed to whom: copied, shown or told", disclosures),
        adding_of("disclosure add", "record a disclosure, also one that was only shown or told",
                  "Required: recorded_from and recorded_to (days of the recordings), requester_name, requester_title, requester_organisation, "
                  "authoriser_name, authoriser_title, description, request_reason, grant_reason, how=copied, shown or told. "
                  "All fields: `ombud register list`, export_watchdog/disclosures. An export at the desk writes its row itself.",
                  disclosures),
    };
}

Commands medium_commands() {
    return {
        listing_of("medium list", "media that recordings left on", media),
        adding_of("medium add", "register a medium before recordings leave on it",
                  "Required: kind, label, contents, exported_by, sent_to, why, destroy_by. All fields: `ombud register list`, export_watchdog/media.",
                  media),
        {"medium return", "a medium came back", "Recorded as a destruction of kind returned.", {number_argument}, end_options,
         [](Context& context) { return end(context, "medium", "returned"); }},
    };
}

Commands destruction_commands() {
    std::vector<Option> options = end_options;
    options.push_back({"--how", "HOW", "how it ended", false, false, {"destroyed", "overwritten", "returned"}, "destroyed"});
    return {
        listing_of("destruction list", "how copies and media ended", destructions),
        {"destruction add",
         "record that a copy or a medium was destroyed, overwritten or returned",
         "A copy on a medium ends with the medium.",
         {{"WHAT", "", "medium or disclosure", true, false, {"medium", "disclosure"}}, number_argument},
         options,
         [](Context& context) { return end(context, context.text("WHAT"), context.text("--how")); }},
    };
}

} // namespace ombud::cli
