#include "policy.h"
#include <stdio.h>

static int expect(const char *behaviour, int32_t is, int32_t wanted) {
    if (is != wanted)
        fprintf(stderr, "policy_test: %s: answer %d, not %d\n", behaviour, (int)is, (int)wanted);
    return is != wanted;
}

int main(void) {
    return expect("a recording of the size that is allowed passes", decide(10, 10), OMBUD_ALLOW) |
           expect("a larger one does not", decide(11, 10), OMBUD_DENY) |
           expect("one of unknown size is somebody else's", decide(-1, 10), OMBUD_ABSTAIN);
}
