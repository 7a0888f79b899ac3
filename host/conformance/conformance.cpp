#include "conformance/conformance.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <system_error>
#include <utility>

#include "conformance/check.hpp"
#include "conformance/child.hpp"

namespace ombud::conformance {
namespace {

namespace fs = std::filesystem;

std::vector<Check> all_checks() {
    std::vector<Check> all;
    for (const auto checks : {elf_checks(), manifest_checks(), load_checks(), lifecycle_checks(), compatibility_checks(), configuration_checks(),
                              hook_checks(), determinism_checks(), sandbox_checks()})
        all.insert(all.end(), checks.begin(), checks.end());
    return all;
}

Result<std::vector<Check>> chosen(const std::string& only) {
    std::vector<Check> all = all_checks();
    if (only.empty())
        return all;
    std::string names;
    std::vector<Check> some;
    for (const Check& check : all) {
        names += (names.empty() ? "" : " ") + std::string(check.name);
        if (check.name == only || check.name.starts_with(only + "."))
            some.push_back(check);
    }
    if (some.empty())
        return fail(ErrorCode::invalid_input, "there is no check '" + only + "'; there are " + names);
    return some;
}

/// A folder of ours that goes when we do.
class ScratchFolder {
  public:
    static Result<ScratchFolder> make() {
        std::error_code error;
        std::string path = (fs::temp_directory_path(error) / "ombud-check-XXXXXX").string();
        if (error || ::mkdtemp(path.data()) == nullptr)
            return fail(ErrorCode::unavailable, "cannot make a scratch folder: " + (error ? error.message() : std::strerror(errno)));
        return ScratchFolder(path);
    }
    ScratchFolder(ScratchFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
    ScratchFolder(const ScratchFolder&) = delete;
    ScratchFolder& operator=(const ScratchFolder&) = delete;
    ~ScratchFolder() {
        std::error_code ignored;
        if (!path_.empty())
            fs::remove_all(path_, ignored);
    }
    const fs::path& path() const { return path_; }

  private:
    explicit ScratchFolder(fs::path path) : path_(std::move(path)) {}
    fs::path path_;
};

void find_manifest(const Request& request, Subject& subject, Report& report) {
    fs::path file = request.manifest;
    std::error_code ignored;
    if (file.empty())
        file = fs::path(subject.file).replace_extension(".xml");
    if (request.manifest.empty() && !fs::exists(file, ignored))
        file = request.manifests / file.filename();
    auto manifest = config::read_manifest(file);
    if (manifest) {
        subject.manifest = std::move(*manifest);
        report.manifest = file;
    } else {
        const auto& problems = manifest.error().problems;
        subject.manifest_problem = problems.front().text();
        if (problems.size() > 1)
            subject.manifest_problem += "; and " + std::to_string(problems.size() - 1) + " more problems";
    }
}

} // namespace

std::string_view to_string(Outcome outcome) {
    switch (outcome) {
    case Outcome::pass: return "pass";
    case Outcome::fail: return "FAIL";
    case Outcome::not_applicable: return "n/a";
    }
    return "FAIL";
}

bool Report::passes() const {
    return !checks.empty() && std::ranges::none_of(checks, [](const CheckResult& one) { return one.outcome == Outcome::fail; });
}

Result<Report> check_plugin(const Request& request, const std::function<void(const CheckResult&)>& told) {
    const auto checks = chosen(request.only);
    if (!checks)
        return fail(checks.error());
    std::error_code error;
    Subject subject;
    subject.file = fs::absolute(request.file, error);
    if (!fs::is_regular_file(subject.file, error))
        return fail(ErrorCode::not_found, request.file.string() + ": no such file");
    auto scratch = ScratchFolder::make();
    if (!scratch)
        return fail(scratch.error());
    subject.options = request.options;
    subject.libraries = request.libraries;
    subject.signers = request.signers;
    subject.seed = request.seed;
    Report report;
    find_manifest(request, subject, report);

    for (const Check& check : *checks) {
        subject.folder = scratch->path() / check.name;
        fs::create_directory(subject.folder, error);
        const auto seen = in_child(request.timeout, [&](Witness& witness) { return check.run(subject, witness); });
        if (!seen)
            return fail(seen.error());
        report.checks.push_back({std::string(check.name), seen->outcome, seen->what, seen->advice});
        if (told)
            told(report.checks.back());
    }
    return report;
}

} // namespace ombud::conformance
