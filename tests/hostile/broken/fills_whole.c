/* Fills a verdict of its own size, whatever the caller's is: compatibility.smaller_verdict. */
#define ROOM(verdict) (sizeof *(verdict))
#include "sound.h"
