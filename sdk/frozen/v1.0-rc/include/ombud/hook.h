/* ombud/hook.h: questions with a deadline. Plugin extension "ombud.hook/1". */
#ifndef OMBUD_HOOK_H
#define OMBUD_HOOK_H

#include <ombud/base.h>
#include <ombud/event.h>
#include <ombud/packet.h>
#include <ombud/verdict.h>

#ifdef __cplusplus
extern "C" {
#endif

#define OMBUD_HOOK_ID "ombud.hook/1"

#define OMBUD_HOOK_STREAM_OPEN 1u
#define OMBUD_HOOK_STREAM_PACKET 2u
#define OMBUD_HOOK_RECORDING_FINISHED 3u
#define OMBUD_HOOK_RECORDING_DELETE 4u
#define OMBUD_HOOK_EXPORT_RELEASE 5u
#define OMBUD_HOOK_MAIL_SEND 6u
#define OMBUD_HOOK_PUSH_SEND 7u
#define OMBUD_HOOK_ACCESS_REQUEST 8u

#define OMBUD_CALL_REPLAY 1u     /* flags: a replay; nothing is enforced */
#define OMBUD_CALL_DRYRUN 2u     /* flags: somebody asks what would be; nothing is enforced */
#define OMBUD_CALL_REDELIVERY 4u /* flags: was asked before, without a recorded answer */

typedef struct ombud_hook_call {
    uint32_t struct_size;
    uint32_t hook_id; /* OMBUD_HOOK_* */
    uint32_t flags;
    uint32_t reserved;
    uint64_t call_id;
    int64_t deadline_mono_ns;
    const ombud_event *event;   /* what it is about; never NULL */
    const ombud_packet *packet; /* NULL but for stream.packet */
} ombud_hook_call;

typedef struct ombud_hook {
    uint32_t struct_size;
    uint32_t reserved;
    /* Judges one call; sees no other module's answer. `call` is borrowed until the call returns.
     *   returns  OMBUD_OK with verdict->action set; anything else is the plugin's fault and the hook's fail mode applies
     *   thread   [worker]
     *   time     answer before call->deadline_mono_ns; a later answer is recorded and discarded */
    ombud_status (*judge)(ombud_instance *self, const ombud_hook_call *call, ombud_verdict *verdict);
} ombud_hook;

#ifdef __cplusplus
}
#endif
#endif
