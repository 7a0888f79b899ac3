// The drop folder: what is put there, and what is said of it beside it.
#include <fcntl.h>
#include <pwd.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ombud/host.h>

#include "events/printable.hpp"
#include "gates/export/table.hpp"
#include "gates/export/work.hpp"

namespace ombud::exports {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t names_max = 10'000; // looked at in one round
constexpr std::string_view suffix = ".export";
constexpr std::int64_t patience_ns = 5'000'000'000; // a description may come a moment after its file

bool is_description(std::string_view name) { return name.size() > suffix.size() && name.ends_with(suffix); }

// Names under which programs write before they rename.
bool is_unfinished(std::string_view name) {
    for (const std::string_view end : {".part", ".partial", ".filepart", ".tmp", ".crdownload"})
        if (name.ends_with(end))
            return true;
    return name.starts_with(".") || name.ends_with("~");
}

std::string account_of(uid_t uid) {
    std::vector<char> buffer(16'384);
    struct passwd entry {};
    struct passwd* found = nullptr;
    if (::getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr)
        return entry.pw_name;
    return "uid " + std::to_string(uid);
}

// Whether it is still what it was when it was left; ctime changes with whatever is done to it.
std::string stamp_of(const struct stat& status) {
    return std::to_string(status.st_ino) + ":" + std::to_string(status.st_ctim.tv_sec) + "." + std::to_string(status.st_ctim.tv_nsec);
}

} // namespace

void Work::watch(const fs::path& folder) {
    if (folder == watched_ || inotify_fd_ < 0)
        return;
    // A new watch on a new descriptor: the old one's events mean nothing any more.
    ::close(inotify_fd_);
    inotify_fd_ = ::inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    watched_ = folder;
    if (!folder.empty() && ::inotify_add_watch(inotify_fd_, folder.c_str(), IN_CLOSE_WRITE | IN_MOVED_TO | IN_DELETE | IN_ONLYDIR) < 0)
        parts_.log(OMBUD_LOG_WARNING, "drop " + folder.string() + " cannot be watched and is looked into every second: " + std::strerror(errno));
}

void Work::leave(const std::string& name, const std::string& why, Leave until) {
    struct stat status {};
    const bool stays = until == Leave::until_it_changes && ::lstat((options()->drop / name).c_str(), &status) == 0;
    const std::lock_guard lock(mutex_);
    auto& noted = left_[name];
    const std::string stamp = stays ? stamp_of(status) : std::string{};
    if (noted.first != stamp || noted.second != why)
        parts_.log(OMBUD_LOG_WARNING, "something in the drop folder cannot be taken over; `ombud export list` says what, and why");
    noted = {stamp, why};
}

void Work::look_into_drop() {
    const auto now = options();
    watch(now->drop);
    if (now->drop.empty())
        return;
    std::error_code error;
    std::set<std::string> names;
    for (fs::directory_iterator at(now->drop, error), end; !error && at != end && names.size() < names_max; at.increment(error))
        names.insert(at->path().filename().string());
    if (error)
        return parts_.log(OMBUD_LOG_ERROR, "drop " + now->drop.string() + " cannot be read: " + error.message());
    {
        const std::lock_guard lock(mutex_);
        std::erase_if(left_, [&](const auto& one) { return !names.contains(one.first); });
    }
    for (const std::string& name : names) {
        if (!may_go_on())
            return;
        struct stat status {};
        if (is_unfinished(name) || ::lstat((now->drop / name).c_str(), &status) != 0)
            continue;
        {
            const std::lock_guard lock(mutex_);
            if (const auto known = left_.find(name); known != left_.end() && known->second.first == stamp_of(status))
                continue;
        }
        if (is_description(name))
            take_description(name, names);
        else
            take_dropped(name, names);
    }
}

// What NAME.export says; nothing: there is none.
Result<std::optional<Fields>> Work::description_of(const std::string& name, uid_t owner) {
    const auto opened = media::open_recording(options()->drop / name);
    if (!opened)
        return opened.error().code == ErrorCode::not_found ? Result<std::optional<Fields>>(std::nullopt) : fail(Error(opened.error()));
    if (auto quiet = opened->check_no_writer(); !quiet)
        return fail(quiet.error());
    struct stat status {};
    if (::fstat(opened->file.get(), &status) != 0)
        return media::fail_errno(printable(name));
    if (status.st_uid != owner && status.st_uid != 0)
        return fail(ErrorCode::refused, printable(name) + ": belongs to another account than what it describes");
    std::string text(description_bytes_max + 1, '\0');
    const ssize_t count = ::pread(opened->file.get(), text.data(), text.size(), 0);
    if (count < 0)
        return media::fail_errno(printable(name));
    text.resize(static_cast<std::size_t>(count));
    auto fields = parse_fields(text);
    if (!fields)
        return fail(Error(fields.error()).within(printable(name)));
    return std::optional<Fields>(std::move(*fields));
}

void Work::take_dropped(const std::string& name, const std::set<std::string>& names) {
    const auto now = options();
    const fs::path path = now->drop / name;
    auto file = look_at(path, Giver{0});
    if (!file) {
        if (file.error().code != ErrorCode::unavailable && file.error().code != ErrorCode::not_found)
            leave(name, file.error().message);
        return; // still written, or gone
    }
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0 || status.st_ino != file->inode)
        return;
    const std::string beside = name + std::string(suffix);
    const std::int64_t age_ns = parts_.clock.utc_ns() - (std::int64_t{status.st_ctim.tv_sec} * 1'000'000'000 + status.st_ctim.tv_nsec);
    if (!names.contains(beside) && age_ns >= 0 && age_ns < patience_ns)
        return;
    Export fresh;
    fresh.dropped = true;
    fresh.requester.uid = status.st_uid;
    fresh.requester.account = account_of(status.st_uid);
    fresh.files.push_back(std::move(*file));
    const auto said = description_of(beside, status.st_uid);
    if (!said && said.error().code == ErrorCode::unavailable)
        return; // it is being written
    if (!said) {
        fresh.misdescribed = said.error().message;
    } else if (*said) {
        if (auto described = describe(**said, *now))
            fresh.description = std::move(*described);
        else
            fresh.misdescribed = printable(beside) + ": " + described.error().message;
    }
    const bool described_well = fresh.misdescribed.empty();
    if (auto opened = open(std::move(fresh)); !opened)
        return leave(name, opened.error().message, Leave::for_now);
    {
        const std::lock_guard lock(mutex_);
        left_.erase(beside); // what was said of it while nothing waited for it is true no more
    }
    if (said && *said && described_well)
        (void)::unlink((now->drop / beside).c_str()); // it is in the table
}

// One that came later than its file: of an export that waits for it.
void Work::take_description(const std::string& name, const std::set<std::string>& names) {
    const std::string of = name.substr(0, name.size() - suffix.size());
    if (names.contains(of))
        return; // it is read with its file
    const auto now = options();
    auto db = parts_.ledger.open_for_reading();
    const auto open = db ? table::open_ones(*db) : Result<std::vector<Export>>(fail(db.error()));
    if (!open)
        return;
    for (const Export& one : *open) {
        if (one.state != State::incomplete || !one.dropped || fs::path(one.files.front().source).filename().string() != of)
            continue;
        const auto said = description_of(name, one.requester.uid.value_or(static_cast<uid_t>(-1)));
        if (!said && said.error().code == ErrorCode::unavailable)
            return;
        if (!said)
            return leave(name, said.error().message);
        if (!*said)
            return;
        auto described = describe(**said, *now, one.description);
        if (!described)
            return leave(name, described.error().message);
        Export next = one;
        next.description = std::move(*described);
        next.misdescribed.clear();
        complete(next.description, *now, next.files, parts_.clock.utc_ns());
        const std::string lacks = missing(next.description);
        next.state = lacks.empty() ? State::judging : State::incomplete;
        next.why = lacks.empty() ? std::string{} : "it lacks " + lacks;
        if (change(one, std::move(next), entry("export.described", one)))
            (void)::unlink((now->drop / name).c_str());
        return;
    }
    leave(name, "describes nothing that waits for a description");
}

} // namespace ombud::exports
