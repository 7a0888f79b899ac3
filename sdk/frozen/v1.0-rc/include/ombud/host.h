/* ombud/host.h: what the host lends an instance. Everything else comes by get_extension. */
#ifndef OMBUD_HOST_H
#define OMBUD_HOST_H

#include <ombud/base.h>

#ifdef __cplusplus
extern "C" {
#endif

#define OMBUD_LOG_DEBUG 1
#define OMBUD_LOG_INFO 2
#define OMBUD_LOG_WARNING 3
#define OMBUD_LOG_ERROR 4

#define OMBUD_CLOCK_UTC 1u
#define OMBUD_CLOCK_MONO 2u

typedef struct ombud_host {
    uint32_t struct_size;
    uint32_t abi_minor; /* newest minor the host speaks */
    void *ctx;          /* first argument of every function below; one per instance */

    /* The host's half of an extension, e.g. "ombud.findings/1"; NULL when this host has none. [any] */
    const void *(*get_extension)(void *ctx, const char *id);

    /* One line for operators. `kv_json` is empty or a JSON object. Never put personal values or secrets here. [any] */
    void (*log)(void *ctx, int32_t level, ombud_view message, ombud_view kv_json);

    /* Says why the call that is about to return a status other than OMBUD_OK failed. Copied. [any] */
    void (*set_error)(void *ctx, ombud_status code, ombud_view message);

    /* Nanoseconds of OMBUD_CLOCK_UTC or OMBUD_CLOCK_MONO; -1 for another clock. A replay controls both: ask here,
     * never the system. [any] */
    int64_t (*now)(void *ctx, uint32_t clock);
} ombud_host;

#ifdef __cplusplus
}
#endif
#endif
