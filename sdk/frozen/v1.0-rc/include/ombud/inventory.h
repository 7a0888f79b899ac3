/* ombud/inventory.h: what the connectors know, for audits. Host extension "ombud.inventory/1". */
#ifndef OMBUD_INVENTORY_H
#define OMBUD_INVENTORY_H

#include <ombud/base.h>
#include <ombud/event.h>

#ifdef __cplusplus
extern "C" {
#endif

#define OMBUD_INVENTORY_ID "ombud.inventory/1"

/* ombud_recording.flags */
#define OMBUD_RECORDING_LOCKED 1u      /* evidence lock */
#define OMBUD_RECORDING_OPEN 2u        /* still being written */
#define OMBUD_RECORDING_AUDIO 4u       /* holds sound */
#define OMBUD_RECORDING_DATA 8u        /* holds a metadata or data track */
#define OMBUD_RECORDING_TRACKS_KNOWN 16u /* AUDIO and DATA mean something */
#define OMBUD_RECORDING_NO_FILE 32u
#define OMBUD_RECORDING_NO_ROW 64u
#define OMBUD_RECORDING_UNREADABLE 128u
#define OMBUD_RECORDING_LOCK_DOCUMENTED 256u /* the lock has reason, case, owner and review date */
#define OMBUD_RECORDING_GONE 512u      /* told by an earlier listing, not by the last; listed once more, then forgotten */

/* FROZEN: one row of a scan. */
typedef struct ombud_recording {
    uint64_t id;     /* the host's number, stable */
    uint32_t device; /* the host's number of the camera: an index for device() */
    uint32_t flags;
    int64_t begin_utc_ns;
    int64_t end_utc_ns;        /* open recordings: the last known */
    int64_t size_bytes;        /* -1: unknown */
    int64_t lock_review_utc_ns; /* 0: none */
} ombud_recording;

typedef struct ombud_inventory {
    uint32_t struct_size;
    uint32_t reserved;

    /* Rows behind `after` (0: from the start) in order of id, at most `room`; *count 0: the end. Each call sees one
     * consistent state. `stride` is sizeof(ombud_recording) of the caller. [worker] */
    ombud_status (*scan)(void *host_ctx, uint64_t after, ombud_recording *rows, uint64_t room, uint32_t stride,
                         uint64_t *count);
    ombud_status (*recording_count)(void *host_ctx, uint64_t *count);

    /* Full records, borrowed until the next call of this table by the same instance. OMBUD_NOT_FOUND past the end.
     * recording(): type inventory.recording, with `attachment` (text). device(), storage(): numbers from 0 on. [worker] */
    ombud_status (*recording)(void *host_ctx, uint64_t id, const ombud_event **out);
    ombud_status (*device)(void *host_ctx, uint32_t number, const ombud_event **out);
    ombud_status (*storage)(void *host_ctx, uint32_t number, const ombud_event **out);

    /* OMBUD_COVERAGE_* of a control with an attachment (ombud/feed.h); attachment empty: the worst of all. [any] */
    uint32_t (*coverage)(void *host_ctx, ombud_view attachment, ombud_view control);
} ombud_inventory;

#ifdef __cplusplus
}
#endif
#endif
