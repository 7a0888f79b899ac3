#include "coverage.hpp"

namespace ombud::zoneminder {
namespace {

using sdk::Coverage;

/// What holds either way.
constexpr Reach always[] = {
    {"RET-1", Coverage::observable, "every monitor is listed, so that one without a record is found"},
    {"RET-2", Coverage::observable, "every monitor is listed; its period is the site's own record"},
    {"RET-8", Coverage::blind,
     "ZoneMinder prunes its log by ZM_LOG_DATABASE_LIMIT, whose value is not read; mailboxes and backups cannot be "
     "seen"},
    {"RET-10", Coverage::blind, "a storage area that leaves is not told apart from one that is renamed"},
    {"RET-11", Coverage::blind, "ZoneMinder registers no mobile devices"},
    {"EXP-1", Coverage::blind, "an export leaves no trace with a user; a gate in front of the web interface is needed"},
    {"EXP-2", Coverage::blind, "downloads and the exports folder are not watched by this connector"},
    {"EXP-4", Coverage::blind, "where a download goes cannot be seen"},
    {"EXP-7", Coverage::blind, "ZoneMinder's masks are part of the picture; whether one was lifted cannot be seen"},
    {"EXP-8", Coverage::blind, "ZoneMinder knows no second person; an export desk is needed"},
    {"EXP-9", Coverage::blind, "exports leave no trace with a user"},
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
constexpr Reach by_outbox[] = {
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
    {"ACC-4", Coverage::observable,
     "deletions, archiving and changes of monitors, users, filters, options and storage areas are told, without the "
     "person; "
     "views and exports leave no trace here"},
    {"CAM-4", Coverage::observable, "begin and end of every recording are told as it ends"},
};

/// With the REST interface alone.
constexpr Reach by_polling[] = {
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

constexpr Reach with_files[] = {
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

constexpr Reach without_files[] = {
    {"RET-3", Coverage::correctable,
     "recordings are deleted through ZoneMinder, and the row is seen to be gone; the files are not on this machine"},
    {"RET-6", Coverage::blind, "storage areas are not on this machine"},
    {"RET-7", Coverage::blind, "storage areas are not on this machine"},
    {"RET-9", Coverage::blind, "storage areas are not on this machine, so that files left behind are not seen"},
    {"AMG-2", Coverage::blind, "the files are not on this machine; the stream gate is needed"},
    {"AMG-5", Coverage::blind, "the files are not on this machine, so that their tracks are not known"},
};

} // namespace

std::vector<Reach> reach_of(FeedKind feed, bool has_files) {
    std::vector<Reach> reach(std::begin(always), std::end(always));
    const auto add = [&](const auto& some) { reach.insert(reach.end(), std::begin(some), std::end(some)); };
    if (feed == FeedKind::outbox)
        add(by_outbox);
    else
        add(by_polling);
    if (has_files)
        add(with_files);
    else
        add(without_files);
    return reach;
}

} // namespace ombud::zoneminder
