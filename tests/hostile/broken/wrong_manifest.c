/* Its manifest is not one: manifest.valid. */
#include "sound.h"
