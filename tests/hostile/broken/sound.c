/* Keeps every rule: what all others are compared with. */
#include "sound.h"
