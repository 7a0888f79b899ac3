/* Forgets to answer: hooks.verdict_set. */
#define ANSWER(self, call, full) (full).action = OMBUD_UNSET
#include "sound.h"
