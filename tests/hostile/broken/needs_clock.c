/* Uses the last function of a table without looking at its size: compatibility.smaller_host. */
#define HOST_IS_TOO_SMALL(host) ((host)->now((host)->ctx, OMBUD_CLOCK_UTC) == 4711)
#include "sound.h"
