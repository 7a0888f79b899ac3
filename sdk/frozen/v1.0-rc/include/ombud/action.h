/* ombud/action.h: asking for a correction, and carrying it out. Host extension "ombud.actions/1". */
#ifndef OMBUD_ACTION_H
#define OMBUD_ACTION_H

#include <ombud/base.h>
#include <ombud/verdict.h>

#ifdef __cplusplus
extern "C" {
#endif

#define OMBUD_ACTIONS_ID "ombud.actions/1"

typedef struct ombud_action {
    uint32_t struct_size;
    uint32_t flags;        /* 0 */
    ombud_id id;           /* set by the host; the same id is never a different action */
    ombud_view kind;       /* OMBUD_ACTION_* of ombud/vocabulary.h */
    ombud_view attachment; /* empty: the one the current event came from */
    ombud_view device;
    ombud_view recording;
    ombud_view control;    /* id of the requirement that wants it */
    ombud_view reason;     /* for people, no personal values */
    const ombud_track_rule *track_rules; /* recording.clean only */
    uint32_t track_rule_count;
    uint32_t track_rule_stride;
    ombud_view export_id;  /* export.remove only: its id in the VMS, OMBUD_KEY_EXPORT */
    ombud_view user;       /* account.disable only: the VMS's account name. Personal: never in a reason or a proof */
} ombud_action;

typedef struct ombud_actions {
    uint32_t struct_size;
    uint32_t reserved;
    /* Asks the host for a correction; `id` is ignored. In `enforce` it is recorded, then carried out once; in `monitor`
     * it is recorded as what would have happened. Asking again for what is pending or done is fine. Copied. [worker] */
    ombud_status (*request)(void *host_ctx, const ombud_action *action);
} ombud_actions;

#define OMBUD_OUTCOME_UNSET 0u
#define OMBUD_OUTCOME_DONE 1u    /* done now, and seen to be done */
#define OMBUD_OUTCOME_ALREADY 2u /* was so before */
#define OMBUD_OUTCOME_REFUSED 3u /* must not be done, e.g. evidence-locked by now */
#define OMBUD_OUTCOME_RETRY 4u   /* could not be done now */
#define OMBUD_OUTCOME_FAILED 5u  /* cannot be done */

/* Zeroed by the host, struct_size set; filled by the connector. Views as in ombud_verdict. */
typedef struct ombud_action_result {
    uint32_t struct_size;
    uint32_t outcome;
    ombud_view proof; /* one sentence: what was seen that shows it, e.g. "row and 4 files gone"; or why not */
} ombud_action_result;

#ifdef __cplusplus
}
#endif
#endif
