/* Never comes back from create: any check that creates. */
#define AFTER_CREATE(self) for (;;) pause()
#include "sound.h"
