#include "connector.hpp"

#include "coverage.hpp"
#include "deletion.hpp"
#include "recording_id.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ombud/connector.h>
#include <ombud/disk_encryption.hpp>
#include <sys/statvfs.h>

namespace ombud::folder {

using sdk::ErrorCode;
using sdk::fail;
using sdk::Result;

namespace {
constexpr std::size_t batch = 256;   // records handed over at once
constexpr std::size_t news_max = 64; // events of one poll, so that one that looks into many files still returns
constexpr std::int64_t hidden_for_ns = 3'600'000'000'000;
} // namespace

Result<std::unique_ptr<Connector>> Connector::create(sdk::Host host, sdk::Config config) {
    auto options = Options::read(config);
    if (!options)
        return fail(options.error());
    const auto feed = host.feed();
    if (!feed)
        return fail(ErrorCode::unavailable, "this host has no " OMBUD_FEED_ID ", which a connector needs");
    return std::unique_ptr<Connector>(new Connector(std::move(host), std::move(*options), *feed));
}

Connector::Connector(sdk::Host host, Options options, sdk::Feed feed)
    : host_(std::move(host)), options_(std::move(options)), feed_(feed), media_(host_.media()), words_(host_.names()),
      describer_(options_, media_ ? &*media_ : nullptr) {}

Result<> Connector::open(std::string_view) {
    watch_.reset();
    changes_.clear();
    pending_.clear();
    news_.clear();
    auto tree = Tree::open(options_.root, options_.wants_own_mount);
    if (!tree)
        return fail(tree.error());
    tree_ = std::make_unique<Tree>(std::move(*tree));
    auto opened = Watch::open(*tree_);
    if (!opened)
        return fail(opened.error());
    watch_.emplace(std::move(*opened));
    if (auto added = watch_->add(""); !added)
        return added;
    // Watched before it is read: a folder made meanwhile is either read or told.
    const auto watched = tree_->walk(
        "",
        [&](const std::string& path, const FileFacts& facts) -> Result<bool> {
            return facts.is_folder ? watch(path) : Result<bool>(false);
        },
        [&](const std::string& path) { return !options_.layout.may_hold(path); });
    if (!watched)
        return watched;
    host_.log(sdk::LogLevel::info, "watching " + std::to_string(watch_->folders()) + " folders below " + tree_->root());
    return declare_coverage(feed_, sdk::encryption_of(tree_->root()).has_value());
}

Result<> Connector::list(std::uint32_t what) {
    if (!tree_)
        return fail(ErrorCode::unavailable, "list before open");
    switch (what) {
    case OMBUD_LIST_DEVICES:
        return list_devices();
    case OMBUD_LIST_RECORDINGS:
        return list_recordings();
    case OMBUD_LIST_STORAGE:
        return list_storage();
    default:
        return {}; // a sort that a later minor knows; a folder has none of it
    }
}

Result<> Connector::put(std::vector<sdk::Event>& records) {
    auto put = records.empty() ? Result<>() : feed_.put(records);
    records.clear();
    return put;
}

Result<> Connector::list_devices() {
    const Layout& layout = options_.layout;
    cameras_.clear();
    const auto walked = tree_->walk(
        "",
        [&](const std::string& path, const FileFacts& facts) -> Result<bool> {
            const auto camera = facts.is_folder ? layout.camera_of_folder(path)
                                : facts.is_file ? layout.camera_of(path)
                                                : std::nullopt;
            if (camera)
                cameras_.insert(*camera);
            return !camera && layout.may_hold(path);
        },
        [&](const std::string& path) { return !layout.may_hold(path); });
    if (!walked)
        return walked;
    std::vector<sdk::Event> records;
    for (const std::string& camera : cameras_) {
        auto record = sdk::EventBuilder(words_.device_record, host_.utc_ns())
                          .add_text(words_.device, to_id(camera))
                          .add_text(words_.name, to_id(camera))
                          .finish();
        if (!record)
            return fail(record.error());
        records.push_back(std::move(*record));
        if (records.size() == batch)
            if (auto given = put(records); !given)
                return given;
    }
    return put(records);
}

Result<> Connector::list_recordings() {
    known_.begin_listing();
    std::vector<sdk::Event> records;
    std::uint64_t links = 0;
    const auto walked = tree_->walk(
        "",
        [&](const std::string& path, const FileFacts& facts) -> Result<bool> {
            if (facts.is_folder)
                return true;
            links += !facts.is_file;
            if (!facts.is_file || is_passed_over(path, facts))
                return false;
            const auto told = known_.find(path);
            const bool is_finished = told && !told->is_open && told->file.is_same_content(facts);
            const Recording recording = describe_and_keep(path, facts, is_recent(facts) && !is_finished);
            if (recording.is_open)
                wait_for(path, facts);
            auto record = recording.to_event(words_.recording_record, host_.utc_ns(), words_, *tree_, options_.layout);
            if (!record)
                return fail(record.error());
            records.push_back(std::move(*record));
            if (records.size() == batch)
                if (auto given = put(records); !given)
                    return fail(given.error());
            return false;
        },
        [&](const std::string& path) {
            if (options_.layout.may_hold(path))
                return false;
            host_.log(sdk::LogLevel::warning,
                      tree_->absolute(to_id(path)) + " cannot be read; no recording belongs there");
            return true;
        });
    if (!walked)
        return walked;
    if (links > 0)
        host_.log(sdk::LogLevel::warning, std::to_string(links) + " symbolic links and special files below " +
                                              tree_->root() + " are passed over");
    if (known_.is_full())
        host_.log(sdk::LogLevel::warning, "more than " + std::to_string(KnownFiles::files_max) +
                                              " recordings: the others are looked into at each listing");
    known_.end_listing();
    return put(records);
}

Result<> Connector::list_storage() {
    struct statvfs status;
    if (::statvfs(tree_->root().c_str(), &status) != 0)
        return fail(ErrorCode::unavailable, tree_->root() + ": " + std::strerror(errno));
    sdk::EventBuilder builder(words_.storage_record, host_.utc_ns());
    builder.add_text(words_.storage, "folder")
        .add_text(words_.name, to_id(tree_->root()))
        .add_i64(words_.capacity_bytes, static_cast<std::int64_t>(status.f_blocks * status.f_frsize))
        .add_i64(words_.free_bytes, static_cast<std::int64_t>(status.f_bavail * status.f_frsize));
    if (const auto encryption = sdk::encryption_of(tree_->root()))
        builder.add_i64(words_.encrypted, static_cast<std::int64_t>(*encryption));
    auto record = builder.finish();
    if (!record)
        return fail(record.error());
    std::vector<sdk::Event> records;
    records.push_back(std::move(*record));
    return put(records);
}

Result<> Connector::poll(std::int64_t wait_ns) {
    if (!watch_)
        return fail(ErrorCode::unavailable, "poll before open");
    const std::int64_t now = host_.mono_ns();
    for (const auto& [path, pending] : pending_)
        wait_ns = std::min(wait_ns, pending.due_mono_ns - now);
    auto read = watch_->read(changes_.empty() ? wait_ns : 0);
    if (!read)
        return fail(read.error());
    changes_.insert(changes_.end(), std::make_move_iterator(read->begin()), std::make_move_iterator(read->end()));
    while (!changes_.empty() && news_.size() < news_max) {
        const Change change = std::move(changes_.front());
        changes_.pop_front();
        if (auto taken = take(change); !taken)
            return taken;
    }
    if (auto examined = examine_due(); !examined)
        return examined;
    if (news_.empty())
        return {};
    // What cannot be handed over now is told by the listing after the next open().
    auto pushed = feed_.push(news_, {});
    news_.clear();
    return pushed;
}

Result<> Connector::take(const Change& change) {
    switch (change.kind) {
    case Change::Kind::folder_made:
        return take_folder(change.path);
    case Change::Kind::folder_removed:
        if (const auto camera = options_.layout.camera_of_folder(change.path);
            camera && options_.layout.lasting_depth() >= options_.layout.camera_depth() && cameras_.erase(*camera))
            return tell_device(*camera, words_.device_gone);
        return {};
    case Change::Kind::made:
    case Change::Kind::finished:
    case Change::Kind::removed:
        break;
    }
    if (const auto recording = locked_by(change.path))
        return pending_.count(*recording) ? Result<>() : examine(*recording);
    if (split_name(change.path).second[0] == '.')
        return {}; // a writer's own; told by listings when it stays
    if (change.kind == Change::Kind::removed)
        return examine(change.path); // another file may have taken the name: then it is changed, not gone
    if (change.kind == Change::Kind::made) {
        if (const auto file = tree_->look(change.path); file && file->is_file)
            wait_for(change.path, *file);
        return {};
    }
    return examine(change.path);
}

Result<bool> Connector::watch(const std::string& folder) {
    const auto added = watch_->add(folder);
    if (added)
        return true;
    if (added.error().code == ErrorCode::refused && !options_.layout.may_hold(folder))
        return false;
    return fail(ErrorCode::unavailable, added.error().message);
}

Result<> Connector::take_folder(const std::string& folder) {
    if (const auto watched = watch(folder); !watched)
        return fail(watched.error());
    if (const auto camera = options_.layout.camera_of_folder(folder); camera && cameras_.insert(*camera).second)
        if (auto told = tell_device(*camera, words_.device_changed); !told)
            return told;
    // What came before the watch; what comes after is told by it, and perhaps met here as well.
    return tree_->walk(
        folder,
        [&](const std::string& path, const FileFacts& facts) -> Result<bool> {
            if (facts.is_folder)
                changes_.push_back({Change::Kind::folder_made, path});
            else if (facts.is_file)
                changes_.push_back({Change::Kind::made, path});
            return false;
        },
        [&](const std::string& path) { return !options_.layout.may_hold(path); });
}

Result<> Connector::tell_device(const std::string& camera, std::uint32_t type) {
    auto event = sdk::EventBuilder(type, host_.utc_ns())
                     .add_text(words_.device, to_id(camera))
                     .add_text(words_.name, to_id(camera))
                     .finish();
    if (!event)
        return fail(event.error());
    news_.push_back(std::move(*event));
    return {};
}

Result<> Connector::examine(const std::string& path) {
    const auto file = tree_->look(path);
    if (!file && file.error().code == ErrorCode::not_found)
        return tell_gone(path);
    if (!file)
        return fail(file.error());
    if (!file->is_file)
        return {};
    const auto told = known_.find(path);
    const Recording recording = describe_and_keep(path, *file, false);
    if (recording.is_open) {
        wait_for(path, *file);
        return {};
    }
    pending_.erase(path);
    const bool was_finished = told && !told->is_open;
    if (was_finished && told->file.is_same_content(*file) && told->lock == recording.lock_number())
        return {};
    auto event = recording.to_event(was_finished ? words_.recording_changed : words_.recording_finished,
                                    std::max(file->mtime_ns, std::int64_t{0}), words_, *tree_, options_.layout);
    if (!event)
        return fail(event.error());
    news_.push_back(std::move(*event));
    return {};
}

Result<> Connector::tell_gone(const std::string& path) {
    pending_.erase(path);
    if (!known_.find(path) && !known_.is_full())
        return {}; // was never told
    known_.forget(path);
    sdk::EventBuilder builder(words_.recording_gone, host_.utc_ns());
    builder.add_text(words_.recording, to_id(path));
    if (const auto camera = options_.layout.camera_of(path))
        builder.add_text(words_.device, to_id(*camera));
    auto event = builder.finish();
    if (!event)
        return fail(event.error());
    news_.push_back(std::move(*event));
    return {};
}

Result<> Connector::examine_due() {
    const std::int64_t now = host_.mono_ns();
    std::vector<std::string> due;
    for (const auto& [path, pending] : pending_)
        if (pending.due_mono_ns <= now && news_.size() + due.size() < news_max)
            due.push_back(path);
    for (const std::string& path : due) {
        const auto file = tree_->look(path);
        const bool has_settled = file && file->is_same_content(pending_.at(path).seen);
        if (file && !has_settled) {
            pending_.erase(path);
            wait_for(path, *file);
            continue;
        }
        if (auto examined = examine(path); !examined)
            return examined;
    }
    return {};
}

Recording Connector::describe_and_keep(const std::string& path, const FileFacts& file, bool is_open) {
    Recording recording = describer_.describe(*tree_, known_, path, file, is_open);
    // One that changes under our eyes is kept as told only when it was, in a listing.
    if (!recording.is_open || is_open)
        known_.keep(path, {file, recording.lock_number(), recording.is_open}, recording.media);
    return recording;
}

void Connector::wait_for(const std::string& path, const FileFacts& file) {
    pending_.insert_or_assign(path, Pending{host_.mono_ns() + options_.settle_ns, file});
}

bool Connector::is_recent(const FileFacts& file) const {
    const std::int64_t age_ns = host_.utc_ns() - file.mtime_ns;
    return age_ns < options_.settle_ns && age_ns > -options_.settle_ns; // a time far ahead says nothing
}

bool Connector::is_passed_over(const std::string& path, const FileFacts& file) const {
    if (locked_by(path))
        return true;
    return split_name(path).second[0] == '.' && host_.utc_ns() - file.mtime_ns < hidden_for_ns;
}

Result<sdk::ActionResult> Connector::act(const sdk::Action& action) {
    if (!tree_)
        return fail(ErrorCode::unavailable, "act before open");
    if (action.kind == OMBUD_ACTION_DELETE_RECORDING)
        return delete_recording(*tree_, options_.layout, action.recording);
    return sdk::ActionResult{sdk::Outcome::failed, "a folder cannot do " + std::string(action.kind) +
                                                       ": it has files, and no settings of devices"};
}

} // namespace ombud::folder
