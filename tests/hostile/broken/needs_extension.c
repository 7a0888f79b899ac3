/* Uses an extension without looking whether it is lent: compatibility.no_extensions. */
#define WITHOUT_NAMES(host, out) ((void)names->intern((host)->ctx, text("x")))
#include "sound.h"
