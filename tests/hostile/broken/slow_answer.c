/* Answers after its deadline, one time in forty: hooks.deadline. */
#define BEFORE_JUDGE(self, call, verdict) if ((self)->asked % 40 == 39) usleep(400000)
#include "sound.h"
