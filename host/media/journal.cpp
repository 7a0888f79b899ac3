#include "media/journal.hpp"

#include <algorithm>

#include <boost/json.hpp>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "signing/digest.hpp"
#include "signing/encoding.hpp"

namespace ombud::media {

namespace {

namespace json = boost::json;

constexpr std::int64_t format_version = 1;
constexpr const char* suffix = ".cleaning";
constexpr std::uint64_t journal_bytes_max = std::uint64_t{1} << 30;

std::string to_text(const JournalEntry& entry) {
    json::array overwrites;
    for (const Overwrite& overwrite : entry.overwrites) {
        json::array row{overwrite.range.offset, overwrite.range.length};
        if (!overwrite.head.empty())
            row.push_back(json::string(signing::hex(overwrite.head)));
        overwrites.push_back(std::move(row));
    }
    const json::object object{{"version", format_version},
                              {"method", name_of(entry.method)},
                              {"path", entry.path.string()},
                              {"device", entry.old_file.device},
                              {"inode", entry.old_file.inode},
                              {"size_bytes", entry.old_file.size_bytes},
                              {"modified_ns", entry.old_file.modified_ns},
                              {"accessed_ns", entry.accessed_ns},
                              {"new_name", entry.new_name},
                              {"overwrites", std::move(overwrites)}};
    const std::string line = json::serialize(object) + "\n";
    return line + signing::hex(signing::sha256(line)) + "\n";
}

/// Only ever given text whose checksum held, so a wrong shape means another version.
Result<JournalEntry> from_text(std::string_view line) {
    boost::system::error_code code;
    const json::value value = json::parse(json::string_view(line.data(), line.size()), code);
    if (code || !value.is_object())
        return fail(ErrorCode::too_new, "not a journal this version knows");
    const json::object& object = value.as_object();
    const auto number = [&](const char* key) {
        const json::value* found = object.if_contains(key);
        return found != nullptr ? found->to_number<std::int64_t>(code) : 0;
    };
    const auto text = [&](const char* key) {
        const json::value* found = object.if_contains(key);
        return found != nullptr && found->is_string() ? std::string(found->as_string()) : std::string();
    };
    if (number("version") != format_version)
        return fail(ErrorCode::too_new, "version " + std::to_string(number("version")) + " of the journal; this is " +
                                            std::to_string(format_version));
    JournalEntry entry;
    entry.method = text("method") == name_of(Method::in_place) ? Method::in_place : Method::rewrite;
    entry.path = text("path");
    entry.new_name = text("new_name");
    entry.accessed_ns = number("accessed_ns");
    entry.old_file = {static_cast<std::uint64_t>(number("device")), static_cast<std::uint64_t>(number("inode")),
                      static_cast<std::uint64_t>(number("size_bytes")), number("modified_ns")};
    const json::value* rows = object.if_contains("overwrites");
    if (rows == nullptr || !rows->is_array())
        return fail(ErrorCode::too_new, "no overwrites");
    for (const json::value& value_of_row : rows->as_array()) {
        const json::array* row = value_of_row.if_array();
        if (row == nullptr || row->size() < 2)
            return fail(ErrorCode::too_new, "an overwrite without offset and length");
        Overwrite overwrite;
        overwrite.range = {(*row)[0].to_number<std::uint64_t>(code), (*row)[1].to_number<std::uint64_t>(code)};
        if (row->size() > 2 && (*row)[2].is_string()) {
            auto head = signing::parse_hex(std::string((*row)[2].as_string()));
            if (!head)
                return fail(head.error());
            overwrite.head = std::move(*head);
        }
        if (code || overwrite.head.size() > overwrite.range.length)
            return fail(ErrorCode::too_new, "an overwrite that is not understood");
        entry.overwrites.push_back(std::move(overwrite));
    }
    return entry;
}

} // namespace

const char* name_of(Method method) {
    switch (method) {
    case Method::none: return "none";
    case Method::in_place: return "in_place";
    case Method::rewrite: break;
    }
    return "rewrite";
}

Result<Journal> Journal::open_for(const std::filesystem::path& directory, const std::filesystem::path& recording) {
    const auto digest = signing::sha256(recording.string());
    return open_file(directory / (signing::hex(std::span(digest).first(16)) + suffix));
}

Result<Journal> Journal::open_file(const std::filesystem::path& file) {
    Fd directory(::open(file.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!directory.is_open())
        return fail_errno("journal directory " + file.parent_path().string());
    for (;;) {
        Fd fd(::openat(directory.get(), file.filename().c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
        if (!fd.is_open())
            return fail_errno("journal " + file.string());
        if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0)
            return fail(ErrorCode::unavailable, "another cleaning of the same recording is under way; try again later");
        // Its last holder may have removed it between the opening and the lock.
        struct stat status {};
        const auto named = identity_at(directory.get(), file.filename().string());
        if (::fstat(fd.get(), &status) == 0 && named && named->inode == status.st_ino)
            return Journal(file, std::move(directory), std::move(fd));
    }
}

Result<std::optional<JournalEntry>> Journal::read() const {
    struct stat status {};
    if (::fstat(fd_.get(), &status) != 0)
        return fail_errno("journal " + file_.string());
    const auto size = static_cast<std::uint64_t>(status.st_size);
    if (size == 0)
        return std::nullopt;
    if (size > journal_bytes_max)
        return fail(ErrorCode::corrupt, "journal " + file_.string() + ": " + std::to_string(size) + " bytes");
    auto bytes = FileSource(fd_.get(), size).read_bytes(0, size);
    if (!bytes)
        return fail(std::move(bytes.error()).within("journal " + file_.string()));
    const std::string_view text(reinterpret_cast<const char*>(bytes->data()), bytes->size());
    const std::size_t line_end = text.find('\n');
    if (line_end == std::string_view::npos)
        return std::nullopt;
    const std::string_view line = text.substr(0, line_end + 1);
    if (text.substr(line_end + 1) != signing::hex(signing::sha256(line)) + "\n")
        return std::nullopt;
    auto entry = from_text(line);
    if (!entry)
        return fail(std::move(entry.error()).within("journal " + file_.string()));
    return std::move(*entry);
}

Result<> Journal::write(const JournalEntry& entry) {
    const std::string text = to_text(entry);
    if (::ftruncate(fd_.get(), 0) != 0)
        return fail_errno("journal " + file_.string());
    if (auto ok = write_at(fd_.get(), 0, signing::bytes_of(text)); !ok)
        return fail(std::move(ok.error()).within("journal " + file_.string()));
    if (auto ok = sync_all(fd_.get()); !ok)
        return fail(std::move(ok.error()).within("journal " + file_.string()));
    return sync_all(directory_.get());
}

Result<> Journal::remove() {
    if (::unlinkat(directory_.get(), file_.filename().c_str(), 0) != 0)
        return fail_errno("journal " + file_.string());
    return sync_all(directory_.get());
}

Result<std::vector<std::filesystem::path>> list_journals(const std::filesystem::path& directory) {
    std::error_code code;
    std::vector<std::filesystem::path> files;
    for (std::filesystem::directory_iterator it(directory, code), end; !code && it != end; it.increment(code))
        if (it->path().extension() == suffix)
            files.push_back(it->path());
    if (code)
        return fail(code == std::errc::no_such_file_or_directory ? ErrorCode::not_found : ErrorCode::unavailable,
                    "journal directory " + directory.string() + ": " + code.message());
    std::sort(files.begin(), files.end());
    return files;
}

} // namespace ombud::media
