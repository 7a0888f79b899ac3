/* Reads the last event, which it was lent, at the next one: hooks.taken_back. */
#define MEMBERS const ombud_event *last;
#define ON_OBSERVE(self, event) if ((self)->last && (self)->last->seq == UINT64_MAX) return OMBUD_INTERNAL; (self)->last = (event)
#include "sound.h"
