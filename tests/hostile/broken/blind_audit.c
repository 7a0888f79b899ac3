/* Its audit ends well though it saw nothing: hooks.host_fails. */
#define ON_SCAN_FAILED(status) return (void)(status), OMBUD_OK
#include "sound.h"
