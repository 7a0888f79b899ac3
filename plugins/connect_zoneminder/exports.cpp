#include "exports.hpp"

#include "server_text.hpp"

#include <algorithm>
#include <set>

namespace ombud::zoneminder {

using sdk::ActionResult;
using sdk::LogLevel;
using sdk::Outcome;

namespace {

constexpr std::int64_t second_ns = 1'000'000'000;
constexpr std::int64_t retry_ns = 5 * second_ns;      // a folder or log that is not there is looked for again
constexpr std::int64_t look_ns = 5 * second_ns;       // and without a notice the folder is looked through
constexpr std::int64_t compare_ns = 10 * second_ns;   // how often recordings of archives are looked up
constexpr std::int64_t settled_ns = 3 * second_ns;    // an archive that nobody was seen to close is whole after that
constexpr std::int64_t line_ns = second_ns;           // so long a line of the log is waited for
constexpr std::int64_t forget_ns = 60 * second_ns;    // what nothing came of
constexpr std::int64_t begin_ns = 3600 * second_ns;   // an export that takes longer has no known beginning
constexpr std::int64_t unseen_ns = 2 * second_ns;     // notices older than that come too late to ask for sessions
constexpr std::int64_t session_slack_s = 3;           // a session is written before the folder is made
constexpr std::size_t lines_max = 10'000;

std::string lines_of(const std::set<std::uint64_t>& ids) {
    std::string lines;
    for (const std::uint64_t id : ids)
        lines += (lines.empty() ? "" : "\n") + std::to_string(id);
    return lines;
}

} // namespace

Doer doer_of(const DoerEvidence& evidence) {
    if (evidence.line && evidence.line->who == LoggedAct::Who::named)
        return {evidence.line->user, ""};
    if (evidence.line && evidence.line->who == LoggedAct::Who::unknown)
        return {"", "asked with a hash or in a way that the access log does not show whole"};
    if (!evidence.sessions || !*evidence.sessions)
        return {"", evidence.no_sessions};
    // action=export writes to its session before it begins; action=download does not, and of a POST neither is known.
    const bool must_export =
        evidence.line && evidence.line->kind == LoggedAct::Kind::make && !evidence.line->by_download;
    std::set<std::string> users;
    for (const WebSession& session : **evidence.sessions)
        if (!must_export || session.exports)
            users.insert(session.user);
    if (users.empty())
        return {"", "no web session asked for anything at that moment"};
    if (users.size() > 1)
        return {"", std::to_string(users.size()) + " web sessions asked for something at that moment"};
    if (users.begin()->empty())
        return {"", "asked without a web session of a user"};
    return {*users.begin(), ""};
}

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

Result<> Exports::tell_made(const ExportEntry& entry, const std::string& id, bool was_seen) {
    const std::string root = root_of(entry.name);
    KnownExport made{entry.inode, entry.size_bytes, entry.changed_utc_ns, false, folder_->content(root).recordings};
    const auto begin = begun_.find(root);
    const auto line = made_lines_.find(root);
    DoerEvidence evidence;
    evidence.line = line == made_lines_.end() ? nullptr : &line->second.act;
    if (begin != begun_.end()) {
        evidence.sessions = &begin->second.sessions;
        evidence.no_sessions = begin->second.no_sessions;
    } else {
        evidence.no_sessions = was_seen ? "its folder of links was there before" : "made while nobody looked";
    }
    auto told = tell("made", id, made, was_seen ? desk_.host.utc_ns() : entry.changed_utc_ns, doer_of(evidence));
    if (!told)
        return told;
    if (begin != begun_.end())
        begun_.erase(begin);
    if (line != made_lines_.end())
        made_lines_.erase(line);
    remember(id, std::move(made));
    return {};
}

/// Copies that outlive what they were made of, or the time that they may stay.
Result<> Exports::find_abandoned() {
    const std::int64_t now_utc = desk_.host.utc_ns();
    compared_mono_ns_ = desk_.host.mono_ns();
    std::set<std::uint64_t> wanted;
    for (const auto& [id, known] : known_)
        if (!known.is_abandoned)
            wanted.insert(known.recordings.begin(), known.recordings.end());
    std::set<std::uint64_t> missing = wanted;
    for (auto at = wanted.begin(); at != wanted.end();) {
        std::vector<std::uint64_t> some;
        for (; at != wanted.end() && some.size() < ids_max; ++at)
            some.push_back(*at);
        auto rows = desk_.catalogue.events(some);
        if (!rows)
            return fail(std::move(rows).error());
        for (const EventRow& row : *rows)
            missing.erase(row.id);
    }
    for (auto& [id, known] : known_) {
        if (known.is_abandoned)
            continue;
        const auto gone = std::count_if(known.recordings.begin(), known.recordings.end(),
                                        [&](std::uint64_t recording) { return missing.count(recording) != 0; });
        std::string why;
        if (gone > 0)
            why = std::to_string(gone) + " of its " + std::to_string(known.recordings.size()) + " recordings " +
                  (gone == 1 ? "is" : "are") + " gone, this copy is not";
        else if (now_utc - known.changed_utc_ns > settings_.keep_ns)
            why = "older than exports-keep allows";
        else
            continue;
        if (auto told = tell("abandoned", id, known, now_utc, {"", why}); !told)
            return told;
        known.is_abandoned = true;
        changes_.insert_or_assign(id, known);
    }
    return {};
}

/// A fetch is a reading that was seen, with its line where there is one; of the time before us, a line alone.
Result<> Exports::tell_fetched() {
    const std::int64_t now = desk_.host.mono_ns();
    const std::int64_t now_utc = desk_.host.utc_ns();
    std::vector<Line> later;
    for (Line& line : fetch_lines_) {
        const std::string id = export_id_of(line.act.archive);
        const auto known = known_.find(id);
        const auto read = std::find_if(reads_.begin(), reads_.end(), [&](const Fetch& fetch) { return fetch.id == id; });
        const bool before_us =
            known != known_.end() && line.act.utc_s < started_utc_s_ && line.act.bytes >= known->second.size_bytes;
        if (known == known_.end() || (read == reads_.end() && !before_us)) {
            if (now - line.mono_ns < settled_ns)
                later.push_back(std::move(line));
            continue;
        }
        if (read != reads_.end())
            reads_.erase(read);
        Begin begin{now, std::nullopt, ""};
        const std::int64_t ago_s = now_utc / second_ns - line.act.utc_s;
        if (line.act.who == LoggedAct::Who::session && ago_s <= session_slack_s) {
            auto sessions = memory_.sessions_since(line.act.utc_s - 1);
            if (!sessions)
                return fail(std::move(sessions).error());
            begin.sessions = std::move(*sessions);
        } else {
            begin.no_sessions = "begun " + std::to_string(ago_s) + " s before it was seen: its web session may be over";
        }
        const DoerEvidence evidence{&line.act, &begin.sessions, begin.no_sessions};
        if (auto told = tell("fetched", id, known->second, line.act.utc_s * second_ns, doer_of(evidence)); !told)
            return told;
    }
    fetch_lines_ = std::move(later);
    std::vector<Fetch> waiting;
    for (Fetch& fetch : reads_) {
        const auto known = known_.find(fetch.id);
        if (now - fetch.mono_ns < (known == known_.end() ? settled_ns : line_ns)) {
            waiting.push_back(std::move(fetch));
            continue;
        }
        if (known == known_.end())
            continue;
        if (auto told = tell("fetched", fetch.id, known->second, now_utc,
                             {"", log_ ? "read on the server, and no line of the access log says by whom"
                                       : "read on the server; by whom, only access-log could tell"});
            !told)
            return told;
    }
    reads_ = std::move(waiting);
    return {};
}

void Exports::remember(const std::string& id, KnownExport known) {
    changes_.insert_or_assign(id, known);
    known_.insert_or_assign(id, std::move(known));
}

Result<> Exports::tell(const char* state, const std::string& id, const KnownExport& known, std::int64_t utc_ns,
                       const Doer& doer) {
    const std::string name = name_of_export(id);
    const std::string root = root_of(name);
    const ExportContent content = folder_ ? folder_->content(root.empty() ? name : root) : ExportContent{};
    std::set<std::uint64_t> devices;
    std::optional<std::int64_t> begin, end;
    for (std::size_t at = 0; at < known.recordings.size(); at += ids_max) {
        const auto from = known.recordings.begin() + static_cast<std::ptrdiff_t>(at);
        const auto to = known.recordings.begin() + static_cast<std::ptrdiff_t>(std::min(at + ids_max, known.recordings.size()));
        auto rows = desk_.catalogue.events({from, to});
        if (!rows)
            return fail(std::move(rows).error());
        for (const EventRow& row : *rows) {
            devices.insert(row.monitor);
            if (row.begin_utc_ns)
                begin = std::min(begin.value_or(*row.begin_utc_ns), *row.begin_utc_ns);
            if (row.end_utc_ns)
                end = std::max(end.value_or(*row.end_utc_ns), *row.end_utc_ns);
        }
    }
    std::string formats = root.empty() ? "other" : std::string(format_of(name));
    for (const auto& [has, format] : {std::pair{content.has_mp4, "mp4"}, {content.has_matroska, "matroska"},
                                      {content.has_avi, "avi"}, {content.has_jpeg, "jpeg"}})
        if (has)
            formats += std::string("\n") + format;
    std::string detail = doer.detail;
    if (content.has_more)
        detail += std::string(detail.empty() ? "" : "; ") + "more recordings than the " +
                  std::to_string(ExportContent::recordings_max) + " that are listed";

    auto& names = desk_.host.names();
    const sdk::Vocabulary& words = desk_.records.words();
    sdk::EventBuilder builder(names.id(OMBUD_EVENT_EXPORT_SEEN), utc_ns);
    builder.add_text(names.id(OMBUD_KEY_EXPORT), id).add_text(names.id(OMBUD_KEY_VIA), "vms").add_text(words.state, state);
    if (!known.recordings.empty())
        builder.add_text(names.id(OMBUD_KEY_RECORDINGS), lines_of({known.recordings.begin(), known.recordings.end()}));
    if (!devices.empty())
        builder.add_text(names.id(OMBUD_KEY_DEVICES), lines_of(devices));
    if (begin)
        builder.add_i64(words.begin_utc_ns, *begin);
    if (end)
        builder.add_i64(words.end_utc_ns, *end);
    builder.add_text(names.id(OMBUD_KEY_FORMATS), formats);
    if (!root.empty())
        builder.add_i64(words.size_bytes, known.size_bytes).add_i64(names.id(OMBUD_KEY_SEALED), 0);
    if (!doer.user.empty())
        builder.add_text(words.user, doer.user, sdk::Privacy::personal);
    if (!detail.empty())
        builder.add_text(words.detail, detail);
    auto event = builder.finish();
    if (!event)
        return fail(std::move(event).error());
    events_.push_back(std::move(*event));
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
