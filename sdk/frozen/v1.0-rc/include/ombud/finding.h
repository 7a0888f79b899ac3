/* ombud/finding.h: something is not as it should be. Host extension "ombud.findings/1". */
#ifndef OMBUD_FINDING_H
#define OMBUD_FINDING_H

#include <ombud/base.h>

#ifdef __cplusplus
extern "C" {
#endif

#define OMBUD_FINDINGS_ID "ombud.findings/1"

#define OMBUD_SEVERITY_INFO 1u
#define OMBUD_SEVERITY_WARNING 2u
#define OMBUD_SEVERITY_VIOLATION 3u

typedef struct ombud_finding {
    uint32_t struct_size;
    uint32_t severity;
    ombud_view key;           /* names the matter within the module, e.g. "RET-3/files/cam1/2026"; the same key again is the same finding */
    ombud_view control;       /* id of the requirement, e.g. "RET-3" */
    ombud_view attachment;    /* empty: the site as a whole */
    ombud_view device;        /* the VMS's id; empty: none */
    ombud_view recording;     /* the VMS's id; empty: none */
    ombud_view text;          /* one sentence for people: what is, what should be, what to do. No personal values */
    ombud_view person;        /* who did it, if known; empty: none. Only a commitment enters the ledger */
    ombud_view evidence_json; /* empty or a JSON object of integers and strings, no personal values */
} ombud_finding;

typedef struct ombud_findings {
    uint32_t struct_size;
    uint32_t reserved;
    /* Opens a finding, or says that it still holds. Copied. [worker] */
    ombud_status (*raise)(void *host_ctx, const ombud_finding *finding);
    /* Says that the matter `key` is no longer so; unknown keys are fine. An audit that ends without cancel also closes
     * every finding of earlier audits that it did not raise again. [worker] */
    ombud_status (*clear)(void *host_ctx, ombud_view key);
} ombud_findings;

#ifdef __cplusplus
}
#endif
#endif
