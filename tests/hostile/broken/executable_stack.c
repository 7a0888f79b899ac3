/* Asks for an executable stack: elf.stack. Linked with -z execstack. */
#include "sound.h"
