/* Needs a library that is none of C's: elf.libraries. Linked with zlib. */
#include "sound.h"
