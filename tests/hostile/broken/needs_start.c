/* Frees in destroy() what only start() made: lifecycle.without_start. */
#define MEMBERS volatile int *slot;
#define ON_START(self) ((self)->slot = calloc(1, sizeof *(self)->slot), OMBUD_OK)
#define ON_DESTROY(self) (*(self)->slot = 1, free((void *)(uintptr_t)(self)->slot), free(self))
#include "sound.h"
