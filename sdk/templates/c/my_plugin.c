/* my_plugin: judges finished recordings by policy.h. */
#include <ombud/event.h>
#include <ombud/hook.h>
#include <ombud/module.h>
#include <ombud/names.h>
#include <ombud/vocabulary.h>
#include <stdlib.h>
#include <string.h>

#include "policy.h"

struct ombud_instance {
    const ombud_host *host;
    uint32_t key_size;
    int64_t most_bytes;
};

static ombud_view text(const char *literal) {
    const ombud_view view = {literal, strlen(literal)};
    return view;
}

static ombud_status failed(const ombud_host *host, ombud_status status, const char *why) {
    if (host->struct_size >= offsetof(ombud_host, now)) /* else it is too old to be told */
        host->set_error(host->ctx, status, text(why));
    return status;
}

static ombud_status create(const ombud_host *host, const ombud_config *config, ombud_instance **out) {
    const ombud_names *names;
    ombud_instance *self;
    int64_t most_bytes;
    if (host->struct_size < sizeof *host)
        return failed(host, OMBUD_INVALID_INPUT, "this host is too old");
    names = host->get_extension(host->ctx, OMBUD_NAMES_ID);
    if (!names)
        return failed(host, OMBUD_UNAVAILABLE, "needs a host that lends names");
    if (config->get_i64(config->ctx, "options/most", &most_bytes) != OMBUD_OK)
        return failed(host, OMBUD_INVALID_INPUT, "options/most is no size");
    self = calloc(1, sizeof *self);
    if (!self)
        return failed(host, OMBUD_INTERNAL, "no memory");
    self->host = host;
    self->key_size = names->intern(host->ctx, text(OMBUD_KEY_SIZE));
    self->most_bytes = most_bytes;
    *out = self;
    return OMBUD_OK;
}

static ombud_status start(ombud_instance *self) { return (void)self, OMBUD_OK; }
static ombud_status stop(ombud_instance *self, int64_t deadline) { return (void)self, (void)deadline, OMBUD_OK; }
static void destroy(ombud_instance *self) { free(self); }

/* A caller of a newer minor may ask for something in what this plugin does not know; zero: it does not. */
static int is_too_new(const ombud_hook_call *call) {
    const unsigned char *bytes = (const unsigned char *)call;
    for (uint32_t i = sizeof *call; i < call->struct_size; ++i)
        if (bytes[i])
            return 1;
    return 0;
}

static ombud_status judge(ombud_instance *self, const ombud_hook_call *call, ombud_verdict *verdict) {
    const char *const blob = (const char *)call->event;
    ombud_verdict full = {0};
    int64_t size_bytes = -1;
    if (is_too_new(call))
        return failed(self->host, OMBUD_TOO_NEW, "the call uses members that this plugin does not know");
    for (uint32_t i = 0; i < call->event->field_count; ++i) {
        const ombud_field *field = (const void *)(blob + call->event->field_off + (size_t)i * call->event->field_stride);
        if (field->key_id == self->key_size && field->type == OMBUD_FIELD_I64)
            size_bytes = field->v.i;
    }
    full.struct_size = verdict->struct_size;
    full.action = call->hook_id == OMBUD_HOOK_RECORDING_FINISHED ? decide(size_bytes, self->most_bytes) : OMBUD_ABSTAIN;
    if (full.action == OMBUD_DENY) {
        full.rule_id = text("RET-1"); /* the requirement it stands for: manifests/controls.xml of Ombud */
        full.reason = text("the recording is larger than the option most allows");
    }
    memcpy(verdict, &full, verdict->struct_size < sizeof full ? verdict->struct_size : sizeof full);
    return OMBUD_OK;
}

static const void *get_extension(const char *id) {
    static const ombud_hook hook = {sizeof hook, 0, judge};
    return strcmp(id, OMBUD_HOOK_ID) == 0 ? &hook : NULL;
}

OMBUD_DECLARE_ABI(0);
const ombud_module *ombud_module_entry_v1(void) {
    static const ombud_module module = {sizeof module, OMBUD_ABI_MINOR, 0, 0, {"my_plugin", sizeof "my_plugin" - 1}, {"0.1.0", 5},
                                        create, start, stop, destroy, get_extension};
    return &module;
}
