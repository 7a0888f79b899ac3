/* ombud/state.h: what a module remembers across restarts. Host extension "ombud.state/1", for modules alone. */
#ifndef OMBUD_STATE_H
#define OMBUD_STATE_H

#include <ombud/base.h>

#ifdef __cplusplus
extern "C" {
#endif

#define OMBUD_STATE_ID "ombud.state/1"

#define OMBUD_STATE_KEY_MAX 254u     /* bytes */
#define OMBUD_STATE_VALUE_MAX 65536u /* bytes */

typedef struct ombud_state {
    uint32_t struct_size;
    uint32_t reserved;

    /* Keeps `value` under `key` (UTF-8, both; 1 to OMBUD_STATE_KEY_MAX bytes) in place of what was there; an empty value
     * forgets the key and overwrites it. Durable together with the outcome of the call it is made in, or not at all:
     * whatever is not recorded as judged was not remembered either. Copied. OMBUD_REFUSED: outside of a call whose
     * outcome is recorded. May hold personal values; it is in no ledger line. [worker] */
    ombud_status (*put)(void *host_ctx, ombud_view key, ombud_view value);

    /* The first key behind `key` in byte order (empty: the first of all), with its value, as they were durable. Meant
     * for an instance's first call. Borrowed until the next call of this table. OMBUD_NOT_FOUND: no further one. [worker] */
    ombud_status (*next)(void *host_ctx, ombud_view key, ombud_view *next_key, ombud_view *value);
} ombud_state;

#ifdef __cplusplus
}
#endif
#endif
