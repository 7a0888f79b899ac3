/* ombud/event.h: one flat blob with offsets only: the same bytes for the call, another process, the journal and the
 * hash. Also the form in which devices, recordings and storage areas are described ("records"). */
#ifndef OMBUD_EVENT_H
#define OMBUD_EVENT_H

#include <ombud/base.h>

#ifdef __cplusplus
extern "C" {
#endif

#define OMBUD_EVENT_REDELIVERY 1u /* flags: was handed out before, without a recorded answer */
#define OMBUD_EVENT_SYNTHETIC 2u  /* flags: made by the host itself, not told by a VMS */

#define OMBUD_EVENT_SIZE_MAX 65536u /* bytes of a whole blob */

#define OMBUD_FIELD_I64 1u
#define OMBUD_FIELD_U64 2u
#define OMBUD_FIELD_F64 3u
#define OMBUD_FIELD_TEXT 4u  /* UTF-8 */
#define OMBUD_FIELD_BYTES 5u

#define OMBUD_FIELD_PERSONAL 1u /* flags: names or identifies a person; only a commitment enters the ledger */

/* FROZEN. */
typedef struct ombud_field {
    uint32_t key_id; /* interned, see ombud/names.h */
    uint16_t type;   /* OMBUD_FIELD_* */
    uint16_t flags;
    union {
        int64_t i;
        uint64_t u;
        double d;
        struct {
            uint32_t off; /* from the start of the blob */
            uint32_t len; /* bytes */
        } s;
    } v;
} ombud_field;

typedef struct ombud_event {
    uint32_t struct_size; /* sizeof(ombud_event) where it was made */
    uint32_t total_size;  /* the whole blob, at most OMBUD_EVENT_SIZE_MAX */
    uint32_t type_id;     /* interned, see ombud/names.h and ombud/vocabulary.h */
    uint32_t schema;      /* revision of the type's fields; 1 */
    uint32_t flags;
    uint32_t field_off;    /* of the first ombud_field, multiple of 8 */
    uint32_t field_count;
    uint32_t field_stride; /* bytes from one field to the next, at least sizeof(ombud_field) */
    uint64_t seq;          /* the host's journal number; 0 before it is journalled */
    int64_t utc_ns;        /* when it happened, as the source tells */
    int64_t mono_ns;       /* when the host took it in; 0 in records */
    ombud_id source;       /* the attachment that told it */
    ombud_id correlation;  /* what belongs together; zero: nothing */
} ombud_event;

#ifdef __cplusplus
}
#endif
#endif
