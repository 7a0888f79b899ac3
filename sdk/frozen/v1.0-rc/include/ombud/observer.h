/* ombud/observer.h: events as they happen. Plugin extension "ombud.events/1".
 * The manifest lists the event types; each arrives at least once, in order per source. */
#ifndef OMBUD_OBSERVER_H
#define OMBUD_OBSERVER_H

#include <ombud/base.h>
#include <ombud/event.h>

#ifdef __cplusplus
extern "C" {
#endif

#define OMBUD_OBSERVER_ID "ombud.events/1"

typedef struct ombud_observer {
    uint32_t struct_size;
    uint32_t reserved;
    /* Takes note of one event, borrowed until the call returns. Findings and actions it sends during the call become
     * durable together with the event's acknowledgement, or not at all.
     *   returns  OMBUD_OK; anything else is recorded as the plugin's fault
     *   thread   [worker]; within the manifest's deadline */
    ombud_status (*observe)(ombud_instance *self, const ombud_event *event);
} ombud_observer;

#ifdef __cplusplus
}
#endif
#endif
