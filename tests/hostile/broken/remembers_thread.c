/* Works for the thread that made it alone: determinism.any_thread. */
#define MEMBERS pthread_t maker;
#define AFTER_CREATE(self) (self)->maker = pthread_self()
#define ANSWER(self, call, full)                       \
    if (!pthread_equal((self)->maker, pthread_self())) \
    (full).action = OMBUD_ABSTAIN
#include "sound.h"
