/* ombud/config.h: typed settings, checked against the manifest before the plugin sees them. */
#ifndef OMBUD_CONFIG_H
#define OMBUD_CONFIG_H

#include <ombud/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Paths are keys and list positions joined by '/': "options/interval_s", "site/cameras/0/id".
 * options/NAME      every option of the manifest, defaults filled in; durations in seconds, sizes in bytes
 * site/id           the site's id
 * site/timezone     IANA name
 * site/cameras/N/…  the camera records of the site (manifests/schema/README.md lists the fields)
 * attachment/…      id and mode, for connectors only */
typedef struct ombud_config {
    uint32_t struct_size;
    uint32_t reserved;
    void *ctx;

    /* Each: OMBUD_OK and *out set; OMBUD_NOT_FOUND when the path leads nowhere; OMBUD_INVALID_INPUT when the value
     * is of another type. Views live as long as the config. [any] */
    ombud_status (*get_i64)(void *ctx, const char *path, int64_t *out);
    ombud_status (*get_bool)(void *ctx, const char *path, uint32_t *out); /* 0 or 1 */
    ombud_status (*get_str)(void *ctx, const char *path, ombud_view *out);
    ombud_status (*get_count)(void *ctx, const char *path, uint64_t *out); /* elements of a list or object */

    /* The whole document as JSON. [any] */
    ombud_view (*json)(void *ctx);
} ombud_config;

#ifdef __cplusplus
}
#endif
#endif
