/* Gives a reason that lies in the event: hooks.taken_back. */
#define ANSWER(self, call, full) (full).evidence_json = (ombud_view){(call)->event, 4}
#include "sound.h"
