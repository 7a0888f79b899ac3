/* Forgets to free: lifecycle.hundred. */
#define ON_DESTROY(self) ((self)->asked = 0)
#include "sound.h"
