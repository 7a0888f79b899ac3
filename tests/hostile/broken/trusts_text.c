/* Takes whatever it is given for a text: determinism.odd_events. */
#define ON_FIELD(self, field) if ((field)->key_id == (self)->key_size && (field)->type != OMBUD_FIELD_I64 && *(volatile const char *)(uintptr_t)(field)->v.u == 1) return OMBUD_OK
#include "sound.h"
