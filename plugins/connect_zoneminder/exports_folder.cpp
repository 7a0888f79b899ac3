#include "exports_folder.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <memory>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace ombud::zoneminder {
namespace {

constexpr std::size_t entries_max = 10'000;
constexpr int depth_max = 8; ///< ROOT/RECORDING/FILE has 2

std::string reason() {
    return std::strerror(errno);
}

struct CloseFolder {
    void operator()(DIR* folder) const { ::closedir(folder); }
};
using Folder = std::unique_ptr<DIR, CloseFolder>;

/// A folder of its own, not a link to one; null: errno says why.
Folder open_folder(int parent, const char* name) {
    const int fd = ::openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    Folder folder(fd < 0 ? nullptr : ::fdopendir(fd));
    if (fd >= 0 && !folder)
        ::close(fd);
    return folder;
}

/// The next name but "." and ".."; null: the end.
const char* next_name(DIR* folder) {
    while (const dirent* entry = ::readdir(folder))
        if (std::strcmp(entry->d_name, ".") != 0 && std::strcmp(entry->d_name, "..") != 0)
            return entry->d_name;
    return nullptr;
}

bool ends_with(std::string_view text, std::string_view end) {
    return text.size() > end.size() && text.substr(text.size() - end.size()) == end;
}

/// Goes through what is below an open folder, and takes it away when it `removes`; else checks that it is what ZoneMinder
/// puts there: links, folders, and at the top a list and pages. Anything else is somebody's only copy.
/// @return how many names there were
Result<std::uint64_t> go_through(DIR* folder, const std::string& place, int depth, bool removes) {
    std::uint64_t names = 0;
    while (const char* name = next_name(folder)) {
        const std::string here = place + "/" + name;
        struct stat status {};
        if (::fstatat(::dirfd(folder), name, &status, AT_SYMLINK_NOFOLLOW) != 0)
            continue; // it went meanwhile
        const bool is_folder = S_ISDIR(status.st_mode);
        const bool is_page = depth == 0 && S_ISREG(status.st_mode) &&
                             (std::strcmp(name, "zmFileList.txt") == 0 || ends_with(name, ".html"));
        if (!is_folder && !is_page && !S_ISLNK(status.st_mode))
            return fail(ErrorCode::refused, here + ": is a file of its own, no link to one; look at it, and move it away");
        if (is_folder) {
            const Folder inner = depth < depth_max ? open_folder(::dirfd(folder), name) : nullptr;
            if (!inner)
                return fail(ErrorCode::unavailable, here + ": " + (depth < depth_max ? reason() : "too deep"));
            const auto more = go_through(inner.get(), here, depth + 1, removes);
            if (!more)
                return more;
            names += *more;
        }
        if (removes && ::unlinkat(::dirfd(folder), name, is_folder ? AT_REMOVEDIR : 0) != 0 && errno != ENOENT)
            return fail(ErrorCode::unavailable, here + ": " + reason() + "; may this process write there?");
        ++names;
    }
    return names;
}

bool is_plain(unsigned char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '.' || c == '_' || c == '-';
}

bool is_inside(std::string_view name) {
    return !name.empty() && name != "." && name != ".." && name.find_first_of(std::string_view("/\0", 2)) == name.npos;
}

} // namespace

std::string root_of(std::string_view archive) {
    const auto format = format_of(archive);
    return format.empty() ? std::string() : std::string(archive.substr(0, archive.size() - format.size() - 1));
}

std::string_view format_of(std::string_view archive) {
    for (const std::string_view end : {".zip", ".tar", ".tar.gz"})
        if (ends_with(archive, end))
            return end.substr(1);
    return {};
}

std::string export_id_of(std::string_view name) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string id;
    for (const char c : name) {
        const auto byte = static_cast<unsigned char>(c);
        if (is_plain(byte))
            id += c;
        else
            (id += '%') += {digits[byte >> 4], digits[byte & 15]};
    }
    return id;
}

namespace {

/// Of an id; empty: it is none.
std::string bytes_of(std::string_view id) {
    std::string name;
    for (std::size_t i = 0; i < id.size(); ++i) {
        unsigned char byte = static_cast<unsigned char>(id[i]);
        if (byte == '%') {
            const char* const end = id.data() + std::min(i + 3, id.size());
            const auto [stop, error] = std::from_chars(id.data() + i + 1, end, byte, 16);
            if (error != std::errc() || stop != id.data() + i + 3)
                return {};
            i += 2;
        }
        name += static_cast<char>(byte);
    }
    return export_id_of(name) == id ? name : std::string();
}

} // namespace

std::string name_of_export(std::string_view id) {
    const std::string name = bytes_of(id);
    return is_inside(name) ? name : std::string();
}

bool is_elsewhere(std::string_view id) { return !path_of_elsewhere(id).empty(); }

std::string path_of_elsewhere(std::string_view id) {
    const std::string path = bytes_of(id);
    return path.find('/') != std::string::npos && path.find('\0') == std::string::npos ? path : std::string();
}

Result<ExportsFolder> ExportsFolder::look_at(const std::filesystem::path& path) {
    const int folder = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (folder < 0)
        return fail(ErrorCode::unavailable, path.string() + ": " + reason());
    return ExportsFolder(path, folder, -1);
}

Result<ExportsFolder> ExportsFolder::open(const std::filesystem::path& path) {
    const auto failed = [&](const char* what) {
        const ErrorCode code = errno == ENOENT    ? ErrorCode::not_found
                               : errno == EACCES ? ErrorCode::refused
                                                 : ErrorCode::unavailable;
        return fail(code, "exports-dir: " + path.string() + ": " + what + reason() +
                              (code == ErrorCode::refused ? "; it belongs to the web server's user: run Ombud as that user or as root" : ""));
    };
    // The folder itself may be a link, as the administrator likes; nothing below it may.
    const int folder = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0)
        return failed("");
    const int watch = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    ExportsFolder made(path, folder, watch);
    if (watch < 0)
        return failed("inotify: ");
    const std::uint32_t mask = IN_CREATE | IN_CLOSE_WRITE | IN_CLOSE_NOWRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE |
                               IN_ONLYDIR;
    if (::inotify_add_watch(watch, path.c_str(), mask) < 0)
        return failed("inotify: ");
    return made;
}

ExportsFolder::ExportsFolder(ExportsFolder&& other) noexcept
    : path_(std::move(other.path_)), folder_(std::exchange(other.folder_, -1)), watch_(std::exchange(other.watch_, -1)) {}

ExportsFolder& ExportsFolder::operator=(ExportsFolder&& other) noexcept {
    std::swap(path_, other.path_);
    std::swap(folder_, other.folder_);
    std::swap(watch_, other.watch_);
    return *this;
}

ExportsFolder::~ExportsFolder() {
    if (folder_ >= 0)
        ::close(folder_);
    if (watch_ >= 0)
        ::close(watch_);
}

Result<std::vector<ExportNotice>> ExportsFolder::notices() {
    // Our own descriptor keeps a removed folder alive, so that the kernel would not tell of its removal.
    struct stat mine {}, named {};
    if (::fstat(folder_, &mine) != 0 || ::stat(path_.c_str(), &named) != 0 || mine.st_ino != named.st_ino || mine.st_dev != named.st_dev)
        return fail(ErrorCode::not_found, "exports-dir: " + path_.string() + ": was removed, or another folder is in its place");
    std::vector<ExportNotice> all;
    alignas(inotify_event) std::array<char, 16 * 1024> buffer;
    for (auto got = ::read(watch_, buffer.data(), buffer.size()); got > 0;
         got = ::read(watch_, buffer.data(), buffer.size())) {
        for (const char* at = buffer.data(); at < buffer.data() + got;) {
            inotify_event head;
            std::memcpy(&head, at, sizeof head);
            const std::string name(at + sizeof head, ::strnlen(at + sizeof head, head.len));
            at += sizeof head + head.len;
            const bool is_folder = (head.mask & IN_ISDIR) != 0;
            if ((head.mask & IN_Q_OVERFLOW) != 0)
                all.push_back({ExportNotice::Kind::overflown, ""});
            else if ((head.mask & (IN_DELETE | IN_MOVED_FROM)) != 0)
                all.push_back({ExportNotice::Kind::gone, name});
            else if (is_folder && (head.mask & IN_CREATE) != 0)
                all.push_back({ExportNotice::Kind::begun, name});
            else if (!is_folder && (head.mask & (IN_CLOSE_WRITE | IN_MOVED_TO)) != 0)
                all.push_back({ExportNotice::Kind::written, name});
            else if (!is_folder && (head.mask & IN_CLOSE_NOWRITE) != 0)
                all.push_back({ExportNotice::Kind::read, name});
        }
        if (all.size() > entries_max)
            break; // the rest at the next call
    }
    return all;
}

Result<ExportEntries> ExportsFolder::entries() const {
    const Folder folder = open_folder(folder_, ".");
    if (!folder)
        return fail(ErrorCode::unavailable, "exports-dir: " + path_.string() + ": " + reason());
    ExportEntries entries;
    while (const char* name = next_name(folder.get())) {
        struct stat status {};
        if (::fstatat(folder_, name, &status, AT_SYMLINK_NOFOLLOW) != 0)
            continue; // it went meanwhile
        const bool is_archive = S_ISREG(status.st_mode) && !format_of(name).empty();
        if (!is_archive && !S_ISDIR(status.st_mode))
            continue;
        if ((entries.has_more = entries.found.size() == entries_max))
            break;
        entries.found.push_back({name, !is_archive, status.st_ino, status.st_size,
                                 std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec});
    }
    return entries;
}

ExportContent ExportsFolder::content(const std::string& root) const {
    ExportContent content;
    const Folder folder = is_inside(root) ? open_folder(folder_, root.c_str()) : nullptr;
    if (!folder)
        return content;
    while (const char* name = next_name(folder.get())) {
        std::uint64_t id = 0;
        const std::string_view text(name);
        const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), id);
        if (error != std::errc() || stop != text.data() + text.size() || id == 0)
            continue;
        const Folder links = open_folder(::dirfd(folder.get()), name);
        if (!links)
            continue;
        if (content.recordings.size() == ExportContent::recordings_max) {
            content.has_more = true;
            break;
        }
        content.recordings.push_back(id);
        while (const char* link = next_name(links.get())) {
            content.has_mp4 |= ends_with(link, ".mp4");
            content.has_matroska |= ends_with(link, ".mkv") || ends_with(link, ".webm");
            content.has_avi |= ends_with(link, ".avi");
            content.has_jpeg |= ends_with(link, ".jpg");
        }
    }
    std::sort(content.recordings.begin(), content.recordings.end());
    return content;
}

Result<std::uint64_t> ExportsFolder::remove(const std::string& name) {
    if (!is_inside(name))
        return fail(ErrorCode::refused, "\"" + export_id_of(name) + "\" is no name in " + path_.string());
    const std::string root = root_of(name);
    const std::string& links = root.empty() ? name : root;
    const std::string place = (path_ / links).string();
    std::uint64_t removed = 0;
    if (const Folder folder = open_folder(folder_, links.c_str())) {
        for (const bool removes : {false, true}) {
            ::rewinddir(folder.get());
            const auto names = go_through(folder.get(), place, 0, removes);
            if (!names)
                return names;
            removed = *names + 1;
        }
        if (::unlinkat(folder_, links.c_str(), AT_REMOVEDIR) != 0 && errno != ENOENT)
            return fail(ErrorCode::unavailable, place + ": " + reason());
    } else if (errno != ENOENT && (root.empty() || (errno != ENOTDIR && errno != ELOOP))) {
        return fail(errno == ENOTDIR || errno == ELOOP ? ErrorCode::refused : ErrorCode::unavailable,
                    place + ": is neither an archive nor a folder of links; " + reason());
    }
    struct stat status {};
    if (!root.empty() && ::fstatat(folder_, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(status.st_mode)) {
        if (::unlinkat(folder_, name.c_str(), 0) != 0 && errno != ENOENT)
            return fail(ErrorCode::unavailable, (path_ / name).string() + ": " + reason() + "; may this process write there?");
        ++removed;
    }
    return removed;
}

} // namespace ombud::zoneminder
