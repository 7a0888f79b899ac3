/* The decision alone, so that it can be tested without a host. */
#ifndef POLICY_H
#define POLICY_H

#include <ombud/verdict.h>

/* size_bytes: -1 when it is not known. Answers OMBUD_ALLOW, OMBUD_DENY or OMBUD_ABSTAIN. */
static inline int32_t decide(int64_t size_bytes, int64_t most_bytes) {
    if (size_bytes < 0)
        return OMBUD_ABSTAIN;
    return size_bytes <= most_bytes ? OMBUD_ALLOW : OMBUD_DENY;
}

#endif
