/* Works without what its manifest requires: configuration.required. */
#define NEEDS_PLACE 0
#include "sound.h"
