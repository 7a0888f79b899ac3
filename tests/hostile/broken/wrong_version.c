/* Says another version than its manifest: manifest.identity. */
#define VERSION "9.9.9"
#include "sound.h"
