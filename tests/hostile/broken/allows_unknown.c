/* Lets pass what it does not know: compatibility.unknown_hooks. */
#define ON_UNKNOWN_HOOK OMBUD_ALLOW
#include "sound.h"
