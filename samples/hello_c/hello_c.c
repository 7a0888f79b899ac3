/* hello_c: raises a finding for every recording that is smaller than the option small-bytes. */
#include <ombud/event.h>
#include <ombud/finding.h>
#include <ombud/module.h>
#include <ombud/names.h>
#include <ombud/observer.h>
#include <ombud/vocabulary.h>
#include <stdlib.h>
#include <string.h>

struct ombud_instance {
    const ombud_host *host;
    const ombud_findings *findings;
    uint32_t key_recording, key_size;
    int64_t small_bytes;
};

static ombud_view text(const char *literal) {
    const ombud_view view = {literal, strlen(literal)};
    return view;
}

static ombud_status failed(const ombud_host *host, ombud_status status, const char *why) {
    host->set_error(host->ctx, status, text(why));
    return status;
}

static ombud_status create(const ombud_host *host, const ombud_config *config, ombud_instance **out) {
    const ombud_names *names = host->get_extension(host->ctx, OMBUD_NAMES_ID);
    const ombud_findings *findings = host->get_extension(host->ctx, OMBUD_FINDINGS_ID);
    ombud_instance *self;
    if (!names || !findings)
        return failed(host, OMBUD_UNAVAILABLE, "hello_c needs a host that lends names and findings");
    self = calloc(1, sizeof *self);
    if (!self)
        return failed(host, OMBUD_INTERNAL, "no memory");
    self->host = host;
    self->findings = findings;
    self->key_recording = names->intern(host->ctx, text(OMBUD_KEY_RECORDING));
    self->key_size = names->intern(host->ctx, text(OMBUD_KEY_SIZE));
    if (config->get_i64(config->ctx, "options/small-bytes", &self->small_bytes) != OMBUD_OK)
        self->small_bytes = 1;
    *out = self;
    return OMBUD_OK;
}

static ombud_status start(ombud_instance *self) { return (void)self, OMBUD_OK; }
static ombud_status stop(ombud_instance *self, int64_t deadline) { return (void)self, (void)deadline, OMBUD_OK; }
static void destroy(ombud_instance *self) { free(self); }

static ombud_status observe(ombud_instance *self, const ombud_event *event) {
    const char *const blob = (const char *)event;
    ombud_finding finding = {sizeof finding, OMBUD_SEVERITY_WARNING, {0}, {0}, {0}, {0}, {0}, {0}, {0}, {0}};
    int64_t size = INT64_MAX; /* a recording of unknown size is not small */
    for (uint32_t i = 0; i < event->field_count; ++i) {
        const ombud_field *field = (const void *)(blob + event->field_off + (size_t)i * event->field_stride);
        if (field->key_id == self->key_size && field->type == OMBUD_FIELD_I64)
            size = field->v.i;
        if (field->key_id == self->key_recording && field->type == OMBUD_FIELD_TEXT)
            finding.recording = finding.key = (ombud_view){blob + field->v.s.off, field->v.s.len};
    }
    if (size >= self->small_bytes || finding.key.len == 0)
        return OMBUD_OK;
    finding.control = text("RET-4");
    finding.text = text("the recording is smaller than expected; look whether its camera still works");
    return self->findings->raise(self->host->ctx, &finding);
}

static const void *get_extension(const char *id) {
    static const ombud_observer observer = {sizeof observer, 0, observe};
    return strcmp(id, OMBUD_OBSERVER_ID) == 0 ? &observer : NULL;
}

OMBUD_DECLARE_ABI(0);
const ombud_module *ombud_module_entry_v1(void) {
    static const ombud_module module = {sizeof module, OMBUD_ABI_MINOR, 0, 0, {"hello_c", 7}, {"0.1.0", 5},
                                        create, start, stop, destroy, get_extension};
    return &module;
}
