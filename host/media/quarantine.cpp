#include "media/quarantine.hpp"

#include <algorithm>
#include <cerrno>

#include <boost/json.hpp>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "media/recording_file.hpp"
#include "signing/encoding.hpp"

namespace ombud::media {

namespace {

namespace json = boost::json;
namespace fs = std::filesystem;

constexpr std::size_t piece_bytes = std::size_t{1} << 20;
constexpr int names_max = 10'000;
constexpr std::uint64_t note_bytes_max = 1 << 20;

struct File {
    Fd fd;
    struct stat status {};
};

Result<File> open_regular(const fs::path& path) {
    File file;
    if (::lstat(path.c_str(), &file.status) != 0)
        return fail_errno(path.string());
    if (S_ISLNK(file.status.st_mode))
        return fail(ErrorCode::refused, path.string() + ": is a symbolic link; name the file it stands for");
    if (!S_ISREG(file.status.st_mode))
        return fail(ErrorCode::invalid_input, path.string() + ": is not a regular file");
    file.fd = Fd(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (!file.fd.is_open() || ::fstat(file.fd.get(), &file.status) != 0)
        return fail_errno(path.string());
    return file;
}

/// The digest of a file's bytes, which are written to `copy` on the way when it is not -1.
Result<signing::Digest> digest_of(const File& file, int copy) {
    const FileSource source(file.fd.get(), static_cast<std::uint64_t>(file.status.st_size));
    signing::Sha256 hash;
    Bytes piece(piece_bytes);
    for (std::uint64_t at = 0; at < source.size();) {
        const auto bytes = std::span(piece).first(std::min<std::uint64_t>(piece_bytes, source.size() - at));
        if (auto ok = source.read_at(at, bytes); !ok)
            return fail(ok.error());
        if (copy >= 0)
            if (auto ok = write_at(copy, at, bytes); !ok)
                return fail(ok.error());
        hash.update(bytes);
        at += bytes.size();
    }
    return hash.finish();
}

bool is_same(const struct stat& a, const struct stat& b) {
    return a.st_dev == b.st_dev && a.st_ino == b.st_ino && a.st_size == b.st_size && a.st_mtim.tv_sec == b.st_mtim.tv_sec &&
           a.st_mtim.tv_nsec == b.st_mtim.tv_nsec;
}

Result<> check_same(const File& file, const fs::path& path) {
    struct stat now {};
    if (::lstat(path.c_str(), &now) != 0)
        return fail_errno(path.string());
    if (is_same(now, file.status))
        return {};
    return fail(ErrorCode::unavailable, path.string() + ": changed while it was read; nothing was moved, try again later");
}

Result<> sync_directory(const fs::path& directory) {
    const Fd fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd.is_open())
        return fail_errno(directory.string());
    return sync_all(fd.get());
}

/// A copy under a name that nobody has, durable on return.
Result<> copy_to(const File& file, const fs::path& to, const signing::Digest& expected) {
    const Fd copy(::open(to.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!copy.is_open())
        return fail_errno(to.string());
    const auto give_up = [&](Error error) {
        ::unlink(to.c_str());
        return fail(std::move(error).within(to.string()));
    };
    auto written = digest_of(file, copy.get());
    if (!written)
        return give_up(written.error());
    // Owner and mode are kept where the process may; the bytes are what must not be lost.
    if (::fchown(copy.get(), file.status.st_uid, file.status.st_gid) == 0)
        (void)::fchmod(copy.get(), file.status.st_mode & 07777);
    const timespec times[2] = {file.status.st_atim, file.status.st_mtim};
    (void)::futimens(copy.get(), times);
    if (auto ok = sync_all(copy.get()); !ok)
        return give_up(ok.error());
    File again;
    again.fd = Fd(::open(to.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
    again.status = file.status;
    auto read_back = digest_of(again, -1);
    if (!read_back)
        return give_up(read_back.error());
    if (*written != expected || *read_back != expected)
        return give_up({ErrorCode::unavailable, "the copy differs from the original, which stays where it is"});
    return {};
}

/// Moves without ever overwriting.
/// @return  false when `to` is taken
Result<bool> move_to(const File& file, const fs::path& from, const fs::path& to, const signing::Digest& expected) {
    if (auto ok = check_same(file, from); !ok)
        return fail(ok.error());
    if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0)
        return true;
    if (errno == EEXIST)
        return false;
    if (errno != EXDEV && errno != EINVAL)
        return fail_errno("moving " + from.string() + " to " + to.string());
    auto copied = copy_to(file, to, expected);
    if (!copied)
        return fs::exists(fs::symlink_status(to)) ? Result<bool>(false) : fail(copied.error());
    if (auto ok = sync_directory(to.parent_path()); !ok)
        return fail(ok.error());
    if (auto ok = check_same(file, from); !ok) {
        ::unlink(to.c_str());
        return fail(ok.error());
    }
    if (::unlink(from.c_str()) != 0) {
        auto error = fail_errno("removing " + from.string() + " after its copy was made");
        ::unlink(to.c_str());
        return error;
    }
    return true;
}

fs::path note_path(const fs::path& quarantined) { return fs::path(quarantined) += ".json"; }

Result<> write_note(const fs::path& file, const QuarantineNote& note) {
    const json::object object{{"version", 1},
                              {"original_path", note.original_path.string()},
                              {"reason", note.reason},
                              {"quarantined_utc_ns", note.quarantined_utc_ns},
                              {"size_bytes", note.size_bytes},
                              {"sha256", signing::hex(note.sha256)}};
    const std::string text = json::serialize(object) + "\n";
    const Fd fd(::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!fd.is_open())
        return fail_errno(file.string());
    auto done = write_at(fd.get(), 0, signing::bytes_of(text));
    if (done)
        done = sync_all(fd.get());
    if (done)
        return done;
    ::unlink(file.c_str());
    return fail(std::move(done.error()).within(file.string()));
}

} // namespace

Result<fs::path> quarantine(const fs::path& path, const fs::path& directory, const std::string& reason, const Clock& clock) {
    const fs::path from = fs::absolute(path).lexically_normal();
    auto file = open_regular(from);
    if (!file)
        return fail(file.error());
    if (std::error_code code; !fs::is_directory(directory, code))
        return fail(ErrorCode::not_found, directory.string() + ": no such quarantine directory");
    auto digest = digest_of(*file, -1);
    if (!digest)
        return fail(std::move(digest.error()).within(from.string()));
    const QuarantineNote note{from, reason, clock.utc_ns(), static_cast<std::uint64_t>(file->status.st_size), *digest};
    for (int number = 0; number < names_max; ++number) {
        const std::string name = from.filename().string() + (number == 0 ? "" : "." + std::to_string(number));
        const fs::path to = directory / name;
        if (fs::exists(fs::symlink_status(to)))
            continue;
        // The note first: a file in quarantine without one could not be put back; a note without a file harms nobody.
        if (auto written = write_note(note_path(to), note); !written) {
            if (fs::exists(fs::symlink_status(note_path(to))))
                continue;
            return fail(written.error());
        }
        auto moved = move_to(*file, from, to, *digest);
        if (moved && *moved) {
            if (auto ok = sync_directory(directory); !ok)
                return fail(ok.error());
            if (auto ok = sync_directory(from.parent_path()); !ok)
                return fail(ok.error());
            return to;
        }
        ::unlink(note_path(to).c_str());
        if (!moved)
            return fail(moved.error());
    }
    return fail(ErrorCode::unavailable, directory.string() + ": all " + std::to_string(names_max) + " names for " +
                                            from.filename().string() + " are taken; empty the quarantine");
}

Result<QuarantineNote> read_note(const fs::path& quarantined) {
    const fs::path file = note_path(quarantined);
    auto opened = open_regular(file);
    if (!opened)
        return fail(opened.error());
    const auto wrong = [&](const char* what) {
        return fail(ErrorCode::invalid_input, file.string() + ": " + what + "; it was not written by a quarantine of this version");
    };
    const auto size = static_cast<std::uint64_t>(opened->status.st_size);
    if (size > note_bytes_max)
        return wrong("too long");
    auto bytes = FileSource(opened->fd.get(), size).read_bytes(0, size);
    if (!bytes)
        return fail(std::move(bytes.error()).within(file.string()));
    boost::system::error_code code;
    const json::value value = json::parse(json::string_view(reinterpret_cast<const char*>(bytes->data()), bytes->size()), code);
    if (code || !value.is_object())
        return wrong("not a JSON object");
    const json::object& object = value.as_object();
    for (const char* key : {"original_path", "reason", "sha256"})
        if (const json::value* found = object.if_contains(key); found == nullptr || !found->is_string())
            return wrong("a text is missing");
    for (const char* key : {"version", "quarantined_utc_ns", "size_bytes"})
        if (const json::value* found = object.if_contains(key); found == nullptr || !found->is_number())
            return wrong("a number is missing");
    QuarantineNote note;
    note.original_path = std::string(object.at("original_path").as_string());
    note.reason = std::string(object.at("reason").as_string());
    note.quarantined_utc_ns = object.at("quarantined_utc_ns").to_number<std::int64_t>(code);
    note.size_bytes = object.at("size_bytes").to_number<std::uint64_t>(code);
    const auto digest = signing::parse_hex(std::string(object.at("sha256").as_string()));
    if (code || object.at("version").to_number<std::int64_t>(code) != 1 || !digest || digest->size() != note.sha256.size() ||
        !note.original_path.is_absolute())
        return wrong("a value is out of range");
    std::copy(digest->begin(), digest->end(), note.sha256.begin());
    return note;
}

Result<fs::path> restore(const fs::path& quarantined) {
    const fs::path from = fs::absolute(quarantined).lexically_normal();
    auto note = read_note(from);
    if (!note)
        return fail(note.error());
    auto file = open_regular(from);
    if (!file)
        return fail(file.error());
    auto digest = digest_of(*file, -1);
    if (!digest)
        return fail(std::move(digest.error()).within(from.string()));
    if (*digest != note->sha256)
        return fail(ErrorCode::corrupt, from.string() + ": is not what was put into quarantine (its SHA-256 differs); look at it by hand");
    auto moved = move_to(*file, from, note->original_path, *digest);
    if (!moved)
        return fail(moved.error());
    if (!*moved)
        return fail(ErrorCode::refused, note->original_path.string() + ": another file has this name now; move it away first");
    if (auto ok = sync_directory(note->original_path.parent_path()); !ok)
        return fail(ok.error());
    ::unlink(note_path(from).c_str());
    if (auto ok = sync_directory(from.parent_path()); !ok)
        return fail(ok.error());
    return note->original_path;
}

} // namespace ombud::media
