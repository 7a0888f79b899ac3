/* ombud/frames.h: a recording's pictures, for modules that tell what nobody else may see. Plugin extension "ombud.frames/1".
 * The host decodes, covers and encodes; a module looks and answers, and never writes a picture. One instance sees one
 * recording, from its first picture to its last. */
#ifndef OMBUD_FRAMES_H
#define OMBUD_FRAMES_H

#include <ombud/base.h>

#ifdef __cplusplus
extern "C" {
#endif

#define OMBUD_FRAMES_ID "ombud.frames/1"

/* What happens to a square of a picture. */
#define OMBUD_SQUARE_UNSET 0u /* never answered: covered */
#define OMBUD_SQUARE_COVER 1u
#define OMBUD_SQUARE_SHOW 2u  /* any other number: covered */

/* One picture, valid during the call. */
typedef struct ombud_frame {
    uint32_t struct_size;
    uint32_t flags;         /* 0 */
    int64_t time_ns;        /* after the recording's first picture; rises from call to call */
    uint32_t width, height; /* samples, 1 to 8192; the same in every call of an instance */
    const uint8_t *luma;    /* brightness, 8 bits, rows from above; row y begins at luma + y * luma_stride */
    int64_t luma_stride;    /* bytes, at least width */
    uint32_t square;        /* edge of the squares in samples; those at the right and lower edge are cut off by it */
    uint32_t columns, rows; /* of squares: width / square and height / square, rounded up */
    uint32_t reserved;      /* 0 */
} ombud_frame;

typedef struct ombud_frames {
    uint32_t struct_size;
    uint32_t reserved;
    /* Says for every square whether it may be shown.
     *   squares  columns * rows bytes, row by row from above, OMBUD_SQUARE_UNSET each; filled on OMBUD_OK, valid during the call
     *   returns  OMBUD_OK; anything else ends the work on the recording, and there is no copy of it
     *   thread   [worker]; ten seconds at most */
    ombud_status (*look)(ombud_instance *self, const ombud_frame *frame, uint8_t *squares);
} ombud_frames;

#ifdef __cplusplus
}
#endif
#endif
