/* Exports more than its entry: elf.exports. Linked without the version script. */
#include "sound.h"
OMBUD_EXPORT int helper_of_mine(void);
int helper_of_mine(void) { return 1; }
