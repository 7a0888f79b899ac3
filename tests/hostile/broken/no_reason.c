/* Refuses without a reason: hooks.reason_given. */
#define ANSWER(self, call, full) (full).action = OMBUD_DENY
#include "sound.h"
