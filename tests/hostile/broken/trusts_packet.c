/* Reads four bytes of any packet, and divides by its time base: hooks.odd_packets. */
#define BEFORE_JUDGE(self, call, verdict) \
    if ((call)->packet) { \
        (self)->most = (call)->packet->tb_num * 1000 / *(volatile const int32_t *)&(call)->packet->tb_den; \
    }
#include "sound.h"
