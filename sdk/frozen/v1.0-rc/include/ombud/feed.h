/* ombud/feed.h: how a connector tells the host what it sees. Host extension "ombud.feed/1", for connectors only. */
#ifndef OMBUD_FEED_H
#define OMBUD_FEED_H

#include <ombud/base.h>
#include <ombud/event.h>

#ifdef __cplusplus
extern "C" {
#endif

#define OMBUD_FEED_ID "ombud.feed/1"

/* How far a control reaches with one VMS. Blind is never shown as compliant. */
#define OMBUD_COVERAGE_BLIND 1u       /* cannot be seen */
#define OMBUD_COVERAGE_OBSERVABLE 2u  /* is seen, cannot be changed */
#define OMBUD_COVERAGE_CORRECTABLE 3u /* is undone after the fact */
#define OMBUD_COVERAGE_PREVENTABLE 4u /* is stopped before it happens */

typedef struct ombud_feed {
    uint32_t struct_size;
    uint32_t reserved;

    /* Hands over events with the position in the VMS's own feed after them (opaque, at most 1024 bytes; empty: keep
     * the last one). On OMBUD_OK events and position are durable together, so a restart goes on without gap or
     * duplicate. Recording and device events also update the inventory. Blocks while the host is behind.
     *   returns  OMBUD_INVALID_INPUT  an event is malformed; none was taken; set_error-like text in the log
     *            OMBUD_UNAVAILABLE    the host cannot record now; try again, nothing was taken
     *   thread   [worker] */
    ombud_status (*push)(void *host_ctx, const ombud_event *const *events, uint64_t count, ombud_view position);

    /* Records of the listing that runs (ombud_connector.list). Same errors. [worker] */
    ombud_status (*put)(void *host_ctx, const ombud_event *const *records, uint64_t count);

    /* Declares one control: id of the requirement, OMBUD_COVERAGE_*, and a sentence on what it can and cannot see.
     * A control that is never declared is blind. May be called again when it changes. [worker] */
    ombud_status (*coverage)(void *host_ctx, ombud_view control, uint32_t level, ombud_view note);
} ombud_feed;

#ifdef __cplusplus
}
#endif
#endif
