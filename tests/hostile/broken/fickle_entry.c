/* Its entry counts its calls in the table: load.entry. */
#define ENTRY static ombud_module module = MODULE; ++module.abi_minor; return &module
#include "sound.h"
