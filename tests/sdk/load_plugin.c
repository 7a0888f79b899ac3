/* load_plugin FILE.so ID: loads a plugin as an outsider would, over the installed headers alone, and makes an instance. */
#include <dlfcn.h>
#include <ombud/module.h>
#include <ombud/names.h>
#include <ombud/finding.h>
#include <stdio.h>
#include <string.h>

static uint32_t intern(void *ctx, ombud_view name) { return (void)ctx, (uint32_t)(1 + name.len); }
static ombud_view name(void *ctx, uint32_t number) { return (void)ctx, (void)number, (ombud_view){0, 0}; }
static ombud_status raise(void *ctx, const ombud_finding *finding) { return (void)ctx, (void)finding, OMBUD_OK; }
static ombud_status clear(void *ctx, ombud_view key) { return (void)ctx, (void)key, OMBUD_OK; }
static const void *lend(void *ctx, const char *id) {
    static const ombud_names names = {sizeof names, 0, intern, name};
    static const ombud_findings findings = {sizeof findings, 0, raise, clear};
    (void)ctx;
    return strcmp(id, OMBUD_NAMES_ID) == 0 ? (const void *)&names : strcmp(id, OMBUD_FINDINGS_ID) == 0 ? &findings : NULL;
}
static void say(void *ctx, int32_t level, ombud_view message, ombud_view kv) {
    (void)ctx, (void)level, (void)kv;
    fprintf(stderr, "log: %.*s\n", (int)message.len, (const char *)message.ptr);
}
static void set_error(void *ctx, ombud_status code, ombud_view message) {
    (void)ctx;
    fprintf(stderr, "error %d: %.*s\n", (int)code, (int)message.len, (const char *)message.ptr);
}
static int64_t now(void *ctx, uint32_t clock) { return (void)ctx, (void)clock, 0; }
static ombud_status get_i64(void *ctx, const char *path, int64_t *out) { return (void)ctx, (void)path, *out = 1, OMBUD_OK; }
static ombud_status get_bool(void *ctx, const char *path, uint32_t *out) { return (void)ctx, (void)path, *out = 0, OMBUD_OK; }
static ombud_status get_str(void *ctx, const char *path, ombud_view *out) { return (void)ctx, (void)path, (void)out, OMBUD_NOT_FOUND; }
static ombud_status get_count(void *ctx, const char *path, uint64_t *out) { return (void)ctx, (void)path, (void)out, OMBUD_NOT_FOUND; }
static ombud_view json(void *ctx) { return (void)ctx, (ombud_view){"{}", 2}; }

int main(int argc, char **argv) {
    static const ombud_host host = {sizeof host, OMBUD_ABI_MINOR, NULL, lend, say, set_error, now};
    static const ombud_config config = {sizeof config, 0, NULL, get_i64, get_bool, get_str, get_count, json};
    const ombud_module *(*entry)(void);
    const ombud_module *module;
    ombud_instance *instance = NULL;
    void *library = argc == 3 ? dlopen(argv[1], RTLD_NOW | RTLD_LOCAL) : NULL;
    if (!library)
        return fprintf(stderr, "load_plugin: %s\n", argc == 3 ? dlerror() : "usage: load_plugin FILE.so ID"), 2;
    *(void **)&entry = dlsym(library, "ombud_module_entry_v1");
    if (!entry || !(module = entry()) || module != entry())
        return fprintf(stderr, "load_plugin: no entry, or one that changes its answer\n"), 1;
    if (module->id.len != strlen(argv[2]) || memcmp(module->id.ptr, argv[2], module->id.len) != 0)
        return fprintf(stderr, "load_plugin: id is %.*s\n", (int)module->id.len, (const char *)module->id.ptr), 1;
    if (module->get_extension("draft.unknown/9"))
        return fprintf(stderr, "load_plugin: claims an extension that does not exist\n"), 1;
    if (module->create(&host, &config, &instance) != OMBUD_OK || !instance)
        return fprintf(stderr, "load_plugin: create failed\n"), 1;
    if (module->start(instance) != OMBUD_OK || module->stop(instance, INT64_MAX) != OMBUD_OK)
        return fprintf(stderr, "load_plugin: start or stop failed\n"), 1;
    module->destroy(instance);
    printf("%.*s %.*s\n", (int)module->id.len, (const char *)module->id.ptr, (int)module->version.len,
           (const char *)module->version.ptr);
    return 0;
}
