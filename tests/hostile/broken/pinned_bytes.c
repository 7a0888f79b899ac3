/* Its manifest pins other bytes: manifest.library. */
#include "sound.h"
