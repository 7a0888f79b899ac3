#include "coverage.hpp"

namespace ombud::folder {

using sdk::Coverage;

namespace {
struct Row {
    const char* control;
    Coverage level;
    const char* note;
};
constexpr Row rows[] = {
    {"RET-1", Coverage::observable, "cameras are seen as folders or names; what is documented of them is the site's"},
    {"RET-2", Coverage::observable, "as RET-1"},
    {"RET-3", Coverage::correctable,
     "age by container, name or last change; recordings are deleted as files, and seen to be gone"},
    {"RET-4", Coverage::observable, "each file that vanishes is told; who deleted it is not known"},
    {"RET-5", Coverage::observable, "a lock is a file beside the recording: Ombud keeps to it, other programs may not"},
    {"RET-6", Coverage::observable, "capacity and free space of the file system; other folders on it count, too"},
    {"RET-8", Coverage::blind, "a folder has no logs, alarms or mailboxes of its own"},
    {"RET-9", Coverage::observable, "files only: there is no database that could disagree with them"},
    {"RET-10", Coverage::blind, "disks that leave service are not seen"},
    {"AMG-1", Coverage::observable, "sound and data are seen in finished recordings only"},
    {"AMG-2", Coverage::correctable,
     "tracks are removed from a recording once it is closed; until then they are on disk"},
    {"AMG-3", Coverage::correctable, "as AMG-2"},
    {"AMG-4", Coverage::blind, "a folder has no device settings: what is switched on shows in the next recording"},
    {"AMG-5", Coverage::correctable, "existing recordings are looked into and can be cleaned"},
    {"AMG-6", Coverage::observable, "data tracks are seen by kind and codec; what they say is not looked into"},
    {"ACC-4", Coverage::blind, "a folder does not tell who reads, copies or deletes"},
    {"EXP-1", Coverage::blind, "copying a file leaves no trace"},
    {"EXP-2", Coverage::blind, "as EXP-1"},
    {"EXP-4", Coverage::blind, "as EXP-1: where a copy goes is not seen either"},
    {"EXP-7", Coverage::blind, "as EXP-1; the files are as the recorder left them, masked or not"},
    {"EXP-8", Coverage::blind, "as EXP-1: whoever may read the folder may copy it alone"},
    {"EXP-9", Coverage::blind, "as EXP-1"},
    {"EXP-11", Coverage::blind, "as EXP-1: copies are out of sight"},
};
} // namespace

sdk::Result<> declare_coverage(const sdk::Feed& feed, bool sees_encryption) {
    for (const Row& row : rows)
        if (auto declared = feed.coverage(row.control, row.level, row.note); !declared)
            return declared;
    if (sees_encryption)
        return feed.coverage("RET-7", Coverage::observable,
                             "dm-crypt below the file system is seen; a disk's own encryption is not");
    return feed.coverage("RET-7", Coverage::blind, "the disks below this file system cannot be seen from here");
}

} // namespace ombud::folder
