/* ombud/connector.h: a plugin that speaks for a VMS. Plugin extension "ombud.connector/1".
 * Native messages of the VMS become events, actions go back to it. */
#ifndef OMBUD_CONNECTOR_H
#define OMBUD_CONNECTOR_H

#include <ombud/action.h>
#include <ombud/base.h>
#include <ombud/feed.h>

#ifdef __cplusplus
extern "C" {
#endif

#define OMBUD_CONNECTOR_ID "ombud.connector/1"

#define OMBUD_LIST_DEVICES 1u
#define OMBUD_LIST_RECORDINGS 2u
#define OMBUD_LIST_STORAGE 3u

/* All functions: [worker]. A connector needs no thread of its own. */
typedef struct ombud_connector {
    uint32_t struct_size;
    uint32_t reserved;

    /* Connects and resumes behind `position`, the last one that push() made durable; empty: from now on. Declares
     * coverage by feed->coverage.
     *   returns  OMBUD_UNAVAILABLE  the VMS cannot be reached now; the host tries again with back-off */
    ombud_status (*open)(ombud_instance *self, ombud_view position);

    /* Describes everything of one sort (OMBUD_LIST_*) by feed->put, disk and database both where both exist. What an
     * earlier listing or event told and this one does not is taken as gone. [worker]
     *   returns  OMBUD_OK only when the listing is complete */
    ombud_status (*list)(ombud_instance *self, uint32_t what);

    /* Waits at most `wait_ns` for news and pushes them; returns at once after a push.
     *   returns  OMBUD_UNAVAILABLE  connection lost: the host calls open() again, with back-off */
    ombud_status (*poll)(ombud_instance *self, int64_t wait_ns);

    /* Carries out one action and sees for itself that it happened. May be called again with the same id after a
     * crash: doing it twice must be the same as doing it once. `recording.delete` must refuse a recording that is under
     * evidence lock at that moment.
     *   returns  OMBUD_OK with result->outcome set; anything else counts as OMBUD_OUTCOME_RETRY */
    ombud_status (*act)(ombud_instance *self, const ombud_action *action, ombud_action_result *result);
} ombud_connector;

#ifdef __cplusplus
}
#endif
#endif
