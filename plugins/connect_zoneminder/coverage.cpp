#include "coverage.hpp"

namespace ombud::zoneminder {
namespace {

using sdk::Coverage;

/// What holds either way.
struct Line {
    const char* control;
    Coverage level;
    const char* note;
};

constexpr Line always[] = {
    {"RET-1", Coverage::observable, "every monitor is listed, so that one without a record is found"},
    {"RET-2", Coverage::observable, "every monitor is listed; its period is the site's own record"},
    {"RET-8", Coverage::blind,
     "ZoneMinder prunes its log by ZM_LOG_DATABASE_LIMIT, whose value is not read; mailboxes and backups cannot be "
     "seen"},
    {"RET-10", Coverage::blind, "a storage area that leaves is not told apart from one that is renamed"},
    {"RET-11", Coverage::blind, "ZoneMinder registers no mobile devices"},
    {"EXP-4", Coverage::blind, "where a download goes cannot be seen"},
    {"EXP-7", Coverage::blind, "ZoneMinder's masks are part of the picture; whether one was lifted cannot be seen"},
    {"EXP-8", Coverage::blind, "ZoneMinder knows no second person; an export desk is needed"},
    {"AMG-6", Coverage::observable,
     "ZoneMinder 1.36 records pictures and sound; a data track in a file would be seen in its list of tracks"},
    {"AMG-7", Coverage::blind,
     "where a stream comes from is the monitor's source, which holds a password and is not read"},
    {"PUSH-1", Coverage::blind, "push services read ZoneMinder by themselves and leave no trace"},
    {"PUSH-2", Coverage::blind, "push services read ZoneMinder by themselves and leave no trace"},
    {"MAIL-5", Coverage::blind, "what a mail carries cannot be seen; a mail gate is needed"},
    {"MAIL-6", Coverage::blind,
     "ZoneMinder speaks SMTP without TLS; the next hop cannot be seen; a mail gate is needed"},
    {"ACC-1", Coverage::blind,
     "rights of ZoneMinder's users are not read, and do not bind: it serves recordings without asking for them"},
    {"ACC-2", Coverage::blind, "accounts are not read"},
    {"ACC-3", Coverage::blind, "playback leaves no trace with a user"},
    {"ACT-6", Coverage::blind, "ZoneMinder has no audit log; administrators can change the log it has"},
};

/// With the rows of the outbox.
constexpr Line by_outbox[] = {
    {"RET-4", Coverage::observable,
     "every deleted row is told within a second, with the database account but not with the person"},
    {"RET-5", Coverage::observable,
     "archiving, releasing and deleting are told within a second; ZoneMinder keeps no reason, case, owner or review "
     "date"},
    {"MAIL-1", Coverage::blind, "that a filter mailed a recording is told, to whom is not; a mail gate is needed"},
    {"AMG-1", Coverage::observable, "RecordAudio of every monitor is listed, and each change is told within a second"},
    {"AMG-3", Coverage::correctable,
     "sound is switched off within seconds of a change; what was recorded until then is cleaned afterwards"},
    {"AMG-4", Coverage::correctable, "RecordAudio switched on is told within a second, and is switched off again"},
    {"CAM-4", Coverage::observable, "begin and end of every recording are told as it ends"},
};

/// With the REST interface alone.
constexpr Line by_polling[] = {
    {"RET-4", Coverage::observable,
     "a deleted recording is missed at the next listing only; one that came and went between two is never seen"},
    {"RET-5", Coverage::observable,
     "archiving is seen at the next listing only, and not when it was undone before; no reason, case, owner or review "
     "date"},
    {"MAIL-1", Coverage::blind, "mail is not seen; a mail gate is needed"},
    {"AMG-1", Coverage::observable,
     "RecordAudio of every monitor is read every few seconds; what is undone in between is missed"},
    {"AMG-3", Coverage::correctable,
     "sound is switched off within seconds; what was recorded until then is cleaned afterwards"},
    {"AMG-4", Coverage::correctable,
     "RecordAudio is read every few seconds, and is switched off again; what is undone in between is missed"},
    {"ACC-4", Coverage::blind, "without the database neither deletions nor changes are told when they happen"},
    {"CAM-4", Coverage::observable, "begin and end of every recording are told a few seconds after it ends"},
};

constexpr Line with_files[] = {
    {"RET-3", Coverage::correctable,
     "recordings are deleted through ZoneMinder, and row and files are seen to be gone"},
    {"RET-6", Coverage::observable, "size and free space of the file system below each storage area"},
    {"RET-7", Coverage::observable,
     "dm-crypt below each storage area is seen; disks that encrypt by themselves and network storage are not"},
    {"RET-9", Coverage::correctable,
     "rows without files and folders without rows are listed; folders without rows are deleted on request"},
    {"AMG-2", Coverage::correctable,
     "a finished recording is cleaned in place; keeping a track from being recorded needs the stream gate"},
    {"AMG-5", Coverage::correctable, "tracks of every recording are read from its file"},
};

constexpr Line without_files[] = {
    {"RET-3", Coverage::correctable,
     "recordings are deleted through ZoneMinder, and the row is seen to be gone; the files are not on this machine"},
    {"RET-6", Coverage::blind, "storage areas are not on this machine"},
    {"RET-7", Coverage::blind, "storage areas are not on this machine"},
    {"RET-9", Coverage::blind, "storage areas are not on this machine, so that files left behind are not seen"},
    {"AMG-2", Coverage::blind, "the files are not on this machine; the stream gate is needed"},
    {"AMG-5", Coverage::blind, "the files are not on this machine, so that their tracks are not known"},
};

constexpr const char* changes_told =
    "deletions, archiving and changes of monitors, users, filters, options and storage areas are told, without the person; ";

/// What exports-dir and access-log add, or why they add nothing.
void add_exports(std::vector<Reach>& reach, FeedKind feed, const ExportReach& exports) {
    const bool has_outbox = feed == FeedKind::outbox;
    if (!exports.is_set || !exports.folder_problem.empty()) {
        const std::string why = exports.is_set ? "exports cannot be seen now: " + exports.folder_problem
                                               : "exports are not watched: exports-dir is not set";
        for (const char* control : {"EXP-1", "EXP-2", "EXP-9", "EXP-11"})
            reach.push_back({control, Coverage::blind, why});
        if (has_outbox)
            reach.push_back({"ACC-4", Coverage::observable, changes_told + ("views leave no trace here, and " + why)});
        return;
    }
    const std::string who =
        !exports.has_log ? "by whom is known only while nobody else uses the web pages, for access-log is not set"
        : exports.log_problem.empty()
            ? "by whom is known by a token in the address, or while nobody else who could have done it uses the web pages"
            : "by whom is known only while nobody else uses the web pages, for the access log cannot be read now: " +
                  exports.log_problem;
    const bool sees_beyond = exports.has_log && exports.log_problem.empty(), sees_videos = exports.videos_problem.empty();
    const std::string what = std::string("archives in the exports folder are told within 2 s when made and when fetched, ") +
                             (sees_beyond ? "outside of it when a GET made them, " : "") +
                             "within 10 s in the folder above, those beside and storage areas, " +
                             (sees_videos ? "encoded videos when their encoding begins, a filter's too, " : "");
    const std::string not_seen = "; a single video that is watched and saved, and an archive that a crafted " +
                                 std::string(sees_beyond ? "POST" : "request") + " makes anywhere else where the web server may write are not seen" +
                                 (exports.nearby_problem.empty() ? "" : ", nor all that lie nearby: " + exports.nearby_problem) +
                                 (sees_videos ? "" : ", nor encoded videos: " + exports.videos_problem);
    reach.push_back({"EXP-1", Coverage::observable, what + who + not_seen});
    reach.push_back({"EXP-2", Coverage::observable, what + "and are never sealed" + not_seen});
    reach.push_back({"EXP-9", Coverage::observable, what + who + not_seen});
    reach.push_back({"EXP-11", Coverage::correctable,
                     "an archive that outlives its recordings, or the time of exports-keep, is told and removed on request; copies "
                     "that were fetched are out of reach"});
    reach.push_back({"ACC-4", Coverage::observable, changes_told + ("exports are told, " + who + "; views leave no trace here")});
}

} // namespace

std::vector<Reach> reach_of(FeedKind feed, bool has_files, const ExportReach& exports, bool disables_accounts) {
    std::vector<Reach> reach;
    const auto add = [&](const auto& lines) {
        for (const Line& line : lines)
            reach.push_back({line.control, line.level, line.note});
    };
    add(always);
    if (feed == FeedKind::outbox)
        add(by_outbox);
    else
        add(by_polling);
    if (has_files)
        add(with_files);
    else
        add(without_files);
    add_exports(reach, feed, exports);
    if (disables_accounts)
        reach.push_back({"PUSH-5", Coverage::correctable,
                         "an account is disabled on request: no login, no token issued before, no web session; ZoneMinder cannot force a "
                         "new password"});
    else
        reach.push_back({"PUSH-5", Coverage::blind, "accounts cannot be disabled: that takes feed outbox and accounts.sql"});
    return reach;
}

} // namespace ombud::zoneminder
