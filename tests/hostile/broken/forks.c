/* Starts a process: lifecycle.manners. */
#define AFTER_CREATE(self) if (fork() == 0) for (;;) pause()
#include "sound.h"
