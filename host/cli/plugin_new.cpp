// `ombud plugin new`: a project that builds, tests and checks itself.
#include "cli/command.hpp"

#include <boost/json/serialize.hpp>
#include <algorithm>
#include <fstream>
#include <iterator>
#include <system_error>

namespace ombud::cli {
namespace {

namespace fs = std::filesystem;

/// As the templates have it, in names of files and in their text.
constexpr std::string_view placeholder = "my_plugin";
constexpr std::size_t name_bytes_max = 64; // the manifest's grammar

bool is_plugin_name(const std::string& name) {
    const auto is_letter = [](char c) { return c >= 'a' && c <= 'z'; };
    return !name.empty() && name.size() <= name_bytes_max && is_letter(name[0]) &&
           std::ranges::all_of(name, [&](char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '_'; });
}

std::string renamed(std::string text, const std::string& name) {
    for (std::size_t at = 0; (at = text.find(placeholder, at)) != std::string::npos; at += name.size())
        text.replace(at, placeholder.size(), name);
    return text;
}

Result<void> copy_file(const fs::path& from, const fs::path& to, const std::string& name) {
    std::error_code error;
    fs::create_directories(to.parent_path(), error);
    std::ifstream in(from, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    std::ofstream out(to, std::ios::binary);
    out << renamed(text, name);
    out.close();
    if (error || in.bad() || !out)
        return fail(ErrorCode::unavailable, to.string() + ": cannot be written");
    fs::permissions(to, fs::status(from, error).permissions() | fs::perms::owner_write, error);
    return error ? Result<void>(fail(ErrorCode::unavailable, to.string() + ": " + error.message())) : Result<void>();
}

/// Every file below `from`, but what a build left there.
Result<void> copy_folder(const fs::path& from, const fs::path& to, const std::string& name) {
    std::error_code error;
    fs::recursive_directory_iterator at(from, error), end;
    for (; !error && at != end; at.increment(error)) {
        const std::string own = at->path().filename().string();
        if (at->is_directory() && own == "target")
            at.disable_recursion_pending();
        if (!at->is_regular_file() || own == "Cargo.lock")
            continue;
        const std::string relative = fs::relative(at->path(), from, error).string();
        if (auto copied = copy_file(at->path(), to / renamed(relative, name), name); !copied)
            return copied;
    }
    if (error)
        return fail(ErrorCode::not_found, from.string() + ": " + error.message() +
                                              "\nhint: the templates are installed with the SDK: cmake --install BUILD --component sdk; or name them by --templates");
    return {};
}

Result<void> make_project(const fs::path& templates, const std::string& language, const fs::path& folder, const std::string& name) {
    if (auto copied = copy_folder(templates / language, folder, name); !copied)
        return copied;
    if (language == "rust") // beside the templates, installed as in the source tree
        return copy_folder(templates.parent_path() / "rust" / "ombud", folder / "ombud", std::string(placeholder));
    return {};
}

Exit make(Context& context) {
    const std::string name = context.text("NAME");
    if (!is_plugin_name(name))
        return context.misused("'" + name + "' is no name of a plugin: 1 to 64 of a-z, 0-9 and _, beginning with a letter");
    const fs::path folder = fs::path(context.text("--dir")) / name;
    std::error_code error;
    if (fs::exists(fs::symlink_status(folder, error)))
        return context.failed({ErrorCode::refused, folder.string() + ": is there already; nothing was changed"});
    // Made whole, then named.
    const fs::path unfinished = folder.parent_path() / ("." + name + ".unfinished");
    fs::remove_all(unfinished, error);
    auto made = make_project(fs::absolute(context.text("--templates"), error).lexically_normal(), context.text("--lang"), unfinished, name);
    if (made)
        fs::rename(unfinished, folder, error);
    if (!made || error) {
        std::error_code ignored;
        fs::remove_all(unfinished, ignored);
        return context.failed(made ? Error{ErrorCode::unavailable, folder.string() + ": " + error.message()} : made.error());
    }
    if (context.json)
        context.terminal.out << boost::json::serialize(boost::json::object{{"folder", folder.string()}}) << '\n';
    else
        context.terminal.out << "made " << folder.string() << "; build, test and check it: " << (folder / "ci" / "run").string() << '\n';
    return Exit::done;
}

} // namespace

Command plugin_new_command() {
    return {"plugin new",
            "make a project for a plugin of one's own",
            "It builds, has a test of its decision and policy tests for `ombud test`, and tries itself with `ombud plugin check`. C needs make and pkg-config, C++ CMake, "
            "Rust cargo, without a network.",
            {{"NAME", "", "of the plugin: 1 to 64 of a-z, 0-9 and _, beginning with a letter", true}},
            {{"--lang", "LANGUAGE", "what it is written in", true, false, {"c", "cpp", "rust"}},
             {"--dir", "DIR", "where its folder is made", false, false, {}, ".", Completes::folder},
             {"--templates", "DIR", "where the templates are", false, false, {}, OMBUD_TEMPLATES_FOLDER, Completes::folder}},
            make};
}

} // namespace ombud::cli
