/* Judges by a file that a process of its own cannot read: sandbox.same_answers. */
#define BEFORE_JUDGE(self, call, verdict) \
    do { \
        const int file = open("/etc/passwd", O_RDONLY | O_CLOEXEC); \
        if (file < 0) \
            return OMBUD_UNAVAILABLE; \
        close(file); \
        (void)(call); \
    } while (0)
#include "sound.h"
