#include "gates/mail/archive.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <string>

#include <archive.h>
#include <archive_entry.h>

namespace ombud::mail {
namespace {

struct Free {
    void operator()(archive* opened) const { archive_read_free(opened); }
};

/// The spooled file as libarchive reads it.
struct Reading {
    const Spool& bytes;
    std::uint64_t at = 0;
    std::array<char, 32 * 1024> buffer{};

    static la_ssize_t read(archive*, void* self, const void** out) {
        auto& reading = *static_cast<Reading*>(self);
        const auto count = reading.bytes.read_at(reading.at, reading.buffer.data(), reading.buffer.size());
        if (!count)
            return -1;
        reading.at += *count;
        *out = reading.buffer.data();
        return static_cast<la_ssize_t>(*count);
    }
    static la_int64_t seek(archive*, void* self, la_int64_t offset, int whence) {
        auto& reading = *static_cast<Reading*>(self);
        const auto size = static_cast<la_int64_t>(reading.bytes.size());
        const la_int64_t base = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? static_cast<la_int64_t>(reading.at) : size;
        const la_int64_t target = base + offset;
        if (target < 0 || target > size)
            return ARCHIVE_FATAL;
        reading.at = static_cast<std::uint64_t>(target);
        return target;
    }
};

/// One file of an archive, within the budget.
class EntrySource final : public Source {
  public:
    EntrySource(archive* opened, Budget& budget) : opened_(opened), budget_(budget) {}

    std::ptrdiff_t read(char* into, std::size_t room) override {
        if (budget_.unpacked_bytes == 0)
            return -1;
        room = static_cast<std::size_t>(std::min<std::uint64_t>(room, budget_.unpacked_bytes));
        const la_ssize_t count = archive_read_data(opened_, into, room);
        if (count > 0)
            budget_.unpacked_bytes -= static_cast<std::uint64_t>(count);
        return count;
    }

  private:
    archive* const opened_;
    Budget& budget_;
};

using Way = void (*)(archive*);

// A ZIP has two tables of contents that need not agree, and programs differ in which one they read: both are looked at.
void zip_by_directory(archive* reader) { archive_read_support_format_zip_seekable(reader); }
void zip_by_headers(archive* reader) { archive_read_support_format_zip_streamable(reader); }
void others(archive* reader) {
    archive_read_support_format_7zip(reader);
    archive_read_support_format_rar(reader);
    archive_read_support_format_rar5(reader);
    archive_read_support_format_cab(reader);
    archive_read_support_format_tar(reader);
}
void compressed(archive* reader) {
    archive_read_support_filter_gzip(reader);
    archive_read_support_filter_bzip2(reader);
    archive_read_support_filter_xz(reader);
    archive_read_support_filter_zstd(reader);
    archive_read_support_format_tar(reader);
    archive_read_support_format_raw(reader);
}

Sort opaque(std::string_view why) { return {Kind::opaque, std::string(why)}; }

void keep_worse(Sort& worst, Sort other) {
    if (other.kind > worst.kind)
        worst = std::move(other);
}

Sort walk(const Spool& bytes, Way way, Budget& budget) {
    const std::unique_ptr<archive, Free> opened(archive_read_new());
    if (!opened)
        return opaque("unreadable");
    way(opened.get());
    Reading reading{bytes};
    archive_read_set_read_callback(opened.get(), &Reading::read);
    archive_read_set_seek_callback(opened.get(), &Reading::seek);
    archive_read_set_callback_data(opened.get(), &reading);
    if (archive_read_open1(opened.get()) != ARCHIVE_OK)
        return opaque("broken-archive");
    Sort worst{Kind::archive, {}};
    while (worst.kind != Kind::picture) {
        archive_entry* entry = nullptr;
        const int status = archive_read_next_header(opened.get(), &entry);
        if (status == ARCHIVE_EOF)
            return worst;
        if (status != ARCHIVE_OK && status != ARCHIVE_WARN) {
            keep_worse(worst, opaque("broken-archive"));
            return worst;
        }
        if (archive_entry_is_encrypted(entry) != 0) {
            keep_worse(worst, opaque("encrypted"));
            continue;
        }
        if (budget.entries == 0) {
            keep_worse(worst, opaque("too-large"));
            return worst;
        }
        --budget.entries;
        if (archive_entry_filetype(entry) != AE_IFREG)
            continue;
        EntrySource source(opened.get(), budget);
        const Sort inner = sort_content(source, budget);
        keep_worse(worst, budget.unpacked_bytes == 0 && inner.kind <= Kind::opaque ? opaque("too-large") : inner);
        // Read on rather than skipped: to skip, libarchive unpacks too, and only what passes here is within the budget.
        char rest[16 * 1024];
        while (worst.kind != Kind::picture && source.read(rest, sizeof rest) > 0) {
        }
    }
    return worst;
}

bool is_zip(std::string_view head) { return head.starts_with("PK\x03\x04") || head.starts_with("PK\x05\x06"); }

bool is_compressed(std::string_view type) {
    return type == "application/gzip" || type == "application/x-bzip2" || type == "application/x-xz" || type == "application/zstd";
}

std::string short_name(std::string_view type) {
    type.remove_prefix(std::min(type.size(), type.find('/') + 1));
    if (type.starts_with("x-"))
        type.remove_prefix(2);
    if (type.starts_with("vnd."))
        type = "office"; // the word processors' own types are longer than what they tell
    return detail_of(type);
}

} // namespace

bool is_archive(std::string_view type, std::string_view head) {
    static constexpr std::string_view known[] = {"application/zip", "application/x-7z-compressed", "application/x-rar", "application/x-tar",
                                                 "application/vnd.rar", "application/vnd.ms-cab-compressed", "application/java-archive"};
    return is_zip(head) || is_compressed(type) || std::find(std::begin(known), std::end(known), type) != std::end(known);
}

Sort sort_archive(const Spool& bytes, std::string_view type, Budget& budget) {
    const std::string name = short_name(type);
    if (budget.depth == 0)
        return opaque("too-deep");
    --budget.depth;
    char head[4] = {};
    const auto count = bytes.read_at(0, head, sizeof head);
    Sort worst;
    if (count && is_zip({head, *count})) {
        worst = walk(bytes, &zip_by_directory, budget);
        if (worst.kind != Kind::picture)
            keep_worse(worst, walk(bytes, &zip_by_headers, budget));
    } else {
        worst = walk(bytes, is_compressed(type) ? &compressed : &others, budget);
    }
    ++budget.depth;
    // Named after the archive, so that the ledger tells where the picture was. Office files are documents of their own.
    if (worst.kind == Kind::picture || worst.kind == Kind::video || worst.kind == Kind::sound)
        return {worst.kind, name};
    if (worst.kind == Kind::opaque)
        return {Kind::opaque, detail_of(worst.detail + "-" + name)};
    return {name == "office" ? Kind::document : Kind::archive, name};
}

} // namespace ombud::mail
