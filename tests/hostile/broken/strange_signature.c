/* The signature beside its manifest is nobody's: manifest.signature. */
#include "sound.h"
