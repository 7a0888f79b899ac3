/* Holds a lock from one call to the next, which another thread cannot give back: determinism.any_thread. */
#define MEMBERS pthread_mutex_t lock;
#define AFTER_CREATE(self)                                                    \
    do {                                                                      \
        pthread_mutexattr_t checked;                                          \
        pthread_mutexattr_init(&checked);                                     \
        pthread_mutexattr_settype(&checked, PTHREAD_MUTEX_ERRORCHECK);        \
        pthread_mutex_init(&(self)->lock, &checked);                          \
        pthread_mutex_lock(&(self)->lock);                                    \
    } while (0)
#define ANSWER(self, call, full)                                                                        \
    if (pthread_mutex_unlock(&(self)->lock) != 0 || pthread_mutex_lock(&(self)->lock) != 0)             \
    (full).action = OMBUD_ABSTAIN
#include "sound.h"
