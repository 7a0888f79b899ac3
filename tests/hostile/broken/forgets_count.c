/* What it answers hangs on what it only keeps in memory: determinism.restart. */
#define ANSWER(self, call, full) (full).valid_until_mono_ns = (int64_t)(self)->asked
#include "sound.h"
