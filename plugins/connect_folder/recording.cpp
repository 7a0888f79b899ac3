#include "recording.hpp"

#include "recording_id.hpp"

#include <algorithm>
#include <cstdlib>

namespace ombud::folder {

using sdk::ErrorCode;

namespace {
constexpr std::int64_t second_ns = 1'000'000'000;
constexpr std::size_t lock_bytes_max = 64 * 1024;
// Cameras without a clock write the container's zero (1904 or 1970).
constexpr std::int64_t container_earliest_ns = sdk::days_from_civil(1990, 1, 1) * 86'400 * second_ns;
constexpr std::int64_t day_ns = 86'400 * second_ns;
} // namespace

std::uint64_t Recording::lock_number() const {
    if (!lock)
        return 0;
    std::uint64_t number = 0xcbf29ce484222325;
    const auto add = [&](std::string_view text) {
        for (const char c : text)
            number = (number ^ static_cast<unsigned char>(c)) * 0x100000001b3;
        number = (number ^ 0xFF) * 0x100000001b3; // no text holds this byte: what follows is the next
    };
    add(lock->reason), add(lock->case_id), add(lock->owner), add(lock->problem);
    add(std::to_string(lock->review_utc_ns.value_or(0)));
    return number | 1;
}

sdk::Result<sdk::Event> Recording::to_event(std::uint32_t type, std::int64_t utc_ns, const sdk::Vocabulary& words,
                                            const Tree& tree, const Layout& layout) const {
    sdk::EventBuilder builder(type, utc_ns);
    builder.add_text(words.recording, to_id(path));
    if (camera)
        builder.add_text(words.device, to_id(*camera));
    const std::string absolute = tree.absolute(path);
    if (sdk::is_utf8(absolute))
        builder.add_text(words.path, absolute);
    builder.add_i64(words.begin_utc_ns, begin_utc_ns);
    if (!is_open)
        builder.add_i64(words.end_utc_ns, end_utc_ns);
    builder.add_i64(words.size_bytes, file.size_bytes);
    if (!media.tracks.empty())
        builder.add_text(words.tracks, media.tracks);
    if (!media.unreadable.empty())
        builder.add_text(words.unreadable, media.unreadable);
    builder.add_text(words.time_source, time_source);
    builder.add_i64(words.locked, lock ? 1 : 0);
    std::string detail;
    if (lock) {
        if (!lock->reason.empty())
            builder.add_text(words.lock_reason, lock->reason);
        if (!lock->case_id.empty())
            builder.add_text(words.lock_case, lock->case_id);
        if (!lock->owner.empty())
            builder.add_text(words.lock_owner, lock->owner, sdk::Privacy::personal);
        if (lock->review_utc_ns)
            builder.add_i64(words.lock_review_utc_ns, *lock->review_utc_ns);
        detail = lock->problem;
    }
    if (!fits_layout)
        detail = "its name does not fit the layout " + layout.text() + (detail.empty() ? "" : "; ") + detail;
    if (!detail.empty())
        builder.add_text(words.detail, detail);
    return builder.finish();
}

std::optional<MediaFacts> Describer::look(const Tree& tree, const std::string& path, const FileFacts& file) const {
    MediaFacts facts;
    const std::string absolute = tree.absolute(path);
    if (!media_ || !sdk::is_utf8(absolute)) {
        facts.unreadable = media_ ? "its name is not UTF-8" : "this host reads no media";
        return facts;
    }
    const auto probed = media_->probe(absolute);
    const auto after = tree.look(path);
    if (!after || !after->is_same_content(file))
        return std::nullopt;
    if (probed) {
        facts.duration_ns = probed->duration_ns;
        facts.creation_utc_ns = probed->creation_utc_ns;
        facts.tracks = probed->tracks;
        if (facts.tracks.empty())
            facts.unreadable = "it holds no tracks";
    } else {
        const bool is_the_files_fault =
            probed.error().code == ErrorCode::corrupt || probed.error().code == ErrorCode::invalid_input;
        facts.unreadable = probed.error().message.substr(0, 500);
        if (!sdk::is_utf8(facts.unreadable))
            facts.unreadable = "it cannot be read";
        facts.may_change = !is_the_files_fault;
    }
    return facts;
}

void Describer::find_times(Recording& recording, const std::optional<NameFacts>& name) const {
    const std::int64_t changed_ns = recording.file.mtime_ns;
    const std::int64_t duration_ns = std::clamp<std::int64_t>(recording.media.duration_ns.value_or(0), 0, 366 * day_ns);
    const auto& creation = recording.media.creation_utc_ns;
    const bool has_container = creation && *creation >= container_earliest_ns && *creation <= changed_ns + day_ns;
    const bool has_name = name && name->begin;
    const bool wants_container = options_.time_source != TimeSource::name;
    const bool wants_name = options_.time_source != TimeSource::container;
    if (has_container && wants_container) {
        recording.begin_utc_ns = *creation;
        recording.time_source = "container";
    } else if (has_name && wants_name) {
        // In the hour that the clocks repeat, the file's last change tells which of the two it was.
        const auto instants =
            name->is_utc ? std::vector{sdk::seconds_from_civil(*name->begin)} : options_.zone.instants(*name->begin);
        const std::int64_t about_s = (changed_ns - duration_ns) / second_ns;
        const auto nearest = std::min_element(instants.begin(), instants.end(), [&](std::int64_t a, std::int64_t b) {
            return std::llabs(a - about_s) < std::llabs(b - about_s);
        });
        recording.begin_utc_ns = *nearest * second_ns;
        recording.time_source = "name";
    } else {
        recording.begin_utc_ns = changed_ns - duration_ns;
        recording.time_source = "file";
    }
    recording.end_utc_ns = recording.media.duration_ns ? recording.begin_utc_ns + duration_ns
                                                       : std::max(recording.begin_utc_ns, changed_ns);
}

Recording Describer::describe(const Tree& tree, const KnownFiles& known, const std::string& path, const FileFacts& file,
                              bool is_open) const {
    Recording recording;
    recording.path = path;
    recording.file = file;
    recording.is_open = is_open;
    const auto name = options_.layout.match(path);
    recording.fits_layout = name.has_value();
    recording.camera = options_.layout.camera_of(path);
    if (!is_open) {
        auto media = known.media(path, file);
        if (!media)
            media = look(tree, path, file);
        recording.is_open = !media;
        recording.media = media.value_or(MediaFacts{});
    }
    if (file.has_lock) {
        const auto lock = tree.read(path + std::string(lock_ending), lock_bytes_max);
        if (lock || lock.error().code != ErrorCode::not_found) // one that vanished meanwhile locks no more
            recording.lock = parse_lock(lock ? std::string_view(*lock) : std::string_view(), options_.zone);
        if (recording.lock && !lock)
            recording.lock->problem = "the lock cannot be read";
    }
    find_times(recording, name);
    return recording;
}

} // namespace ombud::folder
