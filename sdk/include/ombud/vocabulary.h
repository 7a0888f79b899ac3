/* ombud/vocabulary.h: the names that host, connectors and modules share. Others may be added freely by anybody. */
#ifndef OMBUD_VOCABULARY_H
#define OMBUD_VOCABULARY_H

/* Event types. A name that is also a hook (ombud/hook.h) is judged as well as observed. */
#define OMBUD_EVENT_RECORDING_FINISHED "recording.finished" /* a recording was closed: all recording keys */
#define OMBUD_EVENT_RECORDING_CHANGED "recording.changed"   /* lock, size or tracks changed: all recording keys */
#define OMBUD_EVENT_RECORDING_GONE "recording.gone"         /* deleted or vanished: recording, device, user if known */
#define OMBUD_EVENT_DEVICE_CHANGED "device.changed"         /* settings changed or device new: all device keys */
#define OMBUD_EVENT_DEVICE_GONE "device.gone"               /* device */
#define OMBUD_EVENT_CONNECTION "connector.connection"       /* state: "up" or "down"; detail */

/* Kinds of record in an inventory (type of the flat blob). */
#define OMBUD_RECORD_DEVICE "inventory.device"
#define OMBUD_RECORD_RECORDING "inventory.recording"
#define OMBUD_RECORD_STORAGE "inventory.storage"

/* Keys of a recording. */
#define OMBUD_KEY_RECORDING "recording"       /* text: the VMS's own id, unique within the attachment */
#define OMBUD_KEY_DEVICE "device"             /* text: the VMS's own id of the camera */
#define OMBUD_KEY_PATH "path"                 /* text: absolute path of the media file; absent: not reachable */
#define OMBUD_KEY_BEGIN "begin_utc_ns"        /* i64 */
#define OMBUD_KEY_END "end_utc_ns"            /* i64; absent: still open */
#define OMBUD_KEY_SIZE "size_bytes"           /* i64 */
#define OMBUD_KEY_TRACKS "tracks"             /* text: "video/h264 audio/aac data/klv" in track order; absent: unknown */
#define OMBUD_KEY_LOCKED "locked"             /* i64 0 or 1: under evidence lock */
#define OMBUD_KEY_LOCK_REASON "lock_reason"   /* text */
#define OMBUD_KEY_LOCK_CASE "lock_case"       /* text */
#define OMBUD_KEY_LOCK_OWNER "lock_owner"     /* text, personal */
#define OMBUD_KEY_LOCK_REVIEW "lock_review_utc_ns" /* i64 */
#define OMBUD_KEY_NO_FILE "no_file"           /* i64 1: the VMS lists it, the file is missing */
#define OMBUD_KEY_NO_ROW "no_row"             /* i64 1: the file is there, the VMS does not know it */
#define OMBUD_KEY_UNREADABLE "unreadable"     /* text: why the media could not be read */
#define OMBUD_KEY_TIME_SOURCE "time_source"   /* text: container, name, database */

/* Keys of a device. */
#define OMBUD_KEY_NAME "name"                 /* text */
#define OMBUD_KEY_AUDIO "audio"               /* i64 0 or 1: the VMS records its sound; absent: cannot be known */
#define OMBUD_KEY_METADATA "metadata"         /* i64 0 or 1: the VMS records its metadata; absent: cannot be known */
#define OMBUD_KEY_CAMERA "camera"             /* text: id of the site's camera record; absent: undocumented. Set by the host */

/* Keys of a storage area. */
#define OMBUD_KEY_STORAGE "storage"           /* text: the VMS's own id */
#define OMBUD_KEY_CAPACITY "capacity_bytes"   /* i64 */
#define OMBUD_KEY_FREE "free_bytes"           /* i64 */
#define OMBUD_KEY_ENCRYPTED "encrypted"       /* i64 0 none, 1 partial, 2 full; absent: cannot be known */

/* Keys that the host adds to what a connector tells. */
#define OMBUD_KEY_ATTACHMENT "attachment"     /* text: id of the attachment that told it; on every event and record */
#define OMBUD_KEY_CAUSE "cause"               /* text, on recording.gone: "ombud" when an action of ours did it; absent: not ours */

/* Keys of anything that somebody did. */
#define OMBUD_KEY_USER "user"                 /* text, personal; absent: cannot be known */
#define OMBUD_KEY_STATE "state"
#define OMBUD_KEY_DETAIL "detail"

/* Kinds of action (ombud/action.h). */
#define OMBUD_ACTION_DELETE_RECORDING "recording.delete"
#define OMBUD_ACTION_CLEAN_RECORDING "recording.clean"   /* carried out by the host on the file; the row stays */
#define OMBUD_ACTION_ARCHIVE_RECORDING "recording.archive"
#define OMBUD_ACTION_AUDIO_OFF "device.audio.off"
#define OMBUD_ACTION_METADATA_OFF "device.metadata.off"

#endif
