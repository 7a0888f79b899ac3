/* Fails without saying why: lifecycle.failed_create. */
#define REFUSED(host, why, out) (OMBUD_INVALID_INPUT)
#include "sound.h"
