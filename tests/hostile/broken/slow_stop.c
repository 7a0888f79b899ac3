/* Takes its time to stop: lifecycle.stop_in_time. */
#define ON_STOP(self) (usleep(900000), (void)(self), OMBUD_OK)
#include "sound.h"
