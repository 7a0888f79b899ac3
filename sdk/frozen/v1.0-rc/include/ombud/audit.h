/* ombud/audit.h: walking the whole inventory. Plugin extension "ombud.audit/1".
 * The host runs audits in an instance of their own, so that judging never waits for one. */
#ifndef OMBUD_AUDIT_H
#define OMBUD_AUDIT_H

#include <ombud/base.h>

#ifdef __cplusplus
extern "C" {
#endif

#define OMBUD_AUDIT_ID "ombud.audit/1"

#define OMBUD_AUDIT_CORRECT 1u   /* flags: corrections are asked for, too */
#define OMBUD_AUDIT_REQUESTED 2u /* flags: a person asked for this run; without it, it is a scheduled one */

typedef struct ombud_audit_run {
    uint32_t struct_size;
    uint32_t flags;
    void *ctx;
    /* Tells how far it is. OMBUD_CANCELLED: return soon, with OMBUD_CANCELLED. Cheap; call it every few thousand rows.
     * [worker] */
    ombud_status (*progress)(void *ctx, uint64_t done, uint64_t total);
} ombud_audit_run;

typedef struct ombud_audit {
    uint32_t struct_size;
    uint32_t reserved;
    /* Examines everything and raises findings; with OMBUD_AUDIT_CORRECT also asks for actions. [worker], no deadline */
    ombud_status (*run)(ombud_instance *self, const ombud_audit_run *run);
} ombud_audit;

#ifdef __cplusplus
}
#endif
#endif
