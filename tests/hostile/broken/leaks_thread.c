/* Leaves a thread behind: lifecycle.after_destroy. */
#define ON_START(self) ((void)(self), begin_thread())
#include <ombud/base.h>
static ombud_status begin_thread(void);
#include "sound.h"

static void *wait_for_ever(void *nothing) {
    for (;;)
        pause();
    return nothing;
}
static ombud_status begin_thread(void) {
    pthread_t thread;
    return pthread_create(&thread, NULL, wait_for_ever, NULL) == 0 ? OMBUD_OK : OMBUD_UNAVAILABLE;
}
