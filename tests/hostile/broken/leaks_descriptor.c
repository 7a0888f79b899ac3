/* Forgets to close: lifecycle.hundred. */
#define AFTER_CREATE(self) (void)!open("/dev/null", O_RDONLY)
#include "sound.h"
