/* Has no ABI note: elf.note. */
#define NOTE struct forgotten
#include "sound.h"
