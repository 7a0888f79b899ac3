/* ombud/base.h: the plain values that everything else is made of.
 *
 * Strings are UTF-8 with a length, never NUL-terminated unless a `const char *` says so. Times are int64
 * nanoseconds: *_utc_ns since 1970-01-01T00:00:00Z, *_mono_ns of the host's monotonic clock. 64-bit little-endian
 * only. What one side allocates, it frees. A growable struct starts with `struct_size` = sizeof where it was
 * filled: as input, a longer struct whose unknown tail is zero is accepted and any other is OMBUD_TOO_NEW; as output,
 * the callee writes at most the caller's size.
 *
 * Thread tags on functions: [control] the host's control thread; [worker] one call at a time per instance;
 * [any] any thread, also several at once. */
#ifndef OMBUD_BASE_H
#define OMBUD_BASE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define OMBUD_ABI_MAJOR 1u /* a host loads only its own major */
#define OMBUD_ABI_NEWEST 0u /* newest minor these headers describe; OMBUD_ABI_MINOR, at the end, is the one they show */

typedef int32_t ombud_status; /* 0 is success; numbers are never reused */
#define OMBUD_OK 0
#define OMBUD_NOT_FOUND 1     /* what was asked for does not exist */
#define OMBUD_INVALID_INPUT 2 /* the caller gave something unusable */
#define OMBUD_UNAVAILABLE 3   /* may work later: busy, disconnected */
#define OMBUD_TOO_NEW 4       /* written for a newer minor than the callee knows */
#define OMBUD_REFUSED 5       /* understood, and not allowed */
#define OMBUD_CORRUPT 6       /* data that does not verify */
#define OMBUD_INTERNAL 7      /* the callee itself failed */
#define OMBUD_CANCELLED 8     /* stopped because the caller asked for it */

/* Bytes of somebody else. FROZEN. Text is UTF-8; `ptr` may be NULL when `len` is 0. */
typedef struct ombud_view {
    const void *ptr;
    uint64_t len; /* bytes */
} ombud_view;

/* 128-bit id, FROZEN: UUIDv7 (RFC 9562) where the host makes it. All zero: none. */
typedef struct ombud_id {
    uint8_t b[16];
} ombud_id;

typedef struct ombud_instance ombud_instance; /* the plugin's own; the host only carries the pointer */

#define OMBUD_EXPORT __attribute__((visibility("default")))

/* ELF note `.note.ombud.abi`, once per plugin: {major, lowest minor it needs}. The host reads it before it lets any
 * code of the plugin run. Owner "Ombud", type 1. */
#define OMBUD_NOTE_TYPE_ABI 1u
typedef struct ombud_abi_note {
    uint32_t name_size, desc_size, type;
    char name[8];
    uint32_t major, lowest_minor;
} ombud_abi_note;

#define OMBUD_DECLARE_ABI(lowest_minor)                                                                                \
    __attribute__((used, section(".note.ombud.abi"), aligned(4))) static const ombud_abi_note ombud_abi_note_ = {      \
        6u, 8u, OMBUD_NOTE_TYPE_ABI, {'O', 'm', 'b', 'u', 'd', 0, 0, 0}, OMBUD_ABI_MAJOR, (lowest_minor)}

#ifdef __cplusplus
}
#endif

/* The minor that these headers show, for which whatever includes them is compiled: the newest, or an older one by
 * -DOMBUD_ABI_TARGET=N. What minor N adds stands within `#if OMBUD_ABI_TARGET >= N`, so that pinned to an older one they
 * are those of that minor, to the byte. */
#ifndef OMBUD_ABI_TARGET
#define OMBUD_ABI_TARGET OMBUD_ABI_NEWEST
#elif OMBUD_ABI_TARGET > OMBUD_ABI_NEWEST
#error "OMBUD_ABI_TARGET names a minor that these headers do not know"
#endif
#define OMBUD_ABI_MINOR OMBUD_ABI_TARGET
#endif
