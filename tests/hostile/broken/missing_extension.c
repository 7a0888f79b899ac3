/* Its manifest names an audit that it does not have: manifest.extensions. */
#define HAS_EXTENSION(asked, known) (strcmp(asked, known) == 0 && strcmp(known, OMBUD_AUDIT_ID) != 0)
#include "sound.h"
