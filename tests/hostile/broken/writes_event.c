/* Changes the event that it was lent: hooks.read_only. */
#define ON_OBSERVE(self, event) (((ombud_event *)(uintptr_t)(event))->flags |= 8u)
#include "sound.h"
