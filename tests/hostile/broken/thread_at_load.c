/* Opens a socket in a constructor: load.constructors. */
#include "sound.h"
__attribute__((constructor)) static void too_early(void) { (void)!socket(AF_UNIX, SOCK_STREAM, 0); }
