/* Walks fields by its own size, and refuses types that it does not know: compatibility.newer_events. */
#define STRIDE(event) (sizeof(ombud_field))
#define ON_FIELD(self, field) if ((field)->type > OMBUD_FIELD_BYTES || (field)->type == 0) return OMBUD_INVALID_INPUT
#include "sound.h"
