/* ill_mannered: answers as the recording's id asks, in every way in which a plugin can answer wrongly. */
#define _POSIX_C_SOURCE 200809L
#include <ombud/audit.h>
#include <ombud/event.h>
#include <ombud/hook.h>
#include <ombud/module.h>
#include <ombud/names.h>
#include <ombud/vocabulary.h>
#include <string.h>
#include <time.h>

struct ombud_instance {
    uint32_t key_recording;
    int audit_hangs;
};
static struct ombud_instance only;

static ombud_view text(const char *literal) {
    const ombud_view view = {literal, strlen(literal)};
    return view;
}

static void sleep_s(time_t seconds) {
    const struct timespec time = {seconds, 0};
    nanosleep(&time, NULL);
}

static ombud_status create(const ombud_host *host, const ombud_config *config, ombud_instance **out) {
    const ombud_names *names = host->get_extension(host->ctx, OMBUD_NAMES_ID);
    ombud_view manner = {0};
    if (!names)
        return OMBUD_UNAVAILABLE;
    (void)config->get_str(config->ctx, "options/create", &manner);
    if (manner.len == 5 && memcmp(manner.ptr, "fails", 5) == 0) {
        host->set_error(host->ctx, OMBUD_UNAVAILABLE, text("the option asked for a failure"));
        return OMBUD_UNAVAILABLE;
    }
    if (manner.len == 5 && memcmp(manner.ptr, "hangs", 5) == 0)
        sleep_s(3600);
    manner = (ombud_view){0};
    (void)config->get_str(config->ctx, "options/audit", &manner);
    only.audit_hangs = manner.len == 5 && memcmp(manner.ptr, "hangs", 5) == 0;
    only.key_recording = names->intern(host->ctx, text(OMBUD_KEY_RECORDING));
    *out = &only;
    return OMBUD_OK;
}

static ombud_status start(ombud_instance *self) { return (void)self, OMBUD_OK; }
static ombud_status stop(ombud_instance *self, int64_t deadline) { return (void)self, (void)deadline, OMBUD_OK; }
static void destroy(ombud_instance *self) { (void)self; }

static int is_asked(const ombud_instance *self, const ombud_event *event, const char *manner) {
    const char *const blob = (const char *)event;
    for (uint32_t i = 0; i < event->field_count; ++i) {
        const ombud_field *field = (const void *)(blob + event->field_off + (size_t)i * event->field_stride);
        if (field->key_id == self->key_recording && field->type == OMBUD_FIELD_TEXT)
            return field->v.s.len == strlen(manner) && memcmp(blob + field->v.s.off, manner, field->v.s.len) == 0;
    }
    return 0;
}

static ombud_status judge(ombud_instance *self, const ombud_hook_call *call, ombud_verdict *verdict) {
    static const ombud_track_rule rule = {9999, 77, 0, 0};
    static char endless[100000];
    const ombud_event *event = call->event;
    if (is_asked(self, event, "nothing"))
        return OMBUD_OK;
    if (is_asked(self, event, "status"))
        return -77;
    verdict->action = OMBUD_ALLOW;
    verdict->rule_id = text("RET-1");
    if (is_asked(self, event, "late"))
        sleep_s(1);
    if (is_asked(self, event, "action"))
        verdict->action = 4711;
    if (is_asked(self, event, "utf8"))
        verdict->reason = text("\xff\xfe\x80");
    if (is_asked(self, event, "length")) {
        memset(endless, 'x', sizeof endless);
        verdict->reason = (ombud_view){endless, sizeof endless};
    }
    if (is_asked(self, event, "null"))
        verdict->reason = (ombud_view){NULL, 12};
    if (is_asked(self, event, "count") || is_asked(self, event, "kind")) {
        verdict->action = OMBUD_TRANSFORM;
        verdict->transform_kind = OMBUD_TRANSFORM_TRACKS;
        verdict->track_rules = &rule;
        verdict->track_rule_stride = sizeof rule;
        verdict->track_rule_count = is_asked(self, event, "kind") ? 1 : UINT32_MAX;
    }
    return OMBUD_OK;
}

static ombud_status audit(ombud_instance *self, const ombud_audit_run *run) {
    (void)run;
    if (self->audit_hangs)
        sleep_s(3600);
    return OMBUD_OK;
}

static const void *get_extension(const char *id) {
    static const ombud_hook hook = {sizeof hook, 0, judge};
    static const ombud_audit walk = {sizeof walk, 0, audit};
    if (strcmp(id, OMBUD_AUDIT_ID) == 0)
        return &walk;
    return strcmp(id, OMBUD_HOOK_ID) == 0 ? &hook : NULL;
}

OMBUD_DECLARE_ABI(0);
const ombud_module *ombud_module_entry_v1(void) {
    static const ombud_module module = {sizeof module, OMBUD_ABI_MINOR, 0, 0, {"ill_mannered", 12}, {"0.1.0", 5},
                                        create, start, stop, destroy, get_extension};
    return &module;
}
