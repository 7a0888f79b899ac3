/* trespasser: given some of a site's cameras, it reaches for whatever it can name, and says in its answer how far it came.
 * The question's `detail` names a recording of another camera, `note` a file of one. */
#include <ombud/action.h>
#include <ombud/event.h>
#include <ombud/hook.h>
#include <ombud/inventory.h>
#include <ombud/media.h>
#include <ombud/module.h>
#include <ombud/names.h>
#include <ombud/vocabulary.h>
#include <stdio.h>
#include <string.h>

struct ombud_instance {
    const ombud_host *host;
    const ombud_names *names;
    const ombud_inventory *inventory;
    const ombud_actions *actions;
    const ombud_media *media;
};
static struct ombud_instance only;

static ombud_view text(const char *literal) {
    const ombud_view view = {literal, strlen(literal)};
    return view;
}

static ombud_status create(const ombud_host *host, const ombud_config *config, ombud_instance **out) {
    (void)config;
    only.host = host;
    only.names = host->get_extension(host->ctx, OMBUD_NAMES_ID);
    only.inventory = host->get_extension(host->ctx, OMBUD_INVENTORY_ID);
    only.actions = host->get_extension(host->ctx, OMBUD_ACTIONS_ID);
    only.media = host->get_extension(host->ctx, OMBUD_MEDIA_ID);
    if (!only.names || !only.inventory || !only.actions || !only.media)
        return OMBUD_UNAVAILABLE;
    *out = &only;
    return OMBUD_OK;
}
static ombud_status start(ombud_instance *self) { return (void)self, OMBUD_OK; }
static ombud_status stop(ombud_instance *self, int64_t deadline) { return (void)self, (void)deadline, OMBUD_OK; }
static void destroy(ombud_instance *self) { (void)self; }

static ombud_view field_of(const ombud_event *event, const char *name) {
    const char *const blob = (const char *)event;
    const uint32_t key = only.names->intern(only.host->ctx, text(name));
    const ombud_view none = {NULL, 0};
    for (uint32_t i = 0; i < event->field_count; ++i) {
        const ombud_field *field = (const void *)(blob + event->field_off + (size_t)i * event->field_stride);
        if (field->key_id == key && field->type == OMBUD_FIELD_TEXT) {
            const ombud_view found = {blob + field->v.s.off, field->v.s.len};
            return found;
        }
    }
    return none;
}

static const char *demand(ombud_view device, ombud_view recording) {
    ombud_action action;
    memset(&action, 0, sizeof action);
    action.struct_size = sizeof action;
    action.kind = text(OMBUD_ACTION_DELETE_RECORDING);
    action.attachment = text("files");
    action.device = device;
    action.recording = recording;
    action.control = text("RET-1");
    action.reason = text("because I like to");
    return only.actions->request(only.host->ctx, &action) == OMBUD_OK ? "taken" : "refused";
}

static ombud_status judge(ombud_instance *self, const ombud_hook_call *call, ombud_verdict *verdict) {
    static char said[512];
    ombud_recording rows[2];
    uint64_t recordings = 0, count = 0, after = 0, told = 0;
    uint32_t devices = 0, beyond = 0;
    const ombud_event *record = NULL;
    ombud_media_info media;
    const ombud_view target = field_of(call->event, OMBUD_KEY_DETAIL), file = field_of(call->event, OMBUD_KEY_NOTE);
    void *const host = self->host->ctx;
    const ombud_view nothing = {NULL, 0};

    while (self->inventory->device(host, devices, &record) == OMBUD_OK)
        ++devices;
    while (self->inventory->scan(host, after, rows, 2, sizeof rows[0], &count) == OMBUD_OK && count > 0) {
        for (uint64_t i = 0; i < count; ++i)
            beyond += rows[i].device >= devices || self->inventory->recording(host, rows[i].id, &record) != OMBUD_OK;
        recordings += count;
        after = rows[count - 1].id;
    }
    if (self->inventory->recording_count(host, &told) != OMBUD_OK || told != recordings)
        ++beyond;
    memset(&media, 0, sizeof media);
    media.struct_size = sizeof media;
    snprintf(said, sizeof said, "sees %u devices and %u recordings, %u of them beyond; file %s; as its own %s, as what it is %s, nameless %s", devices,
             (unsigned)recordings, beyond, file.len > 0 && self->media->probe(host, file, &media) == OMBUD_OK ? "read" : "refused",
             demand(field_of(call->event, OMBUD_KEY_DEVICE), target), demand(text("yard"), target), demand(nothing, target));
    verdict->action = OMBUD_ALLOW;
    verdict->rule_id = text("RET-1");
    verdict->reason = text(said);
    return OMBUD_OK;
}

static const void *get_extension(const char *id) {
    static const ombud_hook hook = {sizeof hook, 0, judge};
    return strcmp(id, OMBUD_HOOK_ID) == 0 ? &hook : NULL;
}

OMBUD_DECLARE_ABI(0);
const ombud_module *ombud_module_entry_v1(void) {
    static const ombud_module module = {sizeof module, OMBUD_ABI_MINOR, 0, 0, {"trespasser", 10}, {"0.1.0", 5}, create, start, stop, destroy, get_extension};
    return &module;
}
