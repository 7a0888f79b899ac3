/* ombud/names.h: names of event types and field keys, interned by the host and stable over its life.
 * Host extension "ombud.names/1". */
#ifndef OMBUD_NAMES_H
#define OMBUD_NAMES_H

#include <ombud/base.h>

#ifdef __cplusplus
extern "C" {
#endif

#define OMBUD_NAMES_ID "ombud.names/1"

typedef struct ombud_names {
    uint32_t struct_size;
    uint32_t reserved;
    /* Number of a name ([a-z0-9_.], 1 to 64 bytes), made when new; 0 when it is no name or there are too many
     * (65,535 a site). Ask once, keep the number. [any] */
    uint32_t (*intern)(void *host_ctx, ombud_view name);
    /* Name of a number, static storage; empty when there is none. [any] */
    ombud_view (*name)(void *host_ctx, uint32_t number);
} ombud_names;

#ifdef __cplusplus
}
#endif
#endif
