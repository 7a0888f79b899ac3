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

/* Questions of gates (types of the event asked about; ombud/hook.h). */
#define OMBUD_EVENT_STREAM_OPEN "stream.open" /* a VMS opens a camera's stream: attachment, device, camera, stream, tracks, backchannel, viewer */
#define OMBUD_EVENT_MAIL_SEND "mail.send"     /* a VMS sends a mail: stage, sender, tls and, by stage, recipient or the rest */
#define OMBUD_EVENT_PUSH_SEND "push.send"     /* a VMS pushes: all keys of a push */

/* Keys of a stream; `tracks` is what the camera sends. */
#define OMBUD_KEY_STREAM "stream"           /* text: its name at the gate */
#define OMBUD_KEY_BACKCHANNEL "backchannel" /* text, as `tracks`: what the camera would take in; absent: nothing */
#define OMBUD_KEY_VIEWER "viewer"           /* text: the account at the gate that opens it */

/* Keys of a mail. */
#define OMBUD_KEY_STAGE "stage"           /* text: "recipient" (one, before any content) or "message" (all of it) */
#define OMBUD_KEY_SENDER "sender"         /* text, personal: envelope sender; empty: the null sender */
#define OMBUD_KEY_RECIPIENT "recipient"   /* text, personal: one envelope recipient as it came, without < > */
#define OMBUD_KEY_RECIPIENTS "recipients" /* text, personal: those accepted, one a line */
#define OMBUD_KEY_HEADER_RECIPIENTS "header_recipients" /* text, personal: addresses of To, Cc, Bcc, one a line */
#define OMBUD_KEY_PARTS "parts"           /* text: "1:text/plain 2:picture/jpeg": number, class / what was found, outermost first;
                                             classes: text picture video sound document archive opaque other; an archive
                                             with a picture in it is picture/zip; opaque could not be looked into */
#define OMBUD_KEY_TLS_IN "tls_in"         /* i64 0 or 1: it came over TLS or from this machine */
#define OMBUD_KEY_TLS_OUT "tls_out"       /* i64 0 or 1: the way out demands TLS; absent: cannot be known */
#define OMBUD_KEY_NEXT_HOP "next_hop"     /* text: "TRANSPORT:HOST", where the mail server sends this recipient's mail; absent: cannot be known */
#define OMBUD_KEY_QUEUE_ID "queue_id"     /* text: the mail server's own name of the mail, as in its log */
#define OMBUD_KEY_DELETE_BY "delete_by"   /* field set on a mail: RFC 5322 date, becomes the header Expires (RFC 4021) */

/* Keys of a push. */
#define OMBUD_KEY_PERSON "person"       /* text, personal: account name of whom it is for */
#define OMBUD_KEY_TITLE "title"         /* text, personal */
#define OMBUD_KEY_TEXT "text"           /* text, personal */
#define OMBUD_KEY_DATA "data"           /* text, personal: whatever else came, as JSON */
#define OMBUD_KEY_PICTURE "picture"     /* i64 1: it came with a picture */
#define OMBUD_KEY_FORWARDER "forwarder" /* text: id of the way out */
#define OMBUD_KEY_PROVIDER "provider"   /* text: who runs that way (PUSH-6) */
#define OMBUD_KEY_COUNTRY "country"     /* text: ISO 3166 code of the provider's country */

/* Exports. */
#define OMBUD_EVENT_EXPORT_RELEASE "export.release" /* recordings are to leave: all export keys that are known, and a hook */
#define OMBUD_EVENT_EXPORT_SEEN "export.seen"       /* an export inside the VMS was seen: those that the VMS shows; state:
                                                       "made", "fetched", "abandoned" (outlived its recordings) or "gone" */

/* Keys of an export, beside begin_utc_ns, end_utc_ns, size_bytes and tracks of what leaves, and user: who asks for it. */
#define OMBUD_KEY_EXPORT "export"             /* text: its id, unique within the attachment, or at the host's own desk */
#define OMBUD_KEY_VIA "via"                   /* text: "desk" (the host's own), "web" (a VMS's pages, at the gate) or "vms" (seen
                                                 inside it afterwards) */
#define OMBUD_KEY_RECORDINGS "recordings"     /* text: the VMS's own ids, one a line */
#define OMBUD_KEY_DEVICES "devices"           /* text: the VMS's own ids, one a line */
#define OMBUD_KEY_CAMERAS "cameras"           /* text: ids of the site's camera records, one a line; what is not documented
                                                 is not in it */
#define OMBUD_KEY_FORMATS "formats"           /* text: what it holds, one a line: mp4, matroska, avi, jpeg, zip, encrypted, other … */
#define OMBUD_KEY_SEALED "sealed"             /* i64 0 or 1: it leaves sealed */
#define OMBUD_KEY_REASON "reason"             /* text: why it is asked for; no personal values */
#define OMBUD_KEY_RECIPIENT_CLASS "recipient_class" /* text: same-institution, other-institution, eu, third-country or data-subject */
#define OMBUD_KEY_LEGAL_GROUND "legal_ground" /* text: why it may go there; absent: none is documented */
#define OMBUD_KEY_DESTINATION "destination"   /* text: id of the site's destination; absent: it is none of the site's */
#define OMBUD_KEY_DESTINATION_KIND "destination_kind" /* text: folder, share, removable or unlisted */
#define OMBUD_KEY_MEDIUM "medium"             /* text: the medium's key in the media register; absent: none was named */
#define OMBUD_KEY_DESTROY_BY "destroy_by_utc_ns" /* i64: when the recipient must have destroyed or returned it */
#define OMBUD_KEY_MASKS "masks"               /* text, by the worst camera: none (none is required), applied, lifted or missing */
#define OMBUD_KEY_PIXELATED "pixelated"       /* i64 1: all that moves is pixelated, except what a person chose (EXP-13) */
#define OMBUD_KEY_REVIEWED "reviewed"         /* i64 1: a person looked through exactly this copy (EXP-13) */
#define OMBUD_KEY_APPROVED "approved"         /* i64 1: a second person approved exactly this */

/* Access to a VMS's pages, at the web gate. */
#define OMBUD_EVENT_ACCESS_REQUEST "access.request" /* act, user, and what of recordings, devices, begin and end it names; a hook */
#define OMBUD_KEY_ACT "act"   /* text: view, replay, image, download, archive, delete, login, read, change or other; an act that is an
                                 export or the fetching of one is asked as export.release instead */
#define OMBUD_KEY_PEER "peer" /* text, personal: network address of whoever asks */
#define OMBUD_KEY_STANDING "standing" /* text: granted; lacking (the account's own rights in the VMS do not cover it), nobody (no
                                         login), strange (not understood), cross-site or unknown (cannot be looked up): a gate in
                                         enforce refuses all but granted by itself, whatever is answered */
#define OMBUD_KEY_NOTE "note" /* text: why it stands so; no personal values */
#define OMBUD_KEY_REFUSED "refused" /* i64 1: the gate refuses it by itself */

/* Keys that the host adds to what a connector tells. */
#define OMBUD_KEY_ATTACHMENT "attachment"     /* text: id of the attachment that told it; on every event and record */
#define OMBUD_KEY_CAUSE "cause"               /* text, on recording.gone: "ombud" when an action of ours did it; absent: not ours */

/* Keys of anything that somebody did. */
#define OMBUD_KEY_KEY "key"                   /* text: of a record of a register (ombud/register.h) */
#define OMBUD_KEY_USER "user"                 /* text, personal; absent: cannot be known */
#define OMBUD_KEY_STATE "state"
#define OMBUD_KEY_DETAIL "detail"

/* Kinds of action (ombud/action.h). */
#define OMBUD_ACTION_DELETE_RECORDING "recording.delete"
#define OMBUD_ACTION_CLEAN_RECORDING "recording.clean"   /* carried out by the host on the file; the row stays */
#define OMBUD_ACTION_QUARANTINE_RECORDING "recording.quarantine" /* carried out by the host: the file is moved aside, never deleted */
#define OMBUD_ACTION_ARCHIVE_RECORDING "recording.archive"
#define OMBUD_ACTION_AUDIO_OFF "device.audio.off"
#define OMBUD_ACTION_METADATA_OFF "device.metadata.off"
#define OMBUD_ACTION_REMOVE_EXPORT "export.remove"       /* what an export left inside the VMS; its recordings stay */
#define OMBUD_ACTION_DISABLE_ACCOUNT "account.disable"   /* the VMS's account of a person: no login, no session, until people allow it */

#endif
