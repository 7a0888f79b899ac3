// `ombud config …`: checks a site.xml, shows what it would change, and applies it.
#include "cli/command.hpp"
#include "cli/table.hpp"
#include "cli/wording.hpp"
#include "config/site.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

namespace ombud::cli {
namespace {

using boost::json::object;

Result<std::string> read_text(const std::filesystem::path& file) {
    constexpr std::uintmax_t size_max = 4 * 1024 * 1024;
    std::error_code error;
    const auto size = std::filesystem::file_size(file, error);
    if (error)
        return fail(error == std::errc::no_such_file_or_directory ? ErrorCode::not_found : ErrorCode::unavailable,
                    file.string() + ": " + error.message());
    if (size > size_max)
        return fail(ErrorCode::invalid_input,
                    file.string() + ": " + std::to_string(size) + " bytes; a site.xml has at most 4 MiB");
    std::ifstream stream(file, std::ios::binary);
    std::ostringstream text;
    if (!stream || !(text << stream.rdbuf()))
        return fail(ErrorCode::unavailable, file.string() + ": " + std::strerror(errno));
    return text.str();
}

/// The call's body, with the file's full path so that the daemon finds what the file names relative to itself.
Result<object> body_of(const Context& context) {
    const std::filesystem::path file = context.text("FILE");
    auto text = read_text(file);
    if (!text)
        return fail(std::move(text.error()));
    std::error_code ignored;
    return object{{"site_xml", *text}, {"name", std::filesystem::absolute(file, ignored).string()}};
}

void print_problems(const Context& context, const config::Rejection& rejection) {
    boost::json::array problems;
    for (const config::Problem& problem : rejection.problems) {
        problems.push_back({{"file", problem.file}, {"line", problem.line}, {"message", problem.message}});
        context.terminal.print_error({rejection.code, problem.text()});
    }
    if (context.json)
        context.terminal.out << boost::json::serialize(object{{"ok", false}, {"problems", std::move(problems)}})
                             << '\n';
}

Exit check(Context& context) {
    const auto manifests = config::read_manifests(context.text("--manifests"));
    if (!manifests) {
        context.terminal.print_error(manifests.error().error());
        return Exit::failed;
    }
    const auto site = config::read_site(context.text("FILE"), *manifests);
    if (!site) {
        print_problems(context, site.error());
        return site.error().code == ErrorCode::invalid_input ? Exit::wrong : Exit::failed;
    }
    if (context.json)
        context.terminal.out << R"({"ok":true})" << '\n';
    else
        context.terminal.out << context.text("FILE") << ": fine: "
                             << count_words(static_cast<std::int64_t>(site->attachments.size()), "attachment",
                                            "attachments")
                             << ", "
                             << count_words(static_cast<std::int64_t>(site->cameras.size()), "camera", "cameras")
                             << ", "
                             << count_words(static_cast<std::int64_t>(site->modules.size()), "module", "modules")
                             << '\n';
    return Exit::done;
}

void print_changes(const Context& context, const object& answer) {
    Table table({{"WHAT", Align::left, true}, {"WAS", Align::left, true}, {"BECOMES", Align::left, true}});
    for (const auto& value : list_of(answer, "changes")) {
        const object& row = value.as_object();
        table.add({text_of(row, "path"), or_dash(text_of(row, "was")), or_dash(text_of(row, "becomes"))});
    }
    if (table.is_empty())
        context.terminal.out << "nothing changes\n";
    else
        table.print(context.terminal);
}

/// A refused file is found wrong; anything else could not be done.
Exit send(Context& context, const std::string& target, object body) {
    const auto answer = context.client().request_text(api::Method::post, target, std::move(body));
    if (!answer) {
        context.terminal.print_error(answer.error());
        return answer.error().code == ErrorCode::invalid_input ? Exit::wrong : Exit::failed;
    }
    if (context.json) {
        context.terminal.out << *answer << '\n';
        return Exit::done;
    }
    const auto value = boost::json::parse(*answer);
    print_changes(context, value.as_object());
    if (const auto index = text_of(value.as_object(), "ledger_index"); !index.empty())
        context.terminal.remark("applied, ledger entry " + index);
    return Exit::done;
}

Exit diff(Context& context) {
    auto body = body_of(context);
    return body ? send(context, "/v1/config/diff", std::move(*body)) : context.failed(body.error());
}

Exit apply(Context& context) {
    auto body = body_of(context);
    if (!body)
        return context.failed(body.error());
    (*body)["reason"] = context.text("--reason");
    return send(context, "/v1/config/apply", std::move(*body));
}

const Option file_argument{"FILE", "", "a site.xml", true, false, {}, "", Completes::file};

} // namespace

Commands config_commands() {
    return {
        {"config check",
         "say everything that is wrong with a site.xml",
         "Needs no daemon and changes nothing. The exit code is 1 when something is wrong.",
         {file_argument},
         {{"--manifests",
           "DIR",
           "manifests of the plugins that the file may name",
           false,
           false,
           {},
           OMBUD_MANIFESTS_FOLDER,
           Completes::folder}},
         check},
        {"config diff", "show what a site.xml would change in the running daemon", "", {file_argument}, {}, diff},
        {"config apply",
         "make the running daemon use a site.xml",
         "Applied whole or refused whole; the changes are recorded with the reason.",
         {file_argument},
         {{"--reason", "TEXT", "why; it enters the ledger", true}},
         apply},
    };
}

} // namespace ombud::cli
