/* Counts in a variable of the thread: determinism.any_thread. */
static __thread unsigned long asked_here;
#define AFTER_CREATE(self) (void)(self), asked_here = 0
#define ANSWER(self, call, full)          \
    if ((void)(self), ++asked_here % 3 == 0) \
    (full).action = OMBUD_ABSTAIN
#include "sound.h"
