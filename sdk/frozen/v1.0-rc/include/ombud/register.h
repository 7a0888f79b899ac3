/* ombud/register.h: what people keep in the host for a module: recipients, consents, devices. Host extension
 * "ombud.register/1". The registers are those of the module's manifest; every change of one is an entry in the ledger. */
#ifndef OMBUD_REGISTER_H
#define OMBUD_REGISTER_H

#include <ombud/base.h>
#include <ombud/event.h>

#ifdef __cplusplus
extern "C" {
#endif

#define OMBUD_REGISTER_ID "ombud.register/1"

typedef struct ombud_register {
    uint32_t struct_size;
    uint32_t reserved;

    /* Number of the register's newest change, growing; 0: it is empty and never changed. A module that keeps a copy
     * compares this at each call. OMBUD_NOT_FOUND: the manifest names no such register. [worker] */
    ombud_status (*revision)(void *host_ctx, ombud_view name, uint64_t *out);

    /* The record of a key, or the first one whose key is behind `key` in byte order (`next`; empty: the first of all).
     * Type: the register's name. Fields: `key` and those of the manifest that are set. Borrowed until the next call of
     * this table by the same instance. OMBUD_NOT_FOUND: there is none.
     * In a register that only grows (change="append") keys are running numbers in their own order, and a row counts until
     * another one corrects it: `next` passes by those that do not count, and `find` of any of them gives the newest
     * correction, under its own key. A personal field that was erased is not set. [worker] */
    ombud_status (*find)(void *host_ctx, ombud_view name, ombud_view key, const ombud_event **out);
    ombud_status (*next)(void *host_ctx, ombud_view name, ombud_view key, const ombud_event **out);
} ombud_register;

#ifdef __cplusplus
}
#endif
#endif
