/* Reads as far as the length in front of a packet's first unit says: determinism.fuzzed_packets. */
#define BEFORE_JUDGE(self, call, verdict)                                                                                \
    if ((call)->packet && (call)->packet->data.len >= 4) {                                                               \
        const unsigned char *bytes = (call)->packet->data.ptr;                                                           \
        const uint32_t length = (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3]; \
        (self)->most = *(volatile const unsigned char *)(bytes + 4 + length - (length != 0));                            \
    }
#include "sound.h"
