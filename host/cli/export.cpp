// `ombud export`: recordings leave by the desk.
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/json/serialize.hpp>

#include "api/target.hpp"
#include "cli/command.hpp"
#include "cli/table.hpp"
#include "cli/wording.hpp"
#include "signing/encoding.hpp"

namespace ombud::cli {
namespace {

using boost::json::object;

struct Said {
    const char* option; ///< `--reason`; the field is called the same without the dashes
    const char* value;
    const char* help;
};
constexpr Said said[] = {
    {"--camera", "ID[,ID…]", "the cameras that it shows, by the site's ids"},
    {"--file-camera", "ID[,ID…]", "which camera each file shows, in the order of the files; needed where masks are required and cameras are several"},
    {"--from", "TIME", "when the recordings begin: 2026-11-20T14:05 of the site's zone, or with Z for UTC; without it the files tell"},
    {"--to", "TIME", "when they end; a day alone is the whole of it"},
    {"--reason", "TEXT", "why it is asked for; it enters the ledger, so no personal data"},
    {"--recipient", "ID", "to whom it goes, by the site's id"},
    {"--destination", "ID|FOLDER", "where it is put, by the site's id or as a path"},
    {"--legal-ground", "TEXT", "why it may go there; without it the site's, of the recipient"},
    {"--destroy-by", "DAY", "the last day on which the recipient may have it; without it the site's period"},
    {"--medium", "NUMBER", "the medium's number in the register: ombud medium list"},
    {"--summary", "TEXT", "what it shows, in a few words and without names"},
    {"--grant", "TEXT", "why it is granted, without names"},
    {"--unmasked", "TEXT", "leave out the masks that the site requires, and why; it enters the ledger, and a second person approves"},
    {"--requester-name", "TEXT", "who asks for it there; without it the recipient's person"},
    {"--requester-title", "TEXT", "their title or function"},
    {"--requester-organisation", "TEXT", "their organisation"},
};

std::vector<Option> described() {
    std::vector<Option> options;
    for (const Said& one : said)
        options.push_back({one.option, one.value, one.help});
    options.push_back({"--pixelate", "", "make all that moves coarse, as for every recipient of class data-subject; somebody else looks through it"});
    options.push_back({"--keep", "REGION", "pixelated, this stays visible: X,Y,WIDTH,HEIGHT as parts of the picture, with @FROM-TO in seconds for a "
                                           "while; may be repeated", false, true});
    return options;
}

object fields_of(const Context& context) {
    object fields;
    for (const Said& one : said)
        if (context.is_given(one.option))
            fields[std::string_view(one.option).substr(2)] = context.text(one.option);
    if (context.is_given("--pixelate"))
        fields["pixelate"] = "yes";
    if (context.is_given("--keep")) {
        std::string regions;
        for (const std::string& one : context.texts("--keep"))
            regions += (regions.empty() ? "" : " ") + one;
        fields["keep"] = regions;
    }
    return fields;
}

Style style_of_state(std::string_view state) {
    if (state == "released")
        return Style::good;
    return state == "refused" || state == "blocked" || state == "incomplete" || state == "asked" || state == "unreviewed" ? Style::warning : Style::plain;
}

std::string why_of(const object& row) {
    const std::string rule = text_of(row, "rule"), why = text_of(row, "why");
    if (const auto* covering = row.if_contains("covering")) {
        const auto& at = covering->as_object();
        return "file " + text_of(at, "file") + " of " + text_of(at, "files") + " is masked or pixelated: " +
               std::to_string(static_cast<int>(100 * at.at("share").to_number<double>())) + " %";
    }
    return rule.empty() || why.starts_with(rule) ? why : rule + ": " + why;
}

/// What became of it, and what to do next. Refused: the caller's script should know.
Exit say(const Context& context, const object& row) {
    const std::string id = text_of(row, "id"), state = text_of(row, "state"), why = why_of(row);
    context.terminal.out << "export " << id << ": " << state << (why.empty() ? "" : ", " + why) << '\n';
    if (const auto to = text_of(row, "released_to"); !to.empty())
        context.terminal.out << "sealed to " << to << ", ledger entry " << text_of(row, "ledger_index") << '\n';
    if (const auto would = text_of(row, "would"); !would.empty())
        context.terminal.out << "in enforce: " << would << '\n';
    if (const auto cleared = text_of(row, "cleared"); !cleared.empty())
        context.terminal.out << "plain copy: " << cleared << '\n';
    const auto& remark = [&](const std::string& text) { context.terminal.remark(text); };
    if (state == "asked")
        remark("proposal " + text_of(row, "proposal") + " waits for a second person: ombud approve " + text_of(row, "proposal"));
    else if (state == "unreviewed")
        remark("somebody else has to look through it: ombud export sheets " + id + " --out DIR, then ombud export review " + id + " --accept, or --reject");
    else if (state == "incomplete")
        remark("say it with: ombud export describe " + id + " --camera … --reason …");
    else if (state == "refused")
        remark("correct it (ombud export describe " + id + "), ask again (ombud export retry " + id + "), or ombud export withdraw " + id);
    else if (state == "blocked")
        remark("it is tried again by itself; at once with: ombud export retry " + id);
    else if (flag_of(row, "open"))
        remark("it is under way: ombud export show " + id);
    return state == "refused" ? Exit::wrong : Exit::done;
}

Exit submit(Context& context) {
    boost::json::array files;
    for (const std::string& one : context.texts("FILE")) {
        std::error_code error;
        files.emplace_back(std::filesystem::absolute(one, error).string());
    }
    const boost::json::value body{{"files", std::move(files)}, {"fields", fields_of(context)}};
    return context.call(api::Method::post, "/v1/exports", body,
                        [&](const boost::json::value& answer) { return say(context, answer.as_object()); });
}

Exit list(Context& context) {
    const bool all = context.is_given("--all");
    return context.call(api::Method::get, std::string("/v1/exports?state=") + (all ? "all" : "open"), nullptr, [&](const boost::json::value& answer) {
        Table table({{"ID", Align::right}, {"STATE"}, {"TAKEN", Align::right}, {"BY", Align::left, true}, {"CAMERAS", Align::left, true},
                     {"RECIPIENT"}, {"TO"}, {"WHY", Align::left, true}});
        for (const auto& value : list_of(answer.as_object(), "exports")) {
            const object& row = value.as_object();
            const std::string state = text_of(row, "state");
            table.add({text_of(row, "id"), {state, style_of_state(state)}, ago_words(number_of(row, "taken_utc_ns"), context.clock.utc_ns()),
                       or_dash(text_of(row, "requester")), or_dash(joined(list_of(row, "cameras"))), or_dash(text_of(row, "recipient")),
                       or_dash(text_of(row, "destination")), why_of(row)});
        }
        if (table.is_empty())
            context.terminal.out << (all ? "nothing was ever exported here\n" : "no export is held\n");
        else
            table.print(context.terminal);
        for (const auto& value : list_of(answer.as_object(), "left"))
            context.terminal.remark("left in the drop folder: " + text_of(value.as_object(), "name") + ": " + text_of(value.as_object(), "why"));
        return Exit::done;
    });
}

std::string place_of(const Context& context) { return "/v1/exports/" + api::encode_part(context.text("ID")); }

Exit show(Context& context) {
    return context.call(api::Method::get, place_of(context), nullptr, [&](const boost::json::value& answer) {
        const object& row = answer.as_object();
        (void)say(context, row);
        const auto line = [&](const char* name, const std::string& text) {
            if (!text.empty())
                context.terminal.out << name << ": " << text << '\n';
        };
        line("by", text_of(row, "requester"));
        line("cameras", joined(list_of(row, "cameras")));
        if (number_of(row, "begin_utc_ns") != 0)
            line("recorded", utc_words(number_of(row, "begin_utc_ns")) + " to " + utc_words(number_of(row, "end_utc_ns")));
        for (const char* name : {"summary", "reason", "grant", "recipient", "requester_name", "requester_title", "requester_organisation",
                                 "legal_ground", "destination", "destination_kind", "transport", "medium", "masks", "masks_note", "pixelated_note", "reviewer",
                                 "approver", "manifest_sha256"})
            line(name, text_of(row, name));
        if (number_of(row, "time_stamped_utc_ns") != 0)
            line("time_stamp", utc_words(number_of(row, "time_stamped_utc_ns")));
        else if (!text_of(row, "time_stamp_missing").empty())
            line("time_stamp", "none: " + text_of(row, "time_stamp_missing"));
        if (number_of(row, "destroy_by_utc_ns") != 0)
            line("destroy_by", utc_words(number_of(row, "destroy_by_utc_ns")));
        Table table({{"FILE", Align::left, true}, {"FORMAT"}, {"TRACKS"}, {"BYTES", Align::right}, {"SHA-256", Align::left, true}});
        for (const auto& value : list_of(row, "files")) {
            const object& file = value.as_object();
            table.add({or_dash(text_of(file, "name")), or_dash(text_of(file, "format")), or_dash(text_of(file, "tracks")),
                       text_of(file, "size_bytes"), or_dash(text_of(file, "sha256"))});
        }
        table.print(context.terminal);
        return Exit::done;
    });
}

Exit post(Context& context, const char* verb, const object& body) {
    return context.call(api::Method::post, place_of(context) + "/" + verb, body,
                        [&](const boost::json::value& answer) { return say(context, answer.as_object()); });
}

Exit describe(Context& context) {
    object fields = fields_of(context);
    if (fields.empty())
        return context.misused("what is to be changed? `ombud export describe --help` shows what can be said");
    return post(context, "describe", object{{"fields", std::move(fields)}});
}

/// Fetches one file in pieces, for whoever runs this alone.
Result<void> fetch(const Context& context, const std::string& name, std::int64_t size_bytes, const std::filesystem::path& to) {
    const int fd = ::open(to.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    const auto cannot = [&] { return fail(ErrorCode::unavailable, to.string() + ": cannot be written: " + std::strerror(errno)); };
    if (fd < 0)
        return cannot();
    const auto fetched = [&]() -> Result<void> {
        for (std::int64_t at = 0; at < size_bytes;) {
            const auto answer = context.client().request(api::Method::get, place_of(context) + "/sheets/" + api::encode_part(name) + "?offset=" +
                                                                              std::to_string(at));
            if (!answer)
                return fail(answer.error());
            const auto piece = signing::parse_base64(text_of(answer->as_object(), "base64"));
            if (!piece || piece->empty())
                return fail(ErrorCode::unavailable, name + ": became shorter while it was fetched; the export has changed, look again");
            if (::pwrite(fd, piece->data(), piece->size(), at) != static_cast<ssize_t>(piece->size()))
                return cannot();
            at += static_cast<std::int64_t>(piece->size());
        }
        return {};
    }();
    ::close(fd);
    return fetched;
}

Exit sheets(Context& context) {
    const std::filesystem::path folder = context.text("--out");
    const auto answer = context.client().request(api::Method::post, place_of(context) + "/sheets", object{});
    if (!answer)
        return context.failed(answer.error());
    if (::mkdir(folder.c_str(), 0700) != 0) // for whoever looks alone
        return context.failed({ErrorCode::unavailable, folder.string() + ": cannot be made: " + std::strerror(errno)});
    boost::json::array written;
    for (const auto& value : list_of(answer->as_object(), "files")) {
        const object& row = value.as_object();
        const auto file = folder / std::filesystem::path(text_of(row, "name")).filename();
        if (flag_of(row, "is_copy") && !context.is_given("--copy"))
            continue;
        if (auto fetched = fetch(context, file.filename().string(), number_of(row, "size_bytes"), file); !fetched)
            return context.failed(fetched.error());
        written.emplace_back(file.string());
    }
    if (context.json) {
        context.terminal.out << boost::json::serialize(object{{"files", std::move(written)}}) << '\n';
        return Exit::done;
    }
    context.terminal.out << folder.string() << ": " << count_words(static_cast<std::int64_t>(written.size()), "file", "files") << " to look through\n";
    const std::string id = context.text("ID");
    context.terminal.remark("nobody but the person it is for may be seen: ombud export review " + id + " --accept, or --reject --reason …; remove " +
                            folder.string() + " afterwards");
    return Exit::done;
}

Exit review(Context& context) {
    const bool accepts = context.is_given("--accept"), rejects = context.is_given("--reject");
    if (accepts == rejects)
        return context.misused("say one of --accept and --reject");
    if (rejects && context.text("--reason").empty())
        return context.misused("--reject needs --reason TEXT: whoever handed it in reads it");
    return context.call(api::Method::post, place_of(context) + "/review",
                        object{{"decision", accepts ? "accept" : "reject"}, {"reason", context.text("--reason")}},
                        [&](const boost::json::value& answer) {
                            (void)say(context, answer.as_object());
                            return Exit::done;
                        });
}

Option number() { return {"ID", "", "number of the export", true}; }

} // namespace

Commands export_commands() {
    auto files = Option{"FILE", "", "a recording, a picture, an archive; it is taken over: it will be gone from where it is", true, true};
    files.completes = Completes::file;
    return {
        {"export submit",
         "hand files in, to leave the site sealed",
         "The files are taken over by the host, looked into and judged. What may leave is sealed for its recipient and written to its "
         "destination, with its row in the register of disclosures; then the plain copy is removed. What a second person has to approve "
         "waits for them. Only the owner of a file can hand it in. The exit code is 1 when it was refused.",
         {files},
         described(),
         submit},
        {"export list", "what is held, and why", "", {}, {{"--all", "", "what has left or ended, too"}}, list},
        {"export show", "all of one export", "", {number()}, {}, show},
        {"export describe", "say what an export lacks, or correct what was refused", "It is judged anew, and approved anew.", {number()}, described(),
         describe},
        {"export sheets",
         "get what has to be looked through before a pixelated copy leaves",
         "Sheets of small pictures, and when which was taken. For those who may approve; who got them is recorded.",
         {number()},
         {{"--out", "DIR", "where they are put, for you alone; must not exist", true, false, {}, "", Completes::folder},
          {"--copy", "", "the pixelated copy itself, too"}},
         sheets},
        {"export review",
         "say that you looked through a pixelated copy, and whether it may leave",
         "Whoever handed it in cannot. What leaves is exactly the copy whose sheets you were given; rejected, it does not leave.",
         {number()},
         {{"--accept", "", "nobody is to be seen but whom it is for"},
          {"--reject", "", "somebody else is, or may be; needs --reason"},
          {"--reason", "TEXT", "why; it enters the ledger, so no personal data"}},
         review},
        {"export retry", "ask about an export again, now", "", {number()}, {}, [](Context& context) { return post(context, "retry", {}); }},
        {"export withdraw",
         "end an export that has not left; its plain copy is removed for good",
         "",
         {number()},
         {{"--reason", "TEXT", "why; it enters the ledger, so no personal data"}},
         [](Context& context) { return post(context, "withdraw", object{{"reason", context.text("--reason")}}); }},
    };
}

} // namespace ombud::cli
