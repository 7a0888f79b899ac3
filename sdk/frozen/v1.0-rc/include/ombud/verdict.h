/* ombud/verdict.h: a module's answer to a hook call. */
#ifndef OMBUD_VERDICT_H
#define OMBUD_VERDICT_H

#include <ombud/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* action. UNSET counts as the plugin's fault: a forgotten answer never allows. The host merges, in this order:
 * DENY, fault (by the hook's fail mode), DEFER, TRANSFORM, ALLOW, ABSTAIN. */
#define OMBUD_UNSET 0
#define OMBUD_ALLOW 1
#define OMBUD_DENY 2
#define OMBUD_TRANSFORM 3
#define OMBUD_ABSTAIN 4
#define OMBUD_DEFER 5

/* transform_kind: any of these, added up. */
#define OMBUD_TRANSFORM_NONE 0u
#define OMBUD_TRANSFORM_TRACKS 1u /* tracks removed as track_rules tell: stream.open, recording.finished */
#define OMBUD_TRANSFORM_FIELDS 2u /* fields get the text of field_texts: mail.send, push.send */
#define OMBUD_TRANSFORM_PARTS 4u  /* the parts of `parts` are removed: mail.send */

#define OMBUD_TRACK_VIDEO 1u
#define OMBUD_TRACK_AUDIO 2u
#define OMBUD_TRACK_DATA 3u /* metadata, telemetry, input/output, subtitles of analytics */
#define OMBUD_TRACK_OTHER 4u

#define OMBUD_TRACK_REMOVE 1u      /* the whole track goes */
#define OMBUD_TRACK_KEEP_WITHIN 2u /* only [begin, end) stays; several rules for one kind: their union stays */
#define OMBUD_TRACK_PSEUDONYMISE 3u /* stream.open and DATA only, beside the others: what stays tells nobody apart for longer than an
                                     * hour. Where it cannot be done, and everywhere else, the track goes as with REMOVE */

/* FROZEN. One line of a TRACKS transform; kinds without a rule stay whole. */
typedef struct ombud_track_rule {
    uint32_t track_kind; /* OMBUD_TRACK_*, never VIDEO */
    uint32_t rule;       /* OMBUD_TRACK_REMOVE, OMBUD_TRACK_KEEP_WITHIN or OMBUD_TRACK_PSEUDONYMISE */
    int64_t begin_utc_ns, end_utc_ns; /* KEEP_WITHIN only */
} ombud_track_rule;

/* FROZEN. One line of a FIELDS transform. mail.send: a header that is added. push.send: what leaves is an opaque
 * reference and these fields, nothing else. */
typedef struct ombud_field_text {
    uint32_t key_id; /* interned, see ombud/names.h; each at most once */
    uint32_t reserved;
    ombud_view text; /* no personal values: it enters the ledger */
} ombud_field_text;

/* Zeroed by the host, struct_size set; filled by the plugin. Views are copied before the host enters the instance
 * again, and must stay valid until then. */
typedef struct ombud_verdict {
    uint32_t struct_size;
    int32_t action;
    uint32_t reason_code; /* the module's own, for statistics */
    uint32_t flags;       /* 0 */
    int64_t valid_until_mono_ns; /* a stream is asked again then; 0: only when modules or their settings change */
    uint32_t transform_kind; /* OMBUD_TRANSFORM_* */
    uint32_t reserved;
    uint64_t replacement_handle; /* 0 */
    ombud_view rule_id;       /* id of the requirement, e.g. "AMG-2" */
    ombud_view reason;        /* for people, at most 1024 bytes, no personal values; required for DENY, DEFER and TRANSFORM */
    ombud_view evidence_json; /* empty or a JSON object, no personal values */
    const ombud_track_rule *track_rules;
    uint32_t track_rule_count;
    uint32_t track_rule_stride; /* sizeof(ombud_track_rule) */
    const ombud_field_text *field_texts;
    uint32_t field_text_count;
    uint32_t field_text_stride; /* sizeof(ombud_field_text) */
    const uint32_t *parts;      /* numbers of parts as the event tells them, from 1 */
    uint32_t part_count;
    uint32_t reserved2;
    ombud_view advice; /* empty, or for the asker alone: a likely correction. May hold personal values: never recorded */
} ombud_verdict;

#ifdef __cplusplus
}
#endif
#endif
