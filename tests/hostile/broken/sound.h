/* sound.h: a plugin that passes every check of `ombud plugin check`. Each file beside this one breaks one rule: it says by
 * macros what it does otherwise, then includes this. ID is the target's name. */
#define _DEFAULT_SOURCE 1
#include <ombud/audit.h>
#include <ombud/event.h>
#include <ombud/finding.h>
#include <ombud/hook.h>
#include <ombud/inventory.h>
#include <ombud/module.h>
#include <ombud/names.h>
#include <ombud/observer.h>
#include <ombud/state.h>
#include <ombud/vocabulary.h>
#include <fcntl.h>
#include <locale.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#ifndef MEMBERS /* of the instance, more */
#define MEMBERS
#endif
#ifndef NOTE
#define NOTE OMBUD_DECLARE_ABI(0)
#endif
#ifndef AFTER_CREATE /* before create() succeeds */
#define AFTER_CREATE(self) (void)(self)
#endif
#ifndef REFUSED /* how create() fails */
#define REFUSED(host, why, out) ((host)->set_error((host)->ctx, OMBUD_INVALID_INPUT, text(why)), (void)(out), OMBUD_INVALID_INPUT)
#endif
#ifndef HOST_IS_TOO_SMALL
#define HOST_IS_TOO_SMALL(host) ((host)->struct_size < sizeof(ombud_host))
#endif
#ifndef NEEDS_PLACE /* the manifest says that `place` is required */
#define NEEDS_PLACE 1
#endif
#ifndef CHECK_CONFIG /* may return */
#define CHECK_CONFIG(self, host, config, out) (void)(out)
#endif
#ifndef WITHOUT_NAMES /* what happens when a host lends no names */
#define WITHOUT_NAMES(host, out) return REFUSED(host, "needs ombud.names/1", out)
#endif
#ifndef ON_START
#define ON_START(self) ((void)(self), OMBUD_OK)
#endif
#ifndef ON_STOP
#define ON_STOP(self) ((void)(self), OMBUD_OK)
#endif
#ifndef ON_DESTROY
#define ON_DESTROY(self) free(self)
#endif
#ifndef BEFORE_JUDGE /* may return */
#define BEFORE_JUDGE(self, call, verdict) (void)(call)
#endif
#ifndef CALL_IS_TOO_NEW
#define CALL_IS_TOO_NEW(call) is_too_new(call)
#endif
#ifndef ON_UNKNOWN_HOOK
#define ON_UNKNOWN_HOOK OMBUD_ABSTAIN
#endif
#ifndef ANSWER /* fills `full`, which has ALLOW, rule and reason */
#define ANSWER(self, call, full) (void)(self)
#endif
#ifndef ROOM
#define ROOM(verdict) ((verdict)->struct_size)
#endif
#ifndef ON_OBSERVE /* may return */
#define ON_OBSERVE(self, event) (void)(event)
#endif
#ifndef ON_FIELD /* may return */
#define ON_FIELD(self, field) (void)(field)
#endif
#ifndef STRIDE
#define STRIDE(event) ((event)->field_stride)
#endif
#ifndef ON_SCAN_FAILED
#define ON_SCAN_FAILED(status) return status
#endif
#ifndef HAS_EXTENSION
#define HAS_EXTENSION(asked, known) (strcmp(asked, known) == 0)
#endif
#ifndef VERSION
#define VERSION "0.1.0"
#endif
#ifndef ENTRY
#define ENTRY static const ombud_module module = MODULE; return &module
#endif
#define MODULE {sizeof module, OMBUD_ABI_MINOR, 0, 0, {ID, sizeof ID - 1}, {VERSION, sizeof VERSION - 1}, create, start, stop, destroy, get_extension}

#define ID QUOTED(NAME)
#define QUOTED(name) QUOTED_(name)
#define QUOTED_(name) #name

struct ombud_instance {
    const ombud_host *host;
    const ombud_findings *findings;
    const ombud_inventory *inventory;
    const ombud_state *state;
    uint32_t key_size;
    uint64_t asked;
    int64_t most;
    char place[256];
    MEMBERS
};

static inline ombud_view text(const char *literal) {
    const ombud_view view = {literal, strlen(literal)};
    return view;
}

static inline int is_too_new(const ombud_hook_call *call) {
    const unsigned char *bytes = (const unsigned char *)call;
    for (uint32_t i = sizeof *call; i < call->struct_size; ++i)
        if (bytes[i])
            return 1;
    return 0;
}

static ombud_status create(const ombud_host *host, const ombud_config *config, ombud_instance **out) {
    const ombud_names *names;
    ombud_instance *self;
    ombud_view place = {NULL, 0};
    int64_t most = 10;
    if (HOST_IS_TOO_SMALL(host)) {
        if (host->struct_size >= offsetof(ombud_host, now))
            host->set_error(host->ctx, OMBUD_TOO_NEW, text("this host is too old"));
        return OMBUD_TOO_NEW;
    }
    names = host->get_extension(host->ctx, OMBUD_NAMES_ID);
    if (!names)
        WITHOUT_NAMES(host, out);
    if (config->get_str(config->ctx, "options/place", &place) != OMBUD_OK && NEEDS_PLACE)
        return REFUSED(host, "options/place: no text", out);
    self = calloc(1, sizeof *self);
    if (!self)
        return REFUSED(host, "no memory", out);
    self->host = host;
    (void)config->get_i64(config->ctx, "options/most", &most);
    self->most = most;
    CHECK_CONFIG(self, host, config, out);
    self->findings = host->get_extension(host->ctx, OMBUD_FINDINGS_ID);
    self->inventory = host->get_extension(host->ctx, OMBUD_INVENTORY_ID);
    self->state = host->get_extension(host->ctx, OMBUD_STATE_ID);
    if (names)
        self->key_size = names->intern(host->ctx, text(OMBUD_KEY_SIZE));
    if (place.len && place.len < sizeof self->place)
        memcpy(self->place, place.ptr, place.len);
    AFTER_CREATE(self);
    *out = self;
    return OMBUD_OK;
}

static ombud_status start(ombud_instance *self) { return ON_START(self); }
static ombud_status stop(ombud_instance *self, int64_t deadline) { return (void)deadline, ON_STOP(self); }
static void destroy(ombud_instance *self) { ON_DESTROY(self); }

static ombud_status judge(ombud_instance *self, const ombud_hook_call *call, ombud_verdict *verdict) {
    ombud_verdict full = {0};
    if (CALL_IS_TOO_NEW(call)) {
        self->host->set_error(self->host->ctx, OMBUD_TOO_NEW, text("this call is too new"));
        return OMBUD_TOO_NEW;
    }
    BEFORE_JUDGE(self, call, verdict);
    ++self->asked;
    full.struct_size = verdict->struct_size;
    full.action = OMBUD_ALLOW;
    full.rule_id = text("RET-1");
    if (call->hook_id != OMBUD_HOOK_RECORDING_FINISHED && call->hook_id != OMBUD_HOOK_STREAM_PACKET)
        full.action = ON_UNKNOWN_HOOK;
    ANSWER(self, call, full);
    memcpy(verdict, &full, ROOM(verdict) < sizeof full ? ROOM(verdict) : sizeof full);
    return OMBUD_OK;
}

static ombud_status observe(ombud_instance *self, const ombud_event *event) {
    const char *const blob = (const char *)event;
    ON_OBSERVE(self, event);
    for (uint32_t i = 0; i < event->field_count; ++i) {
        const ombud_field *field = (const void *)(blob + event->field_off + (size_t)i * STRIDE(event));
        ON_FIELD(self, field);
        if (field->key_id == self->key_size && field->type == OMBUD_FIELD_I64 && field->v.i < 0 && self->findings) {
            ombud_finding finding = {0};
            finding.struct_size = sizeof finding;
            finding.severity = OMBUD_SEVERITY_WARNING;
            finding.key = finding.control = text("RET-1");
            finding.text = text("a recording of a negative size");
            return self->findings->raise(self->host->ctx, &finding);
        }
    }
    return OMBUD_OK;
}

static ombud_status audit(ombud_instance *self, const ombud_audit_run *run) {
    ombud_recording rows[16];
    uint64_t after = 0, count = 0;
    (void)run;
    for (;;) {
        const ombud_status status = self->inventory ? self->inventory->scan(self->host->ctx, after, rows, 16, sizeof rows[0], &count) : OMBUD_UNAVAILABLE;
        if (status != OMBUD_OK)
            ON_SCAN_FAILED(status);
        if (count == 0)
            return OMBUD_OK;
        after = rows[count - 1].id;
    }
}

static const void *get_extension(const char *id) {
    static const ombud_hook hook = {sizeof hook, 0, judge};
    static const ombud_observer observer = {sizeof observer, 0, observe};
    static const ombud_audit walk = {sizeof walk, 0, audit};
    if (HAS_EXTENSION(id, OMBUD_HOOK_ID))
        return &hook;
    if (HAS_EXTENSION(id, OMBUD_OBSERVER_ID))
        return &observer;
    return HAS_EXTENSION(id, OMBUD_AUDIT_ID) ? &walk : NULL;
}

NOTE;
const ombud_module *ombud_module_entry_v1(void) {
    ENTRY;
}
