/* ombud/packet.h: one media packet, for hooks that ask for packets. */
#ifndef OMBUD_PACKET_H
#define OMBUD_PACKET_H

#include <ombud/base.h>

#ifdef __cplusplus
extern "C" {
#endif

#define OMBUD_PACKET_KEY 1u     /* flags: a decoder can start here */
#define OMBUD_PACKET_CORRUPT 2u /* flags */

/* Valid during the call. At least 64 zero bytes are readable past `data`. */
typedef struct ombud_packet {
    uint32_t struct_size;
    uint32_t codec_fourcc; /* e.g. 'avc1', little-endian */
    uint32_t flags;
    uint32_t track;
    int64_t pts, dts, duration; /* in units of tb_num/tb_den seconds; INT64_MIN: unknown */
    int32_t tb_num, tb_den;
    int64_t capture_utc_ns; /* INT64_MIN: unknown */
    ombud_id stream;
    uint64_t handle;
    ombud_view data, extradata;
} ombud_packet;

#ifdef __cplusplus
}
#endif
#endif
