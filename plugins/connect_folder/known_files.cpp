#include "known_files.hpp"

namespace ombud::folder {

namespace {
constexpr std::size_t texts_max = 10'000; // a damaged file's reason may name a place, and so be its own
}

/// FNV-1a, 64 bits.
std::uint64_t KnownFiles::key(std::string_view path) {
    std::uint64_t hash = 0xcbf29ce484222325;
    for (const char c : path)
        hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    return hash;
}

std::optional<std::uint32_t> KnownFiles::text(const std::string& text) {
    if (const auto found = text_places_.find(text); found != text_places_.end())
        return found->second;
    if (texts_.size() >= texts_max)
        return std::nullopt;
    texts_.push_back(text);
    return text_places_[text] = static_cast<std::uint32_t>(texts_.size() - 1);
}

std::optional<KnownFiles::Told> KnownFiles::find(std::string_view path) const {
    const auto found = files_.find(key(path));
    if (found == files_.end())
        return std::nullopt;
    const Entry& entry = found->second;
    Told told;
    told.file.inode = entry.inode;
    told.file.size_bytes = entry.size_bytes;
    told.file.ctime_ns = entry.ctime_ns;
    told.file.is_file = true;
    told.lock = entry.lock;
    told.is_open = entry.is_open;
    return told;
}

std::optional<MediaFacts> KnownFiles::media(std::string_view path, const FileFacts& file) const {
    const auto told = find(path);
    if (!told || told->is_open || !told->file.is_same_content(file))
        return std::nullopt;
    const Entry& entry = files_.at(key(path));
    if (entry.may_change)
        return std::nullopt;
    MediaFacts media;
    if (entry.duration_ns >= 0)
        media.duration_ns = entry.duration_ns;
    if (entry.creation_utc_ns != INT64_MIN)
        media.creation_utc_ns = entry.creation_utc_ns;
    media.tracks = texts_[entry.tracks];
    media.unreadable = texts_[entry.unreadable];
    return media;
}

void KnownFiles::keep(std::string_view path, const Told& told, const MediaFacts& media) {
    const std::uint64_t place = key(path);
    const auto tracks = text(media.tracks), unreadable = text(media.unreadable);
    if ((is_full() && files_.count(place) == 0) || !tracks || !unreadable) {
        files_.erase(place);
        return;
    }
    files_[place] = Entry{told.file.inode,
                          told.lock,
                          told.file.size_bytes,
                          told.file.ctime_ns,
                          media.duration_ns.value_or(-1),
                          media.creation_utc_ns.value_or(INT64_MIN),
                          *tracks,
                          *unreadable,
                          generation_,
                          told.is_open,
                          media.may_change};
}

void KnownFiles::forget(std::string_view path) {
    files_.erase(key(path));
}

void KnownFiles::end_listing() {
    for (auto at = files_.begin(); at != files_.end();)
        at = at->second.generation == generation_ ? std::next(at) : files_.erase(at);
}

} // namespace ombud::folder
