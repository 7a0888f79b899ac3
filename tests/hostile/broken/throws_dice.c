/* Answers by an address: determinism.twice. */
#define ANSWER(self, call, full) (full).valid_until_mono_ns = (int64_t)(uintptr_t)(self) + (int64_t)clock()
#include "sound.h"
