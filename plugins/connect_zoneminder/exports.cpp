#include "exports.hpp"

#include "server_text.hpp"

#include <set>

namespace ombud::zoneminder {

using sdk::ActionResult;
using sdk::LogLevel;
using sdk::Outcome;

namespace {

constexpr std::int64_t retry_ns = 5'000'000'000;      // a folder or log that is not there is looked for again
constexpr std::int64_t look_ns = 5'000'000'000;       // and without a notice the folder is looked through
constexpr std::int64_t compare_ns = 10'000'000'000;   // how often recordings of archives are looked up
constexpr std::int64_t forget_ns = 60'000'000'000;    // what nothing came of
constexpr std::int64_t begin_ns = 3'600'000'000'000; // an export that takes longer has no known beginning
constexpr std::int64_t unseen_ns = 2'000'000'000;     // notices older than that come too late to ask for sessions
constexpr std::size_t lines_max = 10'000;

} // namespace

Exports::Exports(NewsDesk desk, Database& database, ExportSettings settings)
    : desk_(std::move(desk)), memory_(database), settings_(std::move(settings)) {}

/// @return whether the folder can be watched now
bool Exports::open() {
    const std::int64_t now = desk_.host.mono_ns();
    if (folder_ || (tried_mono_ns_ != 0 && now - tried_mono_ns_ < retry_ns))
        return folder_.has_value();
    tried_mono_ns_ = now;
    if (problems_.folder = overlap(); !problems_.folder.empty())
        return false;
    auto known = memory_.load();
    auto place = memory_.log_place();
    if (!known || !place) {
        problems_.folder = !known ? known.error().message : place.error().message;
        return false;
    }
    auto folder = ExportsFolder::open(settings_.folder);
    if (!folder) {
        problems_.folder = folder.error().message;
        return false;
    }
    problems_.folder.clear();
    folder_ = std::move(*folder);
    known_ = std::move(*known);
    if (!settings_.access_log.empty() && !log_) {
        log_ = std::make_unique<AccessLog>(settings_.access_log, *place);
        place_ = *place;
    }
    started_utc_s_ = desk_.host.utc_ns() / second_ns;
    noticed_mono_ns_ = now;
    looks_ = true;
    return true;
}

/// Taking exports away must never reach recordings.
std::string Exports::overlap() const {
    const auto inside = [](const std::filesystem::path& inner, const std::filesystem::path& outer) {
        std::error_code error;
        const auto relative = std::filesystem::weakly_canonical(inner, error)
                                  .lexically_relative(std::filesystem::weakly_canonical(outer, error));
        return !relative.empty() && *relative.begin() != "..";
    };
    for (const AreaRow& area : desk_.inspector.areas())
        if (area.is_local && (inside(settings_.folder, area.path) || inside(area.path, settings_.folder)))
            return "exports-dir: " + settings_.folder + " and storage area " + std::to_string(area.id) + " (" + area.path +
                   ") lie in one another; give ZM_DIR_EXPORTS a folder of its own";
    return {};
}

Exports::Begin Exports::sessions_now() {
    const std::int64_t now = desk_.host.mono_ns();
    Begin begin{now, std::nullopt, ""};
    const std::int64_t unseen = now - noticed_mono_ns_;
    if (unseen > unseen_ns) {
        begin.no_sessions = "nobody looked at that moment";
        return begin;
    }
    auto sessions =
        memory_.sessions_since((desk_.host.utc_ns() - unseen) / second_ns - session_slack_s);
    if (sessions)
        begin.sessions = std::move(*sessions);
    else
        begin.no_sessions = "the web sessions could not be read";
    return begin;
}

Result<> Exports::read_folder() {
    auto notices = folder_->notices();
    if (!notices) {
        folder_.reset();
        problems_.folder = notices.error().message;
        return {};
    }
    const std::int64_t now = desk_.host.mono_ns();
    std::optional<Begin> begin; // of all in one reading
    for (ExportNotice& notice : *notices) {
        switch (notice.kind) {
        case ExportNotice::Kind::begun:
            if (!begin)
                begin = sessions_now();
            begun_.insert_or_assign(std::move(notice.name), *begin);
            break;
        case ExportNotice::Kind::written:
            if (!format_of(notice.name).empty())
                settled_.insert_or_assign(std::move(notice.name), now);
            looks_ = true;
            break;
        case ExportNotice::Kind::read:
            if (!format_of(notice.name).empty() && reads_.size() < lines_max)
                reads_.push_back({export_id_of(notice.name), now});
            break;
        case ExportNotice::Kind::gone:
        case ExportNotice::Kind::overflown:
            looks_ = true;
            break;
        }
    }
    noticed_mono_ns_ = now;
    const auto old = [&](std::int64_t at, std::int64_t limit) { return now - at > limit; };
    std::erase_if(begun_, [&](const auto& one) { return old(one.second.mono_ns, begin_ns); });
    std::erase_if(settled_, [&](const auto& one) { return old(one.second, forget_ns); });
    std::erase_if(made_lines_, [&](const auto& one) { return old(one.second.mono_ns, forget_ns); });
    return {};
}

void Exports::read_log() {
    const auto lines = log_->read();
    problems_.log = lines ? "" : lines.error().message;
    if (!lines)
        return;
    if (log_->take_gap())
        desk_.host.log(LogLevel::warning, "access-log: " + settings_.access_log +
                                              " was rotated while nobody looked: by whom exports were fetched in between is not known");
    const std::int64_t now = desk_.host.mono_ns();
    for (const std::string& line : *lines) {
        auto act = export_act_of(line);
        if (!act)
            continue;
        if (act->kind == LoggedAct::Kind::fetch && fetch_lines_.size() < lines_max)
            fetch_lines_.push_back({std::move(*act), now});
        else if (act->kind == LoggedAct::Kind::make && made_lines_.size() < lines_max) {
            if (!act->beyond.empty() && !leads_back(act->beyond) && beyond_lines_.size() < lines_max) {
                beyond_lines_.push_back({std::move(*act), now});
                continue;
            }
            const std::string root = act->archive;
            made_lines_.insert_or_assign(root, Line{std::move(*act), now});
        }
    }
}

Result<> Exports::look_over() {
    auto entries = folder_->entries();
    if (!entries) {
        problems_.folder = entries.error().message;
        folder_.reset();
        return {};
    }
    const std::int64_t now = desk_.host.mono_ns();
    const std::int64_t now_utc = desk_.host.utc_ns();
    looked_mono_ns_ = now;
    looks_ = false;
    std::set<std::string> there, roots;
    for (const ExportEntry& entry : entries->found)
        if (!entry.is_folder)
            roots.insert(root_of(entry.name));
    for (const ExportEntry& entry : entries->found) {
        const std::string id = export_id_of(entry.name);
        if (entry.is_folder) {
            // Of an export that failed, or whose archive was taken away; until then it belongs to one.
            const bool is_left = roots.count(entry.name) == 0 && now_utc - entry.changed_utc_ns > settings_.keep_ns;
            const bool is_known = known_.count(id) != 0;
            if (is_left || (is_known && roots.count(entry.name) == 0))
                there.insert(id);
            if (is_left && !is_known) {
                KnownExport left{entry.inode, 0, entry.changed_utc_ns, true, folder_->content(entry.name).recordings};
                if (auto told = tell("abandoned", id, left, now_utc, {"", "a folder of links without an archive"}); !told)
                    return told;
                remember(id, std::move(left));
            }
            continue;
        }
        there.insert(id);
        const auto known = known_.find(id);
        if (known != known_.end() && known->second.inode == entry.inode && known->second.size_bytes == entry.size_bytes &&
            known->second.changed_utc_ns == entry.changed_utc_ns)
            continue;
        const auto settled = settled_.find(entry.name);
        const bool was_seen = settled != settled_.end();
        const bool waits_for_line =
            was_seen && log_ && problems_.log.empty() && made_lines_.count(root_of(entry.name)) == 0 && now - settled->second < line_ns;
        if (waits_for_line || (!was_seen && now_utc - entry.changed_utc_ns < settled_ns)) {
            looks_ = true;
            continue;
        }
        if (auto told = tell_made(entry, id, was_seen); !told)
            return told;
        settled_.erase(entry.name);
    }
    if (entries->has_more)
        return {};
    for (auto one = known_.begin(); one != known_.end();) {
        const auto next = std::next(one);
        if (is_elsewhere(one->first)) {
            const auto is_there = is_there_elsewhere(one->first, one->second);
            if (!is_there)
                return fail(std::move(is_there).error());
            if (*is_there)
                there.insert(one->first);
        }
        if (there.count(one->first) == 0) {
            if (auto told = tell("gone", one->first, one->second, now_utc, {}); !told)
                return told;
            changes_.insert_or_assign(one->first, std::nullopt);
            known_.erase(one);
        }
        one = next;
    }
    return {};
}

Result<bool> Exports::hand_over() {
    if (!open())
        return false;
    if (auto read = read_folder(); !read)
        return fail(std::move(read).error());
    if (log_)
        read_log();
    const std::int64_t now = desk_.host.mono_ns();
    if (auto found = find_archives_beyond(); !found)
        return fail(std::move(found).error());
    if (auto found = folder_ ? find_archives_nearby() : Result<>(); !found)
        return fail(std::move(found).error());
    if (auto found = find_videos(); !found)
        return fail(std::move(found).error());
    if (folder_ && (looks_ || now - looked_mono_ns_ > look_ns))
        if (auto looked = look_over(); !looked)
            return fail(std::move(looked).error());
    if (now - compared_mono_ns_ > compare_ns)
        if (auto found = find_abandoned(); !found)
            return fail(std::move(found).error());
    if (auto told = tell_fetched(); !told)
        return fail(std::move(told).error());
    const bool has_news = !events_.empty();
    // In this order: a crash in between tells again, never not at all.
    constexpr std::size_t batch = 64;
    for (std::size_t at = 0; at < events_.size(); at += batch) {
        std::vector<sdk::Event> some;
        for (std::size_t i = at; i < std::min(at + batch, events_.size()); ++i)
            some.push_back(std::move(events_[i]));
        if (auto pushed = desk_.feed.push(some, {}); !pushed)
            return fail(std::move(pushed).error());
    }
    events_.clear();
    for (const auto& [id, known] : changes_)
        if (auto kept = known ? memory_.put(id, *known) : memory_.drop(id); !kept)
            return fail(std::move(kept).error());
    changes_.clear();
    if (videos_ != videos_kept_) {
        if (auto kept = memory_.set_videos_place(*videos_); !kept)
            return fail(std::move(kept).error());
        videos_kept_ = videos_;
    }
    if (log_ && problems_.log.empty() && place_ != log_->place() && (has_news || now - placed_mono_ns_ > look_ns)) {
        if (auto kept = memory_.set_log_place(log_->place()); !kept)
            return fail(std::move(kept).error());
        place_ = log_->place();
        placed_mono_ns_ = now;
    }
    return has_news;
}

ActionResult Exports::remove(std::string_view export_id) {
    const std::string name = name_of_export(export_id);
    if (is_elsewhere(export_id))
        return {Outcome::refused, std::string(export_id) + " does not lie in exports-dir, where alone something is taken away; look at it, and remove it by hand"};
    if (name.empty())
        return {Outcome::failed, "\"" + excerpt(export_id) + "\" is no export of this connector"};
    if (!open())
        return {Outcome::retry, problems_.folder};
    if (const auto why = overlap(); !why.empty()) // storage areas may be new
        return {Outcome::refused, why};
    const auto removed = folder_->remove(name);
    if (!removed)
        return {removed.error().code == ErrorCode::refused ? Outcome::refused : Outcome::retry, removed.error().message};
    looks_ = true;
    const auto left = folder_->entries();
    if (!left)
        return {Outcome::retry, left.error().message};
    const std::string root = root_of(name);
    for (const ExportEntry& entry : left->found)
        if (entry.name == name || (entry.is_folder && entry.name == root))
            return {Outcome::retry, std::string(export_id) + " is there again"};
    if (*removed == 0)
        return {Outcome::already, std::string(export_id) + " was not there"};
    return {Outcome::done, std::string(export_id) + " and its links are gone, " + std::to_string(*removed) +
                               " names in all; no recording was touched"};
}

} // namespace ombud::zoneminder
