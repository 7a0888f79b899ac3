/* Compares the beginning of ids only: load.unknown_extensions. */
#define HAS_EXTENSION(asked, known) (strncmp(asked, known, 10) == 0)
#include "sound.h"
