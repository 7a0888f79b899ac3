/* ombud/media.h: reading media files, lent by the host so that no plugin needs a codec library.
 * Host extension "ombud.media/1". */
#ifndef OMBUD_MEDIA_H
#define OMBUD_MEDIA_H

#include <ombud/base.h>

#ifdef __cplusplus
extern "C" {
#endif

#define OMBUD_MEDIA_ID "ombud.media/1"

/* struct_size set by the caller, the rest by the host. Views are valid until the next probe by the same instance. */
typedef struct ombud_media_info {
    uint32_t struct_size;
    uint32_t reserved;
    int64_t size_bytes;
    int64_t duration_ns;     /* -1: unknown */
    int64_t creation_utc_ns; /* from the container; INT64_MIN: not there */
    ombud_view container;    /* "mp4", "matroska", "mpegts", … */
    ombud_view tracks;       /* "video/h264 audio/aac data/klv" */
    ombud_view problem;      /* why it could not be read; empty on OMBUD_OK */
} ombud_media_info;

typedef struct ombud_media {
    uint32_t struct_size;
    uint32_t reserved;
    /* Looks into one file; never writes.
     *   returns  OMBUD_NOT_FOUND; OMBUD_CORRUPT damaged, empty, a link, not readable or of no known kind;
     *            OMBUD_UNAVAILABLE still changing
     *   thread   [worker] */
    ombud_status (*probe)(void *host_ctx, ombud_view path, ombud_media_info *out);
} ombud_media;

#ifdef __cplusplus
}
#endif
#endif
