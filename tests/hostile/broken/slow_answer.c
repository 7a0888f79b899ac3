/* Answers after its deadline, one time in twenty: hooks.deadline. */
#define BEFORE_JUDGE(self, call, verdict) if ((self)->asked % 20 == 19) usleep(120000)
#include "sound.h"
