/* ombud/module.h: what a plugin gives the host: one symbol, one table. */
#ifndef OMBUD_MODULE_H
#define OMBUD_MODULE_H

#include <ombud/base.h>
#include <ombud/config.h>
#include <ombud/host.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ombud_module {
    uint32_t struct_size; /* sizeof(ombud_module) where the plugin was compiled */
    uint32_t abi_minor;   /* OMBUD_ABI_MINOR where the plugin was compiled */
    uint32_t flags;       /* 0 */
    uint32_t reserved;    /* 0 */
    ombud_view id;        /* as in the manifest: [a-z][a-z0-9_]*, static storage */
    ombud_view version;   /* semantic version, static storage */

    /* Makes one instance. `host` outlives it; `config` too, and both may be kept.
     *   returns  OMBUD_OK and *out set; else *out untouched and host->set_error() said why
     *   thread   [worker] of the new instance */
    ombud_status (*create)(const ombud_host *host, const ombud_config *config, ombud_instance **out);

    /* Begins work. Findings and actions may be sent from the first call after it: they become durable with a call. [worker] */
    ombud_status (*start)(ombud_instance *self);

    /* Ends work; answer before `deadline_mono_ns`. Not called when start failed. [worker] */
    ombud_status (*stop)(ombud_instance *self, int64_t deadline_mono_ns);

    /* Frees the instance; the last call it receives, also without start. [worker] */
    void (*destroy)(ombud_instance *self);

    /* The plugin's half of an extension, e.g. "ombud.hook/1"; NULL when it has none.
     * The answer never changes and lives as long as the plugin. Legal before create. [any] */
    const void *(*get_extension)(const char *id);
} ombud_module;

/* The one symbol a plugin exports. Pure; callable any number of times; static storage. [any] */
OMBUD_EXPORT const ombud_module *ombud_module_entry_v1(void);

#ifdef __cplusplus
}
#endif
#endif
