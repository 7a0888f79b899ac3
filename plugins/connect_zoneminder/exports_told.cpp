// Part of Exports: what is told of an export.
#include "exports.hpp"

#include <algorithm>
#include <set>

namespace ombud::zoneminder {
namespace {

std::string lines_of(const std::set<std::uint64_t>& ids) {
    std::string lines;
    for (const std::uint64_t id : ids)
        lines += (lines.empty() ? "" : "\n") + std::to_string(id);
    return lines;
}

/// An archive's format, or that of a video by its ending.
std::string format_elsewhere(const std::string& path) {
    if (const auto archive = format_of(path); !archive.empty())
        return std::string(archive);
    const std::string ending = path.substr(std::min(path.rfind('.'), path.size()));
    return ending == ".mp4" ? "mp4" : ending == ".mkv" ? "matroska" : ending == ".avi" ? "avi" : "other";
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
    const std::string elsewhere = path_of_elsewhere(id);
    const std::string name = name_of_export(id);
    const std::string root = root_of(name);
    const ExportContent content = folder_ && elsewhere.empty() ? folder_->content(root.empty() ? name : root) : ExportContent{};
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
    std::string formats = !elsewhere.empty() ? format_elsewhere(elsewhere) : root.empty() ? "other" : std::string(format_of(name));
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
    if (!root.empty() || !elsewhere.empty())
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

} // namespace ombud::zoneminder
