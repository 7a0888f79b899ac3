/* zoo: every animal attacks its host in another way, as the event's recording asks. */
#define _GNU_SOURCE
#include <ombud/action.h>
#include <ombud/event.h>
#include <ombud/finding.h>
#include <ombud/hook.h>
#include <ombud/module.h>
#include <ombud/names.h>
#include <ombud/vocabulary.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

struct ombud_instance {
    const ombud_host *host;
    uint32_t key_recording;
};
static struct ombud_instance only;
static const ombud_hook_call *asked; /* the call under way */
static const char *said;             /* the reason of its answer */

static ombud_view text(const char *literal) {
    const ombud_view view = {literal, strlen(literal)};
    return view;
}

static ombud_status create(const ombud_host *host, const ombud_config *config, ombud_instance **out) {
    const ombud_names *names = host->get_extension(host->ctx, OMBUD_NAMES_ID);
    (void)config;
    if (!names)
        return OMBUD_UNAVAILABLE;
    only.host = host;
    only.key_recording = names->intern(host->ctx, text(OMBUD_KEY_RECORDING));
    *out = &only;
    return OMBUD_OK;
}
static ombud_status start(ombud_instance *self) { return (void)self, OMBUD_OK; }
static ombud_status stop(ombud_instance *self, int64_t deadline) { return (void)self, (void)deadline, OMBUD_OK; }
static void destroy(ombud_instance *self) { (void)self; }

/* ---- the animals; each returns when it could do no harm */

static void crash(void) {
    volatile int *volatile nowhere = (volatile int *)8;
    *nowhere = 1;
}
static int deeper(volatile char *above) {
    volatile char room[65536];
    room[0] = above ? above[0] : 0;
    return deeper(room) + room[0];
}
static void overflow(void) { (void)deeper(NULL); }
static void loop(void) {
    for (volatile uint64_t i = 0;; ++i) {
    }
}
static void hang(void) {
    while (1)
        pause();
}
static void sleep_for_ever(void) {
    const struct timespec day = {86400, 0};
    while (1)
        nanosleep(&day, NULL);
}
static void deaf(void) { /* to everything that can be ignored */
    struct sigaction ignore;
    memset(&ignore, 0, sizeof ignore);
    ignore.sa_handler = SIG_IGN;
    for (int number = 1; number < 32; ++number)
        sigaction(number, &ignore, NULL);
    loop();
}
static void freeze(void) { syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), SIGSTOP); }
static void eat(void) {
    for (;;) {
        char *more = malloc(16u << 20);
        if (!more)
            abort();
        memset(more, 7, 16u << 20);
    }
}
static void eat_shared(void) {
    for (;;) {
        char *more = mmap(NULL, 64u << 20, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (more == MAP_FAILED)
            abort();
        memset(more, 7, 64u << 20);
    }
}
static void breed(void) {
    for (int i = 0; i < 1000; ++i)
        if (syscall(SYS_fork) == 0)
            pause();
}
static void *wait_for_ever(void *nothing) {
    pause();
    return nothing;
}
static void spin_threads(void) {
    pthread_t thread;
    for (int i = 0; i < 10000; ++i)
        if (pthread_create(&thread, NULL, wait_for_ever, NULL) != 0)
            return;
}
static void leak(void) {
    while (dup(0) >= 0 || open("/usr/share/zoneinfo/UTC", O_RDONLY) >= 0) {
    }
}
static void *scribble_always(void *memory) {
    struct stat info;
    fstat(3, &info);
    for (uint32_t round = 1;; ++round)
        for (off_t at = 0; at + 4 <= info.st_size && at < 1 << 20; at += 4)
            *(volatile uint32_t *)((char *)memory + at) = round * 2654435761u;
    return NULL;
}
static void *map_channel(void) {
    struct stat info;
    if (fstat(3, &info) != 0)
        abort();
    return mmap(NULL, (size_t)info.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, 3, 0);
}
static void scribble(void) { scribble_always(map_channel()); }
static void scribble_beside(void) { /* and go on as if nothing were */
    pthread_t thread;
    pthread_create(&thread, NULL, scribble_always, map_channel());
}
static void shrink(void) {
    if (ftruncate(3, 0) == 0)
        abort();
    if (ftruncate(3, (off_t)1 << 40) == 0)
        abort();
}
static void close_all(void) {
    for (int number = 0; number < 1024; ++number)
        close(number);
}
static void unmap_all(void) { munmap((void *)4096, (size_t)0x7fffffffd000); }
static void kill_host(void) { kill(getppid(), SIGKILL); }
static void kill_all(void) { kill(-1, SIGKILL); }
static void spy(void) { ptrace(PTRACE_ATTACH, getppid(), NULL, NULL); }
static void run_program(void) {
    char *const arguments[] = {(char *)"/bin/sh", (char *)"-c", (char *)"echo owned > /tmp/ombud-zoo", NULL};
    execve("/bin/sh", arguments, NULL);
}
static void call_home(void) {
    for (int family = 1; family < 45; ++family)
        if (socket(family, SOCK_STREAM, 0) >= 0 || socket(family, SOCK_DGRAM, 0) >= 0)
            abort();
}
static void leave_quietly(void) { _exit(0); }
static void leave(void) { exit(0); }
static void ask_nonsense(void) { /* of the tables that it has */
    const ombud_findings *findings = only.host->get_extension(only.host->ctx, OMBUD_FINDINGS_ID);
    ombud_finding finding;
    if (!findings)
        return;
    memset(&finding, 0xA5, sizeof finding);
    finding.struct_size = sizeof finding;
    finding.key = (ombud_view){(const void *)8, 100};
    findings->raise(only.host->ctx, &finding); /* its pointers lead nowhere */
}

static void crash_once(void) {
    if (!(asked->flags & OMBUD_CALL_REDELIVERY))
        crash();
    said = "asked once more, and flagged so";
}
static void demand_action(void) { /* that the manifest does not declare */
    const ombud_actions *actions = only.host->get_extension(only.host->ctx, OMBUD_ACTIONS_ID);
    ombud_action action;
    memset(&action, 0, sizeof action);
    action.struct_size = sizeof action;
    action.kind = text("recording.delete");
    action.attachment = text("files");
    action.recording = text("entrance/a.mp4");
    action.control = text("RET-1");
    action.reason = text("because I like to");
    said = actions && actions->request(only.host->ctx, &action) == OMBUD_REFUSED ? "its request was refused" : "its request was taken";
}
static void forge(void) { /* what it was lent to read */
    char *const blob = (char *)(uintptr_t)asked->event;
    for (uint32_t i = 0; i < asked->event->field_count; ++i) {
        const ombud_field *field = (const void *)(blob + asked->event->field_off + (size_t)i * asked->event->field_stride);
        if (field->key_id == only.key_recording && field->type == OMBUD_FIELD_TEXT)
            memset(blob + field->v.s.off, 'X', field->v.s.len);
    }
}

static const struct {
    const char *name;
    void (*attack)(void);
} zoo[] = {
    {"crash", crash}, {"overflow", overflow}, {"abort", abort}, {"loop", loop}, {"hang", hang}, {"sleep", sleep_for_ever}, {"deaf", deaf},
    {"freeze", freeze}, {"eat", eat}, {"eat-shared", eat_shared}, {"breed", breed}, {"threads", spin_threads}, {"leak", leak},
    {"scribble", scribble}, {"scribble-beside", scribble_beside}, {"shrink", shrink}, {"close-all", close_all}, {"unmap-all", unmap_all},
    {"kill-host", kill_host}, {"kill-all", kill_all}, {"spy", spy}, {"run", run_program}, {"call-home", call_home},
    {"leave-quietly", leave_quietly}, {"leave", leave}, {"nonsense", ask_nonsense},
    {"crash-once", crash_once}, {"demand", demand_action}, {"forge", forge},
};

static ombud_status judge(ombud_instance *self, const ombud_hook_call *call, ombud_verdict *verdict) {
    const char *const blob = (const char *)call->event;
    asked = call;
    said = "tame";
    verdict->action = OMBUD_ALLOW;
    verdict->rule_id = text("RET-1");
    for (uint32_t i = 0; i < call->event->field_count; ++i) {
        const ombud_field *field = (const void *)(blob + call->event->field_off + (size_t)i * call->event->field_stride);
        if (field->key_id != self->key_recording || field->type != OMBUD_FIELD_TEXT)
            continue;
        for (size_t animal = 0; animal < sizeof zoo / sizeof zoo[0]; ++animal)
            if (field->v.s.len == strlen(zoo[animal].name) && memcmp(blob + field->v.s.off, zoo[animal].name, field->v.s.len) == 0) {
                zoo[animal].attack();
                break;
            }
        verdict->reason = text(said);
        if (field->v.s.len == 4 && memcmp(blob + field->v.s.off, "wild", 4) == 0)
            verdict->reason = (ombud_view){(const void *)8, 100};
        if (field->v.s.len == 4 && memcmp(blob + field->v.s.off, "rows", 4) == 0) {
            verdict->action = OMBUD_TRANSFORM;
            verdict->transform_kind = OMBUD_TRANSFORM_PARTS;
            verdict->parts = (const void *)8;
            verdict->part_count = 1000;
        }
    }
    return OMBUD_OK;
}

static const void *get_extension(const char *id) {
    static const ombud_hook hook = {sizeof hook, 0, judge};
    return strcmp(id, OMBUD_HOOK_ID) == 0 ? &hook : NULL;
}

OMBUD_DECLARE_ABI(0);
const ombud_module *ombud_module_entry_v1(void) {
    static const ombud_module module = {sizeof module, OMBUD_ABI_MINOR, 0, 0, {"zoo", 3}, {"0.1.0", 5}, create, start, stop, destroy, get_extension};
    return &module;
}
